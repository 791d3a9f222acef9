import { Redis } from '@upstash/redis/cloudflare';
import { sha1, toHex } from '../digest.ts';
import { StoreError, type StoreFailure } from './port.ts';
import { errorCodeOf } from './redis-error.ts';
import { isList, isTextOrNull } from './shapes.ts';

/** Calls of Upstash's REST API: one HTTP request each, within a deadline, and nothing of it in an error. */

type Pipeline = ReturnType<Redis['pipeline']>;
export type RedisPipeline = Pick<Pipeline, 'rename' | 'del' | 'exec'>;
type Sent =
  | 'del'
  | 'eval'
  | 'evalsha'
  | 'exec'
  | 'incr'
  | 'mget'
  | 'scan'
  | 'xadd'
  | 'zadd'
  | 'zrange'
  | 'zrem';
/** What the store uses of the SDK. The bundle has no more of it (`dev/redis-commands.ts`). */
export type RedisClient = Pick<Redis, Sent> & { readonly pipeline: () => RedisPipeline };

export type SendScript = ReturnType<typeof scriptSender>;

/** Sends a script by its hash, and in full when the server has forgotten it (a restart empties its script cache). */
export function scriptSender(redis: RedisClient, url: string) {
  // Upstash runs scripts with this flag side by side; Redis itself refuses it.
  const prefix = new URL(url).hostname.endsWith('.upstash.io') ? '#!lua flags=allow-key-locking' : '';
  const hashes = new Map<string, string>();

  async function run(script: string, keys: string[], args: string[]): Promise<unknown> {
    const source = prefix + script;
    const hash = hashes.get(script) ?? toHex(await sha1(source));
    hashes.set(script, hash);
    try {
      return await redis.evalsha(hash, keys, args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return redis.eval(source, keys, args);
    }
  }

  return <T>(isReply: Shape<T>, script: string, keys: string[], args: readonly (string | number)[]) =>
    callRedis(isReply, () => run(script, keys, args.map(String)));
}

/** A client without the SDK's defaults (retries, pipelining, parsing values, telemetry): see docs/decisions.md. */
export function connect(url: string, token: string, deadlineMs: number): RedisClient {
  return new Redis({
    url,
    token,
    automaticDeserialization: false,
    responseEncoding: false,
    enableAutoPipelining: false,
    enableTelemetry: false,
    readYourWrites: false,
    retry: { retries: 0 },
    // A function, because with a signal itself the SDK answers null when it is aborted: an error taken for a miss.
    signal: () => AbortSignal.timeout(deadlineMs),
  });
}

type Shape<T> = (reply: unknown) => reply is T;

/** A reply of that shape. The SDK's errors carry the whole command: only their kind and Redis' name for them go on. */
export async function callRedis<T>(isReply: Shape<T>, call: () => Promise<unknown>): Promise<T> {
  let reply: unknown;
  try {
    reply = await call();
  } catch (error) {
    throw storeErrorOf(error);
  }
  if (!isReply(reply)) throw new StoreError('garbage');
  return reply;
}

/** One MGET: a value or null for each name, in order. */
export async function getAll(
  redis: RedisClient,
  names: readonly string[],
): Promise<readonly (string | null)[]> {
  if (names.length === 0) return [];
  const values = await callRedis(isList, () => redis.mget<unknown[]>(...names));
  if (values.length !== names.length || !values.every(isTextOrNull)) throw new StoreError('garbage');
  return values;
}

/** Of an error reply. */
export const refusalOf = (message: string): StoreError =>
  new StoreError(
    /^(OOM|ERR DB capacity quota exceeded)/.test(message) ? 'no-room' : 'refused',
    errorCodeOf(message),
  );

function storeErrorOf(error: unknown): StoreError {
  const isReply = error instanceof Error && error.name === 'UpstashError';
  return isReply ? refusalOf(error.message) : new StoreError(kindOf(error));
}

function kindOf(error: unknown): StoreFailure {
  if (!(error instanceof Error)) return 'unreachable';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'timeout';
  // A TypeError is the SDK's, at an answer that is not `{result}` or `{error}`; workerd's network errors are plain ones.
  if (error.name === 'UpstashJSONParseError' || error.name === 'TypeError') return 'garbage';
  return 'unreachable';
}
