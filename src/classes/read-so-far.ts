import type { EdgeRequest } from '../engine/request.ts';
import type { Served } from '../engine/served.ts';
import { strictest } from '../http/strictest.ts';
import type { DataClass } from '../strategy/types.ts';
import type { ReadOutcome } from '../telemetry/outcome.ts';

/** What a handler has read through the cache so far: what an answer that it makes of it may say of itself. */
export interface ReadSoFar {
  /** Of an answer for everybody; null: who asks may have made a difference to it. */
  readonly cacheControl: string | null;
  /** The worst, and its class: one that went to the origin before a hit, and of hits the one that is fresh for the shortest time. */
  readonly worst?: { readonly outcome: ReadOutcome; readonly className: string };
  /** When the oldest of it was fetched. */
  readonly fetchedMs: number;
}

const readSoFar = new WeakMap<EdgeRequest, ReadSoFar>();

export const readBy = (edge: EdgeRequest): ReadSoFar | undefined => readSoFar.get(edge);

/** Who asks counts, or what was asked for failed: nothing that is made of it is for everybody. */
export function noteOwn(edge: EdgeRequest): void {
  const before = readSoFar.get(edge);
  readSoFar.set(edge, { fetchedMs: Number.POSITIVE_INFINITY, ...before, cacheControl: null });
}

export function noteRead(edge: EdgeRequest, cls: DataClass, served: Served): void {
  const before = readSoFar.get(edge);
  const read = { outcome: edge.outcome ?? served.outcome, className: cls.name };
  const isForAll = cls.scope === 'public' && before?.cacheControl !== null;
  readSoFar.set(edge, {
    cacheControl: isForAll ? strictest(before?.cacheControl ?? cls.cacheControl, cls.cacheControl) : null,
    worst: before?.worst && isWorse(before.worst.outcome, read.outcome) ? before.worst : read,
    fetchedMs: Math.min(
      before?.fetchedMs ?? Number.POSITIVE_INFINITY,
      served.is === 'entry' ? served.entry.fetchedMs : Number.POSITIVE_INFINITY,
    ),
  });
}

/** Of two that went forward it is the later one. */
const isWorse = (a: ReadOutcome, b: ReadOutcome): boolean =>
  a.kind === 'hit' ? b.kind === 'hit' && a.ttlMs < b.ttlMs : b.kind === 'hit';
