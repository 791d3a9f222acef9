import { bounds } from '../bounds.ts';
import type { Metrics, Purge, Receipts, ReceiptToWrite } from './port.ts';
import { isAppliedReceipt, parseReceipt, type ReceiptText, writeReceipt } from './receipt.ts';
import type { Slots } from './slots.ts';

/** Receipts in one isolate's memory, each verb the twin of a script or a command; and the parts of a purge that are about its receipt. */
export function memoryReceipts(slots: Slots, metrics: Pick<Metrics, 'tell'>) {
  /** Each lives as long as the slot of its name. */
  const lists = new Map<string, Map<string, number>>();
  function membersOf(list: string): Map<string, number> | undefined {
    if (slots.get(list) === null) lists.delete(list);
    return lists.get(list);
  }

  const isApplied = ({ names }: ReceiptToWrite) => isAppliedReceipt(slots.get(names.key));
  const parsed = (key: string) => parseReceipt(slots.get(key));

  /** Members in the order of a sorted set: by score, then by name. */
  function sorted(list: string): [string, number][] {
    const members = [...(membersOf(list) ?? [])];
    return members.sort(([a, aMs], [b, bMs]) => aMs - bMs || (a < b ? -1 : 1));
  }

  function put(list: string, id: string, score: number, lifeMs: number): Map<string, number> {
    const members = membersOf(list) ?? new Map<string, number>();
    lists.set(list, members.set(id, score));
    slots.set(list, '', lifeMs);
    return members;
  }

  /** Keeps what an earlier receipt of this purge says of its acceptance and of tries. */
  function write(receipt: ReceiptToWrite, changed: Partial<ReceiptText> & Pick<ReceiptText, 'state'>): void {
    const { id, names, order, lifeMs } = receipt;
    const before = parsed(names.key);
    const { attempts, acceptedMs } = before ?? { attempts: 0, acceptedMs: receipt.acceptedMs };
    const times = { acceptedMs, appliedMs: null, verifiedMs: null, deadMs: null };
    const blank = { ...times, attempts, via: '-', met: null, order };
    slots.set(names.key, writeReceipt({ ...blank, ...changed }), lifeMs);
    for (const list of before ? [] : names.lists) {
      const members = put(list, id, acceptedMs, lifeMs);
      for (const [member, ms] of members) if (ms <= acceptedMs - lifeMs) members.delete(member);
      if (members.size > bounds.receiptsListed) members.delete(sorted(list)[0]![0]);
    }
  }

  function addToOpen({ names, id, dueMs, lifeMs }: ReceiptToWrite): void {
    const members = put(names.open, id, dueMs, lifeMs);
    if (members.size > bounds.receiptsListed) members.delete(sorted(names.open).at(-1)![0]);
  }

  function writeApplied({ receipt, attempt, via, nowMs }: Purge, met: number): void {
    const tries = parsed(receipt.names.key)?.attempts ?? 0;
    const attempts = Math.max(tries + 1, attempt);
    write(receipt, { state: 'applied', attempts, appliedMs: nowMs, via, met });
    addToOpen(receipt);
  }

  const receipts: Receipts = {
    async accept(receipt) {
      if (isApplied(receipt)) return;
      write(receipt, { state: 'accepted' });
      addToOpen(receipt);
    },

    read: async (keys) => keys.map((key) => slots.get(key)),

    async page({ list, beforeMs, sinceMs, skip, most }) {
      return sorted(list)
        .reverse()
        .filter(([, acceptedMs]) => acceptedMs <= beforeMs && acceptedMs >= sinceMs)
        .slice(skip, skip + most)
        .map(([id, acceptedMs]) => ({ id, acceptedMs }));
    },

    async due({ open, untilMs, most }) {
      const due = sorted(open).filter(([, dueMs]) => dueMs <= untilMs);
      return due.slice(0, most).map(([id]) => id);
    },

    async reopen({ open, id, dueMs }) {
      const list = membersOf(open);
      if (dueMs === null) list?.delete(id);
      else if (list?.has(id)) list.set(id, dueMs);
    },

    async verify({ id, names, nowMs, afterMs }) {
      if (slots.get(names.key) === null) return { is: 'missing' };
      const receipt = parsed(names.key);
      if (receipt?.state === 'applied') {
        const waitMs = (receipt.appliedMs ?? 0) + afterMs - nowMs;
        if (waitMs > 0) return { is: 'too-early', waitMs };
        slots.replace(names.key, writeReceipt({ ...receipt, state: 'verified', verifiedMs: nowMs }));
      } else if (receipt?.state !== 'verified') return { is: 'not-applied' };
      membersOf(names.open)?.delete(id);
      return { is: 'verified' };
    },

    async bury(receipt) {
      if (isApplied(receipt)) return false;
      write(receipt, { state: 'dead', deadMs: receipt.nowMs });
      membersOf(receipt.names.open)?.delete(receipt.id);
      return true;
    },

    async count(name) {
      slots.set(name, String(Number(slots.get(name) ?? 0) + 1), Number.POSITIVE_INFINITY);
    },

    async scan({ cursor, match, count }) {
      const rest = slots.namesAfter(Number(cursor));
      const part = rest.slice(0, count);
      const next = part.length < rest.length ? String(part.at(-1)!.number) : '0';
      const literal = match.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
      const pattern = new RegExp(`^${literal.replaceAll('*', '.*')}$`, 's');
      return { cursor: next, names: part.map(({ name }) => name).filter((name) => pattern.test(name)) };
    },

    remove: async (names) => names.filter((name) => slots.delete(name)).length,

    async swap({ key, expected, value, lifeMs, tell }) {
      if (slots.get(key) !== expected) return false;
      slots.set(key, value, lifeMs ?? Number.POSITIVE_INFINITY);
      for (const text of tell?.texts ?? []) void metrics.tell({ ...tell!, text });
      return true;
    },
  };
  return { receipts, isApplied, writeApplied };
}
