import type { Schema } from './cardinality.ts';

/** Rules by id, and why what they say is meant. */
export type Silences = Readonly<Record<string, string>>;

/** What the rules look at: the parts of the strategy's facts that they need. */
export interface LintFacts {
  readonly classes: readonly ClassFacts[];
  readonly httpCaches: readonly HttpCacheFacts[];
  readonly events: readonly EventFacts[];
  readonly sources: readonly SourceFacts[];
  readonly routes: readonly RouteFacts[];
  /** Of the strategy as a whole. */
  readonly silences: Silences;
  /** Null: none is declared. */
  readonly budget: Budget | null;
}

interface StoredFacts {
  readonly name: string;
  readonly version: number;
  readonly scope: 'tenant' | 'user' | 'public';
  readonly key: string;
  readonly sieMs: number;
  /** Null: not said. */
  readonly freshWithinMs: number | null;
  readonly silences: Silences;
}

export interface ClassFacts extends StoredFacts {
  /** By name, as JSON Schema. */
  readonly params: Readonly<Record<string, Schema>>;
  readonly access: { readonly says: string; readonly reads: readonly string[] };
  readonly tags: readonly string[];
  readonly tagsFromAnswer: boolean;
  readonly origin: string | null;
  readonly writeThrough: 'purge' | 'store' | null;
  readonly ttlMs: number;
  readonly swrMs: number;
  readonly consistency: 'standard' | 'strict';
  readonly cacheControl: string;
  /** As JSON Schema; null: it has none. */
  readonly value: Schema | null;
}

export interface HttpCacheFacts extends StoredFacts {}

export interface EventFacts {
  readonly name: string;
  readonly whose: 'tenant' | 'public' | 'everyone';
  readonly tags: readonly string[];
  readonly users: readonly string[];
  readonly classes: readonly string[];
  readonly everything: boolean;
  readonly silences: Silences;
}

export interface SourceFacts {
  readonly name: string;
  /** The setting that holds its secret. */
  readonly setting: string;
  /** Whether it is given here, or whoever deploys is told of it. */
  readonly hasSecret: boolean;
}

export interface RouteFacts {
  readonly method: string;
  readonly path: string;
  readonly is: 'cached' | 'written' | 'http-cache' | 'own';
  /** Null: of a handler of the team's own. */
  readonly class: string | null;
  /** Events that a write comes to. */
  readonly events: readonly string[];
}

/** What the team expects, and what it may cost. */
export interface Budget {
  /** For the commands of Redis. */
  readonly dollarsPerMonth: number;
  /** By class. `hitRate`: 0 to 1. */
  readonly expects: Readonly<Record<string, { readonly requestsPerMonth: number; readonly hitRate: number }>>;
}
