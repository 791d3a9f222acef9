import { type LogLine, Sign } from '../log-line.ts';
import { cacheControlSigns, headerOf, textOf } from './headers.ts';
import type { JsonFields, Names } from './json-formats.ts';
import { methodOf, readRequestLine, readTarget } from './request-line.ts';
import { timeOf } from './time.ts';

/** Reads what a JSON log says of one request. Null: read; else why it cannot be. `told` gets the signs of which the record speaks. */
export function readRecord(record: object, fields: JsonFields, line: LogLine, told: Told): string | null {
  line.timeMs = timeOf(first(record, fields.time));
  if (Number.isNaN(line.timeMs)) return `it has no time that can be read${among(fields.time)}`;
  const why = readRequest(record, fields, line);
  if (why !== null) return why;
  const status = numberOf(first(record, fields.status));
  if (!(status >= 0 && status <= 999)) return `it has no status${among(fields.status)}`;
  line.status = status;
  const bytes = numberOf(firstThat(record, fields.bytes, (it) => numberOf(it) >= 0));
  line.bytes = bytes >= 0 ? bytes : -1;
  line.durationMs = durationOf(record, fields);
  readSigns(record, fields, line, told);
  return null;
}

export interface Told {
  /** Bits of `Sign`. */
  signs: number;
}

const among = (names: Names): string => ` (${names.map((it) => it.join('.')).join(', ')})`;

function readRequest(record: object, fields: JsonFields, line: LogLine): string | null {
  const method = firstText(record, fields.method);
  const target = firstText(record, fields.target);
  if (method !== undefined && target !== undefined) {
    if (methodOf(method) === null || method === '-') return 'its method is no method';
    return readTarget(method.toUpperCase(), withQuery(record, target, fields), line);
  }
  const request = firstText(record, fields.request);
  if (request !== undefined) return readRequestLine(request, 0, request.length, line);
  return `it has no method and target${among([...fields.method, ...fields.target, ...fields.request])}`;
}

function withQuery(record: object, target: string, { query }: JsonFields): string {
  if (query.length === 0 || target.includes('?')) return target;
  const found = textOf(first(record, query));
  return found === undefined ? target : `${target}${found.startsWith('?') ? '' : '?'}${found}`;
}

function readSigns(record: object, fields: JsonFields, line: LogLine, told: Told): void {
  const request = first(record, fields.requestHeaders);
  const response = first(record, fields.responseHeaders);
  let signs = 0;
  const find = (names: Names, headers: unknown, header: string, bits: number): string | undefined => {
    const value = first(record, names);
    const hasHeaders = typeof headers === 'object' && headers !== null;
    if (value !== undefined || hasHeaders) told.signs |= bits;
    return textOf(value) ?? (hasHeaders ? headerOf(headers, header) : undefined);
  };
  if (find(fields.cookie, request, 'cookie', Sign.cookie)) signs |= Sign.cookie;
  if (find(fields.authorization, request, 'authorization', Sign.authorization)) signs |= Sign.authorization;
  if (find(fields.setCookie, response, 'set-cookie', Sign.setCookie)) signs |= Sign.setCookie;
  const cacheControl = find(fields.cacheControl, response, 'cache-control', Sign.private | Sign.public);
  if (cacheControl) signs |= cacheControlSigns(cacheControl);
  if (textOf(first(record, fields.user))) signs |= Sign.authorization;
  line.signs = signs;
  line.etag = find(fields.etag, response, 'etag', 0) ?? null;
}

function durationOf(record: object, { durations }: JsonFields): number {
  for (const { name, ms } of durations) {
    const value = valueAt(record, name);
    const found = typeof value === 'string' ? UNIT.exec(value) : null;
    const duration = found ? +found[1]! * (found[2] ? UNITS[found[2]]! : ms) : numberOf(value) * ms;
    if (duration >= 0) return duration;
  }
  return -1;
}

const UNIT = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s)?$/;
const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3 };

const numberOf = (value: unknown): number =>
  typeof value === 'number'
    ? value
    : typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)
      ? +value
      : Number.NaN;

const first = (record: object, names: Names): unknown => firstThat(record, names, isThere);

/** `url` may be a text in one log, and an object in another. */
const firstText = (record: object, names: Names): string | undefined =>
  firstThat(record, names, (it) => typeof it === 'string') as string | undefined;

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

function firstThat(record: object, names: Names, holds: (value: unknown) => boolean): unknown {
  for (const name of names) {
    const value = valueAt(record, name);
    if (holds(value)) return value;
  }
  return undefined;
}

/** `http.status` as a name in an object, or as a name with a dot in it. */
function valueAt(record: object, name: readonly string[]): unknown {
  const value = name.reduce<unknown>(
    (at, part) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined),
    record,
  );
  return value === undefined && name.length > 1 ? (record as Record<string, unknown>)[name.join('.')] : value;
}
