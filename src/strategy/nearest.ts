/** Comparing costs the product of both lengths, so no more of a name is looked at; a longer one is no slip for any that we know. */
const longest = 64;

/** "Did you mean": the known name that somebody may have had in mind; undefined where none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const [first] = byNearness(name, known);
  return first !== undefined && isNear(name, first) ? first : undefined;
}

/** The nearest first; as they came, where they are alike. `nameOf`: what of each is compared. */
export function byNearness(name: string, known: readonly string[], nameOf = (it: string) => it): string[] {
  const slips = new Map(known.map((it) => [it, slipsBetween(name, nameOf(it))]));
  return known.toSorted((a, b) => slips.get(a)! - slips.get(b)!);
}

/** Whether one may be a slip for the other. A third of a name, and three letters, is more than that: `users` is not meant by `rules`. */
export function isNear(a: string, b: string): boolean {
  const most = Math.min(3, Math.max(a.length, b.length) / 3);
  // Each letter too many is one, which need not be counted by comparing.
  return Math.abs(a.length - b.length) <= most && slipsBetween(a, b) <= most;
}

/** Letters put in, left out, replaced, or swapped with their neighbour, whatever their case (optimal string alignment). */
export function slipsBetween(a: string, b: string): number {
  const [from, to] = [a.slice(0, longest).toLowerCase(), b.slice(0, longest).toLowerCase()];
  let [before, row]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, replaced, isSwap ? before[j - 2]! + 1 : replaced);
    }
    [before, row] = [row, next];
  }
  return row[to.length]!;
}
