/**
 * The store's verbs, as the freshness protocol names them. Both adapters (`upstash.ts`, `memory.ts`) keep the
 * same contract, held by one suite. All names are full Redis keys, made in `names.ts`.
 *
 * Every verb rejects with `StoreError` when the store could not be reached or did not answer as it should: an error
 * is never an absence.
 */
export interface Store {
  /** One MGET: a value or null for each name, in order. */
  lookup(keys: readonly string[]): Promise<readonly (string | null)[]>;
  lease(lease: Lease): Promise<LeaseReply>;
  fill(fill: Fill): Promise<Filled>;
  /** Gives a lease back without storing; leaves a marker so that nobody waits in line, if `directMs` is above 0, or asks again. */
  release(release: Release): Promise<void>;
  purge(purge: Purge): Promise<Purged>;
  readonly receipts: Receipts;
  readonly metrics: Metrics;
}

/** Receipts of purges, and the few things beside entries that an operator needs. */
export interface Receipts {
  /** Writes the receipt as accepted, unless there is one that says more. */
  accept(receipt: ReceiptToWrite): Promise<void>;
  /** As `receipt.ts` writes it; null where there is none. */
  read(keys: readonly string[]): Promise<readonly (string | null)[]>;
  /** Ids from a list, newest first. */
  page(page: {
    readonly list: string;
    /** Not younger than this, and of those at this very moment not the first `skip`. */
    readonly beforeMs: number;
    readonly skip: number;
    /** Not older than this. */
    readonly sinceMs: number;
    readonly most: number;
  }): Promise<readonly Pick<ReceiptToWrite, 'id' | 'acceptedMs'>[]>;
  /** Ids of the open list that are due, oldest first. */
  due(query: {
    readonly open: string;
    readonly untilMs: number;
    readonly most: number;
  }): Promise<readonly string[]>;
  /** Looks after an open receipt again only then; null: never again, it is forgotten. */
  reopen(look: { readonly open: string; readonly id: string; readonly dueMs: number | null }): Promise<void>;
  /** Marks it verified if it says applied, long enough ago. */
  verify(
    receipt: Pick<ReceiptToWrite, 'id' | 'names'> & { readonly nowMs: number; readonly afterMs: number },
  ): Promise<VerificationState>;
  /** Marks it dead unless it was applied; true if it is dead now. */
  bury(receipt: ReceiptToWrite & { readonly nowMs: number }): Promise<boolean>;
  /** Adds one. A count has no end: what it says is compared with what it said before, however long ago. */
  count(name: string): Promise<void>;
  /** Names in the database, a part at a time: from `'0'` on until the cursor is `'0'` again; a name may come twice. */
  scan(part: {
    readonly cursor: string;
    readonly match: string;
    readonly count: number;
  }): Promise<{ readonly cursor: string; readonly names: readonly string[] }>;
  remove(names: readonly string[]): Promise<number>;
  /** Writes the value if the present one is `expected` (null: none), and tells of it in the same step; false if it is another. */
  swap(swap: {
    readonly key: string;
    readonly expected: string | null;
    readonly value: string;
    /** Null: it stays. */
    readonly lifeMs: number | null;
    /** Documents, into a stream that keeps about `most`. */
    readonly tell?: { readonly stream: string; readonly texts: readonly string[]; readonly most: number };
  }): Promise<boolean>;
}

/** Figures of all isolates, and what is made of them. Metrics are no data: nothing here decides over an entry. */
export interface Metrics {
  /** One XADD, which keeps about `most` documents. */
  tell(document: { readonly stream: string; readonly text: string; readonly most: number }): Promise<void>;
  /** Documents told after the one of this id, oldest first; from the beginning: `'0'`. What nobody here told has no text. */
  told(query: {
    readonly stream: string;
    readonly after: string;
    readonly most: number;
  }): Promise<readonly { readonly id: string; readonly text: string }[]>;
  /** One MGET. */
  read(keys: readonly string[]): Promise<readonly (string | null)[]>;
  /**
   * In one step, and only if the value under `version.key` is still `expected` (null: none): writes `next` there, writes each value under all
   * of its keys, and takes documents up to and with `told.upTo` away. False: somebody else has settled meanwhile, and nothing was written.
   */
  settle(settlement: {
    readonly version: { readonly key: string; readonly expected: string | null; readonly next: string };
    readonly values: readonly MetricsValue[];
    readonly told: { readonly stream: string; readonly upTo: string } | null;
  }): Promise<boolean>;
  /** As Redis' own INFO says; null: it does not say. */
  memory(): Promise<{ readonly usedBytes: number | null; readonly limitBytes: number | null }>;
}

