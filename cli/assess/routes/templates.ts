import type { RouteTemplates } from '../source.ts';
import { bounds, OTHER } from './bounds.ts';
import { nameAll } from './names.ts';
import { fits, type Pattern } from './patterns.ts';
import { countPlaces, newPlace, type Place } from './place.ts';
import { type Kind, type Typed, typedOf } from './segment.ts';
import { ALL, groupsOf, mergeAlike, mergeAll } from './siblings.ts';

export interface TemplatesOptions {
  /** Routes that are given, and not learned. */
  readonly patterns?: readonly Pattern[];
}

/**
 * Learns the routes of paths. Each path goes down a tree, where ids, dates and the like are places of their kind from the start; what is taken by its
 * name may turn out to be a value, when too many stand in one place: such are merged at the end, or earlier where there is no room. So the names
 * hardly depend on the order of lines. They hold what paths hold: who prints them masks controls.
 */
export function learnTemplates({ patterns = [] }: TemplatesOptions = {}): RouteTemplates {
  const root = newPlace();
  let count = 0;
  let places = 1;
  let values: number = bounds.values;
  let other = -1;

  function numberOf(path: string): number {
    const segments = segmentsOf(path);
    const pattern = patterns.find((it) => fits(it, segments));
    const place = pattern ? placeBy(pattern, segments) : placeOf(root, segments, 0);
    if (place === null) return otherNumber();
    if (place.numbers.length === 0) {
      if (count >= bounds.routes - 1) return otherNumber();
      place.numbers.push(count++);
    }
    const number = place.numbers[0]!;
    makeRoom();
    return number;
  }

  function placeBy(pattern: Pattern, segments: readonly string[]): Place | null {
    let place: Place | null = root;
    for (const segment of pattern.segments) place = place && childOf(place, `!${segment}`);
    if (place === null || pattern.rest === 'none') return place;
    return pattern.rest === 'one' ? childOf(place, '!**') : placeOf(place, segments, pattern.segments.length);
  }

  function placeOf(start: Place, segments: readonly string[], from: number): Place | null {
    let place = start;
    let before: Kind | null = null;
    for (let at = from; at < segments.length; at++) {
      const typed = typedOf(segments[at]!, segments[at + 1], before, segments[at - 1] ?? '');
      before = typed?.kind ?? null;
      const child = childOf(place, typed ? keyOfTyped(typed) : keyOfName(place, segments, at));
      if (child === null) return null;
      place = child;
    }
    return place;
  }

  /** Null: there is no room for another. */
  function childOf(place: Place, key: string): Place | null {
    const known = place.children.get(key);
    if (known) return known;
    if (places > bounds.places) return place.children.get(':slug') ?? null;
    const child = newPlace();
    place.children.set(owned(key), child);
    places++;
    if (place.children.size > values) crowded.add(place);
    return child;
  }

  const crowded = new Set<Place>();

  /** Merges early where too many values stand in one place, and everywhere where there are too many places. */
  function makeRoom(): void {
    if (crowded.size === 0 && places <= bounds.places) return;
    for (const place of crowded) thin(place, values);
    crowded.clear();
    places = countPlaces(root);
    while (places > bounds.places && values > bounds.leastValues) {
      values /= 2;
      thinAll(root, values);
      places = countPlaces(root);
    }
  }

  function otherNumber(): number {
    if (other < 0) other = count++;
    return other;
  }

  return {
    numberOf,
    names() {
      mergeBelow(root);
      places = countPlaces(root);
      const names: string[] = new Array(count).fill(OTHER);
      nameAll(root, names);
      return names;
    },
  };
}

/** Each path is a route. */
export function pathsAsRoutes(): RouteTemplates {
  const numbers = new Map<string, number>();
  return {
    numberOf(path) {
      const known = numbers.get(path);
      if (known !== undefined) return known;
      if (path.length > bounds.path || numbers.size >= bounds.paths - 1) return 0;
      const number = numbers.size + 1;
      numbers.set(owned(path), number);
      return number;
    },
    names: () => [OTHER, ...numbers.keys()],
  };
}

/** Without matrix parameters (`;jsessionid=…`); beyond `bounds.depth` what follows is one segment. */
function segmentsOf(path: string): readonly string[] {
  const plain = path.includes(';') ? path.replace(/;[^/]*/g, '') : path;
  const segments = (plain.startsWith('/') ? plain.slice(1) : plain).split('/');
  return segments.length > bounds.depth ? [...segments.slice(0, bounds.depth), '…'] : segments;
}

/** By its name, unless what it belongs to was merged already. */
function keyOfName(place: Place, segments: readonly string[], at: number): string {
  const segment = segments[at]!;
  const key = `=${segment}`;
  if (place.merged.size === 0 || place.children.has(key)) return key;
  const groups = groupsOf(segment, keysBehind(segments, at));
  const group = groups.find(({ name }) => place.merged.has(name));
  if (group) return group.key;
  return groups.length > 0 && place.merged.has(ALL) ? ':slug' : key;
}

const keyOfTyped = ({ kind, extension }: Typed): string => `:${kind}${extension}`;

/** As `groupsOf` wants them of a place. */
function keysBehind(segments: readonly string[], at: number): readonly string[] | null {
  const next = segments[at + 1];
  if (next === undefined || (next === '' && at + 2 === segments.length)) return null;
  const typed = typedOf(next, segments[at + 2], null, segments[at]!);
  return [typed ? keyOfTyped(typed) : `=${next}`];
}

/** A name cut out of a piece of the log would hold on to the piece. */
const owned = (text: string): string => Buffer.from(text).toString();

function thin(place: Place, values: number): void {
  mergeAlike(place);
  // Half has to be free, or it would be merged again after each newcomer.
  if (place.children.size > values / 2) mergeAll(place);
}

function thinAll(place: Place, values: number): void {
  if (place.children.size > values) thin(place, values);
  for (const child of place.children.values()) thinAll(child, values);
}

function mergeBelow(place: Place): void {
  mergeAlike(place);
  for (const child of place.children.values()) mergeBelow(child);
}
