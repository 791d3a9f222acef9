import { randomBytes } from 'node:crypto';
import { bundle } from './bundle.ts';
import { type RunningEdge, startEdge, WorkerError } from './edge.ts';
import { DEV_AUDIENCE, DEV_ISSUER } from './keys.ts';
import { startOrigin } from './origin/server.ts';
import { startWebhooks } from './origin/webhooks.ts';
import { startQStash } from './qstash/server.ts';
import { Refusal } from './refusal.ts';
import { adminToken, hookSecrets, SecretError, signingSecret } from './secrets.ts';
import { startStore } from './store.ts';
import { mustAnswer, mustBeFree, runCron } from './worker-at.ts';

export interface StackOptions {
  /** The Worker's; the origin's is one more, the Redis gateway's two more, QStash's three more. */
  readonly port: number;
  /** Default: Redis where there is one, else memory. `redis`: it is an error when there is none. */
  readonly store?: 'memory' | 'redis';
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What is going on, for people. */
  readonly say: (line: string) => void;
  /** What the Worker logs. */
  readonly log: (line: string) => void;
}

export interface Stack {
  readonly edge: RunningEdge;
  readonly origin: string;
  /** Where Redis is, for people; or why there is none. */
  readonly store: string;
  readonly originSecret: string;
  /** Where the queue is, for people. */
  readonly queue: string;
  /** What the stand-in of QStash answers to; null: the queue is one that the environment names. */
  readonly standIn: { readonly url: string; readonly token: string } | null;
  /** May do all that an admin token may. */
  readonly adminToken: string;
  /** `HOOK_SECRET_<SOURCE>`, by name. */
  readonly hookSecrets: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** The whole demo on this machine. Whatever was started is ended again when a part cannot start. */
export async function startStack({ port, store, env, say, log }: StackOptions): Promise<Stack> {
  const ending: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ending.splice(0).reverse()) await end();
  };
  try {
    for (const at of [port, port + 1, port + 2, port + 3]) await mustBeFree(at);
    const originSecret = env['ORIGIN_SECRET'] || randomBytes(24).toString('base64url');
    const hooks = hookSecrets(env);
    const admin = adminToken(env);
    const origin = env['ORIGIN_URL'] || (await startDemoOrigin(port, originSecret, hooks, ending, log));
    if (env['ORIGIN_URL'] && !env['ORIGIN_SECRET'])
      say('ORIGIN_URL is set and ORIGIN_SECRET is not: an origin that checks it will refuse this edge');
    const redis = await startStore({ ...(store && { store }), env, gatewayPort: port + 2, say }, ending);
    const queue = await startQueue(port + 3, env, ending, log);
    say('starting the Worker in workerd');
    const logged = Promise.withResolvers<void>();
    const edge = await startEdge({
      script: await bundle(),
      port,
      log: (line) => {
        log(line);
        logged.resolve();
      },
      bindings: {
        ENVIRONMENT: 'development',
        ORIGIN_URL: origin,
        ORIGIN_SECRET: originSecret,
        JWKS_URL: env['JWKS_URL'] || `${origin}/.well-known/jwks.json`,
        JWT_ISSUER: DEV_ISSUER,
        JWT_AUDIENCE: DEV_AUDIENCE,
        CORS_ORIGINS: env['CORS_ORIGINS'] ?? '*',
        PUBLIC_URL: env['PUBLIC_URL'] || `http://127.0.0.1:${port}`,
        ADMIN_TOKENS: admin.setting,
        ...hooks,
        ...queue.bindings,
        ...redis.bindings,
      },
    });
    ending.push(() => edge.stop());
    await mustAnswer(edge.url, logged.promise);
    ending.push(runCron(edge));
    return {
      edge,
      origin,
      originSecret,
      store: redis.says,
      queue: queue.says,
      standIn: queue.standIn,
      adminToken: admin.token,
      hookSecrets: hooks,
      stop,
    };
  } catch (error) {
    await stop();
    const explained = error instanceof WorkerError || error instanceof SecretError;
    throw explained ? new Refusal(error.message) : error;
  }
}

/** It tells the edge of its changes, as a product would. */
async function startDemoOrigin(
  port: number,
  secret: string,
  hooks: Readonly<Record<string, string>>,
  ending: (() => Promise<void>)[],
  log: (line: string) => void,
): Promise<string> {
  const webhooks = startWebhooks({
    url: `http://127.0.0.1:${port}/hooks/app`,
    secret: signingSecret(hooks),
    now: Date.now,
    log: (line) => log(`origin: ${line}`),
  });
  ending.push(() => webhooks.stop());
  return started(startOrigin({ port: port + 1, secret, onChange: (it) => webhooks.send(it) }), ending);
}

interface Queue {
  readonly bindings: Readonly<Record<string, string>>;
  readonly says: string;
  readonly standIn: Stack['standIn'];
}

/** QStash where the environment names one, else the stand-in; its own URL may be left over from an earlier run. */
async function startQueue(
  port: number,
  env: StackOptions['env'],
  ending: (() => Promise<void>)[],
  log: (line: string) => void,
): Promise<Queue> {
  const { QSTASH_URL: given, QSTASH_TOKEN: shown, QSTASH_RETRIES: retries } = env;
  const [current, next] = [env['QSTASH_CURRENT_SIGNING_KEY'], env['QSTASH_NEXT_SIGNING_KEY']];
  const bindings = (url: string, token: string, keys: { current: string; next: string }) => ({
    QSTASH_URL: url,
    QSTASH_TOKEN: token,
    QSTASH_CURRENT_SIGNING_KEY: keys.current,
    QSTASH_NEXT_SIGNING_KEY: keys.next,
    ...(retries && { QSTASH_RETRIES: retries }),
  });
  if (given && given !== `http://127.0.0.1:${port}`) {
    if (!shown || !current || !next)
      throw new Refusal(
        'QSTASH_URL is set: set QSTASH_TOKEN, QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY too, or unset it',
      );
    return { bindings: bindings(given, shown, { current, next }), says: given, standIn: null };
  }
  const qstash = await startQStash({
    port,
    ...(shown && { token: shown }),
    ...(current && next && { signingKeys: { current, next } }),
    log: (line) => log(`qstash: ${line}`),
  });
  ending.push(() => qstash.close());
  const { url, token, signingKeys } = qstash;
  return {
    bindings: bindings(url, token, signingKeys),
    says: `${url}, a stand-in of QStash`,
    standIn: { url, token },
  };
}

async function started(
  starting: Promise<{ url: string; close(): Promise<void> }>,
  ending: (() => Promise<void>)[],
): Promise<string> {
  const it = await starting;
  ending.push(() => it.close());
  return it.url;
}
