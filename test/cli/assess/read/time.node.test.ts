import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clfTime, isoTime, timeOf } from '../../../../cli/assess/read/time.ts';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const two = (number: number) => String(number).padStart(2, '0');

/** Milliseconds, and how far the server's clock is ahead of UTC, in minutes. */
const moment = fc.record({
  ms: fc.integer({ min: 0, max: Date.UTC(2100, 0) }),
  ahead: fc.integer({ min: -12 * 60, max: 14 * 60 }),
});

const zoneOf = (ahead: number, colon: string) =>
  `${ahead < 0 ? '-' : '+'}${two(Math.floor(Math.abs(ahead) / 60))}${colon}${two(Math.abs(ahead) % 60)}`;

describe('every moment is read back', () => {
  it('in Common Log Format, to the second', () => {
    fc.assert(
      fc.property(moment, ({ ms, ahead }) => {
        const second = Math.floor(ms / 1000) * 1000;
        const there = new Date(second + ahead * 60_000);
        fc.pre(there.getTime() >= 0);
        const day = `${two(there.getUTCDate())}/${MONTHS[there.getUTCMonth()]}/${there.getUTCFullYear()}`;
        const text = `${day}:${there.toISOString().slice(11, 19)} ${zoneOf(ahead, '')}`;
        expect(clfTime(`[${text}]`, 1)).toBe(second);
        expect(timeOf(text)).toBe(second);
      }),
    );
  });

  it('in RFC 3339, to the millisecond', () => {
    fc.assert(
      fc.property(moment, fc.constantFrom('', '641', '641812'), ({ ms, ahead }, more) => {
        const there = new Date(ms + ahead * 60_000);
        fc.pre(there.getTime() >= 0);
        const text = there.toISOString().slice(0, -1) + more;
        expect(isoTime(text + zoneOf(ahead, ':'))).toBe(ms);
        expect(isoTime(text + zoneOf(ahead, ''))).toBe(ms);
      }),
    );
  });

  it('as a count since 1970, in each unit', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2100, 0) }), (ms) => {
        expect(timeOf(Math.floor(ms / 1000))).toBe(Math.floor(ms / 1000) * 1000);
        for (const value of [ms / 1000, (ms / 1000).toFixed(3), ms, `${ms}`, ms * 1e3, ms * 1e6])
          expect(timeOf(value)).toBe(ms);
      }),
    );
  });
});

it.each([
  ...['', 'yesterday', '2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '2026-02-28', '0001-01-01T00:00:00Z'],
  ...['31/Jun/2026:00:00:00 +0000', '01/jun/2026:00:00:00 +0000', '01/Jun/2026:00:61:00 +0000'],
  ...[0, -5, Number.NaN, 1e300, null, {}, true],
])('%j is no time', (value) => {
  expect(timeOf(value)).toBeNaN();
});

it('a day that only leap years have', () => {
  expect(clfTime('29/Feb/2024:00:00:00 +0000', 0)).toBe(Date.UTC(2024, 1, 29));
  expect(clfTime('29/Feb/2000:00:00:00 +0000', 0)).toBe(Date.UTC(2000, 1, 29));
  expect(clfTime('29/Feb/2100:00:00:00 +0000', 0)).toBeNaN();
});
