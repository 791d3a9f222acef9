import { bounds } from '../bounds.ts';
import type { DataClass, Params } from '../strategy/data-class.ts';
import { encodePart } from '../strategy/encode.ts';
import { boundedName, fullKey, PUBLIC_TENANT } from '../strategy/key.ts';

/** Whose data: null identity stands for public data. */
export interface Owner {
  readonly tenant: string;
  readonly user: string;
}

/** The names in Redis that one entry depends on; see README.md beside this file for the schema. */
export interface EntryNames {
  /** The whole key, however long: it stands in the entry, and is compared. */
  readonly fullKey: string;
  /** The key in Redis: `fullKey`, or its readable prefix and a hash. */
  readonly key: string;
  /** Implicit and declared generations, each once. */
  readonly generations: readonly string[];
  /** Only for classes whose answers name tags. */
  readonly last?: string;
}

/** All names of a deployment begin with its `NAMESPACE`, if it has one. */
export class Names {
  readonly #prefix: string;
  /** By `fullKey`, which says all that they are made of; the ones made first are forgotten first. */
  readonly #known = new Map<string, EntryNames>();

  constructor(namespace: string) {
    this.#prefix = namespace === '' ? '' : `${encodePart(namespace)}:`;
  }

  entry(cls: DataClass, owner: Owner | null, params: Params): EntryNames | Promise<EntryNames> {
    const whole = this.#prefix + fullKey(cls, owner, params);
    return this.#known.get(whole) ?? this.#made(whole, cls, owner, params);
  }

  async #made(whole: string, cls: DataClass, owner: Owner | null, params: Params): Promise<EntryNames> {
    const generations = this.#implicit(cls, owner);
    for (const tag of cls.tagsOf(params)) generations.push(await this.tag(owner, tag));
    const names = {
      fullKey: whole,
      key: await boundedName(whole),
      generations: [...new Set(generations)],
      ...(cls.tagsFromAnswer ? { last: this.last(owner) } : {}),
    };
    if (whole.length > bounds.keyBytes) return names;
    this.#known.set(whole, names);
    if (this.#known.size > bounds.rememberedNames) this.#known.delete(this.#known.keys().next().value!);
    return names;
  }

  /** The tag's name with raw values in it, `dashboard:d1`; what an origin or an operator would write. */
  async tag(owner: Owner | null, tag: string): Promise<string> {
    return boundedName(`${this.#of(owner)}:${tag.split(':').map(encodePart).join(':')}`);
  }

  last(owner: Owner | null): string {
    return `${this.#prefix}last:${tenantOf(owner)}`;
  }

  async lock(cls: DataClass, whole: string): Promise<string> {
    return `${this.#prefix}lock:${cls.name}:${await hashOf(whole)}`;
  }

  async late(cls: DataClass, whole: string): Promise<string> {
    return `${this.#prefix}late:${cls.name}:${await hashOf(whole)}`;
  }

  receipt(purgeId: string): string {
    return `${this.#prefix}purge:${encodePart(purgeId)}`;
  }

  /** What a purge of a tenant, of a class in a tenant, of a user, or of a class over all tenants replaces. */
  implicit = {
    tenant: (owner: Owner | null) => `${this.#of(owner)}:@t`,
    class: (owner: Owner | null, name: string) => `${this.#of(owner)}:@c:${encodePart(name)}`,
    user: (owner: Owner) => `${this.#of(owner)}:@u:${encodePart(owner.user)}`,
    everywhere: (name: string) => `${this.#prefix}gen:@all:@c:${encodePart(name)}`,
  };

  #implicit(cls: DataClass, owner: Owner | null): string[] {
    const names = [
      this.implicit.tenant(owner),
      this.implicit.class(owner, cls.name),
      this.implicit.everywhere(cls.name),
    ];
    if (cls.scope === 'user' && owner) names.push(this.implicit.user(owner));
    return names;
  }

  #of(owner: Owner | null): string {
    return `${this.#prefix}gen:${tenantOf(owner)}`;
  }
}

const tenantOf = (owner: Owner | null) => (owner === null ? PUBLIC_TENANT : encodePart(owner.tenant));

/** base64url of SHA-256, so that a lock's name has one length. */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return new Uint8Array(digest).toBase64({ alphabet: 'base64url', omitPadding: true });
}
