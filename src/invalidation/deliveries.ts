import { Hono, type Context as HonoContext } from 'hono';
import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { readBody } from '../engine/client-body.ts';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { type Message, readMessage } from '../queue/message.ts';
import type { Delivery } from '../queue/port.ts';
import { deliver } from './deliver.ts';
import { giveUp } from './give-up.ts';

/** What QStash posts: deliveries, and the news of those that it has given up. Mount it at `/-`. */
export function deliveries(): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>();

  app.post('/deliveries', async (c) => {
    const edge = edgeRequestOf(c);
    const message = parseMessage(edge, await readSigned(edge, c.req.raw, 'deliveries', bounds.deliveryBytes));
    if (await deliver(edge, message, attemptOf(c))) return c.json({ purge_id: message.order.id });
    throw new Problem('not-accepted', { why: `${message.step} failed` });
  });

  app.post('/failures', async (c) => {
    const edge = edgeRequestOf(c);
    const report = await readSigned(edge, c.req.raw, 'failures', bounds.reportBytes);
    const message = parseMessage(edge, reportedMessage(edge, report));
    if (await giveUp(edge, message)) return c.json({ purge_id: message.order.id });
    throw new Problem('not-accepted', { why: 'neither queue nor store' });
  });

  return app;
}

async function readSigned(
  edge: EdgeRequest,
  request: Request,
  to: Delivery['to'],
  maxBytes: number,
): Promise<string> {
  const { queue } = edge.isolate;
  if (!queue) throw new Problem('not-found');
  const signature = request.headers.get('Upstash-Signature');
  // What is not UTF-8 has another hash than the one signed.
  const body = new TextDecoder().decode(await readBody(edge, request, maxBytes));
  if (await queue.isAuthentic({ to, signature, body })) return body;
  edge.notes.noted.add('delivery-refused');
  throw new Problem('unauthenticated', {
    why: signature === null ? 'no Upstash-Signature' : 'not by our queue',
  });
}

/** Signed, and yet nothing that we send: to deliver it again would change nothing. */
function malformed({ notes }: EdgeRequest, why: string): Problem {
  notes.noted.add('delivery-malformed');
  return new Problem('malformed-delivery', { headers: { 'Upstash-NonRetryable-Error': 'true' }, why });
}

/** The message, which from here on the log line names. */
function parseMessage(edge: EdgeRequest, text: string): Message {
  const message = readMessage(text);
  if ('malformed' in message) throw malformed(edge, message.malformed);
  const { id, source, tenant } = message.order;
  edge.logged = { purge_id: id, step: message.step, source, tenant: tenant ?? undefined };
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
function attemptOf(c: HonoContext<EdgeEnv>): number {
  const retried = /^\d{1,3}$/.exec(c.req.header('Upstash-Retried') ?? '')?.[0];
  return Number(retried ?? 0) + 1;
}
