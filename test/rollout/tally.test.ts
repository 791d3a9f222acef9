import { expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import type { Trial } from '../../src/strategy/trial.ts';
import { flushShape } from '../../src/telemetry/flush.ts';
import { Tally } from '../../src/telemetry/tally.ts';
import { flushed } from '../support/worker/told.ts';

const trial: Trial = { className: 'report', step: 'aa@7', arm: 'shadow', unit: 'acme' };

test('A clock that goes back takes nothing away: what was counted can be told all the same', () => {
  const tally = new Tally();
  tally.request(trial, { isError: false, ms: -5 });
  tally.saved(trial, { hits: 1, ms: -5, bytes: 10, commands: 1 });
  tally.compared(trial, 'leak', ['body']);
  const { trials } = flushShape.parse({
    ...flushed({ isolate: 'one', seq: 1, toMs: 1 }),
    trials: tally.take(),
  });
  expect(trials).toMatchObject([
    { requests: 1, sumMs: 0, sumSquaredMs: 0, saved: { ms: 0 }, compared: { leak: 1 } },
  ]);
});

test('One row that cannot be read takes no other with it', () => {
  const tally = new Tally();
  tally.compared(trial, 'differs');
  const [row] = tally.take();
  const { trials } = flushShape.parse({
    ...flushed({ isolate: 'one', seq: 1, toMs: 1 }),
    trials: [{ ...row, units: 7 }, row],
  });
  expect(trials).toEqual([row]);
});

test('However many classes are tried, each is counted: what one document has no room for is in the next', () => {
  const tally = new Tally();
  const names = Array.from({ length: bounds.trialRowsTold + 40 }, (_, i) => `c${i}`);
  for (const className of names) tally.request({ ...trial, className }, { isError: false, ms: 1 });
  const first = tally.take();
  expect(first).toHaveLength(bounds.trialRowsTold);
  expect(tally.isLeft).toBe(true);
  expect([...first, ...tally.take()].map(({ className }) => className)).toEqual(names);
  expect(tally.isLeft).toBe(false);
});

test('However often a class is switched before it is told, its rows have a bound, and take no room of others', () => {
  const tally = new Tally();
  for (let i = 0; i < 2 * bounds.trialRows; i += 1) tally.compared({ ...trial, step: `aa@${i}` }, 'equal');
  tally.compared({ ...trial, className: 'invoice' }, 'equal');
  expect(tally.take().filter(({ className }) => className === 'report')).toHaveLength(bounds.trialRows);
  tally.compared({ ...trial, step: 'aa@99' }, 'equal');
  expect(tally.take()).toMatchObject([{ step: 'aa@99' }]);
});
