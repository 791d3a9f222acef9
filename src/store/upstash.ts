import { type EntryToStore, type Purge, type Purged, type Store, StoreError } from './port.ts';
import { fillScript, leaseScript, purgeScript, releaseScript } from './scripts.ts';
import { isFlag, isList, isNumber, isText, isTextOrNull } from './shapes.ts';
import { receiptArgs, receiptKeys, upstashReceipts } from './upstash-receipts.ts';
import { callRedis, connect, getAll, scriptSender } from './upstash-rest.ts';

export interface UpstashStoreOptions {
  readonly url: string;
  readonly token: string;
  /** Deadline of a lookup, in milliseconds. */
  readonly readMs: number;
  /** Deadline of lease, fill, release and purge, in milliseconds. */
  readonly writeMs: number;
}

/** The store over Upstash's REST API: one HTTP request for each verb. */
export function createUpstashStore({ url, token, readMs, writeMs }: UpstashStoreOptions): Store {
  const reader = connect(url, token, readMs);
  const writer = connect(url, token, writeMs);
  const send = scriptSender(writer, url);

  async function purgeByScript(purge: Purge): Promise<Purged> {
    const { store, receipt } = purge;
    const last = lastOf(purge);
    const keys = [...receiptKeys(receipt), ...last, ...purge.generations];
    if (store) keys.push(store.key, ...namesOf(store));
    const [applied, stored, ...generations] = await send(isList, purgeScript, keys, [
      ...receiptArgs(receipt),
      purge.ifKnown ? 'hard-if-known' : purge.mode,
      purge.nonce,
      purge.nowMs,
      purge.attempt,
      purge.via,
      receipt.names.lists.length,
      last.length,
      purge.generations.length,
      flag(store),
      ...(store ? entryArgs(store) : []),
    ]);
    if (applied === 'already' || applied === 'nothing') return { applied, stored: null };
    const expected = stored === 1 ? (store?.captured.length ?? 0) : 0;
    if (applied !== 'now' || !isFlag(stored)) throw new StoreError('garbage');
    if (generations.length !== expected || !generations.every(isText)) throw new StoreError('garbage');
    return { applied, stored: stored === 1 ? generations : null };
  }

  return {
    receipts: upstashReceipts(writer, send),
    lookup: (names) => getAll(reader, names),

    async lease(lease) {
      const { token, takeLock, lockMs, generationMs, knownFill = '' } = lease;
      const last = lastOf(lease);
      const keys = [lease.key, lease.lock, ...lease.generations, ...last];
      const args = [token, flag(takeLock), lockMs, generationMs, knownFill, last.length];
      const [granted, holder, lockRemainingMs, entry, ...names] = await send(isList, leaseScript, keys, args);
      if (!isFlag(granted) || !isTextOrNull(holder) || !isNumber(lockRemainingMs) || !isTextOrNull(entry))
        throw new StoreError('garbage');
      if (names.length !== keys.length - 2 || !names.every(isText)) throw new StoreError('garbage');
      const generations = names.slice(0, lease.generations.length);
      const capturedLast = names[generations.length] ?? null;
      return { granted: granted === 1, holder, lockRemainingMs, generations, last: capturedLast, entry };
    },

    async fill({ lock, token, late, rule, ...stored }) {
      const lateNames = late?.generations ?? [];
      const keys = [stored.key, lock, ...namesOf(stored)];
      if (late) keys.push(...lateNames, late.names, late.last);
      if (rule) keys.push(rule.key);
      const [outcome, ...generations] = await send(isList, fillScript, keys, [
        token,
        lateNames.length,
        late?.capturedLast ?? '',
        lateNames.join(' '),
        flag(rule),
        rule?.value ?? '',
        ...entryArgs(stored),
      ]);
      if (outcome === 'stored' && generations.length === lateNames.length && generations.every(isText))
        return { stored: true, lateGenerations: generations };
      if (outcome === 'lease-lost' || outcome === 'purged' || outcome === 'late-tags-raced')
        return { stored: false, why: outcome };
      throw new StoreError('garbage');
    },

    async release({ lock, token, directMs }) {
      await send(isFlag, releaseScript, [lock], [token, directMs]);
    },

    /** Purges ignore what the database says about room: what cannot be replaced is deleted, and missing means not valid. */
    async purge(purge) {
      try {
        return await purgeByScript(purge);
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'no-room') throw error;
      }
      await callRedis(isNumber, () => writer.del(...lastOf(purge), ...purge.generations));
      return { applied: 'deleted', stored: null };
    },
  };
}

const flag = (on: unknown) => (on ? 1 : 0);
const lastOf = ({ last }: Pick<Purge, 'last'>): string[] => (last === undefined ? [] : [last]);
const namesOf = ({ captured }: EntryToStore) => captured.map(([name]) => name);
const entryArgs = ({ ttlMs, generationMs, entry, captured }: EntryToStore) => [
  ...[ttlMs, generationMs, entry.head, entry.tail],
  ...captured.map(([, generation]) => generation),
];
