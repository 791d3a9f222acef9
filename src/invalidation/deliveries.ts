import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf, type LogFields } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { readMessage } from '../queue/message.ts';
import type { Delivery, Message } from '../queue/port.ts';
import { bodyOf } from './body.ts';
import { deliver } from './deliver.ts';
import { giveUp } from './give-up.ts';

/** What QStash posts: deliveries, and the news of those that it has given up. Mount it at `/-`. */
export function deliveries(): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>();

  app.post('/deliveries', async (c) => {
    const edge = edgeRequestOf(c);
    const message = messageOf(edge, await authenticBody(edge, c.req.raw, 'deliveries', bounds.deliveryBytes));
    edge.logged = logFieldsOf(message);
    const done = await deliver(edge, message, attemptOf(c));
    if (!done) throw new Problem('not-accepted', { why: `${message.step} failed` });
    return c.json({ purge_id: message.order.id });
  });

  app.post('/failures', async (c) => {
    const edge = edgeRequestOf(c);
    const report = await authenticBody(edge, c.req.raw, 'failures', bounds.reportBytes);
    const message = messageOf(edge, reportedMessage(edge, report));
    edge.logged = logFieldsOf(message);
    const isTakenOn = await giveUp(edge, message);
    if (!isTakenOn) throw new Problem('not-accepted', { why: 'neither queue nor store' });
    return c.json({ purge_id: message.order.id });
  });

  return app;
}

async function authenticBody(
  edge: EdgeRequest,
  request: Request,
  to: Delivery['to'],
  maxBytes: number,
): Promise<string> {
  const { queue } = edge.isolate;
  if (!queue) throw new Problem('not-found');
  const signature = request.headers.get('Upstash-Signature');
  // What is not UTF-8 has another hash than the one signed.
  const body = new TextDecoder().decode(await bodyOf(edge, request, maxBytes));
  if (await queue.isAuthentic({ to, signature, body })) return body;
  edge.notes.events.add('delivery-refused');
  throw new Problem('unauthenticated', {
    why: signature === null ? 'no Upstash-Signature' : 'not by our queue',
  });
}

/** Signed, and yet nothing that we send: to deliver it again would change nothing. */
function malformed({ notes }: EdgeRequest, why: string): Problem {
  notes.events.add('delivery-malformed');
  return new Problem('malformed-delivery', { headers: { 'Upstash-NonRetryable-Error': 'true' }, why });
}

function messageOf(edge: EdgeRequest, text: string): Message {
  const message = readMessage(text);
  if ('malformed' in message) throw malformed(edge, message.malformed);
  return message;
}

/** QStash's report of a message that it has given up; of its many fields, the message itself. */
const reportShape = z.object({ sourceBody: z.base64() });

function reportedMessage(edge: EdgeRequest, text: string): string {
  try {
    const { sourceBody } = reportShape.parse(JSON.parse(text));
    return new TextDecoder().decode(Uint8Array.fromBase64(sourceBody));
  } catch {
    throw malformed(edge, 'no report of a failed message');
  }
}

/** Tries before this one stand in a header that is not signed: good enough for a count. */
function attemptOf(c: Context<EdgeEnv>): number {
  const retried = /^\d{1,3}$/.exec(c.req.header('Upstash-Retried') ?? '')?.[0];
  return Number(retried ?? 0) + 1;
}

const logFieldsOf = ({ order, step }: Message): LogFields => ({
  purge_id: order.id,
  step,
  source: order.source,
  tenant: order.tenant ?? undefined,
});
