import type { QStashClock } from '../../../dev/qstash/clock.ts';

export interface ManualClock extends QStashClock {
  /** Runs what is due within this time, in order of time, each at its own. */
  advance(ms: number): void;
  /** When the next thing is due; undefined when nothing is. */
  readonly next: number | undefined;
}

/**
 * A clock that stands until a test moves it. What a run sets off asynchronously (a delivery, and the wait before its
 * retry) begins at the time where `advance` ended: to have it exact, go from one `next` to the other, and let all come
 * to rest in between.
 */
export function manualClock(startMs: number): ManualClock {
  interface Due {
    readonly at: number;
    readonly run: () => void;
  }
  let now = startMs;
  const waiting = new Set<Due>();
  const first = (): Due | undefined => [...waiting].sort((a, b) => a.at - b.at)[0];

  return {
    now: () => now,
    at(ms, run) {
      const due = { at: ms, run };
      waiting.add(due);
      return () => waiting.delete(due);
    },
    advance(ms) {
      const end = now + ms;
      for (let due = first(); due && due.at <= end; due = first()) {
        waiting.delete(due);
        now = Math.max(now, due.at);
        due.run();
      }
      now = end;
    },
    get next() {
      return first()?.at;
    },
  };
}
