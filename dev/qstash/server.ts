import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { apiRoutes } from './api.ts';
import { type QStashClock, realClock } from './clock.ts';
import { createCourier } from './courier.ts';
import { type Faults, faultsSchema } from './faults.ts';
import { createPublishing } from './publishing.ts';
import { type Attempt, createRecords } from './records.ts';
import { Refused } from './refused.ts';
import { findRoute } from './route.ts';
import { createSigningKeys, type KeyPair } from './signing-keys.ts';
import { type Answer, headerMap, listen, parseJson, readBody, sendJson } from './wire.ts';

export type { QStashClock } from './clock.ts';
export type { Faults } from './faults.ts';
export type { Attempt } from './records.ts';

export interface QStashOptions {
  /** On 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** What a client must show as its Bearer token. Default: a random one. */
  readonly token?: string;
  /** Default: random ones. */
  readonly signingKeys?: KeyPair;
  /** The most that `Upstash-Retries` may say, as a plan limits it. Default 10. */
  readonly maxRetries?: number;
  /** When deliveries are due, and when they time out. Default: the machine's. */
  readonly clock?: QStashClock;
  /**
   * Milliseconds since 1970 that signatures are made at. Default: the clock's now. A test whose clock runs ahead of its
   * verifier's gives `Date.now`, or every signature would be of the future.
   */
  readonly signedAt?: () => number;
  /** Takes one line for each delivery attempt. Default: none. */
  readonly log?: (line: string) => void;
}

export interface QStash {
  readonly url: string;
  readonly token: string;
  /** As they are now. */
  readonly signingKeys: KeyPair;
  /** What goes wrong from now on; the last word counts, `{}` clears. Over HTTP: `POST /faults`; `GET` says what is left of it. */
  faults(faults: Faults): void;
  /** As the console's "roll": next becomes current, and a new next is made. Over HTTP: `POST /v2/keys/rotate`. */
  rotate(): void;
  /** The last delivery attempts that have ended, oldest first. */
  readonly attempts: readonly Attempt[];
  /** Messages neither delivered nor dead. */
  readonly pending: number;
  /** Settles when no attempt is under way right now, whatever is scheduled. */
  idle(): Promise<void>;
  /** Ends attempts under way, too; what is pending is forgotten. */
  close(): Promise<void>;
}

/**
 * A stand-in for Upstash QStash, in memory: publishing, delivery, retries, dead letters. Unlike QStash it delivers to this
 * machine, too. Rejects with one line when the port is in use.
 */
export async function startQStash(options: QStashOptions = {}): Promise<QStash> {
  const { clock = realClock, maxRetries = 10, log = () => {} } = options;
  const { token = randomBytes(24).toString('base64url'), signedAt = () => clock.now() } = options;
  const keys = createSigningKeys(options.signingKeys);
  const records = createRecords();
  const sign = (message: { url: string; body: Buffer }) => keys.sign({ ...message, nowMs: signedAt() });
  const courier = createCourier({ clock, sign, records, log });
  const publishing = createPublishing({ clock, courier, mostRetries: maxRetries });
  const routes = apiRoutes({ publishing, courier, records, keys, clock });
  let down: Faults['down'];
  let cutEvery = 0;
  let asked = 0;

  const server = createServer((request, response) => {
    // Who has left in the middle of a request hears nothing.
    serve(request, response).catch(() => response.destroy());
  });
  // A client's idle connection must not be cut just when the client takes it up again.
  server.keepAliveTimeout = 10 * 60_000;
  const port = await listen(server, options.port ?? 0);

  return {
    url: `http://127.0.0.1:${port}`,
    token,
    get signingKeys() {
      return keys.pair;
    },
    faults,
    rotate: keys.rotate,
    attempts: records.attempts.items,
    get pending() {
      return courier.pending.size;
    },
    idle: courier.idle,
    async close() {
      const ended = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await courier.close();
      await ended;
    },
  };

  function faults(word: Faults): void {
    down = word.down;
    cutEvery = word.cut_every ?? 0;
    courier.fault(word);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request);
      if (request.url === '/faults') return sendJson(response, control(request, body));
      asked += 1;
      if (down === 'drop' || (cutEvery > 0 && asked % cutEvery === 0)) return void response.destroy();
      sendJson(response, answer(request, body));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      sendJson(response, { status: error.status, body: { error: error.message } });
    }
  }

  /** Open to everyone on this machine, also while the API is down. */
  function control({ method }: IncomingMessage, body: Buffer): Answer {
    if (method !== 'GET' && method !== 'POST') throw new Refused(405, 'GET or POST /faults');
    if (method === 'POST') faults(parseJson(faultsSchema, body, 422));
    return { status: 200, body: courier.faults };
  }

  function answer(request: IncomingMessage, body: Buffer): Answer {
    if (down) throw new Refused(503, 'a fault was asked for');
    const { method = '', url: target = '', headers } = request;
    if (headers.authorization !== `Bearer ${token}`) throw new Refused(401, 'invalid token');
    const handle = findRoute(routes, method, target);
    return handle({
      query: new URLSearchParams(target.split('?')[1]),
      headers: headerMap(headers),
      body,
      callerIp: request.socket.remoteAddress ?? '',
    });
  }
}
