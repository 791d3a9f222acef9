import type { Compared, Representation } from '../rollout/compare.ts';
import type { Entry } from '../store/wire.ts';
import type { Trial } from '../strategy/trial.ts';
import type { DataClass } from '../strategy/types.ts';
import type { Collected } from './body.ts';
import type { FetchLabel } from './notes.ts';

/** An answer of the cache, or one that it would have given, to be compared with what the origin says. */
export interface HitCompared {
  readonly entry: Entry;
  readonly layer: 'l1' | 'l2';
  readonly cls: DataClass;
  readonly label: FetchLabel;
  readonly ageMs: number;
  /** One that is older, and differs, was too old. */
  readonly boundMs: number;
  readonly compared: Compared;
  /** Names that are declared to be fields, and no data: asked for where it differs. */
  readonly declaredFields: () => ReadonlySet<string>;
  /** Its class is being switched on, and the guard judges it by this. */
  readonly trial?: Trial | undefined;
}

/** What the origin says now. Its body as it came. */
export interface Present extends Omit<Representation, 'body'> {
  readonly is: 'present';
  readonly body: Uint8Array | Exclude<Collected, Uint8Array>;
}

/** What a comparison has come to. `dropped`: it gave way, or the entry was purged meanwhile. */
export type Comparison =
  | { readonly result: 'differs' | 'stale' | 'leak'; readonly at: readonly string[] }
  | { readonly result: 'equal' | 'failed' | 'dropped' };
