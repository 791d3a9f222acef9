import { givenUp, sentOf } from '../alerts/given-up.ts';
import { messageIdOf, postIdOf } from '../alerts/post-id.ts';
import { type AlertsState, readAlertsState } from '../alerts/state.ts';
import type { Context } from '../engine/context.ts';
import { noteRemark } from '../engine/notes.ts';
import { countedCall } from '../engine/store-call.ts';
import { parseState } from '../figures/state.ts';
import type { GivenUpPost } from '../invalidation/deliveries.ts';
import { guarded } from './guarded.ts';
import { settle } from './roll-up.ts';

/**
 * Takes a message about an alert, which the queue has given up after all its tries, back into what the cron keeps: a later tick sends it again,
 * signed anew. True, too, where nobody waits for it any more, as where it was reported before. False: the queue is to report it again.
 */
export async function takeBack(context: Context, namespace: string, post: GivenUpPost): Promise<boolean> {
  const says = post.status === null ? 'no answer' : `${post.status}`;
  noteRemark(context.notes, { note: 'alert-undelivered', says });
  const { bounds, clock } = context.isolate;
  for (let tries = 1; tries <= bounds.alertTakenBack; tries += 1) {
    const isDone = await guarded(context, () => takeBackOnce(context, namespace, post.id));
    if (isDone !== false) return isDone === true;
    // The cron has settled meanwhile.
    await clock.sleep(bounds.settleAgainMs);
  }
  return false;
}

/** False: another has settled meanwhile. */
async function takeBackOnce(context: Context, namespace: string, postId: string): Promise<boolean> {
  const { store, names, clock } = context.isolate;
  const keys = [names.metrics.version(), names.metrics.state()];
  const [version = null, text = null] = await countedCall(context, () => store.metrics.read(keys));
  const kept = parseState(text);
  const { state } = readAlertsState(kept?.alerts);
  const sent = await sentAs(state, namespace, postId);
  if (!kept || !sent) return true;
  // The rest stays as it is: the cron may read what this version cannot.
  const alerts = { ...(kept.alerts as object), ...givenUp(state, sent, clock.now()) };
  return (await settle(context, version, { ...kept, alerts }, { values: [] })) !== null;
}

async function sentAs(state: AlertsState, namespace: string, postId: string) {
  for (const sent of sentOf(state)) {
    const { notification, channel } = sent;
    if (postIdOf(await messageIdOf(namespace, notification, channel), notification) === postId) return sent;
  }
  return null;
}
