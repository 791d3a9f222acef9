import { BoundedMap } from '../bounded-map.ts';
import { bounds } from '../bounds.ts';
import { sha256, toBase64url } from '../digest.ts';
import { tagInOneForm } from '../http/target.ts';
import { decodePart, encodePart } from '../strategy/encode.ts';
import { boundedName, fullKey, PUBLIC_TENANT } from '../strategy/key.ts';
import type { Part, PurgeOrder } from '../strategy/purge-order.ts';
import type { DataClass, Params } from '../strategy/types.ts';
import type { Purge, ReceiptNames } from './port.ts';

/** Whose data it is; null stands for public data. */
export interface Owner {
  readonly tenant: string;
  readonly user: string;
}

/** The names in Redis that one entry depends on; see README.md beside this file for the schema. */
export interface EntryNames {
  /** However long: it stands in the entry, and is compared. */
  readonly fullKey: string;
  /** The key in Redis: `fullKey`, or its readable prefix and a hash. */
  readonly key: string;
  /** Implicit and declared generations, each once. */
  readonly generationNames: readonly string[];
  /** Absent unless the class's answers name tags. */
  readonly lastName?: string;
}

/** `name`: raw; of everything of public data null. */
export interface PurgeTarget {
  readonly kind: 'tag' | 'class' | 'class-everywhere' | 'user' | 'everything';
  readonly name: string | null;
  readonly tenant: string | null;
}

type PurgedName = 'generationNames' | 'softNames' | 'lastName' | 'publicLastName';
type Target = 'whose' | 'tags' | 'classes' | 'users' | 'everything';

/** All names of a deployment begin with its `NAMESPACE`, if it has one. */
export class Names {
  /** The beginning of every name. */
  readonly prefix: string;
  /** Names by `fullKey`, which determines them. */
  readonly #known = new BoundedMap<string, EntryNames>(bounds.rememberedNames);

  constructor(namespace: string) {
    this.prefix = namespace === '' ? '' : `${encodePart(namespace)}:`;
  }

  entry(cls: DataClass, owner: Owner | null, params: Params): EntryNames | Promise<EntryNames> {
    const full = this.prefix + fullKey(cls, owner, params);
    return this.#known.get(full) ?? this.#makeEntry(full, cls, owner, params);
  }

