import { mostTops, type Tops } from './flush.ts';
import { HeavyHitters } from './heavy-hitters.ts';

/** What bears tags: an entry, by the generations that it names; or the names of one that is not stored. */
export type Tagged =
  | { readonly fillToken: string; readonly generations: ReadonlyMap<string, string> }
  | { readonly fullKey: string; readonly generationNames: readonly string[] };

/**
 * Which tags, tenants and keys are read, filled, purged and missed. A hit counts one entry, however many tags it has: they are
 * counted when somebody takes what was counted, or when too many entries wait for that. No entry is held meanwhile, nor a part of its text.
 */
export class NamesRead {
  readonly #tags: HeavyHitters;
  readonly #tenants: HeavyHitters;
  readonly #missed: HeavyHitters;
  readonly #most: number;
  /** By fill token or full key: each determines the tags. */
  readonly #waiting = new Map<string, Waiting>();

  /** 0: nothing is followed, because nobody would take it. */
  constructor(most: number) {
    this.#most = most;
    this.#tags = new HeavyHitters(most, 4);
    this.#tenants = new HeavyHitters(most, 4);
    this.#missed = new HeavyHitters(most, 1);
  }

  read(of: Tagged, tenant: string, isHit: boolean): void {
    if (this.#most === 0) return;
    const waiting = this.#waiting.get(idOf(of)) ?? this.#newWaiting(of, tenant);
    waiting.reads += 1;
    if (isHit) waiting.hits += 1;
  }

  fill(of: Tagged, tenant: string): void {
    if (this.#most === 0) return;
    (this.#waiting.get(idOf(of)) ?? this.#newWaiting(of, tenant)).fills += 1;
  }

  purge(generationNames: readonly string[], tenant: string): void {
    if (this.#most === 0) return;
    for (const tag of tagsIn(generationNames)) this.#tags.add(tag, [0, 0, 0, 1]);
    this.#tenants.add(tenant, [0, 0, 0, 1]);
  }

  miss(fullKey: string): void {
    if (this.#most > 0) this.#missed.add(fullKey.slice(0, mostNameChars), [1]);
  }

  take(): Tops {
    this.#sort();
    return {
      tags: this.#tags.take(mostTops),
      tenants: this.#tenants.take(mostTops),
      missed: this.#missed.take(mostTops),
    };
  }

  #newWaiting(of: Tagged, tenant: string): Waiting {
    if (this.#waiting.size >= this.#most) this.#sort();
    const names = 'generations' in of ? of.generations.keys() : of.generationNames;
    const [id, ...tags] = copied([idOf(of), ...tagsIn(names)]);
    const waiting = { tags, tenant, reads: 0, hits: 0, fills: 0 };
    this.#waiting.set(id!, waiting);
    return waiting;
  }

  #sort(): void {
    for (const { tags, tenant, reads, hits, fills } of this.#waiting.values()) {
      const counts = [reads, hits, fills, 0];
      for (const tag of tags) this.#tags.add(tag, counts);
      this.#tenants.add(tenant, counts);
    }
    this.#waiting.clear();
  }
}

const idOf = (of: Tagged): string => ('generations' in of ? of.fillToken : of.fullKey);

/** A part of a text keeps all of it in memory: of an entry as Redis gave it, its body too. */
const copied = (parts: readonly string[]): readonly string[] => JSON.parse(JSON.stringify(parts)) as string[];

interface Waiting {
  readonly tags: readonly string[];
  readonly tenant: string;
  reads: number;
  hits: number;
  fills: number;
}

/** A name is cut where it is longer than any tool shows; two that begin alike are then one. */
const mostNameChars = 512;

/** Tags as they stand in generations' names, `acme:dashboard:d1`; the implicit ones (`@…`: of a class, a tenant, a user) are none. */
export function* tagsIn(generationNames: Iterable<string>): Generator<string> {
  for (const name of generationNames) {
    // Behind a namespace, if there is one: in it no colon stands.
    const at = name.startsWith('gen:') ? 4 : name.indexOf(':') + 5;
    if (name.charAt(name.indexOf(':', at) + 1) !== '@') yield name.slice(at, at + mostNameChars);
  }
}
