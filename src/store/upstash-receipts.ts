import type { Redis } from '@upstash/redis/cloudflare';
import { bounds } from '../bounds.ts';
import {
  type ListedReceipt,
  type ReceiptNames,
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
  getAll,
  isFlag,
  isList,
  isNumber,
  isText,
  isTextList,
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

  async accept({ names, id, order, acceptedMs, dueMs, lifeMs }: ReceiptToWrite): Promise<void> {
    const args = [id, order, acceptedMs, dueMs, lifeMs, bounds.receiptsListed];
    await this.#scripts.send(isText, acceptScript, keysOf(names), args);
  }

  read(keys: readonly string[]): Promise<readonly (string | null)[]> {
    return getAll(this.#redis, keys);
  }

  async page({ list, beforeMs, sinceMs, skip, most }: ReceiptPage): Promise<readonly ListedReceipt[]> {
    const range = { byScore: true, rev: true, withScores: true, offset: skip, count: most } as const;
    const reply = await callRedis(isList, () => this.#redis.zrange(list, beforeMs, sinceMs, range));
    if (reply.length % 2 !== 0) throw new StoreError('garbage');
    return Array.from({ length: reply.length / 2 }, (_, i) => {
      const [id, acceptedMs] = [reply[2 * i], Number(reply[2 * i + 1])];
      if (!isText(id) || !Number.isSafeInteger(acceptedMs)) throw new StoreError('garbage');
      return { id, acceptedMs };
    });
  }

  async due({ open, untilMs, most }: Parameters<Receipts['due']>[0]): Promise<readonly string[]> {
    const range = { byScore: true, offset: 0, count: most } as const;
    return callRedis(isTextList, () => this.#redis.zrange(open, '-inf', untilMs, range));
  }

  async reopen({ open, id, dueMs }: Parameters<Receipts['reopen']>[0]): Promise<void> {
    await callRedis(isNumber, () =>
      dueMs === null
        ? this.#redis.zrem(open, id)
        : this.#redis.zadd(open, { xx: true }, { score: dueMs, member: id }),
    );
  }

  async verify({ id, names, nowMs, afterMs }: Verification): Promise<VerificationState> {
    const keys = [names.key, names.open];
    const [is, waitMs] = await this.#scripts.send(isList, verifyScript, keys, [id, nowMs, afterMs]);
    if (is === 'too-early' && isNumber(waitMs)) return { is, waitMs };
    if (is === 'verified' || is === 'missing' || is === 'not-applied') return { is };
    throw new StoreError('garbage');
  }

  async bury(receipt: ReceiptToWrite & { readonly nowMs: number }): Promise<boolean> {
    const { names, id, order, acceptedMs, nowMs, lifeMs } = receipt;
    const args = [id, order, acceptedMs, nowMs, lifeMs, bounds.receiptsListed];
    return (await this.#scripts.send(isFlag, buryScript, keysOf(names), args)) === 1;
  }

  async count(name: string): Promise<void> {
    await callRedis(isNumber, () => this.#redis.incr(name));
  }

  async scan({ cursor, match, count }: Parameters<Receipts['scan']>[0]): Promise<Scanned> {
    const [next, names] = await callRedis(isList, () => this.#redis.scan(cursor, { match, count }));
    if (!isText(next) || !isTextList(names)) throw new StoreError('garbage');
    return { cursor: next, names };
  }

  async remove(names: readonly string[]): Promise<number> {
    if (names.length === 0) return 0;
    return callRedis(isNumber, () => this.#redis.del(...names));
  }

  async swap({ key, expected, value, lifeMs }: Swap): Promise<boolean> {
    const args = [expected === null ? '0' : '1', expected ?? '', value, lifeMs];
    return (await this.#scripts.send(isFlag, swapScript, [key], args)) === 1;
  }
}

const keysOf = ({ key, open, lists }: ReceiptNames) => [key, open, ...lists];
