/** npm and npx hand a Ctrl-C on to a process that the terminal has told already: what comes this soon after the first is the same one. */
const SAME_MS = 1_000;

/** Aborted at the first signal; a second one, of a person who does not want to wait, ends the process at once. */
export function interruptedBy(...signals: readonly NodeJS.Signals[]): AbortSignal {
  const interruption = new AbortController();
  let firstMs: number | null = null;
  for (const signal of signals) {
    const heed = () => {
      firstMs ??= performance.now();
      interruption.abort();
      if (performance.now() - firstMs < SAME_MS) return;
      process.off(signal, heed);
      process.kill(process.pid, signal);
    };
    process.on(signal, heed);
  }
  return interruption.signal;
}
