/**
 * The heaviest names of a stream in bounded memory: Space-Saving (Metwally, Agrawal, El Abbadi 2005) with the error of each kept apart. One that
 * is new takes the place of the lightest, and may have been counted before it did: so much as that one weighed. What is given up goes to the rest.
 *
 * Of a stream that weighs N, with m places: every name that weighs more than N / m is here; `count` of one that is here is at most what it
 * weighs, and at least that less N / m; and all counts with the rest are N, exactly.
 */
export class HeavyHitters {
  readonly #most: number;
  readonly #width: number;
  readonly #places = new Map<string, Held>();
  #rest: number[];

  /** `width`: counts of each name. Its weight is their sum. */
  constructor(most: number, width: number) {
    this.#most = most;
    this.#width = width;
    this.#rest = Array.from({ length: width }, () => 0);
  }

  add(name: string, counts: readonly number[]): void {
    const held = this.#places.get(name) ?? this.#newPlace(name);
    for (let i = 0; i < this.#width; i += 1) {
      const n = counts[i] ?? 0;
      held.counts[i] = held.counts[i]! + n;
      held.weight += n;
    }
  }

  /** The heaviest by their first count, at most so many, and the rest under `''`; it is empty then. */
  take(most: number): [name: string, ...counts: number[]][] {
    const all = [...this.#places].sort(([, a], [, b]) => b.counts[0]! - a.counts[0]! || b.weight - a.weight);
    for (const [, { counts }] of all.slice(most)) this.#giveUp(counts);
    const rows = all.slice(0, most).map(([name, { counts }]): [string, ...number[]] => [name, ...counts]);
    if (this.#rest.some((n) => n > 0)) rows.push(['', ...this.#rest]);
    this.#places.clear();
    this.#rest = this.#rest.map(() => 0);
    return rows;
  }

  #newPlace(name: string): Held {
    let weight = 0;
    if (this.#places.size >= this.#most) {
      const [lightest, held] = this.#lightest();
      this.#places.delete(lightest);
      this.#giveUp(held.counts);
      weight = held.weight;
    }
    const held = { weight, counts: this.#rest.map(() => 0) };
    this.#places.set(name, held);
    return held;
  }

  /** Looked for one by one: there are few, and names that find no place are rare between two flushes. */
  #lightest(): [string, Held] {
    let least: [string, Held] | undefined;
    for (const place of this.#places) if (!least || place[1].weight < least[1].weight) least = place;
    return least!;
  }

  #giveUp(counts: readonly number[]): void {
    for (const [i, n] of counts.entries()) this.#rest[i] = this.#rest[i]! + n;
  }
}

interface Held {
  /** What it was counted, and what it may have been before: never less than it weighs. */
  weight: number;
  readonly counts: number[];
}
