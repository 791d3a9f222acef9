import { Redis } from '@upstash/redis/cloudflare';
import { sha1, toHex } from '../digest.ts';
import { StoreError, type StoreFailure } from './port.ts';

/** Calls of Upstash's REST API: one HTTP request each, within a deadline, and nothing of it in an error. */

/** Sends a script by its hash, and in full when the server has forgotten it (a restart empties its script cache). */
export class Scripts {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #hashes = new Map<string, string>();

  constructor(redis: Redis, keyLocking: boolean) {
    this.#redis = redis;
    this.#prefix = keyLocking ? '#!lua flags=allow-key-locking' : '';
  }

  send<T>(isReply: Shape<T>, script: string, keys: string[], args: readonly (string | number)[]): Promise<T> {
    return callRedis(isReply, () => this.#send(script, keys, args.map(String)));
  }

  async #send(script: string, keys: string[], args: string[]): Promise<unknown> {
    const source = this.#prefix + script;
    try {
      return await this.#redis.evalsha(await this.#hash(source), keys, args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.#redis.eval(source, keys, args);
    }
  }

  async #hash(source: string): Promise<string> {
    const known = this.#hashes.get(source);
    if (known !== undefined) return known;
    const hash = toHex(await sha1(source));
    this.#hashes.set(source, hash);
    return hash;
  }
}

/** A client without the SDK's defaults (retries, pipelining, parsing values, telemetry): see docs/decisions.md. */
export function connect(url: string, token: string, deadlineMs: number): Redis {
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

/** Upstash runs scripts with this flag side by side; Redis itself refuses it. */
export const takesKeyLocking = (url: string) => new URL(url).hostname.endsWith('.upstash.io');

type Shape<T> = (reply: unknown) => reply is T;

/** A reply of that shape. The SDK's errors carry the whole command: only their kind goes on. */
export async function callRedis<T>(isReply: Shape<T>, call: () => Promise<unknown>): Promise<T> {
  let reply: unknown;
  try {
    reply = await call();
  } catch (error) {
    throw new StoreError(kindOf(error));
  }
  if (!isReply(reply)) throw new StoreError('garbage');
  return reply;
}

/** One MGET: a value or null for each name, in order. */
export async function getAll(redis: Redis, names: readonly string[]): Promise<readonly (string | null)[]> {
  if (names.length === 0) return [];
  const values = await callRedis(isList, () => redis.mget<unknown[]>(...names));
  if (values.length !== names.length || !values.every(isTextOrNull)) throw new StoreError('garbage');
  return values;
}

function kindOf(error: unknown): StoreFailure {
  if (!(error instanceof Error)) return 'unreachable';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'timeout';
  // A TypeError is the SDK's, at an answer that is not `{result}` or `{error}`; workerd's network errors are plain ones.
  if (error.name === 'UpstashJSONParseError' || error.name === 'TypeError') return 'garbage';
  if (error.name !== 'UpstashError') return 'unreachable';
  return /^(OOM|ERR DB capacity quota exceeded)/.test(error.message) ? 'no-room' : 'refused';
}

export const isText = (reply: unknown): reply is string => typeof reply === 'string';
export const isTextOrNull = (reply: unknown): reply is string | null =>
  reply === null || typeof reply === 'string';
export const isNumber = (reply: unknown): reply is number => typeof reply === 'number';
export const isFlag = (reply: unknown): reply is 0 | 1 => reply === 0 || reply === 1;
export const isList = (reply: unknown): reply is unknown[] => Array.isArray(reply);
export const isTextList = (reply: unknown): reply is string[] => isList(reply) && reply.every(isText);
