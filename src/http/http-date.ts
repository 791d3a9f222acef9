const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const month = `(${months.join('|')})`;
const time = '(\\d\\d):(\\d\\d):(\\d\\d)';
const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const longDay = '(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day';

const imfFixdate = new RegExp(`^${day}, (\\d\\d) ${month} (\\d{4}) ${time} GMT$`, 'i');
const rfc850 = new RegExp(`^${longDay}, (\\d\\d)-${month}-(\\d\\d) ${time} GMT$`, 'i');
const asctime = new RegExp(`^${day} ${month} ([ \\d]\\d) ${time} (\\d{4})$`, 'i');

/**
 * RFC 9110 §5.6.7: the three forms that a recipient must take, in GMT; anything else is null. A cache ignores case (RFC 9111
 * §4.2). Ms since the epoch. `nowMs` settles the century of the second form: a year that would be over 50 years ahead is past.
 */
export function parseHttpDate(text: string | null, nowMs: number): number | null {
  if (text === null) return null;
  const fixed = imfFixdate.exec(text);
  if (fixed) {
    const [, d, m, y, ...clock] = fixed;
    return instant(Number(y), m!, Number(d), clock);
  }
  const long = rfc850.exec(text);
  if (long) {
    const [, d, m, y, ...clock] = long;
    const century = Math.floor(calendarAt(nowMs).getUTCFullYear() / 100) * 100;
    const year = century + Number(y);
    // February 29 may have no counterpart; a day more or less is no matter in 50 years.
    const fiftyYearsBefore = instant(year - 50, m!, Math.min(Number(d), 28), clock);
    const isPast = fiftyYearsBefore !== null && fiftyYearsBefore > nowMs;
    return instant(isPast ? year - 100 : year, m!, Number(d), clock);
  }
  const short = asctime.exec(text);
  if (!short) return null;
  const [, m, d, hour, minute, second, y] = short;
  return instant(Number(y), m!, Number(d), [hour!, minute!, second!]);
}

/** Null for a day or an hour that no calendar has; 60 is a leap second. */
function instant(
  year: number,
  monthName: string,
  dayOfMonth: number,
  clock: readonly string[],
): number | null {
  const [hour, minute, second] = clock.map(Number) as [number, number, number];
  const monthIndex = months.findIndex((it) => it.toLowerCase() === monthName.toLowerCase());
  const date = calendarAt(0);
  date.setUTCFullYear(year, monthIndex, dayOfMonth);
  if (date.getUTCDate() !== dayOfMonth || hour > 23 || minute > 59 || second > 60) return null;
  return date.setUTCHours(hour, minute, second);
}

// biome-ignore lint/style/noRestrictedGlobals: its calendar alone, which is the same for all; the clock is not read
const calendarAt = (ms: number) => new Date(ms);
