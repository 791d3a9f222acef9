import { bounds } from './bounds.ts';
import { Refused } from './refused.ts';

/** What a list can be filtered by: names, and which values an item has of each. */
export type Facets<T> = Readonly<Record<string, (item: T) => readonly string[]>>;

export interface Listing<T> {
  readonly facets: Facets<T>;
  /** For `fromDate` and `toDate`. */
  readonly timeOf: (item: T) => number;
}

/** The same filters for items that have such a thing. */
export function through<Outer, Inner>(inner: (item: Outer) => Inner, facets: Facets<Inner>): Facets<Outer> {
  const entries = Object.entries(facets);
  return Object.fromEntries(
    entries.map(([name, valuesOf]) => [name, (item: Outer) => valuesOf(inner(item))]),
  );
}

/** These say how much of a list, not what. */
const OF_THE_PAGE = ['count', 'cursor'];

/**
 * Whether an item has, for each name in the query, one of its values. An unknown name is 400: to overlook it might
 * cancel or delete everything.
 */
export function filterOf<T>(query: URLSearchParams, { facets, timeOf }: Listing<T>): (item: T) => boolean {
  const names = [...new Set(query.keys())].filter((name) => !OF_THE_PAGE.includes(name));
  const tests = names.map((name): ((item: T) => boolean) => {
    // A list may be written with commas, too, as long as a URL with a comma still means itself.
    const wanted = query.getAll(name).flatMap((value) => [value, ...value.split(',')]);
    if (name === 'fromDate') return (item) => timeOf(item) >= Number(wanted[0]);
    if (name === 'toDate') return (item) => timeOf(item) <= Number(wanted[0]);
    const valuesOf = Object.hasOwn(facets, name) ? facets[name] : undefined;
    if (!valuesOf) throw new Refused(400, `this stand-in cannot filter by ${name}`);
    return (item) => valuesOf(item).some((value) => wanted.includes(value));
  });
  return (item) => tests.every((holds) => holds(item));
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; none after the last. */
  readonly cursor?: string;
}

/** The newest of what matches; `all` has the oldest first. */
export function pageOf<T extends { readonly seq: number }>(
  all: readonly T[],
  query: URLSearchParams,
  listing: Listing<T>,
): Page<T> {
  const matches = filterOf(query, listing);
  const count = Math.min(naturalNumber(query, 'count') ?? bounds.page, bounds.page);
  const below = naturalNumber(query, 'cursor') ?? Number.POSITIVE_INFINITY;
  const found = all.filter((item) => item.seq < below && matches(item)).reverse();
  const items = found.slice(0, count);
  return { items, ...(found.length > count && { cursor: String(items.at(-1)?.seq) }) };
}

function naturalNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Refused(400, `invalid ${name}: ${text}`);
  return Number(text);
}
