import { bounds } from './bounds.ts';
import type { Message } from './message.ts';
import type { Reply } from './send.ts';

/** How a delivery attempt ended. */
export type Outcome = Reply | NoAnswer;

export interface NoAnswer {
  readonly status: 'no answer';
  readonly why: string;
}

export const isDelivered = ({ status }: Outcome): boolean =>
  status !== 'no answer' && status >= 200 && status < 300;

/** How long to wait before the next attempt; undefined when there is none. */
export function retryDelayMs(
  { maxRetries, retryDelay }: Message,
  retried: number,
  outcome: Outcome,
): number | undefined {
  if (retried >= maxRetries || forbidsRetries(outcome)) return undefined;
  const ms = retryAfterMs(outcome) ?? retryDelay?.ms(retried) ?? Number.NaN;
  if (Number.isNaN(ms)) return backoffMs(retried);
  return Math.min(Math.max(Math.round(ms), 0), bounds.retryDelayMs);
}

/** QStash's own: 12 s, 2 m 28 s, 30 m 8 s, 6 h 7 m, then a day. */
function backoffMs(retried: number): number {
  return Math.min(Math.round(Math.exp(2.5 * (retried + 1)) * 1000), bounds.retryDelayMs);
}

/** Seconds only; QStash takes dates and durations, too. What is beyond a day does not count there either. */
function retryAfterMs(outcome: Outcome): number | undefined {
  const text = headerOf(outcome, 'retry-after') ?? '';
  const ms = Number(text) * 1000;
  return /^\d+$/.test(text) && ms <= bounds.retryDelayMs ? ms : undefined;
}

function forbidsRetries(outcome: Outcome): boolean {
  return outcome.status === 489 && headerOf(outcome, 'upstash-nonretryable-error') === 'true';
}

function headerOf(outcome: Outcome, name: string): string | undefined {
  return outcome.status === 'no answer' ? undefined : outcome.headers[name]?.[0];
}
