/**
 * A place in the tree of all paths. Its children are called by what stands there: `=users` by its name, `:id` a value of that kind, `!users` by a pattern
 * that was given, and so never merged.
 */
export interface Place {
  readonly children: Map<string, Place>;
  /** Of the paths that end here. */
  readonly numbers: number[];
  /** Of its children those groups that were merged already; what belongs to one of them is no longer told apart. */
  readonly merged: Set<string>;
}

export const newPlace = (): Place => ({ children: new Map(), numbers: [], merged: new Set() });

/** Puts all of one place into another. */
export function mergeInto(into: Place, from: Place): void {
  into.numbers.push(...from.numbers);
  for (const group of from.merged) into.merged.add(group);
  for (const [key, child] of from.children) {
    const there = into.children.get(key);
    if (there) mergeInto(there, child);
    else into.children.set(key, child);
  }
}

/** Nothing is behind it, but perhaps a slash. */
export function isEnd(place: Place): boolean {
  for (const key of place.children.keys()) if (key !== '=') return false;
  return true;
}

export function countPlaces(place: Place): number {
  let count = 1;
  for (const child of place.children.values()) count += countPlaces(child);
  return count;
}
