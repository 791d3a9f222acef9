import { BoundedMap } from '../bounded-map.ts';

/** One answer to one question, and who was given it. */
export interface Sighting {
  /** Of the answer in one form: equal answers have one digest. */
  readonly digest: string;
  /** Empty: nobody was verified. */
  readonly whose: string;
}

interface WitnessBounds {
  readonly witnessedKeys: number;
  readonly sightingsPerKey: number;
}

/**
 * What an isolate has seen the origin answer, of entries about which it did not always say the same. A key is of one entry under one set of
 * generations: whatever was purged is another one, so that a change that was told is no evidence.
 */
export class Witness {
  readonly #seen: BoundedMap<string, Seen>;
  readonly #bounds: WitnessBounds;

  constructor(bounds: WitnessBounds) {
    this.#bounds = bounds;
    this.#seen = new BoundedMap(bounds.witnessedKeys);
  }

  knows(key: string): boolean {
    return this.#seen.has(key);
  }

  /** Adds what somebody was given, beside what was stored; `at`: where they differ. Where they did if that proves a leak, with what was seen before; else null. */
  saw(key: string, stored: Sighting, given: Sighting, at: readonly string[]): readonly string[] | null {
    const before = this.#seen.get(key);
    const sightings = [...(before?.sightings ?? [])];
    // It was given once, when it was fetched, however often it is compared.
    if (!sightings.some((it) => isSame(it, stored))) sightings.push(stored);
    const last = sightings.at(-1)!;
    if (!isSame(last, given)) sightings.push(given);
    const places = at.length > 0 ? at : (before?.at ?? []);
    this.#seen.set(key, { sightings: sightings.slice(-this.#bounds.sightingsPerKey), at: places });
    return isLeak(sightings) ? places : null;
  }
}

interface Seen {
  readonly sightings: readonly Sighting[];
  readonly at: readonly string[];
}

const isSame = (a: Sighting, b: Sighting) => a.digest === b.digest && a.whose === b.whose;

/**
 * Whether the answer depends on who asks: one was given, then somebody else another one, then again the first to who is not that other one. What
 * changes once, or each time, never comes back; and what one and the same person was given both of changes with time.
 */
export function isLeak(seen: readonly Sighting[]): boolean {
  return seen.some((other, at) =>
    seen.slice(0, at).some(({ digest, whose }) => {
      if (digest === other.digest || whose === other.whose) return false;
      const isBack = seen.slice(at).some((it) => it.digest === digest && it.whose !== other.whose);
      return isBack && !someoneHadBoth(seen, digest, other.digest);
    }),
  );
}

function someoneHadBoth(seen: readonly Sighting[], one: string, other: string): boolean {
  const having = (digest: string) => seen.filter((it) => it.digest === digest).map(({ whose }) => whose);
  const hadOne = new Set(having(one));
  return having(other).some((whose) => hadOne.has(whose));
}
