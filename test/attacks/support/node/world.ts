import { connect } from 'node:net';
import { bundle } from '../../../../dev/bundle.ts';
import { startEdge } from '../../../../dev/edge.ts';
import { type Answer, type Sent, send } from '../../../scenarios/support/http.ts';
import { type Asked, type Script, startOrigin } from './origin.ts';

/** One isolate of the HTTP cache before an origin that a test scripts. */
export interface World {
  readonly url: string;
  /** What reached the origin. */
  readonly asked: readonly Asked[];
  /** `GET /path`, the path as it is. A body goes with its length, also with GET. */
  send(route: string, sent?: Sent): Promise<Answer>;
  /** Bytes as they are (one for each char), and no more of them: all that came back until the edge closes. */
  raw(bytes: string): Promise<string>;
  /** Settles when all that is to be stored is stored. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** What the cache sends to the origin. Default: `all`, as the cache's own. `careless`: see `careless-entry.ts`. */
  readonly cache?: 'all' | 'keyed' | 'careless';
}

export async function startWorld(script: Script, { cache = 'all' }: WorldOptions = {}): Promise<World> {
  const origin = await startOrigin(script);
  const entry = cache === 'careless' ? 'careless-entry.ts' : 'entry.ts';
  const edge = await startEdge({
    script: await bundle(`test/attacks/support/${entry}`),
    bindings: {
      ENVIRONMENT: 'development',
      STORE: 'memory',
      ORIGIN_URL: origin.url,
      ORIGIN_SECRET: 'only-for-these-attacks',
      API_KEYS: '{}',
      METRICS_FLUSH: 'off',
      INPUTS: cache,
    },
  });
  return {
    url: edge.url,
    asked: origin.asked,
    send(route, { headers = {}, body } = {}) {
      if (body === undefined) return send(edge.url, route, { headers });
      const length = { 'Content-Length': String(Buffer.byteLength(body)) };
      return send(edge.url, route, { headers: { ...length, ...headers }, body });
    },
    raw: (bytes) => exchanged(edge.url, bytes),
    settled: async () => void (await send(edge.url, 'GET /__settled')),
    async stop() {
      await edge.stop();
      await origin.close();
    },
  };
}

/** Closes its side at once, so that an edge that waits for more learns that there is none. */
function exchanged(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(port), hostname, () => socket.end(bytes, 'latin1'));
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    text += chunk;
  });
  // A refusal may close while we still send: what was read until then is the answer.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => resolve(text));
  return promise;
}

/** RFC 9211, in short. */
export const isHit = ({ headers }: Answer) => /;\s*hit\b/.test(String(headers['cache-status']));

/** What a client can tell of an answer, its page's name aside: two that agree in it are the same to him. */
export function shown({ status, headers, text }: Answer, page: string): unknown {
  const { location, 'content-type': type, 'set-cookie': cookies } = headers;
  return JSON.parse(JSON.stringify({ status, location, type, cookies, text }).replaceAll(page, '/page'));
}

/** Several at once: requests that have nothing to do with each other. */
export async function inTurns<T>(
  all: readonly T[],
  ask: (it: T, at: number) => Promise<unknown>,
): Promise<void> {
  const rest = all.entries();
  const turn = async () => {
    for (const [at, it] of rest) await ask(it, at);
  };
  await Promise.all(Array.from({ length: 8 }, turn));
}
