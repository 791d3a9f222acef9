import { Tally } from './clock.ts';

/** What the origin says to a request: a JSON value, or whatever a function makes of the request. */
export type Reply = ((request: Request) => Response | Promise<Response>) | object;

/** Requests that stand at the origin until the test lets them go. */
export interface Held {
  /** Resolves once at least `count` requests are here. */
  arrived(count?: number): Promise<void>;
  /** Answers all of them, and those that come later. */
  answer(reply: Reply): void;
}

/** An origin that follows a script, by method and path; what is not in it is 404. */
export class ScriptedOrigin {
  readonly url = 'https://origin.test';
  /** Every request that came, oldest first. */
  readonly requests: Request[] = [];
  readonly #script = new Map<string, (request: Request) => Response | Promise<Response>>();

  /** `'/report/r1'` is GET; write `'PATCH /report/r1'` for others. The last word counts. */
  on(route: string, reply: Reply): void {
    this.#script.set(keyOf(route), typeof reply === 'function' ? (reply as never) : () => json(reply));
  }

  hold(route: string): Held {
    const here = new Tally();
    const answered = Promise.withResolvers<void>();
    this.on(route, async (request: Request) => {
      here.add(1);
      await answered.promise;
      return this.#script.get(keyOf(route))!(request);
    });
    return {
      arrived: (count = 1) => here.reaches(count),
      answer: (reply) => {
        this.on(route, reply);
        answered.resolve();
      },
    };
  }

  /** How often a route was asked, or the whole origin. */
  count(route?: string): number {
    return route === undefined
      ? this.requests.length
      : this.requests.filter((request) => routeOf(request) === keyOf(route)).length;
  }

  readonly fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    const request = new Request(url, init);
    this.requests.push(request);
    const reply =
      this.#script.get(routeOf(request)) ?? (() => json({ error: 'not scripted' }, { status: 404 }));
    return Promise.race([reply(request), cutOff(init?.signal)]);
  };
}

const keyOf = (route: string) => (route.startsWith('/') ? `GET ${route}` : route);

function routeOf({ method, url }: Request): string {
  const { pathname, search } = new URL(url);
  return `${method} ${pathname}${search}`;
}

/** As the platform does: a signal that aborts ends the fetch with its reason. */
function cutOff(signal: AbortSignal | null | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

/** As servers send it: with its length, so that it is read to its end before it is passed on. */
export function json(value: unknown, { status = 200, headers = {} }: JsonInit = {}): Response {
  const text = JSON.stringify(value);
  const length = String(new TextEncoder().encode(text).length);
  const said = { 'Content-Type': 'application/json', 'Content-Length': length, ...headers };
  return new Response(text, { status, headers: said });
}

interface JsonInit {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export const failing =
  (status: number, headers: Record<string, string> = {}) =>
  (): Response =>
    new Response('the origin says no', { status, headers });

/** What a fetch rejects with when its deadline has passed. */
export const timesOut = (): never => {
  throw new DOMException('the deadline has passed', 'TimeoutError');
};

/** A body that comes in pieces, of a length that nobody announced. */
export const inPieces =
  (pieces: readonly string[], headers: Record<string, string> = {}) =>
  (): Response =>
    new Response(piecesOf(pieces), { headers: { 'Content-Type': 'application/json', ...headers } });

/** A body that breaks off after its first piece. */
export const breaksOff =
  (piece: string, headers: Record<string, string> = {}) =>
  (): Response =>
    new Response(piecesOf([piece], new Error('connection lost')), { headers });

/** A body that the test writes by hand, of a length that nobody announced unless a header does. */
export function byHand(headers: Record<string, string> = {}) {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (it) => {
      controller = it;
    },
    cancel: () => {
      cancelled = true;
    },
  });
  const bytes = (text: string) => new TextEncoder().encode(text);
  return {
    reply: () => new Response(body, { headers }),
    write: (text: string) => controller.enqueue(bytes(text)),
    end: () => controller.close(),
    breakOff: () => controller.error(new Error('Network connection lost.')),
    isCancelled: () => cancelled,
  };
}

function piecesOf(pieces: readonly string[], end?: Error): ReadableStream<Uint8Array> {
  const left = pieces.map((piece) => new TextEncoder().encode(piece));
  return new ReadableStream({
    pull(controller) {
      const piece = left.shift();
      if (piece) controller.enqueue(piece);
      else if (end) controller.error(end);
      else controller.close();
    },
  });
}
