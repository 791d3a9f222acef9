import { isEnd, mergeInto, newPlace, type Place } from './place.ts';
import { extensionOf, isAsset, isVersion } from './segment.ts';

/** Some siblings that are alike, and what they become together. */
export interface Group {
  readonly name: string;
  /** The key of the place that they are merged into. */
  readonly key: string;
  /** So many of them are values and not names. */
  readonly enough: number;
  /** Whether a title counts for more than a word. */
  readonly weighs?: true;
  /** Collections of an interface are alike in this as well. */
  readonly isVague?: true;
}

/** `d1`, `d2`, `d3` show that there are more. */
const ENOUGH_NUMBERED = 3;
const ENOUGH_FILES = 4;
/** Pages that one has written by hand are fewer. */
const ENOUGH_ENDS = 30;
/** Tenants all have the same names behind them. */
const SHARED_NAMES = { enough: 30, weighs: true } as const;
/** So many collections of an interface may well have ids behind them. */
const SHARED_KINDS = { enough: 100, isVague: true } as const;

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
    groups.push({ name: `end ${extension}`, key: `:slug${extension}`, enough: ENOUGH_ENDS, weighs: true });
  const keys = [...(behind ?? [])].filter((it) => it !== '=');
  const isName = (key: string) => key.startsWith('=');
  for (const key of keys)
    groups.push({ name: `before ${key}`, key: ':slug', ...(isName(key) ? SHARED_NAMES : SHARED_KINDS) });
  if (keys.some(isName)) groups.push({ name: 'before names', key: ':slug', ...SHARED_KINDS });
  return groups;
}

interface Found {
  readonly group: Group;
  /** Names, and what each counts. */
  readonly members: Map<string, number>;
}

/**
 * Merges children that are alike and too many to be names: the surest and largest group first, and no child counts for another group then. So it does not
 * matter in which order they came.
 */
export function mergeAlike(place: Place): void {
  const found = groupsIn(place);
  const isEnough = ({ group, members }: Found) =>
    place.merged.has(group.name) ? members.size > 0 : sum(members) >= group.enough;
  leaveStrangers(place, found, isEnough);
  for (;;) {
    const [first, ...others] = [...found.values()].filter(isEnough);
    if (!first) return;
    const { group, members } = others.reduce((best, it) => (isSurer(it, best) ? it : best), first);
    place.merged.add(group.name);
    for (const segment of [...members.keys()]) {
      for (const other of found.values()) other.members.delete(segment);
      mergeChild(place, `=${segment}`, group.key);
    }
  }
}

/** A vague one goes last: what it claims may well belong to another. */
function isSurer(a: Found, b: Found): boolean {
  if (a.group.isVague !== b.group.isVague) return b.group.isVague === true;
  return a.members.size === b.members.size ? a.group.name > b.group.name : a.members.size > b.members.size;
}

const sum = (members: ReadonlyMap<string, number>): number => {
  let all = 0;
  for (const weight of members.values()) all += weight;
  return all;
};

function groupsIn(place: Place): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const [key, child] of place.children) {
    if (!key.startsWith('=')) continue;
    const segment = key.slice(1);
    for (const group of groupsOf(segment, isEnd(child) ? null : child.children.keys())) {
      let known = found.get(group.name);
      if (!known) {
        known = { group, members: new Map() };
        found.set(group.name, known);
      }
      known.members.set(segment, group.weighs ? weightOf(segment) : 1);
    }
  }
  return found;
}

/** `api` has `users` behind it as tenants have, but for the most part what they have not: it is none of them. */
function leaveStrangers(
  place: Place,
  found: ReadonlyMap<string, Found>,
  isEnough: (found: Found) => boolean,
): void {
  const common = new Set([...found.values()].filter(isEnough).map(({ group }) => group.name));
  for (const [key, child] of place.children) {
    const behind = [...child.children.keys()].filter((it) => it !== '=').map((it) => `before ${it}`);
    if (2 * behind.filter((it) => common.has(it)).length >= behind.length) continue;
    for (const name of behind) found.get(name)?.members.delete(key.slice(1));
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
