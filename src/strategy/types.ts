import type * as z from 'zod';
import type { Identity } from '../identity/identity.ts';
import type { Duration } from './duration.ts';
import type { Silences } from './lint-rules.ts';
import type { Rollout, RolloutDefinition } from './rollout-types.ts';
import type { Share } from './share.ts';

export type { Duration, Share };

/** What any cache may say of the sampled comparison of its hits with the origin. */
export interface Comparing {
  /**
   * The share of hits that are compared with the origin, in the background: is what was stored still what it would say? Each costs a fetch of the
   * origin and one Redis command. Default `0%`: none.
   */
  readonly compare?: Share;
  /**
   * What may differ without being a difference: fields of JSON by their path, through lists as if they were not there (`generated_at`,
   * `items.updated_at`), and headers (`header:x-request-id`). At most 32. Default none.
   */
  readonly compareIgnoring?: readonly string[];
  /**
   * How old an answer may be and still be right for those who read it: one that differs from the origin's and is older was too old, whatever the
   * ttl says. Default: the ttl; of an HTTP cache what its origin says.
   */
  readonly freshWithin?: Duration;
  /** What `npm run strategy -- --check` finds and is meant, by the rule's name: why. Default none. */
  readonly silences?: Silences;
  /** How it is switched on: in the shadow first, then for a few, then for all. Default: it is on, for all. */
  readonly rollout?: RolloutDefinition;
}

/** Identity fields may come only from verified identity: a class with such a parameter does not compile. */
type ReservedParam = 'tenant' | 'tenant_id' | 'user' | 'user_id';

/** Parameters after parsing. Absent optional ones are `undefined`. */
export type Params = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Who may read a class. `'tenant'`: every verified member of the tenant; `'user'`: a verified user (the key holds
 * the user); `'public'`: everyone; or a rule over the identity, the parameters and other classes.
 */
export type AccessRule<P extends Params = Params> = 'tenant' | 'user' | 'public' | AccessPredicate<P>;

/** Method syntax on purpose: a rule for all parameters serves a class with some. */
export interface AccessPredicate<P extends Params = Params> {
  /** Its words, as printed in the strategy document and logged on a refusal: `can kpi:read`. */
  readonly says: string;
  /** Classes whose values the rule reads, looked up together with the answer itself. Read-through, `user` or `tenant` scope, without parameters. */
  readonly reads: readonly DataClass[];
  allows(identity: Identity, params: P, values: readonly unknown[]): boolean;
}

