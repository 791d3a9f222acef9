import type { LogLine } from '../log-line.ts';

/** What a reader fills, again and again. */
export const blankLine = (): LogLine => ({
  timeMs: 0,
  method: '',
  target: '',
  status: 0,
  bytes: -1,
  durationMs: -1,
  signs: 0,
  etag: null,
});
