import { bounds } from '../bounds.ts';
import type { ReceiptView } from './receipts.ts';

/** In how many seconds a look at the receipt may show more, for `Retry-After`; ever longer where it is late. Null: no more comes of it. */
export function nextLookS(receipt: ReceiptView, nowMs: number): number | null {
  const { state, erasure } = receipt;
  const { receiptLookMs, eraseStepMs } = bounds;
  if (state === 'verified' || state === 'dead') return null;
  if (erasure?.state === 'running') return eraseStepMs / 1000;
  const lateMs = nowMs - dueMsOf(receipt);
  const [leastMs, mostMs] = receiptLookMs;
  return Math.ceil((lateMs < 0 ? -lateMs : Math.min(Math.max(lateMs / 2, leastMs), mostMs)) / 1000);
}

/** The same of a purge that has no receipt yet, most likely because Redis could not write it; there may be none to come. */
export const unseenLookS = 5;

/** When it is likely to go on: it is applied at once, and verified by the queue, unless it is known that that has not taken it. */
function dueMsOf({ accepted_at, applied_at, queue }: ReceiptView): number {
  if (applied_at === null) return Date.parse(accepted_at);
  const isLeftToCron = queue === 'none' || queue === 'failed';
  const { verifyAfterMs, verifyMarginMs, stuckMs } = bounds;
  return Date.parse(applied_at) + (isLeftToCron ? stuckMs : verifyAfterMs + verifyMarginMs);
}