/** A class as a team writes it. Each option that may be left out says its default. */
export interface DataClassDefinition<P extends Params = Params, V = unknown> extends Comparing {
  /** First part of every key, `[a-z][a-z0-9_-]*`; unique in the strategy. */
  readonly name: string;
  /** Second part of every key; raise it when the shape of the stored data changes. A positive whole number. */
  readonly version: number;
  /** How keys are partitioned; tenant and user come from verified identity. */
  readonly scope: 'tenant' | 'user' | 'public';
  /** The rest of the key: segments separated by `:`, each with at most one `{param}`; `''` for one entry per tenant or user. */
  readonly key: string;
  /** Every parameter, each of which must stand in `key`. */
  readonly params: z.ZodType<P> &
    (Extract<keyof P, ReservedParam> extends never
      ? unknown
      : 'tenant and user come only from verified identity');
  /** Who may read; judged before every answer. There is no default. */
  readonly access: AccessRule<NoInfer<P>>;
  /** Tags that a purge may name besides the implicit tags (tenant, class, user); templates such as `dashboard:{dashboard_id}`. Default none. */
  readonly tags?: readonly string[];
  /**
   * The origin's answer, or the loader, may name further tags (`Cache-Tag`, `Surrogate-Key`, `tag()`). Default false.
   * Costs one name more in each MGET and one for each such tag; and one MGET more where an isolate sees them first.
   */
  readonly tagsFromAnswer?: boolean;
  /** `read-through`: an HTTP request to `origin`. `cache-aside`: a function that returns a value. */
  readonly read: 'read-through' | 'cache-aside';
  /** Path and query at the origin, for `read-through` (and for writes): `/invoices/{invoice_id}`; may also name `{tenant_id}`, `{user_id}`. */
  readonly origin?: string;
  /** `purge`: a write through the edge purges the class's tags. `store`: and its 200 answer is stored as the new representation. */
  readonly writeThrough?: 'purge' | 'store';
  /** How long a stored answer is fresh. */
  readonly ttl: Duration;
  /** After `ttl`, how long it may be served while a refresh runs in the background. Default none. */
  readonly staleWhileRevalidate?: Duration;
  /** After `ttl`, how long it may be served when the origin fails. Default none. */
  readonly staleIfError?: Duration;
  /** `strict`: every answer is validated at Redis, never stale. Default `standard`. */
  readonly consistency?: 'standard' | 'strict';
  /** Databases that lookups read; `none`: one primary, without read replicas. Default `none`. */
  readonly replicas?: 'none';
  /** How long an isolate may answer from its memory without asking Redis; not in a `strict` class. Default `1s`. */
  readonly l1?: Duration;
  /** A larger body is passed on, not stored. Bytes, at most 5 MiB. Default 1 MiB. */
  readonly maxBytes?: number;
  /** Shape of the value; a stored value of another shape is a miss. */
  readonly value?: z.ZodType<V>;
  /** Whether to store a value: false for a draft, say. Default: always. */
  storeWhen?(value: NoInfer<V>): boolean;
  /**
   * `Cache-Control` for browsers; `public` classes must say it, others may not (theirs is `private, no-cache`). `max-age` and
   * `s-maxage` count from when an answer is sent: the edge adds its `Age` to them.
   */
  readonly cacheControl?: string;
  /**
   * Headers of the origin's answer that go on to the caller and are stored with it, such as `X-Total-Count`, besides those that always do
   * (`Content-Type`, `Link` …). Browsers of other origins may read them. At most 16, and 8 KiB together. Raise `version` with them: entries
   * stored before have them not. A loader's value has none. Default none.
   */
  readonly passHeaders?: readonly string[];
  /** Events that purge this class. Default none. */
  readonly invalidatedBy?: readonly string[];
  /**
   * Every purge is made once more this much later: for an origin that may not read its own commit at once, as with read
   * replicas. Costs a second purge each time, and needs QStash. At most `1d`. Default none.
   */
  readonly settle?: Duration;
  /** Why these numbers: printed in the strategy document. */
  readonly rationale: string;
}

/** Compared as a method is, so that a class of known values serves where any class does. */
type StoreWhen<V> = { test(value: V): boolean }['test'];

/** Fields that a class has as its definition says them, or by default. */
type Plain = Required<
  Pick<
    DataClassDefinition,
    | 'name'
    | 'version'
    | 'scope'
    | 'read'
    | 'tagsFromAnswer'
    | 'consistency'
    | 'maxBytes'
    | 'invalidatedBy'
    | 'passHeaders'
    | 'compareIgnoring'
  >
>;

/** A validated class, durations in milliseconds, defaults filled in. Made only by `dataClass`. */
export interface DataClass<P extends Params = Params, V = unknown> extends Plain {
  readonly definition: DataClassDefinition<P, V>;
  readonly access: AccessRule<P>;
  readonly writeThrough: DataClassDefinition['writeThrough'];
  readonly ttlMs: number;
  readonly swrMs: number;
  readonly sieMs: number;
  /** 0 for a `strict` class. */
  readonly l1Ms: number;
  readonly value: z.ZodType<V> | undefined;
  readonly storeWhen: StoreWhen<V> | undefined;
  /** `Cache-Control` of every 200, for browsers, as of an answer without an `Age`. */
  readonly cacheControl: string;
  /** 0: none. */
  readonly settleMs: number;
  /** Of its hits, so many are compared with the origin; 0: none, 1: all. */
  readonly compareShare: number;
  /** Undefined: the entry's own ttl. */
  readonly freshWithinMs: number | undefined;
  readonly rollout: Rollout;
  /** Names of the parameters, in the order of the key. */
  readonly paramNames: readonly string[];
  /** Parses raw input (strings, or undefined where absent); issues carry the parameter's name in `path[0]`. */
  readonly params: z.ZodType<P>;
  /** The part of the key after the partition; injective over parameters. */
  keyOf(params: P): string;
  /** The declared tags, with raw values in them: `dashboard:d1`. */
  tagsOf(params: P): readonly string[];
  /** Path and query at the origin; throws `PathRefused` for a value that would change the path's shape. Null where no one is verified (`public`). */
  originPath(params: P, identity: { readonly tenant: string; readonly user: string } | null): string;
}
