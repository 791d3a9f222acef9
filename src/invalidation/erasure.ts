import type { Names } from '../store/names.ts';
import { decodeEntry } from '../store/wire.ts';
import type { PurgeOrder } from '../strategy/purge-order.ts';

/** How far the physical erasure of a tenant has come; stored as text, so that it can be compared and set. */
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

/** An erasure that is not there, or not readable, begins anew: to delete twice does no harm. */
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

/** How far it has come after a part that looked at names and deleted some of them. */
export function advance(
  at: Erasure,
  { cursor, scanned, deleted }: Pick<Erasure, 'cursor' | 'scanned' | 'deleted'>,
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
  /** Whether a name that does not tell is the tenant's by its value; values are read so many at once. */
  holds(value: string): boolean;
  readonly lookAtOnce: number;
}

/**
 * Where a tenant's data can be: entries, the generations of its tags, and tags that are remembered for the next lease. No
 * pattern has a character that SCAN reads otherwise, because names are percent-encoded. Receipts stay: they say what was
 * done, for 7 days.
 */
export function searchesFor({ tenant }: PurgeOrder, names: Names): readonly Search[] {
  const encoded = names.tenantPart(tenant!);
  const generations = `${names.prefix}gen:${encoded}:`;
  const isTheirs = ownerCheck(names.prefix, encoded);
  return [
    {
      // A name beyond its bound is cut, seldom within the tenant: such an entry says itself whose it is.
      match: `${names.prefix}*:tenant:${encoded.slice(0, 100)}*`,
      belongs: (name) => (isCutWithinOwner(name, names.prefix) ? 'look' : isTheirs(name)),
      holds: (value) => {
        const read = decodeEntry(value);
        return typeof read !== 'string' && isTheirs(read.fullKey);
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

/** Whether a name is cut before the tenant ends: behind a complete tenant stands a `:`. */
function isCutWithinOwner(name: string, prefix: string): boolean {
  const [left = '', hash] = name.slice(prefix.length).split(':@sha256:');
  return hash !== undefined && left.split(':').length < 5;
}

/**
 * Whether a key is `<class>:v<version>:tenant:<tenant>`, or begins so and goes on with `:`, in this namespace alone: other
 * deployments may share the database, and `acmecorp` is not `acme`.
 */
function ownerCheck(prefix: string, encoded: string): (key: string) => boolean {
  return (key) => {
    if (!key.startsWith(prefix)) return false;
    const [cls, version = '', word, tenant] = key.slice(prefix.length).split(':', 4);
    return cls !== '' && /^v\d+$/.test(version) && word === 'tenant' && tenant === encoded;
  };
}
