import { bounds } from '../bounds.ts';
import { type Context, within } from '../engine/context.ts';
import { schemes } from '../invalidation/signature/schemes.ts';
import { signatureHeaders } from '../invalidation/signature/sign.ts';
import { type Post, type Queue, QueueError } from '../queue/port.ts';
import { alertmanagerPayload } from './alertmanager.ts';
import type { Receivers } from './channel.ts';
import { messageIdOf, postIdOf } from './post-id.ts';
import { slackPayload } from './slack.ts';
import type { Channel, Notification } from './state.ts';
import type { Delivered } from './step.ts';

interface Dispatch extends Omit<Delivered, 'untilMs'> {
  readonly post: Post;
}

/**
 * Sends what is due to each of its channels, through the queue, null: directly; what was taken. Whatever was not stays in the outbox, and is
 * sent again under the same id, by which the queue, and a receiver, know it.
 */
export async function deliverAlerts(
  context: Context,
  receivers: Receivers,
  due: readonly Notification[],
  queue: Queue | null = context.isolate.queue,
): Promise<readonly Delivered[]> {
  const { clock } = context.isolate;
  const nowMs = clock.now();
  const dispatches = await Promise.all(
    due.flatMap((it) => it.to.map((channel) => dispatchOf(it, channel, receivers, nowMs))),
  );
  const sent = dispatches.filter((it) => it !== null);
  if (sent.length === 0) return [];
  const posts = sent.map(({ post }) => post);
  const taken = queue
    ? await queue.post(posts).catch((error: unknown) => noneOf(posts, error))
    : await Promise.all(posts.map((post) => postNow(context, post)));
  if (!taken.every(Boolean)) context.notes.noted.add('alert-unsent');
  const untilMs = queue ? nowMs + bounds.alertUnderWayMs : null;
  return sent.filter((_, i) => taken[i]).map(({ id, channel }) => ({ id, channel, untilMs }));
}

function noneOf(posts: readonly Post[], error: unknown): boolean[] {
  if (error instanceof QueueError) return posts.map(() => false);
  throw error;
}

/** Null: nobody is there any more. */
async function dispatchOf(
  notification: Notification,
  channel: Channel,
  receivers: Receivers,
  nowMs: number,
): Promise<Dispatch | null> {
  const { id } = notification;
  const receiver = receivers[channel];
  if (!receiver) return null;
  const messageId = await messageIdOf(receivers.namespace, notification, channel);
  const payload = channel === 'slack' ? slackPayload : alertmanagerPayload;
  const body = JSON.stringify(payload(notification, receivers));
  const signature =
    'secret' in receiver
      ? await signatureHeaders(schemes.standard, receiver.secret, { id: messageId, nowMs, body })
      : {};
  const headers = { 'Content-Type': 'application/json', ...signature };
  return { id, channel, post: { id: postIdOf(messageId, notification), url: receiver.url, headers, body } };
}

/** Whether the receiver took it in time. A redirect is no answer: it may lead anywhere. */
async function postNow({ isolate }: Context, { url, headers, body }: Post): Promise<boolean> {
  const { clock, bounds, origin } = isolate;
  const abort = new AbortController();
  const init = { method: 'POST', headers, body, redirect: 'manual', signal: abort.signal } as const;
  const posting = origin.fetch(url, init).then(
    async ({ ok, body: answer }) => {
      await answer?.cancel();
      return ok;
    },
    () => false,
  );
  const isTaken = await within(clock, bounds.alertMs, posting, false);
  if (!isTaken) abort.abort();
  return isTaken;
}