export interface MetricsValue {
  readonly keys: readonly string[];
  readonly value: string;
  /** Null: it stays. */
  readonly lifeMs: number | null;
}

/** Where a receipt stands. */
export interface ReceiptNames {
  readonly key: string;
  /** Lists that name it: of its tenant, of all. */
  readonly lists: readonly string[];
  /** The list of those that somebody must still look after. */
  readonly open: string;
  /** Stands where a try that found no room met something, which it then took away. */
  readonly metBefore: string;
}

export interface ReceiptToWrite {
  readonly id: string;
  readonly names: ReceiptNames;
  /** The purge as it was accepted, as JSON. */
  readonly order: string;
  readonly acceptedMs: number;
  /** When somebody must look after it, if nothing has happened until then. */
  readonly dueMs: number;
  readonly lifeMs: number;
}

/** `missing`: there is no receipt, so that the purge may be lost too. `waitMs`: applied, but not long enough ago. */
export type VerificationState =
  | { readonly is: 'verified' | 'missing' | 'not-applied' }
  | { readonly is: 'too-early'; readonly waitMs: number };

/** Creates what is missing, extends lifetimes, and takes the lock if it is free. */
export interface Lease {
  readonly key: string;
  readonly lock: string;
  readonly generationNames: readonly string[];
  /** The tenant's `last`, for classes whose answers name tags. */
  readonly lastName?: string;
  /** Random, anew for each execution: the lock's value, and the nonce of the generations created. */
  readonly token: string;
  /** False: create, extend and return the generations, take no lock (before a write is sent). */
  readonly takeLock: boolean;
  readonly lockMs: number;
  /** Generations live at least this long from now. */
  readonly generationMs: number;
  /** Fill token of the entry that the caller has already: it is not sent again. */
  readonly knownFill?: string;
}

export interface LeaseReply {
  readonly granted: boolean;
  /** Holder's token while another holds the lock; or the marker that the last one has left. */
  readonly holder: string | null;
  readonly lockRemainingMs: number;
  /** One for each generation of the lease, in order, as an entry names it (generation.ts); never null. */
  readonly generations: readonly string[];
  readonly last: string | null;
  /** The stored entry, unless it is `knownFill`. */
  readonly entryText: string | null;
}

/** An entry is written as `head + generations + tail`: late generations are known only inside the script. */
export interface EntryParts {
  readonly head: string;
  readonly tail: string;
}

/** An entry that is stored only if every generation is present and equal to the one captured at the lease. */
export interface EntryToStore {
  readonly key: string;
  /** As LEASE gave them. */
  readonly captured: readonly (readonly [name: string, generation: string])[];
  /** The entry without its generations, as `wire.ts` writes it. */
  readonly entryParts: EntryParts;
  readonly lifeMs: number;
  readonly generationMs: number;
}

/** Stores if the lock is mine, too. */
export interface Fill extends EntryToStore {
  readonly lock: string;
  readonly token: string;
  /**
   * Whether soft purges since the lease refuse it too. Where they do not, it is stored under what was captured, so that it is
   * stale: still better than what was stored before.
   */
  readonly mustBeCurrent: boolean;
  /** Tags named by the answer, which LEASE therefore did not capture: created if `last` is still the captured one. */
  readonly uncaptured?: {
    readonly generationNames: readonly string[];
    readonly lastName: string;
    readonly capturedLast: string;
    /** The key of their names when the fill is refused, so that the next LEASE captures them. */
    readonly namesKey: string;
  };
  /**
   * Written in the same step, each for at least as long as the entry lives: how this entry and those beside it are told apart;
   * '' removes it. Written too where late tags are refused, because it leads to their names.
   */
  readonly beside?: readonly { readonly key: string; readonly value: string }[];
}

