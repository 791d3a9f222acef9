/** A fetch that gave nothing which can be passed on. */
export interface FetchFailure {
  readonly is: 'failed';
  readonly code: 'origin-failed' | 'origin-timeout';
  /** The origin's, when it gave one. */
  readonly status?: number;
  readonly retryAfter?: string;
  /** For the log. */
  readonly why: string;
}

export const truncated = (status?: number): FetchFailure => ({
  is: 'failed',
  code: 'origin-failed',
  why: 'truncated',
  ...(status !== undefined && { status }),
});

export const timedOut = (deadlineMs: number): FetchFailure => ({
  is: 'failed',
  code: 'origin-timeout',
  why: `no answer in ${deadlineMs} ms`,
});

export function failureOf(error: unknown): FetchFailure {
  const name = error instanceof Error ? error.name : 'unknown';
  const late = name === 'TimeoutError' || name === 'AbortError';
  return { is: 'failed', code: late ? 'origin-timeout' : 'origin-failed', why: whyOf(name, error) };
}

/** For the log. What a parser complains of quotes the data that it read. */
function whyOf(name: string, error: unknown): string {
  if (!(error instanceof Error) || name === 'SyntaxError' || name === 'ZodError') return name;
  return `${name}: ${error.message.slice(0, 200)}`;
}
