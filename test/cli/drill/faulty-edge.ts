import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Buffer;
  /** `Authorization`; empty: none. */
  readonly who: string;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** What a fault has: the real edge, and a memory that it should not have. */
interface Behind {
  pass(change?: { readonly path?: string; readonly without?: string }): Promise<Answer>;
  /** What was made for a key first is made for it for ever. */
  first(key: string, make: () => Promise<Answer>): Promise<Answer>;
  has(key: string): boolean;
  readonly redisFails: boolean;
}

type Fault = (request: Request, behind: Behind) => Promise<Answer>;

const plain = (status: number, body = '{}'): Answer => ({
  ...{ status, headers: new Headers(), body: Buffer.from(body) },
});
const isHit = ({ headers }: Answer) => /;\s*hit/.test(headers.get('cache-status') ?? '');
const tenantOf = (who: string): string =>
  who && JSON.parse(Buffer.from(who.split('.')[1]!, 'base64url').toString()).tenant;

/** For the paths that match; the rest is as it should be. */
const onReads =
  (of: RegExp, fault: Fault): Fault =>
  (request, behind) =>
    request.method === 'GET' && of.test(request.path) ? fault(request, behind) : behind.pass();
const canary = /^\/v1\/canary\//;

/** What was a hit once is served for ever, to all for whom the key is the same. */
const servesForEver =
  (keyOf: (request: Request) => string): Fault =>
  async (request, { pass, first, has }) => {
    const key = keyOf(request);
    const answer = await pass();
    const isFor = request.who !== '' && (isHit(answer) || has(key));
    return isFor ? first(key, async () => answer) : answer;
  };

/** Each way in which a cache can be wrong, as a proxy before the real edge plays it. */
const faults = {
  'does-as-it-should': (_, { pass }) => pass(),
  'serves-what-was-purged': onReads(
    canary,
    servesForEver(({ who, path }) => who + path),
  ),
  'serves-a-fetch-that-a-purge-overtook': onReads(/\/slow/, ({ who, path }, { first, pass }) =>
    first(who + path, pass),
  ),
  'serves-permissions-from-memory': onReads(
    /\/own\//,
    servesForEver(({ who, path }) => who + path),
  ),
  'mixes-users': onReads(
    canary,
    servesForEver(({ path }) => path),
  ),
  'mixes-users-of-a-tenant': onReads(
    canary,
    servesForEver(({ who, path }) => tenantOf(who) + path),
  ),
  'answers-nobody': onReads(canary, async ({ who, path }, { first, pass, has }) => {
    if (who === '') return has(path) ? first(path, pass) : pass();
    const answer = await pass();
    if (isHit(answer)) await first(path, async () => answer);
    return answer;
  }),
  'fetches-for-everyone': onReads(/\/slow/, ({ path }, { pass }) =>
    pass({ path: `${path}-${Math.random().toString(36).slice(2, 8)}` }),
  ),
  'ignores-if-none-match': onReads(canary, (_, { pass }) => pass({ without: 'if-none-match' })),
  'takes-every-etag-that-it-gave': onReads(canary, async ({ headers }, { pass, first, has }) => {
    const asked = headers.get('if-none-match') ?? '';
    if (has(asked)) return { ...plain(304, ''), headers: new Headers({ ETag: asked }) };
    const answer = await pass();
    return first(answer.headers.get('etag') ?? '', async () => answer).then(() => answer);
  }),
  'stores-what-a-header-says': onReads(canary, ({ who, path, headers }, { first, pass }) =>
    first(who + path, async () => {
      const answer = await pass();
      answer.headers.set('X-Served-For', headers.get('x-forwarded-host') ?? '-');
      return answer;
    }),
  ),
  'stores-a-part': onReads(canary, ({ who, path, headers }, { first, pass }) =>
    first(who + path, async () => {
      const answer = await pass();
      return headers.has('range') ? { ...answer, body: answer.body.subarray(0, 2) } : answer;
    }),
  ),
  'loses-webhooks': async ({ method, path }, { pass }) =>
    method === 'POST' && path.startsWith('/hooks/')
      ? plain(202, '{"purge_id":"pur_AAAAAAAAAAAAAAAAAAAAAA"}')
      : pass(),
  'forgets-the-kill-switch': async ({ method, path }, { pass }) =>
    method === 'POST' && path === '/-/rollout/kill' ? pass({ path: '/-/rollout' }) : pass(),
  'needs-redis': async ({ path }, { pass, redisFails }) =>
    redisFails && canary.test(path) ? plain(500) : pass(),
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

const hopByHop =
  /^(host|connection|keep-alive|content-encoding|content-length|transfer-encoding|accept-encoding)$/;
const without = (all: Headers, more = ''): Headers =>
  new Headers([...all].filter(([name]) => !hopByHop.test(name) && name !== more));

/** A proxy before `edge`, with this fault. It takes `POST /faults` as the gateway of Redis does. */
export async function faultyEdge(edge: string, fault: FaultName) {
  let redisFails = false;
  const kept = new Map<string, Promise<Answer>>();

  function behind({ method, path: asked, headers, body }: Request): Behind {
    return {
      redisFails,
      async pass({ path = asked, without: name } = {}) {
        const answer = await fetch(edge + path, {
          ...{ method: path === asked ? method : 'GET', redirect: 'manual' },
          headers: without(headers, name),
          ...(body.length > 0 && path === asked && { body: new Uint8Array(body) }),
        });
        const received = Buffer.from(await answer.arrayBuffer());
        return { status: answer.status, headers: without(answer.headers), body: received };
      },
      has: (key) => kept.has(key),
      async first(key, make) {
        const made = kept.get(key) ?? make();
        kept.set(key, made);
        return made;
      },
    };
  }

  const server = createServer(async (incoming, outgoing) => {
    const { method = 'GET', url: path = '/' } = incoming;
    const body = await buffer(incoming);
    if (path === '/faults') {
      redisFails = body.toString() !== '{}';
      outgoing.end('{}');
      return;
    }
    const headers = new Headers(
      Object.entries(incoming.headersDistinct).map(([name, it]) => [name, `${it}`]),
    );
    const request = { method, path, headers, body, who: headers.get('authorization') ?? '' };
    const answer = await faults[fault](request, behind(request)).catch((error: Error) =>
      plain(502, JSON.stringify({ title: error.message })),
    );
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
