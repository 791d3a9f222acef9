import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { realClock } from '../../dev/qstash/clock.ts';
import { manualClock } from '../support/node/qstash-clock.ts';

describe('the manual clock', () => {
  test('stands until it is moved, and runs what is due in order of time', () => {
    const clock = manualClock(1_000);
    const ran: [string, number][] = [];
    const run = (name: string) => () => ran.push([name, clock.now()]);
    clock.at(1_300, run('third'));
    clock.at(1_100, () => {
      run('first')();
      clock.at(1_200, run('second'));
    });
    clock.at(1_250, run('cancelled'))();
    clock.at(1_301, run('later'));
    expect([clock.now(), clock.next]).toEqual([1_000, 1_100]);
    clock.advance(300);
    expect(ran).toEqual([
      ['first', 1_100],
      ['second', 1_200],
      ['third', 1_300],
    ]);
    expect([clock.now(), clock.next]).toEqual([1_300, 1_301]);
  });

  test('runs what was due already when it is moved, at the present time', () => {
    const clock = manualClock(1_000);
    const ran: number[] = [];
    clock.at(500, () => ran.push(clock.now()));
    clock.advance(0);
    expect([ran, clock.next]).toEqual([[1_000], undefined]);
  });
});

describe('the real clock', () => {
  const FORTY_DAYS = 40 * 86_400_000; // longer than a timer of Node's can be

  test('waits as long as it is told, however long', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const run = vi.fn();
    realClock.at(realClock.now() + FORTY_DAYS, run);
    vi.advanceTimersByTime(FORTY_DAYS - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
  });

  test('and not at all when it is cancelled', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    realClock.at(realClock.now() + FORTY_DAYS, () => expect.unreachable())();
    expect(vi.getTimerCount()).toBe(0);
  });
});
