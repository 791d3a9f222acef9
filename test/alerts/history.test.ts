import { describe, expect, test } from 'vitest';
import { type History, newHistory, recorded, before as sumBefore } from '../../src/alerts/history.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WINDOW = 10 * MINUTE;
/** A sum that grows by 1 a minute. */
const sumAt = (ms: number) => new Map([['errors', ms / MINUTE]]);

/** The history after a tick of the cron at each of these times. */
const historyAfter = (times: readonly number[]): History =>
  times.reduce((history, ms) => recorded(history, ms, sumAt(ms)), newHistory);
const minutes = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => (from + i) * MINUTE);

describe('A sum as it stood at the beginning of a window', () => {
  test('is as the tick of then left it', () => {
    const history = historyAfter(minutes(0, 30));
    expect(sumBefore(history, 'errors', 31 * MINUTE, WINDOW)).toBe(21);
    expect(sumBefore(history, 'another', 31 * MINUTE, WINDOW)).toBeNull();
  });

  test('is not known where the cron did not run then', () => {
    const history = historyAfter([...minutes(0, 10), ...minutes(25, 30)]);
    expect(sumBefore(history, 'errors', 25 * MINUTE, WINDOW)).toBeNull();
    expect(sumBefore(history, 'errors', 35 * MINUTE, WINDOW)).toBe(25);
  });

  test.each([
    ['a day', DAY],
    ['two minutes', 2 * MINUTE],
  ])('a tick whose clock was ahead by %s does not stand in the way of those after it', (_, aheadMs) => {
    const history = historyAfter([...minutes(0, 20), 20.5 * MINUTE + aheadMs, ...minutes(21, 40)]);
    expect(sumBefore(history, 'errors', 41 * MINUTE, WINDOW)).toBe(31);
    expect(history.atMs.every((ms, i) => i === 0 || ms > history.atMs[i - 1]!)).toBe(true);
  });

  test('nor do two crons, one of which is a little ahead', () => {
    const history = historyAfter(minutes(0, 40).flatMap((ms) => [ms + 2_000, ms]));
    expect(sumBefore(history, 'errors', 41 * MINUTE, WINDOW)).toBeCloseTo(31, 0);
    expect(history.atMs).toHaveLength(41);
  });
});
