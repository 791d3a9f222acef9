import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** An origin that answers with bytes as they stand, one request for each connection. */
export interface RawOrigin {
  readonly url: string;
  close(): Promise<void>;
}

/** `answerTo`: by the last part of a request's path. */
export async function startRawOrigin(answerTo: (name: string) => Buffer): Promise<RawOrigin> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    socket.once('data', (head) => {
      const [, target = ''] = head.toString('latin1').split(' ');
      socket.end(answerTo(target.split('/').at(-1)!));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A response as it is sent: a line for each field. */
export function rawResponse(statusLine: string, fields: readonly string[], body: Uint8Array): Buffer {
  const head = [`HTTP/1.1 ${statusLine}`, ...fields, 'Connection: close', '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** RFC 9112 §7.1, as one chunk. */
export const inOneChunk = (body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
