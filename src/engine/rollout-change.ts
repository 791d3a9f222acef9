import { type AuditEntry, readAuditEntry } from '../rollout/audit.ts';
import { type Flags, noFlags, readFlags } from '../rollout/flags.ts';
import type { Context } from './context.ts';
import { countedCall } from './store-call.ts';

/** What somebody makes of the flags as they are; `refused`: why not. */
export type FlagsChange =
  | { readonly is: 'change'; readonly flags: Omit<Flags, 'version'>; readonly audit: readonly AuditEntry[] }
  | { readonly is: 'refused'; readonly audit: readonly AuditEntry[] }
  | { readonly is: 'nothing' };

/** `raced`: somebody else has changed them each time. */
export interface FlagsChanged {
  readonly is: 'changed' | 'refused' | 'nothing' | 'raced';
  /** As they are now. */
  readonly flags: Flags;
}

/** So often a change that somebody else overtook is made anew, of the flags as they are then. */
const TRIES = 4;

/**
 * Changes the flags in one step, or not at all: what `change` makes is written only over what it was made of. Every change stands in the audit
 * list, and every attempt. This isolate goes by it at once. Past the breaker, and rejects with `StoreError`.
 */
export async function changeFlags(
  context: Context,
  change: (flags: Flags) => FlagsChange,
): Promise<FlagsChanged> {
  const { store, names, nonce, flags: live } = context.isolate;
  const key = names.rollout();
  let flags = noFlags;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const [text = null] = await countedCall(context, () => store.lookup([key]));
    flags = readFlags(text) ?? noFlags;
    live.looked(text);
    const made = change(flags);
    if (made.is === 'nothing') return { is: 'nothing', flags };
    if (made.is === 'refused') {
      await writeAudit(context, made.audit);
      return { is: 'refused', flags };
    }
    const next: Flags = { ...made.flags, version: nonce() };
    const value = JSON.stringify(next);
    const texts = made.audit.map((it) => JSON.stringify(it));
    const tell = { stream: names.rolloutAudit(), texts, most: context.isolate.bounds.rolloutAudit };
    // In one step: a change whose reply is lost stands in the list all the same.
    const swap = { key, expected: text, value, lifeMs: null, ...(texts.length > 0 && { tell }) };
    if (await countedCall(context, () => store.receipts.swap(swap))) {
      live.looked(value);
      return { is: 'changed', flags: next };
    }
  }
  return { is: 'raced', flags };
}

async function writeAudit(context: Context, entries: readonly AuditEntry[]): Promise<void> {
  const { store, names, bounds } = context.isolate;
  for (const entry of entries)
    await countedCall(context, () =>
      store.metrics.tell({
        stream: names.rolloutAudit(),
        text: JSON.stringify(entry),
        most: bounds.rolloutAudit,
      }),
    );
}

/** As they are in Redis now, by which this isolate goes at once. Past the breaker, and rejects with `StoreError`. */
export async function latestFlags(context: Context): Promise<Flags> {
  const { store, names, flags: live } = context.isolate;
  const [text = null] = await countedCall(context, () => store.lookup([names.rollout()]));
  live.looked(text);
  return readFlags(text) ?? noFlags;
}

/** The audit list, newest first. Rejects with `StoreError`. */
export async function auditList(context: Context): Promise<AuditEntry[]> {
  const { store, names, bounds } = context.isolate;
  // About so many are kept: it is trimmed by whole nodes.
  const all = { stream: names.rolloutAudit(), after: '0', most: 2 * bounds.rolloutAudit };
  const told = await countedCall(context, () => store.metrics.told(all));
  return told
    .map(({ text }) => readAuditEntry(text))
    .filter((it) => it !== null)
    .reverse();
}
