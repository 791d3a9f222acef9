import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Load {
  /** Of the Worker, `http://127.0.0.1:…`. */
  readonly url: string;
  /** The path of the n-th request. */
  readonly path: (n: number) => string;
  readonly headers: Readonly<Record<string, string>>;
  /** Connections kept open, each with one request under way. */
  readonly connections: number;
  /** Ends when this many requests were sent … */
  readonly requests: number;
  /** … or this much time has passed. */
  readonly ms: number;
  /** Must stand in the head of every answer, or the run fails: what was measured is what was meant. */
  readonly expect: string;
}

export interface Loaded {
  readonly requests: number;
  readonly seconds: number;
  /** Body bytes of one answer, as they travel. */
  readonly bodyBytes: number;
}

/** Raw sockets, because Node's HTTP client costs more than the Worker that it would measure. Rejects at the first wrong answer. */
export async function load(options: Load): Promise<Loaded> {
  const { hostname, port } = new URL(options.url);
  const sockets = await Promise.all(
    Array.from({ length: options.connections }, async () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      await once(socket, 'connect');
      return socket;
    }),
  );
  const headers = Object.entries({ Host: `${hostname}:${port}`, ...options.headers });
  const rest = ` HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  let sent = 0;
  let bodyBytes = 0;
  const fromMs = performance.now();
  const untilMs = fromMs + options.ms;
  const next = () =>
    sent < options.requests && performance.now() < untilMs ? `GET ${options.path(sent++)}${rest}` : undefined;
  try {
    await Promise.all(
      sockets.map((socket) =>
        drive(socket, next, (head, bytes) => {
          if (!head.startsWith('HTTP/1.1 200') || !head.includes(options.expect))
            throw new Error(`expected 200 with "${options.expect}", got: ${head}`);
          bodyBytes = bytes;
        }),
      ),
    );
  } finally {
    for (const socket of sockets) socket.destroy();
  }
  return { requests: sent, seconds: (performance.now() - fromMs) / 1000, bodyBytes };
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** No body measured here has it inside. */
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

/** One request after another on one connection, until `next` has none. */
function drive(
  socket: Socket,
  next: () => string | undefined,
  answered: (head: string, bodyBytes: number) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let head: string | undefined;
  let start: Buffer = Buffer.alloc(0);
  let tail: Buffer = Buffer.alloc(0);
  let received = 0;
  let headBytes = 0;
  let wanted: number | 'chunked' = 0;

  const send = () => {
    const request = next();
    if (request === undefined) return resolve();
    head = undefined;
    start = tail = Buffer.alloc(0);
    received = 0;
    socket.write(request);
  };
  const readHead = (piece: Buffer): boolean => {
    start = start.length === 0 ? piece : Buffer.concat([start, piece]);
    const at = start.indexOf(HEAD_END);
    if (at === -1) return false;
    head = start.toString('latin1', 0, at);
    headBytes = at + HEAD_END.length;
    const length = /\r\ncontent-length: (\d+)/i.exec(head);
    wanted = length === null ? 'chunked' : Number(length[1]);
    return true;
  };
  const isWhole = (piece: Buffer) => {
    if (wanted !== 'chunked') return received >= headBytes + wanted;
    // The end may be spread over several pieces.
    const last = piece.subarray(-LAST_CHUNK.length);
    tail = Buffer.concat([tail, last]).subarray(-LAST_CHUNK.length);
    return tail.equals(LAST_CHUNK);
  };
  socket.on('data', (data) => {
    const piece = data as Buffer;
    received += piece.length;
    if (head === undefined && !readHead(piece)) return;
    if (!isWhole(piece)) return;
    try {
      answered(head!, received - headBytes);
    } catch (error) {
      return reject(error);
    }
    send();
  });
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('the Worker closed a connection')));
  send();
  return promise;
}
