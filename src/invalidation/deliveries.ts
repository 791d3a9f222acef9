import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { contextFor, type EdgeEnv } from '../classes/route.ts';
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
    const message = messageOf(c, await authenticBody(c, 'deliveries', bounds.deliveryBytes));
    about(c, message);
    const done = await deliver(contextFor(c), message, attemptOf(c));
    if (!done) throw new Problem('not-accepted', { why: `${message.step} failed` });
    return c.json({ purge_id: message.order.id });
  });

  app.post('/failures', async (c) => {
    const message = messageOf(c, sourceOf(c, await authenticBody(c, 'failures', bounds.reportBytes)));
    about(c, message);
    const kept = await giveUp(contextFor(c), message);
    if (!kept) throw new Problem('not-accepted', { why: 'neither queue nor store' });
    return c.json({ purge_id: message.order.id });
  });

  return app;
}

async function authenticBody(c: Context<EdgeEnv>, to: Delivery['to'], mostBytes: number): Promise<string> {
  const { isolate, notes } = c.get('edge');
  const { queue } = isolate;
  if (!queue) throw new Problem('not-found');
  const signature = c.req.header('Upstash-Signature') ?? null;
  // What is not UTF-8 has another hash than the one signed.
  const body = new TextDecoder().decode(await bodyOf(c, mostBytes));
  if (await queue.isAuthentic({ to, signature, body })) return body;
  notes.events.add('delivery-refused');
  throw new Problem('unauthenticated', {
    why: signature === null ? 'no Upstash-Signature' : 'not by our queue',
  });
}

/** Signed, and yet nothing that we send: to deliver it again would change nothing. */
function malformed(c: Context<EdgeEnv>, why: string): Problem {
  c.get('edge').notes.events.add('delivery-malformed');
  return new Problem('malformed-delivery', { headers: { 'Upstash-NonRetryable-Error': 'true' }, why });
}

function messageOf(c: Context<EdgeEnv>, text: string): Message {
  const message = readMessage(text);
  if ('malformed' in message) throw malformed(c, message.malformed);
  return message;
}

/** QStash's report of a message that it has given up; of its many fields, the message itself. */
const report = z.object({ sourceBody: z.base64() });

function sourceOf(c: Context<EdgeEnv>, text: string): string {
  try {
    const { sourceBody } = report.parse(JSON.parse(text));
    return new TextDecoder().decode(Uint8Array.fromBase64(sourceBody));
  } catch {
    throw malformed(c, 'no report of a failed message');
  }
}

/** Tries before this one stand in a header that is not signed: good enough for a count. */
function attemptOf(c: Context<EdgeEnv>): number {
  const retried = /^\d{1,3}$/.exec(c.req.header('Upstash-Retried') ?? '')?.[0];
  return Number(retried ?? 0) + 1;
}

function about(c: Context<EdgeEnv>, { order, step }: Message): void {
  c.get('edge').about = { purge_id: order.id, step, source: order.source, tenant: order.tenant ?? undefined };
}
