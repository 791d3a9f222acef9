/**
 * Series as a tree of their labels, so that no label stands twice beside another: `{"requests":{"kpi":{"hit":3,"miss":1}}}`. It takes a third of what full keys
 * would, and there is one for each minute of two days. Where a series ends and others go on, it stands under `|`, which is in no label.
 */
export function seriesTree<T>(series: Iterable<readonly [key: string, value: T]>): Tree<T> {
  const root = newTree<T>();
  for (const [key, value] of series) {
    const path = key.split('|');
    const last = path.pop()!;
    let at = root;
    for (const step of path) {
      const next = at[step];
      if (isTree<T>(next)) at = next;
      else {
        const made = newTree<T>();
        if (next !== undefined) made[end] = next;
        at[step] = made;
        at = made;
      }
    }
    const there = at[last];
    if (isTree<T>(there)) there[end] = value;
    else at[last] = value;
  }
  return root;
}

/** A leaf is whatever is no object, or a list. */
export function* seriesIn(tree: object, before = ''): Generator<[key: string, value: unknown]> {
  for (const [step, value] of Object.entries(tree)) {
    const key = step === end ? before.slice(0, -1) : before + step;
    if (isTree(value)) yield* seriesIn(value, `${key}|`);
    else yield [key, value];
  }
}

export interface Tree<T> {
  [label: string]: T | Tree<T>;
}

const end = '|';

/** Without a prototype: a label may have any name. */
const newTree = <T>(): Tree<T> => Object.create(null) as Tree<T>;
const isTree = <T>(it: unknown): it is Tree<T> => typeof it === 'object' && it !== null && !Array.isArray(it);