  async #makeEntry(full: string, cls: DataClass, owner: Owner | null, params: Params): Promise<EntryNames> {
    const generations = [
      this.implicit.tenant(owner),
      this.implicit.class(owner, cls.name),
      this.implicit.everywhere(cls.name),
    ];
    if (cls.scope === 'user' && owner) generations.push(this.implicit.user(owner));
    for (const tag of cls.tagsOf(params)) generations.push(await this.tag(owner, tag));
    const names = {
      fullKey: full,
      key: await boundedName(full),
      generationNames: [...new Set(generations)],
      ...(cls.tagsFromAnswer ? { lastName: this.last(owner) } : {}),
    };
    if (full.length <= bounds.keyBytes) this.#known.set(full, names);
    return names;
  }

  /**
   * Of a tag with raw values in it, `dashboard:d1`, as an origin or an operator would write it. Whoever names a tag, an entry or an
   * order, comes through here, so that both mean the same URI by it.
   */
  tag(owner: Owner | null, tag: string): Promise<string> {
    return this.#asWritten(owner, tagInOneForm(tag));
  }

  async #asWritten(owner: Owner | null, tag: string): Promise<string> {
    return boundedName(`${this.#generationsOf(owner)}:${tag.split(':').map(encodePart).join(':')}`);
  }

  /** The generation by which is seen how soon purges are; nothing is stored under it. */
  canary = () => `${this.prefix}gen:@canary`;
  last = (owner: Owner | null) => `${this.prefix}last:${tenantOf(owner)}`;
  lock = (className: string, key: string) => this.#beside('lock', className, key);
  /** Where a failure of the fetch under this lock is noted. */
  failed = (lock: string) => `${lock}:failed`;
  /** The rule of which request fields tell the entries of one URI apart. */
  rule = (className: string, key: string) => this.#beside('vary', className, key);
  /** Entity tags of one URI's entries. */
  tags = (className: string, key: string) => this.#beside('etags', className, key);
  late = (className: string, key: string) => this.#beside('late', className, key);

  /** A name beside an entry's, by its `fullKey`: hashed, so that all have one length. */
  async #beside(kind: string, className: string, key: string): Promise<string> {
    return `${this.prefix}${kind}:${className}:${toBase64url(await sha256(key))}`;
  }

  /** What a purge replaces: however much it makes unusable, one generation for each target; and `last`. What is named hard and softly is purged hard. */
  async purged(order: PurgeOrder): Promise<Pick<Purge, PurgedName>> {
    const { whose, tenant, also } = order;
    const ownerOf = (of: Part['whose']) => (of === 'tenant' ? { tenant: tenant!, user: '' } : null);
    const named = (parts: readonly Pick<PurgeOrder, Target>[]) =>
      Promise.all(parts.map((part) => this.#targets(part, ownerOf(part.whose))));
    const hard = new Set((await named([order, ...also.filter(({ mode }) => mode === 'hard')])).flat());
    const softly = (await named(also.filter(({ mode }) => mode === 'soft'))).flat();
    const soft = new Set(softly.filter((name) => !hard.has(name)));
    const isOfPublicToo = whose !== 'public' && also.some((part) => part.whose === 'public');
    return {
      generationNames: [...hard],
      ...(soft.size > 0 && { softNames: [...soft] }),
      // None over all tenants: only tags that a lease did not capture need it, and a class is always captured.
      ...(whose !== 'everyone' && { lastName: this.last(ownerOf(whose)) }),
      ...(isOfPublicToo && { publicLastName: this.last(null) }), // guard: purge-public-last
    };
  }

  async #targets(
    { whose, tags, classes, users, everything }: Pick<PurgeOrder, Target>,
    owner: Owner | null,
  ): Promise<string[]> {
    if (whose === 'everyone') return classes.map(this.implicit.everywhere);
    // As it is written too: so the entries of earlier versions name it.
    const forms = [...new Set(tags.flatMap((tag) => [tagInOneForm(tag), tag]))];
    return [
      ...(await Promise.all(forms.map((tag) => this.#asWritten(owner, tag)))),
      ...classes.map((name) => this.implicit.class(owner, name)),
      ...(owner === null ? [] : users.map((user) => this.implicit.user({ ...owner, user }))),
      ...(everything ? [this.implicit.tenant(owner)] : []),
    ];
  }

  receipt(order: Pick<PurgeOrder, 'id' | 'whose' | 'tenant'>): ReceiptNames {
    const own = order.whose === 'everyone' ? [] : [this.receiptList(order)];
    const lists = [...own, this.receiptList(null)];
    const key = this.receiptKey(order.id);
    return { key, lists, open: this.openReceipts(), metBefore: `${key}:met` };
  }

  receiptKey = (purgeId: string) => `${this.prefix}purge:${encodePart(purgeId)}`;

  /** Receipts of a tenant, of public data, or null: all. */
  receiptList(of: Pick<PurgeOrder, 'whose' | 'tenant'> | null): string {
    if (of === null) return `${this.prefix}purges:@all`;
    return `${this.prefix}purges:${of.whose === 'public' ? PUBLIC_TENANT : encodePart(of.tenant!)}`;
  }

  /** Receipts neither verified nor dead. */
  openReceipts = () => `${this.prefix}purges:@open`;
  erasure = (purgeId: string) => `${this.prefix}erase:${encodePart(purgeId)}`;
  count = (name: string) => `${this.prefix}count:${name}`;
  /** How every class is switched. */
  rollout = () => `${this.prefix}rollout`;
  /** The list of its changes, and of those that were refused. */
  rolloutAudit = () => `${this.prefix}rollout:audit`;
  /** What isolates told and nobody has rolled up yet, and what became of it. */
  metrics = {
    told: () => `${this.prefix}metrics:told`,
    version: () => `${this.prefix}metrics:version`,
    state: () => `${this.prefix}metrics:state`,
    isolates: () => `${this.prefix}metrics:isolates`,
    totals: () => `${this.prefix}metrics:totals`,
    totalsCopy: () => `${this.prefix}metrics:totals:copy`,
    minute: (startMs: number) => `${this.prefix}metrics:minute:${startMs}`,
    hour: (startMs: number) => `${this.prefix}metrics:hour:${startMs}`,
    day: (startMs: number) => `${this.prefix}metrics:day:${startMs}`,
    tops: (startMs: number) => `${this.prefix}metrics:tops:${startMs}`,
  };
  /** A tenant as it stands in names. */
  tenantPart = (tenant: string) => encodePart(tenant);

  /** Generations that a purge of a tenant, of its class, of its user, or of a class over all tenants replaces. */
  implicit = {
    tenant: (owner: Owner | null) => `${this.#generationsOf(owner)}:@t`,
    class: (owner: Owner | null, name: string) => `${this.#generationsOf(owner)}:@c:${encodePart(name)}`,
    user: (owner: Owner) => `${this.#generationsOf(owner)}:@u:${encodePart(owner.user)}`,
    everywhere: (name: string) => `${this.prefix}gen:@all:@c:${encodePart(name)}`,
  };

  /** What the name of a generation says, in the words that a purge has for it. */
  targetOf(generationName: string): PurgeTarget {
    const [, whose = '', ...rest] = generationName.slice(this.prefix.length).split(':');
    const [mark, name = ''] = rest;
    const tenant = whose.startsWith('@') ? null : decodePart(whose);
    if (mark === '@t') return { kind: 'everything', name: tenant, tenant };
    if (mark === '@u') return { kind: 'user', name: decodePart(name), tenant };
    if (mark === '@c')
      return { kind: whose === '@all' ? 'class-everywhere' : 'class', name: decodePart(name), tenant };
    return { kind: 'tag', name: rest.map(decodePart).join(':'), tenant };
  }

  #generationsOf = (owner: Owner | null) => `${this.prefix}gen:${tenantOf(owner)}`;
}

const tenantOf = (owner: Owner | null) => (owner === null ? PUBLIC_TENANT : encodePart(owner.tenant));
