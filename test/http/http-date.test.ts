import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHttpDate } from '../../src/http/http-date.ts';

const NOW = Date.UTC(2026, 9, 5, 12, 30);
const INSTANT = Date.UTC(1994, 10, 6, 8, 49, 37);
const longDays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const imfFixdate = (ms: number) => new Date(ms).toUTCString();
const asctime = (ms: number) => {
  const [, day, date, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(imfFixdate(ms))!;
  return `${day} ${month} ${date!.replace(/^0/, ' ')} ${time} ${year}`;
};
const rfc850 = (ms: number) => {
  const [, date, month, year, time] = /^\w+, (\d+) (\w+) \d*(\d\d) (\S+)/.exec(imfFixdate(ms))!;
  return `${longDays[new Date(ms).getUTCDay()]}, ${date}-${month}-${year} ${time} GMT`;
};
const forms = { 'IMF-fixdate': imfFixdate, 'rfc850-date': rfc850, 'asctime-date': asctime };

/** Whole seconds. */
const between = (from: number, until: number) =>
  fc.integer({ min: from / 1000, max: until / 1000 }).map((seconds) => seconds * 1000);
const anyInstant = between(Date.UTC(1601, 0, 1), Date.UTC(9999, 11, 31, 23, 59, 59));

describe('HTTP-date (RFC 9110 §5.6.7)', () => {
  it.each([
    ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT'],
    ['rfc850-date', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['asctime-date', 'Sun Nov  6 08:49:37 1994'],
    ['asctime-date with two digits', 'Sun Nov 06 08:49:37 1994'],
    ['RFC 9111 §4.2: in any case', 'SUN, 06 nov 1994 08:49:37 gmt'],
    ['RFC 9111 §4.2: in any case, rfc850-date', 'sunDAY, 06-NOV-94 08:49:37 Gmt'],
    ['RFC 9111 §4.2: in any case, asctime-date', 'sun nov  6 08:49:37 1994'],
  ])('%s: %s', (_, text) => {
    expect(parseHttpDate(text, NOW)).toBe(INSTANT);
  });

  it.each([
    ['the first of an era', 'Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['before it', 'Wed, 31 Dec 1969 23:59:59 GMT', -1_000],
    ['29 February of a leap year', 'Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
    ['29 February of a leap century', 'Tue, 29 Feb 2000 00:00:00 GMT', Date.UTC(2000, 1, 29)],
    ['a leap second', 'Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['the last of four digits', 'Fri, 31 Dec 9999 23:59:59 GMT', Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])('%s: %s', (_, text, expected) => {
    expect(parseHttpDate(text, NOW)).toBe(expected);
  });

  it.each([
    null,
    '',
    '0',
    '-1',
    'now',
    '1994-11-06T08:49:37Z',
    '784111777',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 EST',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 1994 08:49:37 GMT+1',
    'Sun, 06 Nov 1994 08:49:37 GMT GMT',
    'Sun, 06 Nov 1994 08:49:37  GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT\n',
    'Sun,06 Nov 1994 08:49:37 GMT',
    'Sun 06 Nov 1994 08:49:37 GMT',
    '06 Nov 1994 08:49:37 GMT',
    'Sunday, 06 Nov 1994 08:49:37 GMT',
    'Son, 06 Nov 1994 08:49:37 GMT',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun,  6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun, 06 Nov 01994 08:49:37 GMT',
    'Sun, 06 November 1994 08:49:37 GMT',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 06-Nov-1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 8:49:37 GMT',
    'Sun, 06 Nov 1994 08:49 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Sun, 31 Nov 1994 08:49:37 GMT',
    'Wed, 29 Feb 2023 08:49:37 GMT',
    'Mon, 29 Feb 2100 08:49:37 GMT',
    'Sun, 32 Dec 1994 08:49:37 GMT',
    'Sun, ٠٦ Nov 1994 08:49:37 GMT',
    'Sun, 06-Nov-94 08:49:37 GMT',
    'Sunday, 06-Nov-1994 08:49:37 GMT',
    'Sunday, 6-Nov-94 08:49:37 GMT',
    'Sunday 06-Nov-94 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37',
    'Sun Nov 6 08:49:37 1994',
    'Sun Nov   6 08:49:37 1994',
    'Sun Nov  0 08:49:37 1994',
    'Sun Nov  6 08:49:37 94',
    'Sun Nov  6 08:49:37 1994 GMT',
    'Sun, Nov  6 08:49:37 1994',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
  ])('not %s', (text) => {
    expect(parseHttpDate(text, NOW)).toBeNull();
  });

  it('IMF-fixdate and asctime-date of any instant are what Date.parse reads', () => {
    fc.assert(
      fc.property(anyInstant, fc.integer(), (instant, nowMs) => {
        for (const text of [imfFixdate(instant), asctime(instant)]) {
          expect(Date.parse(text)).toBe(instant);
          expect(parseHttpDate(text, nowMs)).toBe(instant);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('RFC 9111 §4.2: case counts nowhere', () => {
    const text = fc
      .constantFrom(...Object.values(forms))
      .chain((form) => fc.mixedCase(fc.constant(form(INSTANT))));
    fc.assert(
      fc.property(text, (it) => {
        expect(parseHttpDate(it, NOW)).toBe(INSTANT);
      }),
    );
  });

  /** The day's name says nothing that the rest does not; a leap second has no form of its own. */
  const withoutDay = (text: string) =>
    text
      .toLowerCase()
      .replace(/^[a-z]+/, '')
      .replace(/:60 /, ':59 ');

  it('a date that is altered is no date, or is one of the three forms of another', () => {
    const edit = fc.tuple(
      fc.nat(35),
      fc.nat(2),
      fc.string({ unit: fc.constantFrom(...' ,:-+0123456789GMTSunNovdayé\t'), maxLength: 2 }),
    );
    const form = fc.constantFrom(...Object.values(forms));
    fc.assert(
      fc.property(
        form,
        anyInstant,
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        (write, instant, edits) => {
          const text = edits.reduce(
            (it, [at, cut, put]) => it.slice(0, at) + put + it.slice(at + cut),
            write(instant),
          );
          const read = parseHttpDate(text, NOW);
          if (read === null) return;
          const isLeap = /:60 /.test(text);
          const spellings = Object.values(forms).map((it) => withoutDay(it(isLeap ? read - 1_000 : read)));
          const given = withoutDay(text).replace(/^( [a-z]{3}) 0/, '$1  ');
          expect(spellings).toContain(given);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('no text makes it throw, and only text of a date is one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), (text) => {
        expect(parseHttpDate(text, NOW)).toBeNull();
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([' ', ':', '0', 'Sun', 'Sun, ', '-', ','])('work is bounded: 32 KiB of %j', (unit) => {
    const text = unit.repeat((32 * 1024) / unit.length);
    for (const it of [text, `Sun, ${text}`, `Sunday, 06-${text}`, `Sun Nov ${text}`, `${text} GMT`])
      expect(parseHttpDate(it, NOW)).toBeNull();
  });
});

describe('the century of rfc850-date (RFC 9110 §5.6.7)', () => {
  it.each([
    ['this year', '05-Oct-26 12:30:00', Date.UTC(2026, 9, 5, 12, 30)],
    ['last century', '06-Nov-94 08:49:37', Date.UTC(1994, 10, 6, 8, 49, 37)],
    ['49 years ahead', '05-Oct-75 00:00:00', Date.UTC(2075, 9, 5)],
    ['50 years ahead, less a day', '04-Oct-76 12:30:00', Date.UTC(2076, 9, 4, 12, 30)],
    ['a day more than 50 years ahead', '06-Oct-76 12:30:00', Date.UTC(1976, 9, 6, 12, 30)],
    ['the rest of the year in 50 years', '31-Dec-76 00:00:00', Date.UTC(1976, 11, 31)],
    ['51 years ahead', '01-Jan-77 00:00:00', Date.UTC(1977, 0, 1)],
    ['29 February of the year meant', '29-Feb-00 00:00:00', Date.UTC(2000, 1, 29)],
  ])('%s: %s', (_, text, expected) => {
    expect(parseHttpDate(`Monday, ${text} GMT`, NOW)).toBe(expected);
  });

  it('within 49 years of now it is the year that was meant', () => {
    const now = between(Date.UTC(2000, 0, 1), Date.UTC(2049, 11, 31));
    const years = 49 * 365 * 86_400;
    fc.assert(
      fc.property(now, fc.integer({ min: -years, max: years }), (nowMs, seconds) => {
        const instant = nowMs + seconds * 1000;
        expect(parseHttpDate(rfc850(instant), nowMs)).toBe(instant);
      }),
      { numRuns: 1_000 },
    );
  });

  it('50 years from now move on as the year turns', () => {
    const first = 'Friday, 01-Jan-77 00:00:00 GMT';
    expect(parseHttpDate(first, Date.UTC(2026, 11, 30))).toBe(Date.UTC(1977, 0, 1));
    expect(parseHttpDate(first, Date.UTC(2027, 0, 3))).toBe(Date.UTC(2077, 0, 1));
  });
});
