import { type EntryToStore, type Purge, type Purged, purgedIn, type Store, StoreError } from './port.ts';
import { fillScript, leaseScript, purgeScript, releaseScript } from './scripts.ts';
import { isFlag, isList, isNumber, isText, isTextOrNull } from './shapes.ts';
import { upstashMetrics } from './upstash-metrics.ts';
import { receiptArgs, receiptKeys, upstashReceipts } from './upstash-receipts.ts';
import { callRedis, connect, getAll, refusalOf, scriptSender } from './upstash-rest.ts';

export interface UpstashStoreOptions {
  readonly url: string;
  readonly token: string;
  /** Deadline of a lookup, in milliseconds. */
  readonly readMs: number;
  /** Deadline of lease, fill, release and purge, in milliseconds. */
  readonly writeMs: number;
  /** Deadline of what the cron and operators read and write of figures, in milliseconds. Default `writeMs`. */
  readonly figuresMs?: number;
}

/** The store over Upstash's REST API: one HTTP request for each verb. */
export function createUpstashStore({
  url,
  token,
  readMs,
  writeMs,
  figuresMs = writeMs,
}: UpstashStoreOptions): Store {
  const reader = connect(url, token, readMs);
  const writer = connect(url, token, writeMs);
  const send = scriptSender(writer, url);
  const patient = connect(url, token, figuresMs);

  async function purgeByScript(purge: Purge): Promise<Purged> {
    const { entryToStore, receipt } = purge;
    const last = lastsOf(purge);
    const { hard, soft } = purgedIn(purge);
    const keys = [...receiptKeys(receipt), receipt.names.metBefore, ...last, ...hard, ...soft];
    if (entryToStore) keys.push(entryToStore.key, ...namesOf(entryToStore));
    const [applied, stored, ...generations] = await send(isList, purgeScript, keys, [
      ...receiptArgs(receipt),
      purge.ifAnyExists ? 'if-known' : soft.length,
      purge.nonce,
      purge.nowMs,
      purge.attempt,
      purge.via,
      receipt.names.lists.length,
      last.length,
      hard.length + soft.length,
      flag(entryToStore),
      purge.softNonces,
      ...(entryToStore ? [...entryArgs(entryToStore), entryToStore.capturedLast ?? ''] : []),
    ]);
    if (applied === 'already' || applied === 'nothing') return { applied, stored: null };
    const expected = stored === 1 ? (entryToStore?.captured.length ?? 0) : 0;
    if (applied !== 'now' || !isFlag(stored)) throw new StoreError('garbage');
    if (generations.length !== expected || !generations.every(isText)) throw new StoreError('garbage');
    return { applied, stored: stored === 1 ? generations : null };
  }

  return {
    receipts: upstashReceipts(writer, send),
    metrics: upstashMetrics(writer, patient, scriptSender(patient, url)),
    lookup: (names) => getAll(reader, names),

    async lease(lease) {
      const { token, takeLock, lockMs, generationMs, knownFill = '' } = lease;
      const last = lastOf(lease);
      const keys = [lease.key, lease.lock, ...lease.generationNames, ...last];
      const args = [token, flag(takeLock), lockMs, generationMs, knownFill, last.length];
      const [granted, holder, lockRemainingMs, entryText, ...names] = await send(
        isList,
        leaseScript,
        keys,
        args,
      );
      if (!isFlag(granted) || !isTextOrNull(holder) || !isNumber(lockRemainingMs) || !isTextOrNull(entryText))
        throw new StoreError('garbage');
      if (names.length !== keys.length - 2 || !names.every(isText)) throw new StoreError('garbage');
      const generations = names.slice(0, lease.generationNames.length);
      const capturedLast = names[generations.length] ?? null;
      return {
        granted: granted === 1,
        holder,
        lockRemainingMs,
        generations,
        last: capturedLast,
        entryText,
      };
    },

    async fill({ lock, token, uncaptured, beside = [], mustBeCurrent, ...stored }) {
      const lateNames = uncaptured?.generationNames ?? [];
      const keys = [stored.key, lock, ...namesOf(stored)];
      if (uncaptured) keys.push(...lateNames, uncaptured.namesKey, uncaptured.lastName);
      keys.push(...beside.map(({ key }) => key));
      const [outcome, ...created] = await send(isList, fillScript, keys, [
        token,
        lateNames.length,
        uncaptured?.capturedLast ?? '',
        lateNames.join(' '),
        flag(mustBeCurrent),
        beside.length,
        ...entryArgs(stored),
        ...beside.map(({ value }) => value),
      ]);
      const current = outcome === 'stored';
      const isStored = current || outcome === 'stored-stale';
      if (isStored && created.length === lateNames.length && created.every(isText))
        return { stored: true, current, created };
      if (outcome === 'lease-lost' || outcome === 'purged' || outcome === 'late-tags-raced')
        return { stored: false, refusal: outcome };
      throw new StoreError('garbage');
    },

    async release({ lock, token, directMs, failed }) {
      const [keys, args] = failed ? [[failed.key], [failed.value, failed.ms]] : [[], []];
      await send(isFlag, releaseScript, [lock, ...keys], [token, directMs, ...args]);
    },

    /**
     * Purges ignore what the database says about room: what cannot be replaced is deleted, and missing means not valid. One that is there is
     * renamed instead, which needs no room either, so that the try which writes the receipt knows that there was something.
     */
    async purge(purge) {
      try {
        return await purgeByScript(purge);
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'no-room') throw error;
      }
      const deleting = writer.pipeline();
      const generations = [...purge.generationNames, ...(purge.softNames ?? [])];
      for (const name of generations) deleting.rename(name, purge.receipt.names.metBefore);
      deleting.del(...lastsOf(purge), ...generations);
      const replies = await callRedis(isList, () => deleting.exec({ keepErrors: true }));
      mustBeDeleted(replies.at(-1));
      return { applied: 'deleted', stored: null };
    },
  };
}

/** The last reply of a deletion. Renaming what is missing is an error, and none of ours. */
function mustBeDeleted(reply: unknown): void {
  const { error, result } = (reply ?? {}) as { readonly error?: unknown; readonly result?: unknown };
  if (typeof error === 'string') throw refusalOf(error);
  if (!isNumber(result)) throw new StoreError('garbage');
}

const flag = (on: unknown) => (on ? 1 : 0);
const lastOf = ({ lastName }: Pick<Purge, 'lastName'>): string[] =>
  lastName === undefined ? [] : [lastName];
const lastsOf = (purge: Purge) => [
  ...lastOf(purge),
  ...(purge.publicLastName === undefined ? [] : [purge.publicLastName]),
];
const namesOf = ({ captured }: EntryToStore) => captured.map(([name]) => name);
const entryArgs = ({ lifeMs, generationMs, entryParts, captured }: EntryToStore) => [
  ...[lifeMs, generationMs, entryParts.head, entryParts.tail],
  ...captured.map(([, generation]) => generation),
];