export type Filled =
  /** `created`: the generations that this fill created, in the order of `uncaptured`. `current`: no soft purge has come since the lease. */
  | { readonly stored: true; readonly current: boolean; readonly created: readonly string[] }
  | { readonly stored: false; readonly refusal: 'lease-lost' | 'purged' | 'late-tags-raced' };

export interface Release extends Pick<Lease, 'lock' | 'token'> {
  readonly directMs: number;
  /** The fetch has failed: noted under `key`, and from the second failure within `ms` on in the lock's place as well. */
  readonly failed?: { readonly key: string; readonly value: string; readonly ms: number };
}

export interface Purge {
  /** Also the mark that this purge was applied. */
  readonly receipt: ReceiptToWrite;
  /** Number of this try, as far as its caller knows; the receipt keeps the highest. */
  readonly attempt: number;
  /** Who applies it, for the receipt. */
  readonly via: Via;
  readonly mode: 'hard' | 'soft';
  /** Where none of the tags has a generation, and nothing is to be stored, replace `last` alone, and write no receipt. Only for hard purges of declared tags, with nothing softly beside. */
  readonly ifAnyExists?: true;
  /** For the receipt, in milliseconds since the epoch. The time of a soft purge is the store's own. */
  readonly nowMs: number;
  /** Soft nonces that a generation keeps, with their times. */
  readonly softNonces: number;
  readonly generationNames: readonly string[];
  /** Purged softly, beside those that are purged hard. */
  readonly softNames?: readonly string[];
  readonly lastName?: string;
  /** Of public data, beside that of a tenant. */
  readonly publicLastName?: string;
  /** Random, anew for each execution. */
  readonly nonce: string;
  /** Write-through: stored in the same script. */
  readonly entryToStore?: WriteToStore;
}

/** What a purge replaces wholly, and what softly. */
export const purgedIn = ({ mode, generationNames, softNames = [] }: Purge) =>
  mode === 'soft' ? { hard: [], soft: generationNames } : { hard: generationNames, soft: softNames };

/** The answer to a write. A generation that is '' was not captured: it is as it is now, or made, if `last` is the one captured. */
export interface WriteToStore extends EntryToStore {
  readonly capturedLast?: string;
}

/**
 * `write`: a write through the edge, before its answer. `eager`: beside the queue, at once. `delivery`: the queue.
 * `direct`: at once, because the queue was not available, or there is none. `verification`: again, because a failover had lost it.
 * `sweep`: the cron.
 */
export const vias = ['write', 'eager', 'delivery', 'direct', 'verification', 'sweep'] as const;
export type Via = (typeof vias)[number];

export interface Purged {
  /** `already`: this purge id had been applied. `nothing`: there was nothing that it could make unusable, and `last` alone was replaced. `deleted`: no room, so the generations were deleted and it must be applied again. */
  readonly applied: 'now' | 'already' | 'nothing' | 'deleted';
  /** Write-through: the generations of the stored entry, in the order captured, as it names them; null when a write overtook this one. */
  readonly stored: readonly string[] | null;
}

/** `message` never holds a command, a value or a secret. */
export class StoreError extends Error {
  readonly kind: StoreFailure;
  /** What the store calls it, such as `WRONGPASS`; null: it gave no name. */
  readonly code: string | null;
  constructor(kind: StoreFailure, code: string | null = null) {
    super(`store: ${kind}${code === null ? '' : `: ${code}`}`);
    this.name = 'StoreError';
    this.kind = kind;
    this.code = code;
  }
}

/**
 * `timeout`: no answer in time; `refused`: an error reply, whatever its HTTP status; `no-room`: OOM or quota;
 * `unreachable`: no connection, or it broke; `garbage`: an answer of another shape, such as a proxy's error page.
 */
export type StoreFailure = 'timeout' | 'refused' | 'no-room' | 'unreachable' | 'garbage';
