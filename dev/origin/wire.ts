import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as z from 'zod';
import { type Answer, parse, Refusal } from './answer.ts';

/** No body that this API takes is near it. */
const BODY_BYTES = 16 * 1024;

/** Says whether a request shows the secret, in a time that tells nothing about it. */
export function secretCheck(secret: string): (shown: string | undefined) => boolean {
  const expected = sha256(secret);
  return (shown) => timingSafeEqual(sha256(shown ?? ''), expected);
}

export async function readBody<T>(incoming: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Without `destroyOnReturn` a refusal can still be answered on the same connection.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) {
      throw new Refusal(413, `the body is larger than ${BODY_BYTES} bytes`, {
        headers: { Connection: 'close' },
      });
    }
    chunks.push(chunk);
  }
  return parse(schema, parseJson(Buffer.concat(chunks).toString()), 422, 'body');
}

/** Sends an answer; `truncate` promises all of the body, sends half of it, and hangs up. */
export function send(outgoing: ServerResponse, { status, headers, body }: Answer, truncate = false): void {
  const bytes = Buffer.from(body);
  // Neither has a body: a 204 may not give a length, and that of the 200 in place of a 304 is not known here.
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': bytes.length };
  outgoing.writeHead(status, { ...headers, ...length });
  if (!truncate) {
    outgoing.end(bytes);
    return;
  }
  outgoing.write(bytes.subarray(0, bytes.length >> 1), () => outgoing.destroy());
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
