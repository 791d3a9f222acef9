import type { Redis } from '@upstash/redis/cloudflare';
import { bounds } from '../bounds.ts';
import {
  type ListedReceipt,
  type ReceiptPage,
  type Receipts,
  type ReceiptToWrite,
  type Scanned,
  StoreError,
  type Swap,
  type Verification,
  type VerificationState,
} from './port.ts';
import { acceptScript, buryScript, swapScript, verifyScript } from './scripts.ts';
import {
  callRedis,
  isFlag,
  isList,
  isNumber,
  isText,
  isTextList,
  isTextOrNull,
  type Scripts,
} from './upstash-rest.ts';

/** Receipts over Upstash's REST API, all on the primary: a replica may not have what was just written. */
export class UpstashReceipts implements Receipts {
  readonly #redis: Redis;
  readonly #scripts: Scripts;

  constructor(redis: Redis, scripts: Scripts) {
    this.#redis = redis;
    this.#scripts = scripts;
  }

  async accept(receipt: ReceiptToWrite): Promise<void> {
    const state = await this.#scripts.send(acceptScript, keysOf(receipt), [
      receipt.id,
      receipt.order,
      String(receipt.acceptedMs),
      String(receipt.dueMs),
      String(receipt.lifeMs),
      String(bounds.receiptsListed),
    ]);
    if (!isText(state)) throw new StoreError('garbage');
  }

  async read(keys: readonly string[]): Promise<readonly (string | null)[]> {
    if (keys.length === 0) return [];
    const reply = await callRedis<unknown>(() => this.#redis.mget<unknown[]>(...keys));
    if (!isList(reply) || reply.length !== keys.length || !reply.every(isTextOrNull))
      throw new StoreError('garbage');
    return reply;
  }

  async page({ list, beforeMs, sinceMs, skip, most }: ReceiptPage): Promise<readonly ListedReceipt[]> {
    const range = { byScore: true, rev: true, withScores: true, offset: skip, count: most } as const;
    const reply = await callRedis<unknown>(() => this.#redis.zrange(list, beforeMs, sinceMs, range));
    if (!isList(reply) || reply.length % 2 !== 0) throw new StoreError('garbage');
    return Array.from({ length: reply.length / 2 }, (_, i) => {
      const [id, acceptedMs] = [reply[2 * i], Number(reply[2 * i + 1])];
      if (!isText(id) || !Number.isSafeInteger(acceptedMs)) throw new StoreError('garbage');
      return { id, acceptedMs };
    });
  }

  async due({ open, untilMs, most }: Parameters<Receipts['due']>[0]): Promise<readonly string[]> {
    const range = { byScore: true, offset: 0, count: most } as const;
    const reply = await callRedis<unknown>(() => this.#redis.zrange(open, '-inf', untilMs, range));
    if (!isTextList(reply)) throw new StoreError('garbage');
    return reply;
  }

  async reopen({ open, id, dueMs }: Parameters<Receipts['reopen']>[0]): Promise<void> {
    const reply = await callRedis<unknown>(() =>
      dueMs === null
        ? this.#redis.zrem(open, id)
        : this.#redis.zadd(open, { xx: true }, { score: dueMs, member: id }),
    );
    if (!isNumber(reply)) throw new StoreError('garbage');
  }

  async verify({ id, names, nowMs, afterMs }: Verification): Promise<VerificationState> {
    const keys = [names.key, names.open];
    const [is, waitMs] = await this.#scripts.run(verifyScript, keys, [id, String(nowMs), String(afterMs)]);
    if (is === 'too-early' && isNumber(waitMs)) return { is, waitMs };
    if (is === 'verified' || is === 'missing' || is === 'not-applied') return { is };
    throw new StoreError('garbage');
  }

  async bury(receipt: ReceiptToWrite & { readonly nowMs: number }): Promise<boolean> {
    const reply = await this.#scripts.send(buryScript, keysOf(receipt), [
      receipt.id,
      receipt.order,
      String(receipt.acceptedMs),
      String(receipt.nowMs),
      String(receipt.lifeMs),
      String(bounds.receiptsListed),
    ]);
    if (!isFlag(reply)) throw new StoreError('garbage');
    return reply === 1;
  }

  async count(name: string): Promise<void> {
    const reply = await callRedis<unknown>(() => this.#redis.incr(name));
    if (!isNumber(reply)) throw new StoreError('garbage');
  }

  async scan({ cursor, match, count }: Parameters<Receipts['scan']>[0]): Promise<Scanned> {
    const reply = await callRedis<unknown>(() => this.#redis.scan(cursor, { match, count }));
    if (!isList(reply) || !isText(reply[0]) || !isTextList(reply[1])) throw new StoreError('garbage');
    return { cursor: reply[0], names: reply[1] };
  }

  async remove(names: readonly string[]): Promise<number> {
    if (names.length === 0) return 0;
    const reply = await callRedis<unknown>(() => this.#redis.del(...names));
    if (!isNumber(reply)) throw new StoreError('garbage');
    return reply;
  }

  async swap({ key, expected, value, lifeMs }: Swap): Promise<boolean> {
    const args = [expected === null ? '0' : '1', expected ?? '', value, String(lifeMs)];
    const reply = await this.#scripts.send(swapScript, [key], args);
    if (!isFlag(reply)) throw new StoreError('garbage');
    return reply === 1;
  }
}

const keysOf = ({ names }: ReceiptToWrite) => [names.key, names.open, ...names.lists];
