import { parseList, Token } from 'structured-headers';
import type { Expect, From, Seen, SeenWanted, Wanted } from './case.ts';
import type { Got } from './client.ts';
import type { Sent } from './origin.ts';

export interface Happened {
  readonly method: string;
  readonly got: Got;
  /** What the origin was asked meanwhile; undefined where it is not counted. */
  readonly seen: readonly Seen[] | undefined;
  /** All that the origin has answered in this case. */
  readonly sent: readonly Sent[];
}

/** What is otherwise than expected, a line each; empty if nothing is. */
export function differences(expect: Expect, { method, got, seen, sent }: Happened): string[] {
  const told: string[] = [];
  const differs = (what: string, wanted: unknown, is: unknown) =>
    told.push(`${what}: expected ${shown(wanted)}, got ${shown(is)}`);

  const times = timesAsked[expect.from];
  if (times !== null && seen && seen.length !== times) differs('requests to the origin', times, seen.length);
  if (expect.seen) told.push(...seenDifferences(expect.seen, seen?.at(-1)));

  const shows = expect.shows === 'latest' ? sent.at(-1) : expect.shows && sent[expect.shows - 1];
  const status = [expect.status ?? (shows ? shows.status : got.status)].flat();
  if (!status.includes(got.status)) differs('status', status.join(' or '), got.status);
  const body = expect.body ?? (method === 'HEAD' ? '' : shows ? shows.body : got.body);
  if (!Buffer.from(body).equals(got.body)) differs('body', body, got.body);
  if (got.broken && expect.shows !== null) told.push('the answer broke off');

  for (const [name, wanted] of Object.entries(expect.headers ?? {})) {
    const value = got.headers[name.toLowerCase()];
    if (!matches(wanted, value)) differs(name, wanted, value);
  }
  for (const name of expect.keeps ?? []) {
    const original = shows ? shows.headers[name.toLowerCase()] : undefined;
    if (got.headers[name.toLowerCase()] !== original)
      differs(name, original, got.headers[name.toLowerCase()]);
  }
  // RFC 9111 §5.1: an answer from the store has an Age.
  const fromStore = expect.from === 'cache' || expect.from === 'stale';
  if (fromStore && !/^\d+$/.test(got.headers['age'] ?? '')) differs('Age', /^\d+$/, got.headers['age']);
  told.push(...cacheStatusDifferences(expect, got.headers['cache-status']));
  return told;
}

const timesAsked: Record<From, number | null> = {
  cache: 0,
  stale: null,
  origin: 1,
  checked: 1,
  edge: null,
  either: null,
};

export function seenDifferences(wanted: SeenWanted, seen: Seen | undefined): string[] {
  if (!seen) return ['the origin was not asked'];
  const told: string[] = [];
  for (const part of ['method', 'at', 'body'] as const) {
    if (wanted[part] !== undefined && wanted[part] !== seen[part])
      told.push(`the origin saw the ${part} ${shown(seen[part])}, expected ${shown(wanted[part])}`);
  }
  for (const [name, value] of Object.entries(wanted.headers ?? {})) {
    const is = seen.headers[name.toLowerCase()];
    if (!matches(value, is)) told.push(`the origin saw ${name}: ${shown(is)}, expected ${shown(value)}`);
  }
  return told;
}

/** RFC 9211 §2: a list, to which each cache appends itself. */
function cacheStatusDifferences(expect: Expect, field: string | undefined): string[] {
  const parameters = ownParameters(field);
  if (!parameters) return ['Cache-Status: the last member is not that of Stillfresh'];
  const told: string[] = [];
  const must = (name: string, wanted: unknown) => {
    const is = parameters.get(name);
    const value = is instanceof Token ? is.toString() : (is ?? null);
    if (value !== wanted) told.push(`Cache-Status ${name}: expected ${shown(wanted)}, got ${shown(value)}`);
  };
  if (expect.from === 'cache' || expect.from === 'stale') {
    must('hit', true);
    must('fwd', null);
  } else if (expect.from === 'origin') must('hit', null);
  if (expect.from === 'stale' && Number(parameters.get('ttl') ?? 1) > 0)
    told.push(`Cache-Status ttl: expected 0 or less, got ${shown(parameters.get('ttl'))}`);
  if (expect.stored !== undefined) must('stored', expect.stored || null);
  if (expect.collapsed !== undefined) must('collapsed', expect.collapsed || null);
  if (expect.fwdStatus !== undefined) must('fwd-status', expect.fwdStatus);
  for (const name of ['fwd', 'detail', 'ttl'] as const)
    if (expect[name] !== undefined) must(name, expect[name]);
  return told;
}

function ownParameters(field: string | undefined): Map<string, unknown> | undefined {
  try {
    const [name, parameters] = parseList(field ?? '').at(-1) ?? [];
    return String(name) === 'Stillfresh' ? parameters : undefined;
  } catch {
    return undefined;
  }
}

function matches(wanted: Wanted, value: string | undefined): boolean {
  if (typeof wanted === 'function') return wanted(value);
  if (wanted instanceof RegExp) return value !== undefined && wanted.test(value);
  return (value ?? null) === wanted;
}

/** Short enough to read. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (value instanceof RegExp || typeof value === 'function') return String(value);
  if (!(value instanceof Uint8Array)) return JSON.stringify(value);
  const text = Buffer.from(value).toString('latin1');
  return text.length > 100 ? `${value.length} bytes` : JSON.stringify(text);
}
