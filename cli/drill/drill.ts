import type { DrilledEdge, Reader } from './edge.ts';

/** What a drill is run with. */
export interface Stage {
  readonly edge: DrilledEdge;
  /** Where the canary's routes begin, `/v1/canary`. */
  readonly canary: string;
  readonly one: Reader;
  /** Another user: of another tenant, or of the same. */
  readonly other: Reader;
  /** Signs a webhook of the canary's event; null: its secret is not given. */
  readonly hook: Hook | null;
  /** Of the demo's gateway; null: not given. */
  readonly redisFaults: string | null;
}

export interface Hook {
  readonly source: string;
  sign(body: string): { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array };
}

/** What was seen: a figure, and what it may be at most. */
export interface Seen {
  readonly figure: number;
  readonly bound: number;
  /** What the figure counts, and what came of it: a sentence without a full stop. */
  readonly why: string;
}

export interface Drill {
  readonly name: string;
  /** In a line, for `--list`. */
  readonly shows: string;
  /** What it does to others; absent: nothing. It then needs `--allow NAME`. */
  readonly disturbs?: string;
  run(stage: Stage): Promise<Seen>;
}

/** As `--json` writes it. */
export interface Drilled extends Omit<Seen, 'figure' | 'bound'> {
  readonly name: string;
  readonly passed: boolean;
  /** Null: it did not come to one. */
  readonly figure: number | null;
  readonly bound: number | null;
}
