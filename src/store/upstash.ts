import { Redis } from '@upstash/redis/cloudflare';
import type { Fill, Filled, Lease, Leased, Purge, Purged, Release, Store } from './port.ts';
import { StoreError, type StoreFailure } from './port.ts';
import { fillScript, leaseScript, purgeScript, releaseScript } from './scripts.ts';

export interface UpstashStoreOptions {
  readonly url: string;
  readonly token: string;
  /** Deadline of a lookup, in milliseconds. */
  readonly readMs: number;
  /** Deadline of lease, fill, release and purge, in milliseconds. */
  readonly writeMs: number;
}

/** The store over Upstash's REST API: one HTTP request for each verb. */
export class UpstashStore implements Store {
  readonly #reader: Redis;
  readonly #scripts: Scripts;
  readonly #writer: Redis;

  constructor({ url, token, readMs, writeMs }: UpstashStoreOptions) {
    this.#reader = connect(url, token, readMs);
    this.#writer = connect(url, token, writeMs);
    this.#scripts = new Scripts(this.#writer, takesKeyLocking(url));
  }

  async lookup(names: readonly string[]): Promise<readonly (string | null)[]> {
    if (names.length === 0) return [];
    const reply = await asked(() => this.#reader.mget<unknown[]>(...names));
    if (!isList(reply) || reply.length !== names.length || !reply.every(isTextOrNull))
      throw new StoreError('garbage');
    return reply as (string | null)[];
  }

  async lease(ask: Lease): Promise<Leased> {
    const keys = [ask.key, ask.lock, ...ask.generations, ...(ask.last === undefined ? [] : [ask.last])];
    const reply = await this.#scripts.run(leaseScript, keys, [
      ask.token,
      ask.takeLock ? '1' : '0',
      String(ask.lockMs),
      String(ask.generationMs),
      ask.knownFill ?? '',
      ask.last === undefined ? '0' : '1',
    ]);
    const [granted, holder, lockRemainingMs, entry, ...names] = reply;
    const generations = names.slice(0, ask.generations.length);
    const last = names[ask.generations.length] ?? null;
    if (!isFlag(granted) || !isTextOrNull(holder) || !isNumber(lockRemainingMs) || !isTextOrNull(entry))
      throw new StoreError('garbage');
    if (names.length !== keys.length - 2 || !generations.every(isText) || !isTextOrNull(last))
      throw new StoreError('garbage');
    if (ask.last !== undefined && last === null) throw new StoreError('garbage');
    return { granted: granted === 1, holder, lockRemainingMs, generations, last, entry };
  }

  async fill(ask: Fill): Promise<Filled> {
    const { late } = ask;
    const keys = [ask.key, ask.lock, ...ask.captured.map(([name]) => name)];
    if (late) keys.push(...late.generations, late.names, late.last);
    const [outcome, ...generations] = await this.#scripts.run(fillScript, keys, [
      ask.token,
      String(ask.ttlMs),
      String(ask.generationMs),
      ask.entry.head,
      ask.entry.tail,
      String(ask.captured.length),
      String(late?.generations.length ?? 0),
      late?.capturedLast ?? '',
      late?.generations.join(' ') ?? '',
      ...ask.captured.map(([, generation]) => generation),
    ]);
    const expected = late?.generations.length ?? 0;
    if (outcome === 'stored' && generations.length === expected && generations.every(isText))
      return { stored: true, lateGenerations: generations };
    if (outcome === 'lease-lost' || outcome === 'purged' || outcome === 'late-tags-raced')
      return { stored: false, why: outcome };
    throw new StoreError('garbage');
  }

  async release(ask: Release): Promise<void> {
    const reply = await asked(() =>
      this.#scripts.send(releaseScript, [ask.lock], [ask.token, String(ask.directMs)]),
    );
    if (!isFlag(reply)) throw new StoreError('garbage');
  }

  /** Purges ignore what the database says about room: what cannot be replaced is deleted, and missing means not valid. */
  async purge(ask: Purge): Promise<Purged> {
    try {
      return await this.#purgeByScript(ask);
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'no-room') throw error;
    }
    const deleted = await asked<unknown>(() => this.#writer.del(ask.last, ...ask.generations));
    if (!isNumber(deleted)) throw new StoreError('garbage');
    return { applied: 'deleted', stored: null };
  }

  async #purgeByScript(ask: Purge): Promise<Purged> {
    const { store } = ask;
    const keys = [ask.receipt, ask.last, ...ask.generations];
    if (store) keys.push(store.key, ...store.captured.map(([name]) => name));
    const [applied, stored, ...generations] = await this.#scripts.run(purgeScript, keys, [
      ask.mode,
      ask.nonce,
      String(ask.nowMs),
      ask.receiptValue,
      String(ask.receiptMs),
      String(ask.generations.length),
      store ? '1' : '0',
      String(store?.ttlMs ?? 0),
      String(store?.generationMs ?? 0),
      store?.entry.head ?? '',
      store?.entry.tail ?? '',
      ...(store?.captured.map(([, generation]) => generation) ?? []),
    ]);
    if (applied === 'already') return { applied, stored: null };
    const expected = stored === 1 ? (store?.captured.length ?? 0) : 0;
    if (applied !== 'now' || !isFlag(stored)) throw new StoreError('garbage');
    if (generations.length !== expected || !generations.every(isText)) throw new StoreError('garbage');
    return { applied, stored: stored === 1 ? generations : null };
  }
}

/** Sends a script by its hash, and whole when the server has forgotten it (a restart empties its script cache). */
class Scripts {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #hashes = new Map<string, string>();

  constructor(redis: Redis, keyLocking: boolean) {
    this.#redis = redis;
    this.#prefix = keyLocking ? '#!lua flags=allow-key-locking' : '';
  }

  async run(script: string, keys: string[], args: string[]): Promise<unknown[]> {
    const reply = await asked(() => this.send(script, keys, args));
    if (!isList(reply)) throw new StoreError('garbage');
    return reply;
  }

  async send(script: string, keys: string[], args: string[]): Promise<unknown> {
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
    const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(source));
    const hash = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    this.#hashes.set(source, hash);
    return hash;
  }
}

/** What the SDK does by default (retries, pipelining, parsing values, telemetry) is switched off: see docs/decisions.md. */
function connect(url: string, token: string, deadlineMs: number): Redis {
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
const takesKeyLocking = (url: string) => new URL(url).hostname.endsWith('.upstash.io');

/** The SDK's errors carry the whole command: only their kind goes on. */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof StoreError ? error : new StoreError(kindOf(error));
  }
}

function kindOf(error: unknown): StoreFailure {
  if (!(error instanceof Error)) return 'unreachable';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'timeout';
  // A TypeError is the SDK's, at an answer that is not `{result}` or `{error}`; workerd's network errors are plain ones.
  if (error.name === 'UpstashJSONParseError' || error.name === 'TypeError') return 'garbage';
  if (error.name !== 'UpstashError') return 'unreachable';
  return /^(OOM|ERR DB capacity quota exceeded)/.test(error.message) ? 'no-room' : 'refused';
}

const isText = (reply: unknown): reply is string => typeof reply === 'string';
const isTextOrNull = (reply: unknown): reply is string | null => reply === null || typeof reply === 'string';
const isNumber = (reply: unknown): reply is number => typeof reply === 'number';
const isFlag = (reply: unknown): reply is 0 | 1 => reply === 0 || reply === 1;
const isList = (reply: unknown): reply is unknown[] => Array.isArray(reply);
