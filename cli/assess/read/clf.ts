import { type LogLine, Sign } from '../log-line.ts';
import { bounds } from './bounds.ts';
import { digitsAt } from './digits.ts';
import { readRequestLine } from './request-line.ts';
import { CLF_TIME_LENGTH, clfTime, isoTime } from './time.ts';

const SPACE = 0x20;
const MINUS = 0x2d;
const BACKSLASH = 0x5c;
const CLOSE = 0x5d;

/**
 * Common Log Format and what begins like it: combined, Traefik's, and those that put a host before it or fields of their own behind it. There is no
 * regular expression and no object on the way of a line that is as it should be: this is what a log of 2 GB spends its time with.
 */
export function readClf(text: string, line: LogLine): string | null {
  const open = timeAt(text, line);
  if (open < 0) return text.includes(' [') ? 'its time cannot be read' : 'it has no time in brackets';
  const start = text.indexOf('"', open);
  if (start < 0) return 'it has no request in quotes';
  const end = endOfQuoted(text, start + 1);
  if (end < 0) return 'the quotes of its request are not closed by a status';
  const why = readRequestLine(text, start + 1, end, line);
  if (why !== null) return why;
  line.status = digitsAt(text, end + 2);
  const after = text.charCodeAt(end + 5);
  if (after !== SPACE && end + 5 < text.length) return 'its status has not three digits';
  line.bytes = bytesAt(text, end + 6);
  line.durationMs = -1;
  line.signs = namesUser(text, open) ? Sign.authorization : 0;
  line.etag = null;
  return null;
}

/** The same, with what Traefik has at the end: `… 2ms`. */
export function readTraefikClf(text: string, line: LogLine): string | null {
  const why = readClf(text, line);
  if (why === null && text.endsWith('ms')) line.durationMs = digitsAt(text, text.lastIndexOf(' ') + 1);
  return why;
}

/** Sets the time, and says where its bracket is; -1: there is none. A user's name may hold a bracket too. */
function timeAt(text: string, line: LogLine): number {
  let open = text.indexOf(' [');
  for (let tries = 0; open >= 0 && tries < bounds.brackets; tries++, open = text.indexOf(' [', open + 1)) {
    let timeMs = clfTime(text, open + 2);
    if (!(text.charCodeAt(open + 2 + CLF_TIME_LENGTH) === CLOSE)) timeMs = Number.NaN;
    if (Number.isNaN(timeMs)) timeMs = isoTime(text.slice(open + 2, text.indexOf(']', open)));
    if (!Number.isNaN(timeMs)) {
      line.timeMs = timeMs;
      return open;
    }
  }
  return -1;
}

/** Where the quotes close: before a space and a digit, not escaped. Some servers do not escape quotes within. */
function endOfQuoted(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    if (text.charCodeAt(end + 1) !== SPACE || !isDigit(text.charCodeAt(end + 2))) continue;
    if (text.charCodeAt(end - 1) !== BACKSLASH || !isEscaped(text, end, from)) return end;
  }
  return -1;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** An odd number of backslashes stands before it. */
function isEscaped(text: string, at: number, from: number): boolean {
  let before = at;
  while (before > from && text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

/** mod_log_config, `%b`: a `-` is 0 bytes. */
const bytesAt = (text: string, at: number): number =>
  text.charCodeAt(at) === MINUS ? 0 : digitsAt(text, at);

/** Whether the field before the time is a user's name, not `-` and not empty. */
function namesUser(text: string, open: number): boolean {
  if (text.charCodeAt(open - 1) === MINUS && text.charCodeAt(open - 2) === SPACE) return false;
  return !text.endsWith(' ""', open) && text.indexOf(' ') < open;
}
