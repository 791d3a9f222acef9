import { type AuditEntry, readAuditEntry } from '../rollout/audit.ts';
import { type Flags, noFlags, readFlags } from '../rollout/flags.ts';
import { lostFlags, restored } from '../rollout/lost-flags.ts';
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

/** The flags as the cron has kept them, for where those in Redis are lost; null: it has kept none. Rejects with `StoreError`. */
export type KeptFlags = () => Promise<Flags | null>;

/** Whoever gives none goes by what this isolate knows. */
const noneKept: KeptFlags = () => Promise.resolve(null);

/** So often a change that somebody else overtook is made anew, of the flags as they are then. */
const TRIES = 4;

/**
 * Changes the flags in one step, or not at all: what `change` makes is written only over what it was made of. Every change stands in the audit
 * list, and every attempt. This isolate goes by it at once. Where they are lost it is made of the last good ones, all of which come back with it:
 * else a kill would end, and all other classes be as their strategy says. Past the breaker, and rejects with `StoreError`.
 */
export async function changeFlags(
  context: Context,
  change: (flags: Flags) => FlagsChange,
  kept: KeptFlags = noneKept,
): Promise<FlagsChanged> {
  const { store, names, nonce, clock, flags: live } = context.isolate;
  const key = names.rollout();
  let flags = noFlags;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const [text = null] = await countedCall(context, () => store.lookup([key]));
    const { last, ...found } = await foundIn(context, text, kept);
    flags = found.flags;
    const made = change(flags);
    if (made.is === 'refused') {
      await writeAudit(context, made.audit);
      return { is: 'refused', flags };
    }
    if (made.is === 'nothing' && !last) return { is: 'nothing', flags };
    const back = restored(noFlags, last, clock.now());
    const done = made.is === 'change' ? made : { flags, audit: [] };
    const next: Flags = { ...done.flags, version: nonce() };
    const value = JSON.stringify(next);
    const texts = [...back.audit, ...done.audit].map((it) => JSON.stringify(it));
    const tell = { stream: names.rolloutAudit(), texts, most: context.isolate.bounds.rolloutAudit };
    // In one step: a change whose reply is lost stands in the list all the same.
    const swap = { key, expected: text, value, lifeMs: null, ...(texts.length > 0 && { tell }) };
    if (await countedCall(context, () => store.receipts.swap(swap))) {
      live.looked(value);
      return { is: made.is === 'change' ? 'changed' : 'nothing', flags: next };
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

/** As they are in Redis now, by which this isolate goes at once; the last good ones where they are lost. Past the breaker, and rejects with `StoreError`. */
export async function latestFlags(context: Context, kept: KeptFlags): Promise<Flags> {
  const { store, names } = context.isolate;
  const [text = null] = await countedCall(context, () => store.lookup([names.rollout()]));
  return (await foundIn(context, text, kept)).flags;
}

/** `last`: those in Redis are lost, and these were the last good ones. */
async function foundIn(
  { isolate: { flags: live } }: Context,
  text: string | null,
  kept: KeptFlags,
): Promise<{ readonly flags: Flags; readonly last: Flags | null }> {
  live.looked(text);
  const read = readFlags(text);
  if (read) return { flags: read, last: null };
  const last = lostFlags(live.flags, await kept());
  return { flags: last ?? noFlags, last };
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
