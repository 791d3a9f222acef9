import type { LogLine } from '../log-line.ts';
import { decoded, originForm, unescaped } from './target.ts';

const SPACE = 0x20;
const SLASH = 0x2f;
const MINUS = 0x2d;

/** `GET /a HTTP/1.1`, as it stands in `text` from `start` to before `end`, escaped as servers log it. Null: read; else why it cannot be. */
export function readRequestLine(text: string, start: number, end: number, line: LogLine): string | null {
  const gap = text.indexOf(' ', start);
  if (end - start <= 1 || (gap === start + 1 && text.charCodeAt(start) === MINUS))
    return 'it has no request: the client sent none';
  if (gap <= start || gap >= end - 1) return 'its request is not a request line';
  const method = methodAt(text, start, gap);
  if (method === null) return 'its request is not a request line';
  const protocol = protocolAt(text, gap, end);
  let target = text.slice(gap + 1, protocol < 0 ? end : protocol);
  if (target.includes('\\')) target = unescaped(target);
  // HTTP/0.9 has `GET`, a path and nothing else.
  if (protocol < 0 && target.charCodeAt(0) !== SLASH) return 'its request is not a request line';
  return readTarget(method, target, line);
}

/** Null: read; else why it cannot be. */
export function readTarget(method: string, target: string, line: LogLine): string | null {
  const origin = target.charCodeAt(0) === SLASH ? target : originForm(target);
  if (origin === null) return 'its request has no target';
  line.method = method;
  line.target = NOT_ASCII.test(origin) ? decoded(origin) : origin;
  return null;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is the range of ASCII
const NOT_ASCII = /[^\x00-\x7f]/;

/** Where ` HTTP/1.1` begins; -1: the request does not end with a protocol. */
function protocolAt(text: string, gap: number, end: number): number {
  // ` HTTP/1.1` and ` HTTP/2`, as nearly all lines have it.
  if (text.charCodeAt(end - 9) === SPACE && text.startsWith('HTTP/', end - 8)) return notBefore(gap, end - 9);
  if (text.charCodeAt(end - 7) === SPACE && text.startsWith('HTTP/', end - 6)) return notBefore(gap, end - 7);
  return -1;
}

const notBefore = (gap: number, at: number): number => (at > gap ? at : -1);

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/;

/** RFC 9110 §9.1: a method is a token. Null: it is none. */
export const methodOf = (text: string): string | null => (TOKEN.test(text) ? text : null);

/** The commonest without a new string for each line. */
function methodAt(text: string, start: number, end: number): string | null {
  if (end - start === 3 && text.startsWith('GET', start)) return 'GET';
  if (end - start === 4 && text.startsWith('POST', start)) return 'POST';
  return methodOf(text.slice(start, end));
}
