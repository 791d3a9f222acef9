import { expect, test } from 'vitest';
import { durationMs } from '../../src/strategy/duration.ts';

test.each([
  ['250ms', 250],
  ['10s', 10_000],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['1.5h', 5_400_000],
  ['1.1s', 1_100],
  ['0s', 0],
])('%s is %d ms', (text, ms) => expect(durationMs(text)).toBe(ms));

test.each([
  '',
  '10',
  'm',
  '10 m',
  ' 10m',
  '10m\n',
  '-1s',
  '+1s',
  '1e3s',
  '0x10s',
  '.5s',
  '1.s',
  '1w',
  '10M',
  '99999999999999999d',
])('%j is refused with its own text and the form', (text) => {
  expect(() => durationMs(text)).toThrow(RangeError);
  expect(() => durationMs(text)).toThrow(
    `${JSON.stringify(text)} is not a duration; write a number and a unit of ms, s, m, h or d, such as '10m'`,
  );
});
