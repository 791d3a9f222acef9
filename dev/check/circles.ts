import type { Source } from './sources.ts';

type Imports = ReadonlyMap<string, readonly string[]>;

/** For each import that closes a circle the shortest one, as `a.ts → b.ts → a.ts`; each circle once. */
export function circlesOf(sources: readonly Source[]): string[] {
  const imports: Imports = new Map(sources.map((it) => [it.file, it.imports]));
  const circles = new Set<string>();
  for (const { file, imports: imported } of sources) {
    for (const next of imported) {
      const back = shortest(imports, next, file);
      if (back) circles.add(written(back));
    }
  }
  return [...circles].toSorted();
}

/** The way along imports from a file to another, both included; null where there is none. */
function shortest(imports: Imports, from: string, to: string): string[] | null {
  const ways = [[from]];
  const seen = new Set([from]);
  // It grows as it is walked, by ways that are one longer: the first that arrives is the shortest.
  for (const way of ways) {
    const last = way.at(-1)!;
    if (last === to) return way;
    for (const next of imports.get(last) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      ways.push([...way, next]);
    }
  }
  return null;
}

/** A circle begins with its first file by name, wherever it was found. */
function written(circle: readonly string[]): string {
  const at = circle.indexOf(circle.toSorted()[0]!);
  const turned = [...circle.slice(at), ...circle.slice(0, at)];
  return [...turned, turned[0]].join(' → ');
}
