import { keepAlive, tellOfLoss } from './keep.ts';
import { type PrivateCopyOptions, privateCopy } from './private-copy.ts';
import { RedisLink } from './redis-link.ts';
import { type Env, onPath, type Program, run } from './run.ts';
import { type RunningRedis, startServer } from './server.ts';
import { parseRedisUrl } from './url.ts';

export type { RunningRedis };

export interface FindOptions extends Partial<PrivateCopyOptions> {
  /** Where our own Redis listens, on 127.0.0.1. Default: a free port. */
  readonly port?: number;
  /** Told that Redis has died, and that it is back: one of our own is then started again. Default: neither. */
  readonly onLoss?: (line: string) => void;
}

export type FoundRedis =
  | {
      readonly kind: 'url' | 'path' | 'private';
      readonly url: string;
      /** For people: where it comes from. Never a password. */
      readonly describe: string;
      /** Ends the Redis that we started; leaves one that we were told of alone. */
      stop(): Promise<void>;
    }
  | { readonly kind: 'none'; readonly why: string };

export type FoundServer =
  | (Program & { readonly kind: 'path' | 'private'; readonly describe: string })
  | { readonly kind: 'none'; readonly why: string };

/**
 * The Redis to use: `REDIS_URL`; `redis-server` on `PATH`; a private copy of the distribution's package; none.
 * Rejects when `REDIS_URL` is malformed or does not answer: who names a Redis does not want another.
 */
export async function findRedis(options: FindOptions = {}): Promise<FoundRedis> {
  const env: Env = options.env ?? process.env;
  const named = env.REDIS_URL;
  if (named !== undefined && named !== '') {
    const { url, describe } = parseRedisUrl(named);
    await answers(url, describe);
    const stop = options.onLoss ? tellOfLoss(url, `REDIS_URL ${describe}`, options.onLoss) : async () => {};
    return { kind: 'url', url, describe: `REDIS_URL ${describe}`, stop };
  }
  const server = await findServer(options);
  if (server.kind === 'none') return server;
  const running = await startServer(server, options);
  const stop = options.onLoss ? keepAlive(server, running, options.onLoss) : () => running.stop();
  return { kind: server.kind, url: running.url, describe: server.describe, stop };
}

/** Starts a Redis of our own, whatever `REDIS_URL` says: for tests that stop it and start it again on the same port. */
export async function startRedis(options: FindOptions = {}): Promise<RunningRedis> {
  const server = await findServer(options);
  if (server.kind === 'none') throw new Error(server.why);
  return startServer(server, options);
}

/** A `redis-server` that starts on this machine. */
export async function findServer(options: FindOptions = {}): Promise<FoundServer> {
  const env: Env = options.env ?? process.env;
  const log = options.log ?? (() => {});
  const reasons: string[] = [];

  const binary = onPath('redis-server', env);
  if (binary === null) {
    reasons.push('no redis-server on PATH');
  } else {
    try {
      await run(binary, ['--version'], { env, timeoutMs: 10_000 });
      return { kind: 'path', binary, env, describe: binary };
    } catch (error) {
      reasons.push(`the redis-server on PATH does not start (${(error as Error).message})`);
      log(`Redis: ${reasons.at(-1)}`);
    }
  }

  try {
    const copy = await privateCopy({ ...options, env, log });
    return { kind: 'private', ...copy, describe: 'a private copy of the distribution’s package' };
  } catch (error) {
    reasons.push(`no private copy of the distribution’s package (${(error as Error).message})`);
  }
  return { kind: 'none', why: `no Redis: REDIS_URL is not set; ${reasons.join('; ')}` };
}

async function answers(url: string, describe: string): Promise<void> {
  const link = new RedisLink(url);
  try {
    const [reply] = await link.run([['PING']]);
    if (reply instanceof Error) throw reply;
  } catch (error) {
    throw new Error(`REDIS_URL ${describe} does not answer: ${(error as Error).message}`);
  } finally {
    link.close();
  }
}
