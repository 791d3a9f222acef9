import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devJwks } from './keys.ts';

/** Publishes the development keys where no demo origin does. On 127.0.0.1: at `port`, or at a free one where that is taken. */
export async function serveJwks(port: number): Promise<{ readonly url: string; close(): Promise<void> }> {
  const body = JSON.stringify(devJwks());
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=300' });
    response.end(body);
  });
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(port).catch(() => listen(0));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
