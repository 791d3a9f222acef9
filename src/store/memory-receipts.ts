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
import type { Slots } from './slots.ts';

/** Receipts in one isolate's memory, each verb the twin of a script or a command. */
export class MemoryReceipts implements Receipts {
  readonly #slots: Slots;
  readonly #lists = new Map<string, Map<string, number>>();

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  isApplied(key: string): boolean {
    return /^(applied|verified) /.test(this.#slots.get(key) ?? '');
  }

  /** The part of a purge that writes its receipt. */
  applied({ receipt, attempt, via, nowMs }: Purge): void {
    const before = this.#headOf(receipt.names.key);
    const attempts = Math.max((before?.attempts ?? 0) + 1, attempt);
    const head = `applied ${attempts} ${before?.acceptedMs ?? receipt.acceptedMs} ${nowMs} 0 0 ${via}`;
    this.#slots.set(receipt.names.key, `${head}\n${receipt.order}`, receipt.lifeMs);
    if (!before) this.#listed(receipt);
    this.#open(receipt);
  }

  async accept(ask: ReceiptToWrite): Promise<void> {
    if (this.isApplied(ask.names.key)) return;
    this.#rewrite(ask, 'accepted', 0);
    this.#open(ask);
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
    const before = this.#slots.get(names.key);
    if (before === null) return { is: 'missing' };
    const [state, tries, accepted, applied, , , via] = before.split(/[ \n]/, 7);
    if (state === 'applied') {
      const waitMs = Number(applied) + afterMs - nowMs;
      if (waitMs > 0) return { is: 'too-early', waitMs };
      const order = before.slice(before.indexOf('\n'));
      this.#slots.replace(names.key, `verified ${tries} ${accepted} ${applied} ${nowMs} 0 ${via}${order}`);
    } else if (state !== 'verified') return { is: 'not-applied' };
    this.#lists.get(names.open)?.delete(id);
    return { is: 'verified' };
  }

  async bury(ask: ReceiptToWrite & { readonly nowMs: number }): Promise<boolean> {
    if (this.isApplied(ask.names.key)) return false;
    this.#rewrite(ask, 'dead', ask.nowMs);
    this.#lists.get(ask.names.open)?.delete(ask.id);
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

  #rewrite(ask: ReceiptToWrite, state: 'accepted' | 'dead', deadMs: number): void {
    const before = this.#headOf(ask.names.key);
    const head = `${state} ${before?.attempts ?? 0} ${before?.acceptedMs ?? ask.acceptedMs} 0 0 ${deadMs} -`;
    this.#slots.set(ask.names.key, `${head}\n${ask.order}`, ask.lifeMs);
    if (!before) this.#listed(ask);
  }

  #headOf(key: string): { attempts: number; acceptedMs: number } | null {
    const match = /^[a-z]+ (\d+) (\d+) /.exec(this.#slots.get(key) ?? '');
    return match && { attempts: Number(match[1]), acceptedMs: Number(match[2]) };
  }

  #listed({ names, id, acceptedMs, lifeMs }: ReceiptToWrite): void {
    for (const list of names.lists) {
      const members = this.#put(list, id, acceptedMs);
      for (const [member, ms] of members) if (ms <= acceptedMs - lifeMs) members.delete(member);
      if (members.size > bounds.receiptsListed) members.delete(this.#sorted(list)[0]![0]);
    }
  }

  #open({ names, id, dueMs }: ReceiptToWrite): void {
    const members = this.#put(names.open, id, dueMs);
    if (members.size > bounds.receiptsListed) members.delete(this.#sorted(names.open).at(-1)![0]);
  }

  #put(list: string, id: string, score: number): Map<string, number> {
    const members = this.#lists.get(list) ?? new Map<string, number>();
    this.#lists.set(list, members.set(id, score));
    return members;
  }

  /** As a sorted set has them: by score, then by name. */
  #sorted(list: string): [string, number][] {
    const members = [...(this.#lists.get(list) ?? [])];
    return members.sort(([a, aMs], [b, bMs]) => aMs - bMs || (a < b ? -1 : 1));
  }
}
