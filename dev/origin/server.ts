import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { type Answer, problem, Refusal } from './answer.ts';
import { controls } from './controls.ts';
import type { Fault } from './faults.ts';
import { findRoute, type Route, type RouteRequest } from './router.ts';
import { type Change, dataRoutes } from './routes.ts';
import { seedDatabase } from './seed.ts';
import { readBody, secretCheck, send } from './wire.ts';

export type { Change } from './routes.ts';

export interface OriginOptions {
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** What the edge shows in `X-Origin-Secret`. */
  readonly secret: string;
  /** Called after the commit of a change, unless the request said `?silent=1`: the place to send a webhook. Default none. */
  readonly onChange?: (change: Change) => void;
  /** Takes one line for each request, and the stack of an error that should not be. Default none. */
  readonly log?: (line: string) => void;
  /** Milliseconds since 1970, for `updated_at`. Default the machine's clock. */
  readonly now?: () => number;
  /** How a fault's `latency_ms` is spent. Default a timer. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

export interface Origin {
  readonly url: string;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** The demo SaaS product: real SQL over made-up data, in memory. Rejects with `EADDRINUSE` when the port is taken. */
export async function startOrigin(options: OriginOptions): Promise<Origin> {
  const {
    port,
    secret,
    onChange = () => {},
    log = () => {},
    now = Date.now,
    sleep = (ms) => setTimeout(ms, undefined, { ref: false }), // must not keep the process once all else has ended
  } = options;
  if (secret === '') throw new Error('the origin needs a secret');
  const showsSecret = secretCheck(secret);
  const database = seedDatabase();
  const data = dataRoutes({ database, now, onChange });
  const control = controls(data);
  const routes = [...data, ...control.routes];

  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  server.keepAliveTimeout = 60_000; // the edge keeps connections: they must not end just as it uses them again
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${bound}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      database.close();
    },
  };

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    let fault: Fault = {};
    let answer: Answer;
    try {
      const { pathname, searchParams: query } = urlOf(incoming);
      const { route, id } = findRoute(routes, incoming.method ?? '', pathname);
      if (route.kind === 'data') admit(route, incoming);
      fault = control.faultFor(route); // as it stands when the request arrives
      answer = await handle(route, requestOf(incoming, id, query), fault);
      log(`${route.name} ${answer.status}`);
    } catch (error) {
      if (outgoing.destroyed) return; // the client has left
      answer = error instanceof Refusal ? error.answer : internal(error);
      log(`${incoming.method} ${incoming.url} ${answer.status}`);
    }
    send(outgoing, answer, fault.truncate);
  }

  function admit(route: Route, incoming: IncomingMessage): void {
    if (!showsSecret(headerOf(incoming, 'X-Origin-Secret'))) {
      throw new Refusal(401, 'X-Origin-Secret is missing or wrong', {
        headers: { 'WWW-Authenticate': 'X-Origin-Secret' },
      });
    }
    control.count(route);
  }

  async function handle(route: Route, request: RouteRequest, fault: Fault): Promise<Answer> {
    try {
      if (fault.status !== undefined) throw new Refusal(fault.status, 'a fault was asked for');
      return await route.handle(request);
    } finally {
      if (fault.latency_ms) await sleep(fault.latency_ms); // after the data were read, so that a race shows
    }
  }

  function internal(error: unknown): Answer {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return problem(500, 'the demo origin has a fault of its own; its log says more');
  }
}

function requestOf(incoming: IncomingMessage, id: string, query: URLSearchParams): RouteRequest {
  return {
    id,
    query,
    header: (name) => headerOf(incoming, name),
    body: (schema) => readBody(incoming, schema),
  };
}

function headerOf(incoming: IncomingMessage, name: string): string | undefined {
  return incoming.headersDistinct[name.toLowerCase()]?.join(', ');
}

function urlOf(incoming: IncomingMessage): URL {
  const url = URL.parse(`http://origin${incoming.url}`);
  if (url === null) throw new Refusal(400, 'the URL is not well-formed');
  return url;
}
