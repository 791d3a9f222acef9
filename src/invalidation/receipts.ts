import { bounds } from '../bounds.ts';
import type { Context } from '../engine/context.ts';
import { countedCall } from '../engine/store-call.ts';
import { type Receipt, readReceipt } from '../store/receipt.ts';
import { readErasure } from './erasure.ts';

/** The receipt of this id; null for one that nobody knows, or not any more. Rejects with `StoreError`. */
export async function findReceipt(context: Context, id: string): Promise<ReceiptView | null> {
  return (await readViews(context, [id]))[0] ?? null;
}

interface PageOptions {
  /** Null: receipts of all. */
  readonly tenant: string | null;
  /** Where the last page ended; null: the first page. */
  readonly cursor: Cursor | null;
  readonly limit: number;
}

/** A page of receipts, newest first; `cursor` is null at the end, else `<ms>.<how many of that very moment are shown already>`. Rejects with `StoreError`. */
export async function listReceipts(context: Context, { tenant, cursor, limit }: PageOptions) {
  const { store, names, clock } = context.isolate;
  const nowMs = clock.now();
  const found = await countedCall(context, () =>
    store.receipts.page({
      list: names.receiptList(tenant === null ? null : { whose: 'tenant', tenant }),
      beforeMs: cursor?.beforeMs ?? nowMs + bounds.receiptMs,
      skip: cursor?.skip ?? 0,
      sinceMs: nowMs - bounds.receiptMs,
      // One more than the page holds tells whether there is a next page.
      most: limit + 1,
    }),
  );
  const listed = found.slice(0, limit);
  const views = await readViews(
    context,
    listed.map(({ id }) => id),
  );
  const purges = views.filter((view) => view !== null);
  return { purges, cursor: found.length <= limit ? null : cursorAfter(listed, cursor) };
}

/** Null in the place of an id that nobody knows any more. */
async function readViews(context: Context, ids: readonly string[]) {
  const { store, names, queue } = context.isolate;
  const keys = ids.flatMap((id) => [names.receiptKey(id), names.erasure(id)]);
  const texts = await countedCall(context, () => store.receipts.read(keys));
  return ids.map((_, i) => {
    const receipt = readReceipt(texts[2 * i] ?? null);
    return receipt && viewOf(receipt, texts[2 * i + 1] ?? null, queue !== null);
  });
}

export interface Cursor {
  readonly beforeMs: number;
  readonly skip: number;
}

/** The cursor that an earlier page gave; null for any other text. */
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

export type ReceiptView = Readonly<ReturnType<typeof viewOf>>;

/** A receipt as the API shows it; times in ISO 8601, null: not, or not yet. */
function viewOf({ order, ...receipt }: Receipt, erasure: string | null, hasQueue: boolean) {
  const { state, scanned, deleted } = readErasure(erasure);
  return {
    purge_id: order.id,
    source: order.source,
    event_id: order.eventId,
    events: order.events,
    whose: order.whose,
    tenant: order.tenant,
    tags: order.tags,
    classes: order.classes,
    users: order.users,
    everything: order.everything,
    mode: order.mode,
    also: order.also,
    state: receipt.state,
    accepted_at: iso(receipt.acceptedMs)!,
    applied_at: iso(receipt.appliedMs),
    verified_at: iso(receipt.verifiedMs),
    dead_at: iso(receipt.deadMs),
    attempts: receipt.attempts,
    applied_via: receipt.via,
    met: receipt.met,
    queue: hasQueue ? queueOf(receipt) : ('none' as const),
    erasure: order.erase ? { state, scanned, deleted } : null,
  };
}

/**
 * `failed`: it was applied here, or by the cron, because the queue did not take it. `unknown`: whoever applied it, as a write does, was
 * not the queue, and told it only afterwards; or nobody has applied it yet.
 */
function queueOf({ via }: Pick<Receipt, 'via'>) {
  if (via === 'direct' || via === 'sweep') return 'failed' as const;
  return via === null || via === 'write' ? ('unknown' as const) : ('ok' as const);
}

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
