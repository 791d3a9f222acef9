import type { Duration } from './duration.ts';
import type { Share } from './share.ts';

/** `off`: straight to the origin. `shadow`: the origin answers, and the cache is read, filled and compared beside it. `on`: the cache answers. */
export const rolloutModes = ['off', 'shadow', 'on'] as const;
export type RolloutMode = (typeof rolloutModes)[number];

/** What `on` for a percentage counts: tenants, users, or the entries themselves where nobody is verified. */
export const rolloutUnits = ['tenant', 'user', 'key'] as const;
export type RolloutUnit = (typeof rolloutUnits)[number];

/** One step of a plan. It is passed when both have come, and nothing speaks against it. */
export interface PlanStepDefinition {
  /** Of units, who are answered from the cache; `0%`: nobody, the step is in the shadow. */
  readonly percent: Share;
  /** How long it lasts at least. At most `30d`. */
  readonly dwell: Duration;
  /** How many answers must have been compared with the origin's. From 1 to 1,000,000. */
  readonly atLeast: number;
}

/** How a class is switched on, as a team writes it. What is not said has the default named beside it. */
export interface RolloutDefinition {
  /** How the class begins; from then on it is as the flags in Redis say. Default `on`. */
  readonly mode?: RolloutMode;
  /** Of `on`: the share of units that the cache answers. Default `100%`. */
  readonly percent?: Share;
  /** Default `tenant`; of public data, where nobody is verified, `key`, and nothing else can be said. */
  readonly unit?: RolloutUnit;
  /** Who is always answered from the cache while the class is `on`: tenants (`acme`), or users (`acme/ann`). At most 100; none of public data. Default none. */
  readonly allow?: readonly string[];
  /** Who never is. It goes before `allow`. At most 100. Default none. */
  readonly deny?: readonly string[];
  /**
   * What the guard goes through by itself, from fewer to more, ending in `100%`. At most 12. One that does not begin with
   * `0%`, in the shadow, begins with that all the same. Default: in the shadow, then 1, 5, 25 and 100 %.
   */
  readonly plan?: readonly PlanStepDefinition[];
  /** The guard's bound on answers that differ from the origin's and are older than `freshWithin`: like the others, at any time of a step. Default `0.5%`. */
  readonly maxStale?: Share;
  /** … on answers that differ from the origin's, whatever their age. Default `2%`. */
  readonly maxDiffering?: Share;
  /** … on errors, beyond those of who is not in the percentage. Default `1%`. */
  readonly maxErrors?: Share;
  /** … on how much longer answers may take on average than those of who is not. Default `50ms`. */
  readonly maxSlower?: Duration;
  /** In the shadow: of requests, who take the lease before they ask the origin, and may fill; they wait for it 50 ms at most. Default `5%`. */
  readonly shadowFills?: Share;
  /** While a percentage below 100 is `on`, or a plan goes on: of its hits, which are compared with the origin. Default `20%`. */
  readonly compareHits?: Share;
  /** What is done with what is stored when the guard goes back. Default `purge`. */
  readonly onFailure?: 'purge' | 'keep';
  /** Whether the class begins anew, in the shadow, when what it stores has changed; or why it need not. Default `shadow`. */
  readonly onChange?: 'shadow' | { readonly keep: string };
}

export interface PlanStep {
  /** 0 to 100; 0: in the shadow. */
  readonly percent: number;
  readonly dwellMs: number;
  readonly atLeast: number;
}

/** Validated, with its defaults. Made only by `dataClass`. */
export interface Rollout {
  readonly mode: RolloutMode;
  /** 0 to 100. */
  readonly percent: number;
  readonly unit: RolloutUnit;
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  readonly plan: readonly PlanStep[];
  readonly maxStale: number;
  readonly maxDiffering: number;
  readonly maxErrors: number;
  readonly maxSlowerMs: number;
  readonly fillShare: number;
  readonly compareShare: number;
  readonly onFailure: 'purge' | 'keep';
  /** Why it need not begin anew; null: it does. */
  readonly keepsOnChange: string | null;
}
