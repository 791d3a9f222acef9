import type { LogLine } from '../log-line.ts';
import type { LogSource } from '../source.ts';

interface Reading {
  readonly source: LogSource;
  readonly number: number;
  /** The latest time that it has come to. */
  reachedMs: number;
}

/**
 * Reads several logs side by side, always the next piece of the one that is furthest behind: so lines come nearly in the order of their times, and
 * pieces are short enough for `Reorder` to do the rest.
 */
export async function readInOrder(
  sources: readonly LogSource[],
  each: (line: LogLine, number: number, tells: number) => void,
  onPiece: () => void,
): Promise<void> {
  let open: Reading[] = sources.map((source, number) => ({
    source,
    number,
    reachedMs: Number.NEGATIVE_INFINITY,
  }));
  try {
    while (open.length > 0) {
      const reading = open.reduce((behind, it) => (it.reachedMs < behind.reachedMs ? it : behind));
      const { source, number } = reading;
      const more = await source.next((line) => {
        if (line.timeMs > reading.reachedMs) reading.reachedMs = line.timeMs;
        each(line, number, source.tells);
      });
      if (!more) {
        open = open.filter((it) => it !== reading);
        await source.close();
      }
      onPiece();
    }
  } finally {
    await Promise.all(open.map(({ source }) => source.close()));
  }
}
