import { bounds } from '../bounds.ts';
import { type Receipts, type ReceiptToWrite, StoreError } from './port.ts';
import { acceptScript, buryScript, swapScript, verifyScript } from './scripts.ts';
import { isFlag, isList, isNumber, isText, isTextList } from './shapes.ts';
import { callRedis, getAll, type RedisClient, type SendScript } from './upstash-rest.ts';

/** Receipts over Upstash's REST API, all on the primary: a replica may not have what was just written. */
export const upstashReceipts = (redis: RedisClient, send: SendScript): Receipts => ({
  async accept(receipt) {
    await send(isText, acceptScript, receiptKeys(receipt), receiptArgs(receipt));
  },

  read: (keys) => getAll(redis, keys),

  async page({ list, beforeMs, sinceMs, skip, most }) {
    const range = { byScore: true, rev: true, withScores: true, offset: skip, count: most } as const;
    const reply = await callRedis(isList, () => redis.zrange(list, beforeMs, sinceMs, range));
    if (reply.length % 2 !== 0) throw new StoreError('garbage');
    return Array.from({ length: reply.length / 2 }, (_, i) => {
      const [id, acceptedMs] = [reply[2 * i], Number(reply[2 * i + 1])];
      if (!isText(id) || !Number.isSafeInteger(acceptedMs)) throw new StoreError('garbage');
      return { id, acceptedMs };
    });
  },

  due({ open, untilMs, most }) {
    const range = { byScore: true, offset: 0, count: most } as const;
    return callRedis(isTextList, () => redis.zrange(open, '-inf', untilMs, range));
  },

  async reopen({ open, id, dueMs }) {
    await callRedis(isNumber, () =>
      dueMs === null ? redis.zrem(open, id) : redis.zadd(open, { xx: true }, { score: dueMs, member: id }),
    );
  },

  async verify({ id, names, nowMs, afterMs }) {
    const keys = [names.key, names.open];
    const [is, waitMs] = await send(isList, verifyScript, keys, [id, nowMs, afterMs]);
    if (is === 'too-early' && isNumber(waitMs)) return { is, waitMs };
    if (is === 'verified' || is === 'missing' || is === 'not-applied') return { is };
    throw new StoreError('garbage');
  },

  async bury(receipt) {
    const args = [...receiptArgs(receipt), receipt.nowMs];
    return (await send(isFlag, buryScript, receiptKeys(receipt), args)) === 1;
  },

  async count(name) {
    await callRedis(isNumber, () => redis.incr(name));
  },

  async scan({ cursor, match, count }) {
    const [next, names] = await callRedis(isList, () => redis.scan(cursor, { match, count }));
    if (!isText(next) || !isTextList(names)) throw new StoreError('garbage');
    return { cursor: next, names };
  },

  async remove(names) {
    return names.length === 0 ? 0 : callRedis(isNumber, () => redis.del(...names));
  },

  async swap({ key, expected, value, lifeMs, tell }) {
    const args = [expected === null ? 0 : 1, expected ?? '', value, lifeMs ?? 0];
    const told = tell ? [tell.most, ...tell.texts] : [];
    const keys = [key, ...(tell ? [tell.stream] : [])];
    return (await send(isFlag, swapScript, keys, [...args, ...told])) === 1;
  },
});

/** What every script that writes a receipt begins with. */
export const receiptKeys = ({ names: { key, open, lists } }: ReceiptToWrite) => [key, open, ...lists];
export const receiptArgs = ({ id, order, acceptedMs, dueMs, lifeMs }: ReceiptToWrite) =>
  [id, order, acceptedMs, dueMs, lifeMs, bounds.receiptsListed] as const;
