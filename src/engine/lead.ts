import type { Bulkhead } from './bulkhead.ts';
import type { Context } from './context.ts';
import { countFailure, countFetch, type FetchCause } from './count-fetch.ts';
import { type Grant, release } from './lease.ts';
import { lockAfter } from './marker.ts';
import { type FetchLabel, noteFailure } from './notes.ts';
import { type FetchFailure, failureOf, isFailure, remarkOf } from './origin-call.ts';

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
  /** For the log. */
  readonly label: FetchLabel;
  readonly cause: FetchCause;
  /** Whether what is not stored answers those who join as well. */
  readonly sharesUnstored: boolean;
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
  { bulkhead, tenant, label, cause, sharesUnstored, fetch }: LeadOptions<F, E>,
  tellBegun: (first: F) => void,
): Promise<E | NoAnswer> {
  const { notes } = context;
  const held = new HeldLease(context, grant, label, sharesUnstored);
  const leave = bulkhead.enter(tenant);
  countFetch(context, label.className, cause, leave);
  let end: E | NoAnswer = { is: 'overloaded' };
  try {
    if (leave) end = await fetch(held, tellBegun);
    else noteFailure(notes, label, 'overloaded');
    if (isFailure(end)) noteFailure(notes, label, remarkOf(end));
  } catch (error) {
    // A bug of ours or a store that broke: an origin that fails ends the fetch without an exception.
    const failure = failureOf(error);
    noteFailure(notes, label, { note: 'internal', says: failure.why });
    end = failure;
  }
  if (isFailure(end)) countFailure(context, label.className, end);
  leave?.();
  if (!held.outlastsFetch) held.release(end);
  return end;
}

/** The lease of one fetch, until it is given back: once, whichever way the fetch goes. */
export class HeldLease {
  readonly label: FetchLabel;
  readonly #context: Context;
  readonly #sharesUnstored: boolean;
  #grant: Grant | null;
  #isHeld: boolean;
  /** It outlasts the fetch: the body is still coming, and its end decides over it. */
  outlastsFetch = false;

  constructor(context: Context, grant: Grant | null, label: FetchLabel, sharesUnstored: boolean) {
    this.#context = context;
    this.label = label;
    this.#grant = grant;
    this.#sharesUnstored = sharesUnstored;
    this.#isHeld = grant !== null;
  }

  /** Null: it was not granted, and nothing is stored. */
  get grant(): Grant | null {
    return this.#grant;
  }

  /** It is given back, and another is held in its place. */
  exchange(grant: Grant): void {
    if (this.#isHeld && this.#grant) release(this.#context, this.#grant, 'free');
    this.#grant = grant;
    this.#isHeld = true;
  }

  /** The fill's own script gives it back. */
  handToFill(): void {
    this.#isHeld = false;
  }

  /** Nothing is stored: the fetch ended so. */
  release(end: End): void {
    if (this.#isHeld && this.#grant)
      release(this.#context, this.#grant, lockAfter(end, this.#sharesUnstored));
    this.#isHeld = false;
  }
}
