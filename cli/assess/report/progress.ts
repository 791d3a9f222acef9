import { bytes, duration } from '../../../src/console/format.ts';
import type { Environment } from '../../environment.ts';

export interface ReadProgress {
  /** As `AssessOptions.onProgress`. */
  show(bytesRead: number, total: number | null): void;
  /** Leaves the place to what is written next. */
  end(): void;
}

const BAR = 24;
/** Before it is known how fast it goes, nothing is said of how long it takes. */
const LEAST_MS = 1_000;

/** In a terminal a bar that is written over; elsewhere a line in ten seconds, or with `quiet` none. */
export function progressOn(
  { stderr, env, now }: Pick<Environment, 'stderr' | 'env' | 'now'>,
  { quiet }: { readonly quiet: boolean },
): ReadProgress {
  const isTerminal = stderr.isTTY === true && env['TERM'] !== 'dumb';
  const everyMs = isTerminal ? 100 : quiet ? Number.POSITIVE_INFINITY : 10_000;
  const fromMs = now();
  let nextMs = fromMs + everyMs;
  let isDrawn = false;
  return {
    show(bytesRead, total) {
      const nowMs = now();
      if (nowMs < nextMs) return;
      nextMs = nowMs + everyMs;
      isDrawn = isTerminal;
      const line = lineOf(bytesRead, total, nowMs - fromMs);
      // One that wraps could not be written over.
      stderr.write(isTerminal ? `\r${line.slice(0, (stderr.columns || 80) - 1)}\u001b[K` : `${line}\n`);
    },
    end() {
      if (isDrawn) stderr.write('\r\u001b[K');
    },
  };
}

function lineOf(bytesRead: number, total: number | null, elapsedMs: number): string {
  const speed = `${bytes((1000 * bytesRead) / elapsedMs)}/s`;
  if (total === null || total === 0) return `${bytes(bytesRead)} read, ${speed}`;
  const share = Math.min(1, bytesRead / total);
  const bar = '█'.repeat(Math.round(BAR * share)).padEnd(BAR, '░');
  const left =
    elapsedMs < LEAST_MS || share === 0 ? '' : `, ${duration((elapsedMs * (1 - share)) / share)} left`;
  return `${bar} ${Math.floor(100 * share)} %  ${bytes(bytesRead)} of ${bytes(total)}, ${speed}${left}`;
}
