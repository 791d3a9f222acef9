import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as it reached the origin. */
export interface Asked {
  readonly method: string;
  /** The request line's, to the letter. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export type Script = (asked: Asked) => Reply | Promise<Reply>;

export interface Origin {
  readonly url: string;
  /** In the order in which they came. */
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

export async function startOrigin(script: Script): Promise<Origin> {
  const all: Asked[] = [];
  const server = createServer({ maxHeaderSize: 128 * 1024 }, async (request, response) => {
    const { method = '', url: target = '', headers } = request;
    // One that breaks off is not answered.
    const sent = await text(request).catch(() => null);
    if (sent === null) return;
    const asked = { method, target, headers, body: sent };
    all.push(asked);
    const { status = 200, headers: fields = {}, body = '' } = await script(asked);
    response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...fields });
    response.end(method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: all,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
