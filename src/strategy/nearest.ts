/** A longer name is no slip of the hand for any that we know; comparing costs the product of both lengths. */
const longest = 128;

/** "Did you mean": the known name that somebody may have had in mind; undefined where none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > longest) return undefined;
  const slips = known.map((it) => (it.length > longest ? Number.POSITIVE_INFINITY : slipsBetween(name, it)));
  const fewest = Math.min(...slips);
  const found = known[slips.indexOf(fewest)];
  // A third of a name, and three letters, is more than a slip: `users` is not meant by `rules`.
  return found !== undefined && fewest <= Math.min(3, Math.max(name.length, found.length) / 3)
    ? found
    : undefined;
}

/** Letters put in, left out, replaced, or swapped with their neighbour, whatever their case (optimal string alignment). */
export function slipsBetween(a: string, b: string): number {
  const [from, to] = [a.toLowerCase(), b.toLowerCase()];
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
