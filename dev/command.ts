import { shellWord } from '../cli/text.ts';

/** Well more than ending takes; what has not ended then ends with this process. */
const END_MS = 10_000;

/** Ctrl-C, once or several times, and what else asks a command to end: `stop` first, then the process. */
export function endOnSignals(stop: () => Promise<void>): void {
  let ended = false;
  const end = async () => {
    if (ended) return;
    ended = true;
    setTimeout(() => process.exit(1), END_MS);
    await stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.removeAllListeners(signal); // miniflare's end the process before the rest has ended
    process.on(signal, end);
  }
}

/** `export NAME=value` lines, to be pasted into another terminal. */
export const exportLines = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `export ${name}=${shellWord(value)}`)
    .join('\n');
