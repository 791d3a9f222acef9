import type { Identity } from '../identity/identity.ts';
import type { Strategy } from '../strategy/define.ts';
import type { PurgeOrder } from '../strategy/purge-order.ts';
import type { DataClass } from '../strategy/types.ts';
import type { ReadOutcome } from '../telemetry/outcome.ts';
import type { Context } from './context.ts';

/** One client's request: its context, and what its log line and the headers of its answer are made of. */
export interface EdgeRequest extends Context {
  readonly id: string;
  readonly strategy: Strategy;
  /** Of the Worker, by name: classes that no strategy lists. */
  readonly httpCaches: ReadonlyMap<string, DataClass>;
  /** Takes a purge on as a webhook's: it is final when this settles, and applied, unless Redis failed. Throws a `Problem` where nothing took it. */
  accept(order: PurgeOrder): Promise<void>;
  /** Verifies who asks; `identity` says it from then on. Null without credentials; throws a `Problem` for bad ones. */
  identify(): Identity | null | Promise<Identity | null>;
  /** Of the class that answers. */
  className?: string;
  /** Of that class: what its answers have besides, which other origins may read. */
  passHeaders?: readonly string[];
  /** No page of another site may read its answer, whatever the settings say: an admin's. */
  ofAdmins?: true;
  outcome?: ReadOutcome;
  logged?: LogFields;
  /** What the handler threw. */
  error?: Error;
  /** Of the entry that answers: how old it is, as `Age` says; and what is left of its ttl, where that is not in the outcome. */
  ageMs?: number;
  ttlLeftMs?: number;
  /** Of the body as answered, as far as known by now; 0: not known, or none. */
  readonly sentBytes: number;
  /** Since it came, in milliseconds. */
  readonly totalMs: number;
  /** Headers of every answer, for whoever makes one with them in it: to set them afterwards costs more. */
  responseHeaders(): Fields;
  /** The answer that has them. */
  answered?: Response;
}

/** Further fields of a request's log line. */
export interface LogFields {
  /** Of a webhook: its source, the sender's type and id of the event, and why it means nothing here. */
  readonly source?: string;
  readonly hook_event?: string | undefined;
  readonly event_id?: string | undefined;
  readonly ignored?: 'type' | 'event' | 'tenant';
  /** Of a purge, and the step of it that was delivered. */
  readonly purge_id?: string;
  readonly step?: string;
  readonly tenant?: string | undefined;
  /** Name of the admin token that was shown. */
  readonly admin?: string;
  /** Where a path with dot segments led. */
  readonly resolved?: string;
}

/** Headers by name, each once. */
export type Fields = Record<string, string>;

/** For routes: what Hono's context has to hold. */
export interface EdgeEnv {
  Bindings: Readonly<Record<string, unknown>>;
}

/** Data classes and HTTP caches alike, by name. */
export const classesOf = ({
  strategy,
  httpCaches,
}: Pick<EdgeRequest, 'strategy' | 'httpCaches'>): ReadonlyMap<string, DataClass> =>
  new Map([...strategy.classes, ...httpCaches]);

/** The request that a handler answers. `edge` hands it to Hono as the execution context, whose `waitUntil` is its own. */
export function edgeRequestOf({ executionCtx }: { readonly executionCtx: object }): EdgeRequest {
  if ('isolate' in executionCtx) return executionCtx as EdgeRequest;
  throw new TypeError('this route is answered outside of edge(strategy); add it to what edge returns');
}
