import type * as z from 'zod';
import type { Strategy } from '../strategy/define.ts';
import type { Events } from '../strategy/event.ts';
import type { DataClass, Params } from '../strategy/types.ts';
import type { Scheme } from './signature/scheme.ts';
import type { SchemeName } from './signature/schemes.ts';

/** What a mapping may look up beside the payload: a class, through the cache, such as whose tenant an account is. */
export interface MapContext {
  /** A class of scope `public`: nobody is verified here. Null where the origin knows no such thing (404). Rejects where no trustworthy answer is available; the sender is then to send the webhook again. */
  find<P extends Params, V>(cls: DataClass<P, V>, params: P): Promise<V | null>;
}

/** What a webhook means to us; a mapping gives null for one that means nothing. The mapping is shown the signed payload alone, so nothing unsigned can name a tenant. */
export interface Mapped<T> {
  /** Whose data changed; null: nobody's whom we know. Events of `public` data or of everyone say null too. */
  readonly tenant: string | null;
  readonly payload: T;
}

type MapResult<T> = Mapped<T> | null | Promise<Mapped<T> | null>;

/** One type of event that a source sends. */
export interface Mapping {
  /** An event of the strategy. */
  readonly event: string;
  /** What the mapping needs of the sender's payload, which may have more. */
  readonly shape: z.ZodType;
  map(payload: unknown, context: MapContext): MapResult<unknown>;
}

export interface Source {
  /** How the source signs: a provider's name, or a scheme of your own made by `hmacScheme`. */
  readonly scheme: SchemeName | Scheme;
  /** By the sender's own names; any other type is answered 202 and ignored. */
  readonly events: Readonly<Record<string, Mapping>>;
}

/** Source names stand in URLs and in the names of settings. */
export const sourceName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Makes mappings onto the events of a strategy: `on('invoice_paid', shape, (payload) => ({ tenant, payload: {…} }))`.
 * `shape` says what the mapping needs of the sender's payload; a wrong one is 422 and names the field.
 */
export function eventsOf<E extends Events>(_strategy: Strategy<E>) {
  return function on<K extends keyof E & string, S extends z.ZodType>(
    event: K,
    shape: S,
    map: (payload: z.output<S>, context: MapContext) => MapResult<z.input<E[K]['payload']>>,
  ): Mapping {
    // Called only with what `shape` made.
    return { event, shape, map: map as Mapping['map'] };
  };
}
