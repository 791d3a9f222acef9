import { isEnd, mergeInto, newPlace, type Place } from './place.ts';
import { extensionOf, isAsset, isVersion } from './segment.ts';

/** Some siblings that are alike, and what they become together. */
export interface Group {
  readonly name: string;
  /** The key of the place that they are merged into. */
  readonly key: string;
  /** So many of them are values and not names; each counts for its weight. */
  readonly enough: number;
}

/** `d1`, `d2`, `d3` show that there are more. */
const ENOUGH_NUMBERED = 3;
const ENOUGH_FILES = 4;
/** Pages that one has written by hand are fewer. */
const ENOUGH_ENDS = 30;
/** Tenants all have the same names behind them. */
const ENOUGH_SHARED_NAMES = 30;
/** So many collections of an interface may well have ids behind them. */
const ENOUGH_SHARED_KINDS = 100;

/** A title in words is hardly ever the name of a route. */
const weightOf = (segment: string): number => ((segment.match(/[-_+.]|%20/g)?.length ?? 0) >= 2 ? 4 : 1);

/**
 * The groups that a name could belong to, the surest first. `behind`: the keys of what stands behind it; none: it is an end. Those that stand there by a
 * pattern and versions belong to none.
 */
export function groupsOf(segment: string, behind: Iterable<string> | null): readonly Group[] {
  if (segment === '' || isVersion(segment)) return [];
  const groups: Group[] = [];
  const extension = behind === null ? extensionOf(segment) : '';
  if (isAsset(extension)) return [{ name: 'file', key: ':file', enough: ENOUGH_FILES }];
  const numbered = segment.replace(/\d+/g, '#');
  if (numbered !== segment)
    groups.push({ name: `numbered ${numbered}`, key: `:id${extension}`, enough: ENOUGH_NUMBERED });
  if (behind === null)
    groups.push({ name: `end ${extension}`, key: `:slug${extension}`, enough: ENOUGH_ENDS });
  let isBeforeNames = false;
  for (const key of behind ?? []) {
    if (key === '=') continue;
    const isName = key.startsWith('=');
    isBeforeNames ||= isName;
    groups.push({
      name: `before ${key}`,
      key: ':slug',
      enough: isName ? ENOUGH_SHARED_NAMES : ENOUGH_SHARED_KINDS,
    });
  }
  if (isBeforeNames) groups.push({ name: 'before names', key: ':slug', enough: ENOUGH_SHARED_KINDS });
  return groups;
}

/** Merges children that are alike and too many to be names. */
export function mergeAlike(place: Place): void {
  const found = new Map<string, { readonly group: Group; readonly members: string[]; weight: number }>();
  for (const [key, child] of place.children) {
    if (!key.startsWith('=')) continue;
    const segment = key.slice(1);
    for (const group of groupsOf(segment, isEnd(child) ? null : child.children.keys())) {
      let known = found.get(group.name);
      if (!known) {
        known = { group, members: [], weight: 0 };
        found.set(group.name, known);
      }
      known.members.push(key);
      known.weight +=
        group.name.startsWith('end') || group.name.startsWith('before =') ? weightOf(segment) : 1;
    }
  }
  const enough = [...found.values()].filter(
    ({ group, weight }) => weight >= group.enough || place.merged.has(group.name),
  );
  // What two groups claim goes to the larger one, in an order that lines have no part in.
  enough.sort((a, b) => b.members.length - a.members.length || (a.group.name > b.group.name ? -1 : 1));
  for (const { group, members } of enough) {
    place.merged.add(group.name);
    for (const key of members) mergeChild(place, key, group.key);
  }
}

/** All that stand there by their names, whatever they are. */
export function mergeAll(place: Place): void {
  place.merged.add(ALL);
  for (const key of [...place.children.keys()])
    if (key.startsWith('=') && key !== '=' && !isVersion(key.slice(1))) mergeChild(place, key, ':slug');
}

export const ALL = 'all';

function mergeChild(place: Place, from: string, to: string): void {
  const child = place.children.get(from);
  if (!child) return;
  place.children.delete(from);
  let into = place.children.get(to);
  if (!into) {
    into = newPlace();
    place.children.set(to, into);
  }
  mergeInto(into, child);
}
