import type { Redis } from '@upstash/redis/cloudflare';
import { bounds } from '../bounds.ts';
import type { Fill, Filled, Lease, Leased, Purge, Purged, Receipts, Release, Store } from './port.ts';
import { StoreError } from './port.ts';
import { fillScript, leaseScript, purgeScript, releaseScript } from './scripts.ts';
import { UpstashReceipts } from './upstash-receipts.ts';
import {
  callRedis,
  connect,
  getAll,
  isFlag,
  isList,
  isNumber,
  isText,
  isTextOrNull,
  Scripts,
  takesKeyLocking,
} from './upstash-rest.ts';

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
  readonly receipts: Receipts;

  constructor({ url, token, readMs, writeMs }: UpstashStoreOptions) {
    this.#reader = connect(url, token, readMs);
    this.#writer = connect(url, token, writeMs);
    this.#scripts = new Scripts(this.#writer, takesKeyLocking(url));
    this.receipts = new UpstashReceipts(this.#writer, this.#scripts);
  }

  lookup(names: readonly string[]): Promise<readonly (string | null)[]> {
    return getAll(this.#reader, names);
  }

  async lease(lease: Lease): Promise<Leased> {
    const { token, takeLock, lockMs, generationMs, knownFill = '' } = lease;
    const keys = [lease.key, lease.lock, ...lease.generations, ...lastOf(lease)];
    const args = [token, flag(takeLock), lockMs, generationMs, knownFill, flag(lease.last !== undefined)];
    const reply = await this.#scripts.send(isList, leaseScript, keys, args);
    const [granted, holder, lockRemainingMs, entry, ...names] = reply;
    const generations = names.slice(0, lease.generations.length);
    const last = names[lease.generations.length] ?? null;
    if (!isFlag(granted) || !isTextOrNull(holder) || !isNumber(lockRemainingMs) || !isTextOrNull(entry))
      throw new StoreError('garbage');
    if (names.length !== keys.length - 2 || !generations.every(isText) || !isTextOrNull(last))
      throw new StoreError('garbage');
    if (lease.last !== undefined && last === null) throw new StoreError('garbage');
    return { granted: granted === 1, holder, lockRemainingMs, generations, last, entry };
  }

  async fill(fill: Fill): Promise<Filled> {
    const { late, rule } = fill;
    const keys = [fill.key, fill.lock, ...fill.captured.map(([name]) => name)];
    if (late) keys.push(...late.generations, late.names, late.last);
    if (rule) keys.push(rule.key);
    const [outcome, ...generations] = await this.#scripts.send(isList, fillScript, keys, [
      fill.token,
      fill.ttlMs,
      fill.generationMs,
      fill.entry.head,
      fill.entry.tail,
      fill.captured.length,
      late?.generations.length ?? 0,
      late?.capturedLast ?? '',
      late?.generations.join(' ') ?? '',
      flag(rule),
      rule?.value ?? '',
      ...fill.captured.map(([, generation]) => generation),
    ]);
    const expected = late?.generations.length ?? 0;
    if (outcome === 'stored' && generations.length === expected && generations.every(isText))
      return { stored: true, lateGenerations: generations };
    if (outcome === 'lease-lost' || outcome === 'purged' || outcome === 'late-tags-raced')
      return { stored: false, why: outcome };
    throw new StoreError('garbage');
  }

  async release({ lock, token, directMs }: Release): Promise<void> {
    await this.#scripts.send(isFlag, releaseScript, [lock], [token, directMs]);
  }

  /** Purges ignore what the database says about room: what cannot be replaced is deleted, and missing means not valid. */
  async purge(purge: Purge): Promise<Purged> {
    try {
      return await this.#purgeByScript(purge);
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'no-room') throw error;
    }
    await callRedis(isNumber, () => this.#writer.del(...lastOf(purge), ...purge.generations));
    return { applied: 'deleted', stored: null };
  }

  async #purgeByScript(purge: Purge): Promise<Purged> {
    const { store, receipt } = purge;
    const { key, open, lists } = receipt.names;
    const last = lastOf(purge);
    const keys = [key, open, ...lists, ...last, ...purge.generations];
    if (store) keys.push(store.key, ...store.captured.map(([name]) => name));
    const [applied, stored, ...generations] = await this.#scripts.send(isList, purgeScript, keys, [
      purge.ifKnown ? 'hard-if-known' : purge.mode,
      purge.nonce,
      purge.nowMs,
      receipt.id,
      purge.attempt,
      purge.via,
      receipt.order,
      receipt.acceptedMs,
      receipt.dueMs,
      receipt.lifeMs,
      bounds.receiptsListed,
      lists.length,
      last.length,
      purge.generations.length,
      flag(store),
      store?.ttlMs ?? 0,
      store?.generationMs ?? 0,
      store?.entry.head ?? '',
      store?.entry.tail ?? '',
      ...(store?.captured.map(([, generation]) => generation) ?? []),
    ]);
    if (applied === 'already' || applied === 'nothing') return { applied, stored: null };
    const expected = stored === 1 ? (store?.captured.length ?? 0) : 0;
    if (applied !== 'now' || !isFlag(stored)) throw new StoreError('garbage');
    if (generations.length !== expected || !generations.every(isText)) throw new StoreError('garbage');
    return { applied, stored: stored === 1 ? generations : null };
  }
}

const flag = (on: unknown) => (on ? '1' : '0');
const lastOf = ({ last }: Lease | Purge): string[] => (last === undefined ? [] : [last]);
