export interface QStashClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs it once at that time; returns a function that cancels. */
  at(ms: number, run: () => void): () => void;
}

/** A timer cannot wait longer: Node would fire it at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const realClock: QStashClock = {
  now: () => Date.now(),
  at(ms, run) {
    let timer: NodeJS.Timeout;
    const wait = () => {
      const left = ms - Date.now();
      timer = setTimeout(left > LONGEST_TIMER_MS ? wait : run, Math.min(left, LONGEST_TIMER_MS));
    };
    wait();
    return () => clearTimeout(timer);
  },
};
