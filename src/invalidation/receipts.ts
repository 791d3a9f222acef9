import { bounds } from '../bounds.ts';
import type { Context } from '../engine/context.ts';
import { type Receipt, readReceipt } from '../store/receipt.ts';
import { readErasure } from './erasure.ts';

/** A receipt as the API shows it; times in ISO 8601, null: not, or not yet. */
export interface ReceiptView {
  readonly purge_id: string;
  readonly source: string;
  readonly event_id: string | null;
  readonly whose: 'tenant' | 'public' | 'everyone';
  readonly tenant: string | null;
  readonly tags: readonly string[];
  readonly classes: readonly string[];
  readonly users: readonly string[];
  readonly everything: boolean;
  readonly mode: 'hard' | 'soft';
  readonly state: Receipt['state'];
  readonly accepted_at: string;
  readonly applied_at: string | null;
  readonly verified_at: string | null;
  readonly dead_at: string | null;
  readonly attempts: number;
  readonly applied_via: Receipt['via'];
  readonly erasure: {
    readonly state: 'running' | 'done';
    readonly scanned: number;
    readonly deleted: number;
  } | null;
}

type Deps = Pick<Context, 'isolate' | 'notes'>;

/** Null for an id that nobody knows, or not any more. Rejects with `StoreError`. */
export async function receiptById({ isolate, notes }: Deps, id: string): Promise<ReceiptView | null> {
  const { store, names } = isolate;
  notes.redisRequests += 1;
  const [text = null, erasure = null] = await store.receipts.read([names.receiptKey(id), names.erasure(id)]);
  const receipt = text === null ? null : readReceipt(text);
  return receipt && viewOf(receipt, erasure);
}

export interface Page {
  readonly purges: readonly ReceiptView[];
  /** Where the next page goes on; null at the end. */
  readonly cursor: string | null;
}

/** Newest first. `cursor`: `<ms>.<how many of that very moment are shown already>`. */
export async function receiptPage(
  { isolate, notes }: Deps,
  {
    tenant,
    cursor,
    limit,
  }: { readonly tenant: string | null; readonly cursor: Cursor | null; readonly limit: number },
): Promise<Page> {
  const { store, names, clock } = isolate;
  const nowMs = clock.now();
  notes.redisRequests += 2;
  // One more than asked tells whether there is a next page.
  const found = await store.receipts.page({
    list: names.receiptList(tenant === null ? null : { whose: 'tenant', tenant }),
    beforeMs: cursor?.beforeMs ?? nowMs + bounds.receiptMs,
    skip: cursor?.skip ?? 0,
    sinceMs: nowMs - bounds.receiptMs,
    most: limit + 1,
  });
  const listed = found.slice(0, limit);
  const keys = listed.flatMap(({ id }) => [names.receiptKey(id), names.erasure(id)]);
  const texts = await store.receipts.read(keys);
  const purges = listed.flatMap((_, i) => {
    const text = texts[2 * i] ?? null;
    const receipt = text === null ? null : readReceipt(text);
    return receipt ? [viewOf(receipt, texts[2 * i + 1] ?? null)] : [];
  });
  return { purges, cursor: found.length <= limit ? null : cursorAfter(listed, cursor) };
}

export interface Cursor {
  readonly beforeMs: number;
  readonly skip: number;
}

/** Null for what is no cursor of ours. */
export function parseCursor(text: string): Cursor | null {
  const match = /^(\d{1,15})\.(\d{1,6})$/.exec(text);
  return match && { beforeMs: Number(match[1]), skip: Number(match[2]) };
}

function cursorAfter(listed: readonly { readonly acceptedMs: number }[], before: Cursor | null): string {
  const { acceptedMs } = listed.at(-1)!;
  const ofThatMoment = listed.filter((it) => it.acceptedMs === acceptedMs).length;
  const skipped = before?.beforeMs === acceptedMs ? before.skip : 0;
  return `${acceptedMs}.${skipped + ofThatMoment}`;
}

function viewOf({ order, ...it }: Receipt, erasure: string | null): ReceiptView {
  const { state, scanned, deleted } = readErasure(erasure);
  return {
    purge_id: order.id,
    source: order.source,
    event_id: order.eventId,
    whose: order.whose,
    tenant: order.tenant,
    tags: order.tags,
    classes: order.classes,
    users: order.users,
    everything: order.everything,
    mode: order.mode,
    state: it.state,
    accepted_at: iso(it.acceptedMs)!,
    applied_at: iso(it.appliedMs),
    verified_at: iso(it.verifiedMs),
    dead_at: iso(it.deadMs),
    attempts: it.attempts,
    applied_via: it.via,
    erasure: order.erase ? { state, scanned, deleted } : null,
  };
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
