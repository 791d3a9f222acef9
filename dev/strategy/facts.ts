import type { Application } from '../../src/strategy/application.ts';
import type { ServiceLevel } from '../../src/strategy/service-level.ts';
import type { ClassEntry } from '../description.ts';

/** A zod schema as JSON Schema; what it cannot say is left out. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Reasons by the name of a rule, as the definition has them: not looked at yet. */
export type GivenSilences = unknown;

/** A class or an HTTP cache as it runs: defaults filled in, durations in milliseconds, functions as what is known of them. */
export interface ClassFacts {
  readonly name: string;
  readonly is: 'class' | 'http-cache';
  readonly version: number;
  readonly scope: 'tenant' | 'user' | 'public';
  /** The rest of the key as written: `dashboard:{dashboard_id}:kpis:{date_range}`. */
  readonly key: string;
  /** All of it: `analytics:v2:tenant:{tenant_id}:dashboard:{dashboard_id}:kpis:{date_range}`. */
  readonly keyTemplate: string;
  /** By name, in the order of the key. */
  readonly params: Readonly<Record<string, JsonSchema>>;
  /** `tenant`, `user`, `public`, or the words of a rule. */
  readonly access: string;
  /** Names of the classes that the rule reads. */
  readonly reads: readonly string[];
  readonly tags: readonly string[];
  readonly tagsFromAnswer: boolean;
  readonly read: 'read-through' | 'cache-aside';
  readonly origin: string | null;
  readonly writeThrough: 'purge' | 'store' | null;
  readonly ttlMs: number;
  readonly swrMs: number;
  readonly sieMs: number;
  readonly l1Ms: number;
  readonly settleMs: number;
  /** Null: it says nothing of it. */
  readonly freshWithinMs: number | null;
  readonly consistency: 'standard' | 'strict';
  readonly maxBytes: number;
  readonly cacheControl: string;
  readonly passHeaders: readonly string[];
  readonly value: JsonSchema | null;
  readonly hasStoreWhen: boolean;
  readonly invalidatedBy: readonly string[];
  /** A share, 0 to 1. */
  readonly compareShare: number;
  readonly compareIgnoring: readonly string[];
  readonly rollout: ClassEntry['rollout'] & {
    readonly unit: string;
    readonly allow: readonly string[];
    readonly deny: readonly string[];
    readonly maxStale: number;
    readonly maxDiffering: number;
    readonly maxErrors: number;
    readonly maxSlowerMs: number;
    readonly onFailure: 'purge' | 'keep';
  };
  readonly rationale: string;
  readonly silences: GivenSilences;
  /** What Redis would hold for acme's ann, with made-up parameters; null where none could be made up. */
  readonly example: ExampleNames | null;
  /** As in `strategy.lock.json`. */
  readonly fingerprint: string;
}

/** Names as the engine makes them. */
export interface ExampleNames {
  readonly params: Readonly<Record<string, string>>;
  readonly key: string;
  /** Of the lease, by which one request alone fetches. */
  readonly lock: string;
  /** What a purge replaces: all that the entry depends on. */
  readonly generations: readonly string[];
}

export interface EventFacts {
  readonly name: string;
  /** The payload's schema; its `properties` are the fields that templates name. */
  readonly payload: JsonSchema;
  /** As written. */
  readonly purges: {
    readonly tags: readonly string[];
    readonly users: readonly string[];
    readonly classes: readonly string[];
    readonly everything: boolean;
  };
  readonly whose: 'tenant' | 'public' | 'everyone';
  readonly mode: 'hard' | 'soft';
  readonly rationale: string | null;
  readonly silences: GivenSilences;
  /** Names of the classes whose entries it makes unusable. */
  readonly reaches: readonly string[];
}

/** A sender of webhooks: which of its types become which event. */
export interface SourceFacts {
  readonly name: string;
  /** `stripe`, `github`, …; `own`: made by `hmacScheme`. */
  readonly scheme: string;
  readonly events: Readonly<Record<string, string>>;
}

/** A team's whole strategy as data, as its Worker says it: what the document is printed from, and what the lint looks at. */
export interface StrategyFacts {
  /** Not looked at yet; undefined where there is none. */
  readonly application?: Application | undefined;
  /** Not looked at yet; undefined where there is none. */
  readonly budget?: unknown;
  readonly silences: GivenSilences;
  readonly classes: readonly ClassFacts[];
  readonly events: readonly EventFacts[];
  readonly sources: readonly SourceFacts[];
  readonly serviceLevel: ServiceLevel;
}
