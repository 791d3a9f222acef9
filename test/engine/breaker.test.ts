import { beforeEach, expect, test } from 'vitest';
import { Breaker, type BreakerChange } from '../../src/engine/breaker.ts';

const bounds = { breakerCalls: 4, breakerWindowMs: 10_000, breakerOpenMs: 5_000 };
let nowMs: number;
let breaker: Breaker;
let told: BreakerChange[];

beforeEach(() => {
  nowMs = 1_000_000;
  told = [];
  breaker = new Breaker(
    bounds,
    () => nowMs,
    (change) => told.push(change),
  );
});

/** `-` is a call that fails, `+` one that succeeds. */
function calls(outcomes: string): void {
  for (const outcome of outcomes) {
    if (outcome === '-') breaker.failed(breaker.ticket, 'redis-timeout');
    else breaker.succeeded(breaker.ticket);
  }
}

test.each([
  ['', false],
  ['---', false],
  ['----', true],
  ['++--', true],
  ['+++-', false],
  ['+++++---', false],
  ['++++----', true],
])('after %j it is open: %j', (outcomes, open) => {
  calls(outcomes);
  expect(breaker.isOpen).toBe(open);
  expect(breaker.admits()).toBe(!open);
});

test('failures count only within their window', () => {
  calls('---');
  nowMs += 10_000;
  calls('-');
  expect(breaker.isOpen).toBe(false);
});

test('open, it admits nobody; then one probe', () => {
  calls('----');
  nowMs += 4_999;
  expect(breaker.admits()).toBe(false);
  nowMs += 1;
  expect([breaker.admits(), breaker.admits()]).toEqual([true, false]);
});

test('a probe that succeeds closes it, with nothing held against Redis', () => {
  calls('----');
  nowMs += 5_000;
  breaker.admits();
  calls('+');
  expect([breaker.admits(), breaker.admits()]).toEqual([true, true]);
  calls('-');
  expect(breaker.isOpen).toBe(false);
});

test('one that fails opens it for as long again', () => {
  calls('----');
  nowMs += 5_000;
  breaker.admits();
  calls('-');
  nowMs += 4_999;
  expect(breaker.admits()).toBe(false);
  nowMs += 1;
  expect(breaker.admits()).toBe(true);
});

test('one that never reports gives its place up after a while', () => {
  calls('----');
  nowMs += 5_000;
  breaker.admits();
  nowMs += 4_999;
  expect(breaker.admits()).toBe(false);
  nowMs += 1;
  expect(breaker.admits()).toBe(true);
});

test('calls admitted before it opened, and failing after, do not end the wait early', () => {
  calls('----');
  nowMs += 3_000;
  calls('-');
  nowMs += 2_000;
  expect(breaker.admits()).toBe(false);
});

test('tells each change once: that it opened and why, and after how long it closed', () => {
  calls('------');
  nowMs += 5_000;
  breaker.admits();
  calls('-');
  nowMs += 5_000;
  breaker.admits();
  calls('++');
  expect(told).toEqual([
    { state: 'open', why: 'redis-timeout' },
    { state: 'closed', open_ms: 10_000 },
  ]);
});

/** The calls of a burst, which all are on their way before one ends. */
function burst(count: number): number[] {
  return Array.from({ length: count }, () => {
    expect(breaker.admits()).toBe(true);
    return breaker.ticket;
  });
}

test('a burst of which every other call fails opens it once, and none of it closes it', () => {
  for (const [i, ticket] of burst(200).entries())
    if (i % 2) breaker.succeeded(ticket);
    else breaker.failed(ticket, 'redis-timeout');
  expect(breaker.isOpen).toBe(true);
  expect(told).toEqual([{ state: 'open', why: 'redis-timeout' }]);
});

test('a success of a call sent before it opened closes it not even while a probe is on its way', () => {
  const [early] = burst(1) as [number];
  calls('----');
  nowMs += 5_000;
  expect(breaker.admits()).toBe(true);
  const probe = breaker.ticket;
  breaker.succeeded(early);
  expect([breaker.isOpen, breaker.admits()]).toEqual([true, false]);
  breaker.succeeded(probe);
  expect(breaker.isOpen).toBe(false);
});

test('nor does that of a probe whose place another has taken', () => {
  calls('----');
  nowMs += 5_000;
  breaker.admits();
  const lost = breaker.ticket;
  nowMs += 5_000;
  breaker.admits();
  breaker.succeeded(lost);
  expect(breaker.isOpen).toBe(true);
  calls('+');
  expect(breaker.isOpen).toBe(false);
});

test('calls sent before it opened, and failing when it is closed again, do not open it', () => {
  const early = burst(50);
  calls('----');
  nowMs += 5_000;
  breaker.admits();
  calls('+');
  for (const ticket of early) breaker.failed(ticket, 'redis-timeout');
  expect(breaker.isOpen).toBe(false);
  expect(told).toHaveLength(2);
});
