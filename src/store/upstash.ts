import type { Redis } from '@upstash/redis/cloudflare';
import { bounds } from '../bounds.ts';
import type { Fill, Filled, Lease, Leased, Purge, Purged, Receipts, Release, Store } from './port.ts';
import { StoreError } from './port.ts';
import { fillScript, leaseScript, purgeScript, releaseScript } from './scripts.ts';
import { UpstashReceipts } from './upstash-receipts.ts';
import {
  callRedis,
  connect,
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

  async lookup(names: readonly string[]): Promise<readonly (string | null)[]> {
    if (names.length === 0) return [];
    const reply = await callRedis(() => this.#reader.mget<unknown[]>(...names));
    if (!isList(reply) || reply.length !== names.length || !reply.every(isTextOrNull))
      throw new StoreError('garbage');
    return reply as (string | null)[];
  }

  async lease(lease: Lease): Promise<Leased> {
    const keys = [lease.key, lease.lock, ...lease.generations, ...lastOf(lease)];
    const reply = await this.#scripts.run(leaseScript, keys, [
      lease.token,
      lease.takeLock ? '1' : '0',
      String(lease.lockMs),
      String(lease.generationMs),
      lease.knownFill ?? '',
      lease.last === undefined ? '0' : '1',
    ]);
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
    const [outcome, ...generations] = await this.#scripts.run(fillScript, keys, [
      fill.token,
      String(fill.ttlMs),
      String(fill.generationMs),
      fill.entry.head,
      fill.entry.tail,
      String(fill.captured.length),
      String(late?.generations.length ?? 0),
      late?.capturedLast ?? '',
      late?.generations.join(' ') ?? '',
      rule ? '1' : '0',
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

  async release(release: Release): Promise<void> {
    const reply = await this.#scripts.send(
      releaseScript,
      [release.lock],
      [release.token, String(release.directMs)],
    );
    if (!isFlag(reply)) throw new StoreError('garbage');
  }

  /** Purges ignore what the database says about room: what cannot be replaced is deleted, and missing means not valid. */
  async purge(purge: Purge): Promise<Purged> {
    try {
      return await this.#purgeByScript(purge);
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== 'no-room') throw error;
    }
    const deleted = await callRedis<unknown>(() => this.#writer.del(...lastOf(purge), ...purge.generations));
    if (!isNumber(deleted)) throw new StoreError('garbage');
    return { applied: 'deleted', stored: null };
  }

  async #purgeByScript(purge: Purge): Promise<Purged> {
    const { store, receipt } = purge;
    const last = lastOf(purge);
    const keys = [
      receipt.names.key,
      receipt.names.open,
      ...receipt.names.lists,
      ...last,
      ...purge.generations,
    ];
    if (store) keys.push(store.key, ...store.captured.map(([name]) => name));
    const [applied, stored, ...generations] = await this.#scripts.run(purgeScript, keys, [
      purge.ifKnown ? 'hard-if-known' : purge.mode,
      purge.nonce,
      String(purge.nowMs),
      receipt.id,
      String(purge.attempt),
      purge.via,
      receipt.order,
      String(receipt.acceptedMs),
      String(receipt.dueMs),
      String(receipt.lifeMs),
      String(bounds.receiptsListed),
      String(receipt.names.lists.length),
      String(last.length),
      String(purge.generations.length),
      store ? '1' : '0',
      String(store?.ttlMs ?? 0),
      String(store?.generationMs ?? 0),
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

const lastOf = ({ last }: Lease | Purge): string[] => (last === undefined ? [] : [last]);
