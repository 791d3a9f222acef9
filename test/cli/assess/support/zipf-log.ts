import type { LogLine } from '../../../../cli/assess/log-line.ts';
import { lineOf } from './sources.ts';

/** The same numbers in every run, from 0 up to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A log as people make one: few keys asked for often, many seldom; one in ten lines of a route whose favourites change as time goes on, and some writes. */
export function zipfLog(lines: number, keys: number, seed: number): LogLine[] {
  const random = randomFrom(seed);
  const rank = () => Math.floor(keys ** random());
  return Array.from({ length: lines }, (_, at) => {
    const isNews = random() < 0.1;
    const target = isNews ? `/news/${Math.floor(at / 500)}-${rank() % 50}` : `/items/${rank()}`;
    return lineOf({ timeMs: 250 * at, target, method: random() < 0.002 ? 'PUT' : 'GET', bytes: 1000 });
  });
}
