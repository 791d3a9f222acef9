import { type PurgeOrder, purgeOrder } from '../strategy/purge-order.ts';
import type { Via } from './port.ts';

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
}

const head = /^(accepted|applied|verified|dead) (\d+) (\d+) (\d+) (\d+) (\d+) (\S+)\n/;
const vias: readonly string[] = [
  'write',
  'eager',
  'delivery',
  'direct',
  'verification',
  'sweep',
] satisfies Via[];

/** Null for what is no receipt of this version: it is shown to nobody, and its purge id marks nothing but itself. */
export function readReceipt(text: string): Receipt | null {
  const match = head.exec(text);
  const order = match && parseOrder(text.slice(match[0].length));
  if (!match || !order) return null;
  const [, state, attempts, accepted, applied, verified, dead, via] = match;
  return {
    order,
    state: state as Receipt['state'],
    attempts: Number(attempts),
    acceptedMs: Number(accepted),
    appliedMs: Number(applied) || null,
    verifiedMs: Number(verified) || null,
    deadMs: Number(dead) || null,
    via: vias.includes(via!) ? (via as Via) : null,
  };
}

function parseOrder(text: string): PurgeOrder | null {
  try {
    const parsed = purgeOrder.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
