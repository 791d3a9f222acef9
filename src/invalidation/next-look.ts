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

/** When it is likely to go on: it is applied at once, and verified by the queue, else by the cron. */
function dueMsOf({ accepted_at, applied_at, queue }: ReceiptView): number {
  if (applied_at === null) return Date.parse(accepted_at);
  const { verifyAfterMs, verifyMarginMs, stuckMs } = bounds;
  return Date.parse(applied_at) + (queue === 'ok' ? verifyAfterMs + verifyMarginMs : stuckMs);
}
