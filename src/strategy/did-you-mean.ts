/** The end of a message about a word that is not known: the nearest that is, else all of them. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const words = [...known];
  const near = words
    .map((it) => ({ it, steps: distance(word, it) }))
    .filter(({ it, steps }) => steps <= Math.max(1, Math.floor(it.length / 3)))
    .sort((a, b) => a.steps - b.steps)[0];
  if (near) return `did you mean '${near.it}'?`;
  return words.length === 0 ? 'there is none' : `known are ${words.slice(0, 20).join(', ')}`;
}

/** Letters to put in, take out or replace (Levenshtein); of words beyond any name, as many as there are. */
function distance(a: string, b: string): number {
  if (Math.max(a.length, b.length) > 128) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++)
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (letter === b[j] ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
}
