import { orderFrom, type PurgeOrder, purgeOrder } from '../strategy/purge-order.ts';
import { type Via, vias } from './port.ts';

/** What became of a purge. Times in milliseconds since the epoch; null: not, or not yet. */
export interface Receipt {
  readonly order: PurgeOrder;
  readonly state: 'accepted' | 'applied' | 'verified' | 'dead';
  /** Tries to apply it, until one did. */
  readonly attempts: number;
  readonly acceptedMs: number;
  readonly appliedMs: number | null;
  readonly verifiedMs: number | null;
  readonly deadMs: number | null;
  readonly via: Via | null;
  /** How many of the names that it replaced had a generation, as the script counted that applied it; null: not applied, or by an earlier version. */
  readonly met: number | null;
}

/** A receipt as its text has it: the order as JSON, and whoever applied it by any word; `-`: nobody yet. */
export interface ReceiptText extends Omit<Receipt, 'order' | 'via'> {
  readonly order: string;
  readonly via: string;
}

export function writeReceipt({ state, attempts, via, met, order, ...it }: ReceiptText): string {
  const times = [it.acceptedMs, it.appliedMs, it.verifiedMs, it.deadMs].map((ms) => ms ?? 0);
  return `${[state, attempts, ...times, met === null ? via : `${via}:${met}`].join(' ')}\n${order}`;
}

/** Null for what is not a receipt of this version. */
export function parseReceipt(text: string | null): ReceiptText | null {
  const match = /^(accepted|applied|verified|dead) (\d+) (\d+) (\d+) (\d+) (\d+) ([^\s:]+)(?::(\d+))?\n/.exec(
    text ?? '',
  );
  if (!match) return null;
  const [line, state, attempts, accepted, applied, verified, dead, via, met] = match;
  return {
    state: state as Receipt['state'],
    attempts: Number(attempts),
    acceptedMs: Number(accepted),
    appliedMs: Number(applied) || null,
    verifiedMs: Number(verified) || null,
    deadMs: Number(dead) || null,
    via: via!,
    met: met === undefined ? null : Number(met),
    order: text!.slice(line.length),
  };
}

/** Whether a receipt says that its purge was applied; the first version wrote `applied` and the purge alone. */
export const isAppliedReceipt = (text: string | null) => /^(applied|verified) /.test(text ?? '');

/** `write` and `parse` in the scripts. Of a receipt of another version `parse` returns the state alone. */
export const receiptInLua = `
local function write(state, tries, accepted, applied, verified, dead, via, order)
  return table.concat({state, tries, accepted, applied, verified, dead, via}, ' ') .. '\\n' .. order
end
local function parse(receipt)
  local state, tries, accepted, applied, via, order =
    string.match(receipt or '', '^(%a+) (%d+) (%d+) (%d+) %d+ %d+ (%S+)\\n(.*)$')
  return state or string.match(receipt or '', '^%a+'), tries, accepted, applied, via, order
end`;

/** Null for what is not a receipt of this version: it is shown to nobody, and its purge id marks nothing but itself. */
export function readReceipt(text: string | null): Receipt | null {
  const receipt = parseReceipt(text);
  const order = receipt && parseOrder(receipt.order);
  return receipt && order && { ...receipt, order, via: vias.find((via) => via === receipt.via) ?? null };
}

function parseOrder(text: string): PurgeOrder | null {
  try {
    return orderFrom(purgeOrder.parse(JSON.parse(text)));
  } catch {
    return null;
  }
}
