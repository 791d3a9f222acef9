import type { DrilledAdmin } from './admin.ts';
import type { DrilledEdge } from './edge.ts';

/** Whose token it is, as the edge says. */
export interface Person {
  readonly token: string;
  readonly tenant: string;
  readonly user: string;
}

/** What every drill is run with. */
export interface Tools {
  readonly edge: DrilledEdge;
  readonly admin: DrilledAdmin;
  /** How long a purge, or the kill switch, may take. */
  readonly patienceMs: number;
}

/** A deployment that has the canary. */
export interface Stage extends Tools {
  /** Where the canary's routes begin, `/v1/canary`. */
  readonly canary: string;
  readonly one: Person;
  /** None of them is `one`. */
  readonly others: readonly [Person, ...Person[]];
}

/** A deployment that has none: a path of the team's own, which is read and nothing else. */
export interface PathStage extends Tools {
  readonly path: string;
  readonly one: { readonly token: string };
}

/** What was seen: a figure, and what it may be at most. */
export interface Seen {
  readonly figure: number;
  readonly bound: number;
  /** What the figure counts, and what came of it: a sentence without a full stop. */
  readonly why: string;
}

/** Thrown: it could not be tried here, which says neither well nor ill of the deployment. */
export class Skipped extends Error {}

export interface Drill {
  readonly name: string;
  /** In a line, for `--list`. */
  readonly shows: string;
  /** What it does to others; absent: nothing. It then needs `--allow NAME`. */
  readonly disturbs?: string;
  /** Rejects with a `Failure` where it could not be carried through, with `Skipped` where there was nothing to judge. */
  run(stage: Stage): Promise<Seen>;
  /** As far as it can be tried without the canary; absent: not at all. */
  runOnPath?(stage: PathStage): Promise<Seen>;
}

/** As `--json` writes it. */
export interface Drilled {
  readonly name: string;
  /** Null: it was skipped. */
  readonly passed: boolean | null;
  /** Null: it did not come to one. */
  readonly figure: number | null;
  readonly bound: number | null;
  readonly why: string;
}

export type Timed = Drilled & { readonly seconds: number };
