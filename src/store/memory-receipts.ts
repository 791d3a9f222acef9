import { bounds } from '../bounds.ts';
import type {
  ListedReceipt,
  Purge,
  ReceiptPage,
  Receipts,
  ReceiptToWrite,
  Scanned,
  Swap,
  Verification,
  VerificationState,
} from './port.ts';
import { isAppliedReceipt, parseReceipt, type ReceiptText, writeReceipt } from './receipt.ts';
import type { Slots } from './slots.ts';

/** Receipts in one isolate's memory, each verb the twin of a script or a command. */
export class MemoryReceipts implements Receipts {
  readonly #slots: Slots;
  readonly #lists = new Map<string, Map<string, number>>();

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  isApplied(key: string): boolean {
    return isAppliedReceipt(this.#slots.get(key));
  }

  /** The part of a purge that writes its receipt. */
  writeApplied({ receipt, attempt, via, nowMs }: Purge): void {
    const tries = this.#parsed(receipt.names.key)?.attempts ?? 0;
    this.#write(receipt, {
      state: 'applied',
      attempts: Math.max(tries + 1, attempt),
      appliedMs: nowMs,
      via,
    });
    this.#addToOpen(receipt);
  }

  async accept(receipt: ReceiptToWrite): Promise<void> {
    if (this.isApplied(receipt.names.key)) return;
    this.#write(receipt, { state: 'accepted' });
    this.#addToOpen(receipt);
  }

  async read(keys: readonly string[]): Promise<readonly (string | null)[]> {
    return keys.map((key) => this.#slots.get(key));
  }

  async page({ list, beforeMs, sinceMs, skip, most }: ReceiptPage): Promise<readonly ListedReceipt[]> {
    return this.#sorted(list)
      .reverse()
      .filter(([, acceptedMs]) => acceptedMs <= beforeMs && acceptedMs >= sinceMs)
      .slice(skip, skip + most)
      .map(([id, acceptedMs]) => ({ id, acceptedMs }));
  }

  async due({ open, untilMs, most }: Parameters<Receipts['due']>[0]): Promise<readonly string[]> {
    const due = this.#sorted(open).filter(([, dueMs]) => dueMs <= untilMs);
    return due.slice(0, most).map(([id]) => id);
  }

  async reopen({ open, id, dueMs }: Parameters<Receipts['reopen']>[0]): Promise<void> {
    const list = this.#lists.get(open);
    if (dueMs === null) list?.delete(id);
    else if (list?.has(id)) list.set(id, dueMs);
  }

  async verify({ id, names, nowMs, afterMs }: Verification): Promise<VerificationState> {
    if (this.#slots.get(names.key) === null) return { is: 'missing' };
    const receipt = this.#parsed(names.key);
    if (receipt?.state === 'applied') {
      const waitMs = receipt.appliedMs + afterMs - nowMs;
      if (waitMs > 0) return { is: 'too-early', waitMs };
      this.#slots.replace(names.key, writeReceipt({ ...receipt, state: 'verified', verifiedMs: nowMs }));
    } else if (receipt?.state !== 'verified') return { is: 'not-applied' };
    this.#lists.get(names.open)?.delete(id);
    return { is: 'verified' };
  }

  async bury({ nowMs, ...receipt }: ReceiptToWrite & { readonly nowMs: number }): Promise<boolean> {
    if (this.isApplied(receipt.names.key)) return false;
    this.#write(receipt, { state: 'dead', deadMs: nowMs });
    this.#lists.get(receipt.names.open)?.delete(receipt.id);
    return true;
  }

  async count(name: string): Promise<void> {
    this.#slots.set(name, String(Number(this.#slots.get(name) ?? 0) + 1), bounds.receiptMs);
  }

  async scan({ cursor, match, count }: Parameters<Receipts['scan']>[0]): Promise<Scanned> {
    const rest = this.#slots.namesAfter(Number(cursor));
    const part = rest.slice(0, count);
    const next = part.length < rest.length ? String(part.at(-1)!.number) : '0';
    const pattern = new RegExp(
      `^${match.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`,
      's',
    );
    return { cursor: next, names: part.map(({ name }) => name).filter((name) => pattern.test(name)) };
  }

  async remove(names: readonly string[]): Promise<number> {
    return names.filter((name) => this.#slots.delete(name)).length;
  }

  async swap({ key, expected, value, lifeMs }: Swap): Promise<boolean> {
    if (this.#slots.get(key) !== expected) return false;
    this.#slots.set(key, value, lifeMs);
    return true;
  }

  /** Keeps what an earlier receipt of this purge says of its acceptance and of tries. */
  #write(receipt: ReceiptToWrite, changed: Partial<ReceiptText> & Pick<ReceiptText, 'state'>): void {
    const { names, order, lifeMs } = receipt;
    const before = this.#parsed(names.key);
    const { attempts, acceptedMs } = before ?? { attempts: 0, acceptedMs: receipt.acceptedMs };
    const blank = { attempts, acceptedMs, appliedMs: 0, verifiedMs: 0, deadMs: 0, via: '-', order };
    this.#slots.set(names.key, writeReceipt({ ...blank, ...changed }), lifeMs);
    if (!before) this.#addToLists(receipt);
  }

  #parsed(key: string): ReceiptText | null {
    return parseReceipt(this.#slots.get(key));
  }

  #addToLists({ names, id, acceptedMs, lifeMs }: ReceiptToWrite): void {
    for (const list of names.lists) {
      const members = this.#put(list, id, acceptedMs);
      for (const [member, ms] of members) if (ms <= acceptedMs - lifeMs) members.delete(member);
      if (members.size > bounds.receiptsListed) members.delete(this.#sorted(list)[0]![0]);
    }
  }

  #addToOpen({ names, id, dueMs }: ReceiptToWrite): void {
    const members = this.#put(names.open, id, dueMs);
    if (members.size > bounds.receiptsListed) members.delete(this.#sorted(names.open).at(-1)![0]);
  }

  #put(list: string, id: string, score: number): Map<string, number> {
    const members = this.#lists.get(list) ?? new Map<string, number>();
    this.#lists.set(list, members.set(id, score));
    return members;
  }

  /** Members in the order of a sorted set: by score, then by name. */
  #sorted(list: string): [string, number][] {
    const members = [...(this.#lists.get(list) ?? [])];
    return members.sort(([a, aMs], [b, bMs]) => aMs - bMs || (a < b ? -1 : 1));
  }
}
