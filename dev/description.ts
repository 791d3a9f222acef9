import type { HookSource } from '../cli/environment.ts';
import type { Basis } from '../src/rollout/fingerprint.ts';
import type { Alert } from '../src/strategy/alert-types.ts';
import type { Claims } from '../src/strategy/define.ts';
import type { Rollout } from '../src/strategy/rollout-types.ts';
import type { StrategyFacts } from './strategy/facts.ts';

/** One route, as the Worker's own route table has it. */
export interface RouteEntry {
  /** `ALL` takes each. */
  readonly method: string;
  /** As Hono writes it: `/v1/invoices/:invoice_id`. */
  readonly path: string;
  /** `own`: a handler that the team wrote. */
  readonly is: 'cached' | 'written' | 'http-cache' | 'own';
  /** Of a class alone. */
  readonly class?: string;
  readonly scope?: 'tenant' | 'user' | 'public';
  /** Names in the query. */
  readonly query: readonly string[];
  /** Events that a write comes to; absent where there are none. */
  readonly events?: readonly string[];
  /** Templates of the tags that a purge may name, in names of the route's parameters: `invoice:{invoice_id}`. */
  readonly tags: readonly string[];
}

/** One class, or HTTP cache: what it stores, and how it is switched on. */
export interface ClassEntry {
  readonly name: string;
  readonly fingerprint: string;
  /** What the fingerprint is of. */
  readonly basis: Basis;
  readonly rollout: Pick<Rollout, 'mode' | 'percent' | 'plan' | 'keepsOnChange'>;
}

/** What a Worker says of itself, as JSON: only running its code tells what its routes are. */
export interface WorkerDescription {
  /** False: its default export is not `worker(app)`, nor anything around one, so that routes, sources, claims and alerts are not known. */
  readonly known: boolean;
  readonly routes: readonly RouteEntry[];
  /** Who sends it webhooks, and how each signs. */
  readonly sources: Readonly<Record<string, HookSource>>;
  /** All that it caches. */
  readonly classes?: readonly ClassEntry[];
  /** Where its strategy looks for identity in a token. */
  readonly claims?: Claims;
  /** Its whole strategy, as data. */
  readonly strategy?: StrategyFacts;
  /** What its strategy watches. */
  readonly alerts?: readonly Alert[];
  /** The settings that it reads. */
  readonly settings: readonly string[];
}
