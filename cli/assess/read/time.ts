const COLON = 0x3a;
const SLASH = 0x2f;
const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MINUTE = 60_000;

/** Characters of `17/May/2015:10:05:03 +0000`. */
export const CLF_TIME_LENGTH = 26;

/** Two digits as a number; NaN where they are none. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : Number.NaN;
}

const daysOf = (year: number, month: number): number =>
  month === 1
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : month === 3 || month === 5 || month === 8 || month === 10
      ? 30
      : 31;

/** Milliseconds since 1970 of a moment on the clock; NaN: there is no such day or hour. `month` from 0; second 60 is a leap second. */
function momentOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  // What is older than the web is a clock that was never set.
  if (!(year >= 1970 && month >= 0 && month < 12 && day >= 1 && day <= daysOf(year, month)))
    return Number.NaN;
  if (!(hour < 24 && minute < 60 && second <= 60)) return Number.NaN;
  return midnightOf(year, month, day) + (hour * 60 + minute) * MINUTE + second * 1000;
}

let lastDay = -1;
let lastMidnight = 0;

/** Lines of one day come together. */
function midnightOf(year: number, month: number, day: number): number {
  const key = (year * 12 + month) * 32 + day;
  if (key !== lastDay) {
    lastMidnight = Date.UTC(year, month, day);
    lastDay = key;
  }
  return lastMidnight;
}

/** Of `17/May/2015:10:05:03 +0000`, which begins at `at`; NaN where it does not. */
export function clfTime(text: string, at: number): number {
  if (text.charCodeAt(at + 2) !== SLASH || text.charCodeAt(at + 6) !== SLASH) return Number.NaN;
  if (text.charCodeAt(at + 11) !== COLON || text.charCodeAt(at + 14) !== COLON) return Number.NaN;
  if (text.charCodeAt(at + 17) !== COLON || text.charCodeAt(at + 20) !== SPACE) return Number.NaN;
  const year = 100 * twoDigits(text, at + 7) + twoDigits(text, at + 9);
  const moment = momentOf(
    year,
    monthAt(text, at + 3),
    twoDigits(text, at),
    twoDigits(text, at + 12),
    twoDigits(text, at + 15),
    twoDigits(text, at + 18),
  );
  const sign = text.charCodeAt(at + 21);
  if (sign !== PLUS && sign !== MINUS) return Number.NaN;
  const offset = (60 * twoDigits(text, at + 22) + twoDigits(text, at + 24)) * MINUTE;
  return sign === PLUS ? moment - offset : moment + offset;
}

let lastMonth = 0;

function monthAt(text: string, at: number): number {
  if (!text.startsWith(MONTHS[lastMonth]!, at)) {
    const found = MONTHS.indexOf(text.slice(at, at + 3));
    if (found < 0) return Number.NaN;
    lastMonth = found;
  }
  return lastMonth;
}

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,12}))?\s?(?:(Z|z)|([+-])(\d\d):?(\d\d))?$/;

/** RFC 3339, with or without a fraction; without a zone it is UTC. NaN where it is not. */
export function isoTime(text: string): number {
  const found = ISO.exec(text);
  if (!found) return Number.NaN;
  const [, year, month, day, hour, minute, second, fraction, , sign, hours, minutes] = found;
  const moment = momentOf(+year!, +month! - 1, +day!, +hour!, +minute!, +second!);
  const ms = fraction ? Number(fraction.slice(0, 3).padEnd(3, '0')) : 0;
  const offset = sign ? (60 * +hours! + +minutes!) * MINUTE : 0;
  return moment + ms - (sign === '-' ? -offset : offset);
}

/** A count since 1970, of seconds, milli-, micro- or nanoseconds: in any of them the years 1971 to 5138 have numbers of their own. */
export function epochTime(count: number): number {
  if (!(count > 0 && count < 1e20)) return Number.NaN;
  if (count < 1e11) return Math.round(count * 1000);
  if (count < 1e14) return Math.floor(count);
  // Of nanoseconds a double has not the last digits.
  return count < 1e17 ? Math.floor(count / 1e3) : Math.round(count / 1e6);
}

/** As JSON has it, in whatever form. NaN where it is none. */
export function timeOf(value: unknown): number {
  if (typeof value === 'number') return epochTime(value);
  if (typeof value !== 'string') return Number.NaN;
  if (/^\d+(\.\d+)?$/.test(value)) return epochTime(Number(value));
  return value.charCodeAt(2) === SLASH && value.length === CLF_TIME_LENGTH
    ? clfTime(value, 0)
    : isoTime(value);
}
