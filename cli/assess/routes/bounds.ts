/** Every bound of the route templates, with its reason. */
export const bounds = {
  /** Route numbers: for each the replay keeps its counts. Paths beyond are one route, `OTHER`. */
  routes: 32_768,
  /** Characters of a path that is a route by itself: so many of them are held as there are routes. */
  path: 2_048,
  /** Routes where each path is one: all of them are in the result, which is 3 KB for each. */
  paths: 10_000,
  /** Places in the tree of paths. Where there are more, siblings are merged earlier. */
  places: 20_000,
  /** Different values that stand in one place before those that are alike are merged, while lines still come. */
  values: 256,
  /** To what `values` is halved, again and again, while there are too many places. */
  leastValues: 8,
  /** Segments of a path that are told apart; what follows is one. */
  depth: 16,
  /** Characters of a segment that is taken by its name. */
  segment: 64,
  /** Patterns that are given, each of which is tried on every path. */
  patterns: 200,
} as const;

/** Of all paths that there was no room to tell apart. */
export const OTHER = '(other paths)';
