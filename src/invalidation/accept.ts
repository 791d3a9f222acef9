import type { Context } from '../engine/context.ts';
import { followUp, publish, writeReceipt } from '../engine/follow-up.ts';
import { applyPurge } from '../engine/purge.ts';
import { Problem } from '../http/problem.ts';
import { publicationsOf } from '../queue/message.ts';
import type { PurgeOrder } from '../strategy/purge-order.ts';
import { erase } from './erase.ts';

export interface AcceptOptions {
  /** Also apply it at once, beside the queue; twice is harmless, because its id marks it. */
  readonly eager: boolean;
}

/**
 * Accepts a purge: from here on it is final, because the queue delivers it until it is applied, or it was applied here,
 * where the queue was not available or there is none. Throws a `Problem` where neither took it: the sender must send it again.
 * `awaited`: for whoever reads next what it purges, it resolves when that was tried.
 */
export async function acceptPurge(
  context: Context,
  order: PurgeOrder,
  { eager }: { readonly eager: AcceptOptions['eager'] | 'awaited' },
): Promise<void> {
  const { queue, meter } = context.isolate;
  // Without a queue the purge is applied at once, and writes the receipt itself.
  const written = queue ? writeReceipt(context, order) : undefined;
  const applied = queue && eager === 'awaited' ? applyPurge(context, order, { via: 'write' }) : undefined;
  const [isQueued] = await Promise.all([publish(context, publicationsOf(order)), written, applied]);
  if (isQueued) {
    meter.add('purges', 1, 'accepted');
    if (eager === true) context.waitUntil(applyPurge(context, order, { via: 'eager' }));
    return;
  }
  // Once more where the first try failed: Redis may be well again since.
  if (!((await applied) ?? (await applyPurge(context, order, { via: 'direct' }))))
    throw new Problem('not-accepted', { headers: { 'Retry-After': '5' }, why: whyNot(context) });
  meter.add('purges', 1, 'accepted');
  if (order.erase) context.waitUntil(erase(context, order));
  context.waitUntil(followUp(context, order));
}

const whyNot = ({ isolate }: Context): string =>
  isolate.queue ? 'neither queue nor store' : 'the store failed, and there is no queue';
