import { request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { bounds } from './bounds.ts';

export interface Outgoing {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
}

/**
 * One request and its whole answer, whatever its status: a redirect is not followed. Not `fetch`, which adds headers of
 * its own and sends no body with GET. Not over a kept connection either: one that the other side has just closed would
 * look like a destination that cannot be reached.
 */
export function send({ url, method, headers, body, signal }: Outgoing): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const open = url.toLowerCase().startsWith('https:') ? overHttps : overHttp;
  const asked = open(url, {
    method,
    headers: { ...headers, 'content-length': String(body.length) },
    agent: false,
    signal,
  });
  asked.on('error', reject);
  asked.on('response', (answer) => {
    const chunks: Buffer[] = [];
    let size = 0;
    answer.on('data', (chunk: Buffer) => {
      if (size < bounds.replyBytes) chunks.push(chunk);
      size += chunk.length;
    });
    answer.on('error', reject);
    answer.on('end', () => {
      resolve({
        status: answer.statusCode ?? 0,
        headers: answer.headersDistinct as Reply['headers'],
        body: Buffer.concat(chunks).subarray(0, bounds.replyBytes),
      });
    });
  });
  asked.end(body);
  return promise;
}
