import type { Bulkhead } from './bulkhead.ts';
import type { Context } from './context.ts';
import { type Grant, type LockAfter, release } from './lease.ts';
import { type FetchFailure, failureOf, noteOf } from './origin-call.ts';

/** A fetch under way. Neither promise rejects. */
export interface FetchUnderWay<F, E> {
  /** For the leader's own client: what it can have first, or the end. */
  readonly first: Promise<F | E>;
  /** For all who join; anchored in the leader's `waitUntil`. Holds no stream. */
  readonly ended: Promise<E>;
}

/** Ends that every fetch can have. */
export type NoAnswer = { readonly is: 'overloaded' } | FetchFailure;

/** Every end of a fetch has a name. */
interface End {
  readonly is: string;
}

/** What a front end does within the frame of a fetch. */
export interface LeadOptions<F, E> {
  readonly bulkhead: Bulkhead;
  /** Whose share of the bulkhead it takes. */
  readonly tenant: string;
  /** What stands in the lock's place when nothing is stored. */
  readonly lockAfter: LockAfter;
  /** `tellBegun`: the leader's client can have this already, a body that is still coming. */
  readonly fetch: (held: HeldLease, tellBegun: (first: F) => void) => Promise<E>;
}

/** Fetches within the bulkhead, under the lease where there is one, which is given back on every way out. */
export function lead<F, E extends End>(
  context: Context,
  grant: Grant | null,
  fetching: LeadOptions<F, E>,
): FetchUnderWay<F, E | NoAnswer> {
  const begun = Promise.withResolvers<F>();
  const ended = runFetch(context, grant, fetching, begun.resolve);
  context.waitUntil(ended);
  return { ended, first: Promise.race([begun.promise, ended]) };
}

async function runFetch<F, E extends End>(
  context: Context,
  grant: Grant | null,
  { bulkhead, tenant, lockAfter, fetch }: LeadOptions<F, E>,
  tellBegun: (first: F) => void,
): Promise<E | NoAnswer> {
  const { noted } = context.notes;
  const held = new HeldLease(context, grant, lockAfter);
  const leave = bulkhead.enter(tenant);
  try {
    const end = leave && (await fetch(held, tellBegun));
    if (end && isFailure(end)) noted.add(noteOf(end));
    if (end) return end;
    noted.add('overloaded');
    held.release('free');
    return { is: 'overloaded' };
  } catch (error) {
    // A bug of ours or a store that broke: an origin that fails ends the fetch without an exception.
    const failure = failureOf(error);
    noted.add(`internal: ${failure.why}`);
    return failure;
  } finally {
    leave?.();
    if (!held.outlastsFetch) held.release();
  }
}

const isFailure = (end: End): end is FetchFailure => end.is === 'failed';

/** The lease of one fetch, until it is given back: once, whichever way the fetch goes. */
export class HeldLease {
  /** Null: it was not granted, and nothing is stored. */
  readonly grant: Grant | null;
  readonly #context: Context;
  readonly #lockAfter: LockAfter;
  #isHeld: boolean;
  /** It outlasts the fetch: the body is still coming, and its end decides over it. */
  outlastsFetch = false;

  constructor(context: Context, grant: Grant | null, lockAfter: LockAfter) {
    this.#context = context;
    this.grant = grant;
    this.#lockAfter = lockAfter;
    this.#isHeld = grant !== null;
  }

  /** The fill's own script gives it back. */
  handToFill(): void {
    this.#isHeld = false;
  }

  release(lockAfter = this.#lockAfter): void {
    if (this.#isHeld && this.grant) release(this.#context, this.grant, lockAfter);
    this.#isHeld = false;
  }
}
