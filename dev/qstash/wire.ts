import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as z from 'zod';
import { fieldErrors } from '../../src/strategy/field-errors.ts';
import { namingKnownFields } from '../known-fields.ts';
import { bounds } from './bounds.ts';
import { Refused } from './refused.ts';
import type { HeaderMap } from './settings.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The body; beyond the limit it is read to its end all the same, so that the client hears why it is refused. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= bounds.bodyBytes) chunks.push(chunk);
  });
  request.on('end', () => {
    if (size <= bounds.bodyBytes) resolve(Buffer.concat(chunks));
    else reject(new Refused(413, `the body is larger than ${bounds.bodyBytes} bytes`));
  });
  request.on('error', reject);
  return promise;
}

/** JSON as `schema` wants it, or a refusal that names the first field at fault. */
export function parseJson<T>(schema: z.ZodType<T>, body: Buffer, status: 400 | 422): T {
  let input: unknown;
  try {
    input = JSON.parse(body.toString());
  } catch {
    throw new Refused(status, 'the body is not JSON');
  }
  const { data, error } = schema.safeParse(input, namingKnownFields(schema));
  if (!error) return data as T;
  const { field, detail } = fieldErrors(error, 'body')[0]!;
  throw new Refused(status, `${field}: ${detail}`);
}

export function headerMap(headers: IncomingHttpHeaders): HeaderMap {
  const entries = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]);
  return Object.fromEntries(entries);
}

export function sendJson(response: ServerResponse, { status, body }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${port} on 127.0.0.1 is in use`) : error);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
