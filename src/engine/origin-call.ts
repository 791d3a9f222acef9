import { whyOf } from '../telemetry/why.ts';
import { discard } from './body.ts';
import { type Context, within } from './context.ts';
import type { FetchLabel, Remark } from './notes.ts';

/** Every call of the origin goes through here: it ends in time, and the request's notes count it, and say where it went. */
export async function callOrigin<T extends object>(
  { isolate: { clock, meter }, notes, signal }: Pick<Context, 'isolate' | 'notes' | 'signal'>,
  label: FetchLabel,
  withinMs: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T | FetchFailure> {
  const fromMs = clock.now();
  const abort = new AbortController();
  signal?.addEventListener('abort', () => abort.abort(), { once: true });
  notes.originRequests += 1;
  try {
    const inTime = await within(clock, withinMs, call(abort.signal), null);
    if (inTime) return inTime;
    abort.abort();
    return timedOut(withinMs);
  } catch (error) {
    return failureOf(error);
  } finally {
    notes.originMs += clock.now() - fromMs;
    meter.observe('origin_duration', clock.now() - fromMs, label.className);
    notes.originPath = label.originPath ?? notes.originPath;
    notes.originStatus = label.originStatus;
  }
}

/** A fetch that gave nothing which can be passed on. */
export interface FetchFailure {
  readonly is: 'failed';
  readonly code: 'origin-failed' | 'origin-timeout';
  /** The origin's, when it gave one. */
  readonly status?: number | undefined;
  readonly retryAfter?: string | undefined;
  /** For the log. */
  readonly why: string;
}

export const failed = (why: string, status?: number, retryAfter?: string): FetchFailure => ({
  is: 'failed',
  code: 'origin-failed',
  status,
  retryAfter,
  why,
});

/**
 * A response of which no answer can be made, whoever asked; its body is let go of. Null: one can. `readsValue`: its bytes must be
 * known to be the value's; otherwise it is enough that nothing known was done to them.
 */
export function unusable(
  { status, headers, body, webSocket }: Response,
  readsValue: boolean,
): FetchFailure | null {
  // RFC 9110 §15: others have no meaning, and the platform cannot answer with them.
  const isFinal = status >= 200 && status <= 599 && !webSocket;
  // RFC 9112 §6.1: the platform takes `chunked` off where it stands alone, and else leaves the bytes as they came.
  const coding = headers.get('Transfer-Encoding') ?? 'chunked';
  const isPlain = /^(chunked|identity)$/i.test(coding) || !(readsValue || transferCodings.test(coding));
  if (isFinal && isPlain) return null;
  discard(body);
  return failed(isFinal ? unreadable('Transfer-Encoding', coding) : `status ${status}`);
}

/** RFC 9112 §7: those that are registered, with their former names. */
const transferCodings = /(^|,)\s*(chunked|(x-)?(gzip|compress)|deflate)\s*([,;]|$)/i;

/** For the log. */
export const unreadable = (field: string, coding: string): string =>
  `${field}: ${coding.slice(0, 64)} cannot be read`;
export const isFailure = (end: { readonly is: string }): end is FetchFailure => end.is === 'failed';

/** The body broke off, or was of another length than announced. */
export const truncated = (): FetchFailure => failed('truncated');

export const timedOut = (withinMs: number): FetchFailure => ({
  is: 'failed',
  code: 'origin-timeout',
  why: `no answer in ${withinMs} ms`,
});

/** What an operator reads of it. */
export const remarkOf = ({ code, why }: FetchFailure): Remark =>
  why === 'truncated' ? { note: why } : { note: code, says: why };

export function failureOf(error: unknown): FetchFailure {
  const isTimeout = error instanceof Error && /^(Timeout|Abort)Error$/.test(error.name);
  return { is: 'failed', code: isTimeout ? 'origin-timeout' : 'origin-failed', why: whyOf(error) };
}
