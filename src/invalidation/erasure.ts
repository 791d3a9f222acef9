import type { Names } from '../store/names.ts';
import { readEntry } from '../store/wire.ts';
import type { PurgeOrder } from '../strategy/purge-order.ts';

/** How far the physical erasure of a tenant has come; kept as text, so that it can be compared and set. */
export interface Erasure {
  readonly state: 'running' | 'done';
  /** Which of `searches` is under way, and where its SCAN goes on. */
  readonly search: number;
  readonly cursor: string;
  readonly scanned: number;
  readonly deleted: number;
}

const form = /^(running|done) (\d+) (\d+) (\d+) (\d+)$/;
const begun: Erasure = { state: 'running', search: 0, cursor: '0', scanned: 0, deleted: 0 };

export const writeErasure = ({ state, search, cursor, scanned, deleted }: Erasure): string =>
  [state, search, cursor, scanned, deleted].join(' ');

/** One that is not there, or not readable, begins anew: to delete twice does no harm. */
export function readErasure(text: string | null): Erasure {
  const match = form.exec(text ?? '');
  if (!match) return begun;
  const [, state, search, cursor, scanned, deleted] = match;
  return {
    state: state as Erasure['state'],
    search: Number(search),
    cursor: cursor!,
    scanned: Number(scanned),
    deleted: Number(deleted),
  };
}

/** What follows a part that looked at names and deleted some of them. */
export function advanced(
  at: Erasure,
  cursor: string,
  scanned: number,
  deleted: number,
  searches: number,
): Erasure {
  const seen = { scanned: at.scanned + scanned, deleted: at.deleted + deleted };
  if (cursor !== '0') return { ...at, ...seen, cursor };
  const search = at.search + 1;
  return { state: search < searches ? 'running' : 'done', search, cursor: '0', ...seen };
}

/** A pattern for SCAN, and whether what it found is the tenant's; by its value where the name does not tell. */
export interface Search {
  readonly match: string;
  belongs(name: string): boolean | 'look';
  /** For those that must be looked at, so many at once. */
  holds(value: string): boolean;
  readonly lookAtOnce: number;
}

/**
 * Where a tenant's data can be: entries, the generations of its tags, and tags that were kept for the next lease. No
 * pattern has a character that SCAN reads otherwise, because names are percent-encoded. Receipts stay: they say what was
 * done, for 7 days.
 */
export function searchesFor({ tenant }: PurgeOrder, names: Names): readonly Search[] {
  const encoded = names.tenantPart(tenant!);
  const generations = `${names.prefix}gen:${encoded}:`;
  const entry = `:tenant:${encoded}`;
  return [
    {
      // A name beyond its bound is cut, perhaps within the tenant: such an entry says itself whose it is.
      match: `${names.prefix}*:tenant:${encoded.slice(0, 100)}*`,
      belongs: (name) => (name.includes(':@sha256:') ? 'look' : isOrEndsIn(name, entry)),
      holds: (value) => {
        const read = readEntry(value);
        return typeof read !== 'string' && isOrEndsIn(read.key, entry);
      },
      lookAtOnce: 1, // an entry may be as large as Redis lets an answer be
    },
    {
      match: `${generations}*`,
      belongs: (name) => name.startsWith(generations),
      holds: () => false,
      lookAtOnce: 1,
    },
    {
      match: `${names.prefix}late:*`,
      belongs: () => 'look',
      holds: (value) => value.includes(generations),
      lookAtOnce: 500,
    },
  ];
}

/** `…:tenant:acme` and `…:tenant:acme:…`, not `…:tenant:acmecorp`; parameters hold no `:`, so only the first counts. */
function isOrEndsIn(key: string, part: string): boolean {
  const at = key.indexOf(':tenant:');
  if (at === -1 || !key.startsWith(part, at)) return false;
  const next = key[at + part.length];
  return next === undefined || next === ':';
}
