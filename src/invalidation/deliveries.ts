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

/** Of a post to somebody else that the queue has given up: its id, and what its receiver answered last; null: nothing. */
export interface GivenUpPost {
  readonly id: string;
  readonly status: number | null;
}

/**
 * What QStash posts: deliveries, and the news of what it has given up. `takeBack` takes on a post to somebody else; false: it failed, and the
 * queue is to report it again. Mount it at `/-`.
 */
export function deliveries(
  takeBack: (c: HonoContext<EdgeEnv>, post: GivenUpPost) => Promise<boolean>,
): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>();

  app.post('/deliveries', async (c) => {
    const edge = edgeRequestOf(c);
    const message = parseMessage(
      edge,
      await readSigned(edge, c.req.raw, { to: 'deliveries' }, bounds.deliveryBytes),
    );
    if (await deliver(edge, message, attemptOf(c))) return c.json({ purge_id: message.order.id });
    throw new Problem('not-accepted', { why: `${message.step} failed` });
  });

  app.post('/failures', async (c) => {
    const edge = edgeRequestOf(c);
    const id = c.req.query('post');
    const text = await readSigned(edge, c.req.raw, { to: 'failures', post: id }, bounds.reportBytes);
    if (id === undefined) {
      const { sourceBody } = parseReport(edge, text, reportShape);
      const message = parseMessage(edge, decoded(sourceBody));
      if (await giveUp(edge, message)) return c.json({ purge_id: message.order.id });
      throw new Problem('not-accepted', { why: 'neither queue nor store' });
    }
    const { status } = parseReport(edge, text, postReportShape);
    if (await takeBack(c, { id, status: status || null })) return c.json({ post: id });
    throw new Problem('not-accepted', { why: 'the store' });
  });

  return app;
}

async function readSigned(
  edge: EdgeRequest,
  request: Request,
  { to, post }: Pick<Delivery, 'to' | 'post'>,
  maxBytes: number,
): Promise<string> {
  const { queue } = edge.isolate;
  if (!queue) throw new Problem('not-found');
  const signature = request.headers.get('Upstash-Signature');
  // What is not UTF-8 has another hash than the one signed.
  const body = new TextDecoder().decode(await readBody(edge, request, maxBytes));
  if (await queue.isAuthentic({ to, post, signature, body })) return body;
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

/** QStash's report of what it has given up; of its many fields, the message itself … */
const reportShape = z.object({ sourceBody: z.base64() });
/** … or what the receiver of a post answered last; 0: nothing. */
const postReportShape = z.object({ status: z.int().min(0).max(999).catch(0) });

function parseReport<T>(edge: EdgeRequest, text: string, shape: z.ZodType<T>): T {
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    throw malformed(edge, 'no report of a failed message');
  }
}

const decoded = (base64: string) => new TextDecoder().decode(Uint8Array.fromBase64(base64));

/** Tries before this one stand in a header that is not signed: good enough for a count. */
function attemptOf(c: HonoContext<EdgeEnv>): number {
  const retried = /^\d{1,3}$/.exec(c.req.header('Upstash-Retried') ?? '')?.[0];
  return Number(retried ?? 0) + 1;
}
