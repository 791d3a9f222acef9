import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devJwks } from '../../../dev/keys.ts';

/** A point at which somebody waits until the test lets him go. */
export interface Barrier {
  /** Somebody has arrived. */
  readonly reached: Promise<void>;
  release(): void;
}

export function barrier(): Barrier & { readonly released: Promise<void>; arrive(): Promise<void> } {
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  return {
    reached: arrived.promise,
    released: released.promise,
    release: () => released.resolve(),
    arrive() {
      arrived.resolve();
      return released.promise;
    },
  };
}

/** An origin whose documents a test changes, and whose answers it can hold after the data were read. */
export interface ScriptedOrigin {
  readonly url: string;
  set(path: string, value: string, headers?: Record<string, string>): void;
  /** Data requests so far: all, or those to one path. */
  count(path?: string): number;
  /** Holds the next answer of `path` that nothing holds yet: its data are read, its answer is not sent. */
  hold(path: string): Barrier;
  /** Every data request answers with this status; null: as normal. */
  fail(status: number | null): void;
  close(): Promise<void>;
}

interface Doc {
  readonly value: string;
  readonly headers: Record<string, string>;
}

export async function startScriptedOrigin(): Promise<ScriptedOrigin> {
  const docs = new Map<string, Doc>();
  const held = new Map<string, ReturnType<typeof barrier>[]>();
  const asked: string[] = [];
  let failing: number | null = null;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url!, 'http://origin').pathname;
    if (path === '/.well-known/jwks.json') return send(response, 200, devJwks());
    asked.push(path);
    if (request.method === 'PATCH') docs.set(path, { value: await textOf(request), headers: {} });
    if (request.method === 'POST')
      docs.set(path, { value: await textOf(request), headers: docs.get(path)?.headers ?? {} });
    const doc = docs.get(path);
    const etag = doc?.headers['ETag'];
    const isHeld = etag !== undefined && request.headers['if-none-match'] === etag;
    const status = failing ?? (isHeld ? 304 : doc ? 200 : 404);
    await held.get(path)?.shift()?.arrive();
    send(response, status, { value: doc?.value }, doc?.headers, request.headers.range);
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (path, value, headers = {}) => void docs.set(path, { value, headers }),
    count: (path) => (path === undefined ? asked.length : asked.filter((it) => it === path).length),
    hold(path) {
      const it = barrier();
      held.set(path, [...(held.get(path) ?? []), it]);
      return it;
    },
    fail: (status) => {
      failing = status;
    },
    async close() {
      for (const it of [...held.values()].flat()) it.release();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
  range?: string,
): void {
  if (status === 304) {
    response.writeHead(status, headers).end();
    return;
  }
  const all = JSON.stringify(body);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const text = first === undefined ? all : all.slice(Number(first), Number(last) + 1);
  if (first !== undefined) headers = { ...headers, 'Content-Range': `bytes ${first}-${last}/${all.length}` };
  response.writeHead(first === undefined ? status : 206, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
