import { describe, expect, test } from 'vitest';
import { path } from '../../src/classes/params.ts';
import { cached } from '../../src/classes/route.ts';
import { httpCache } from '../../src/index.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { type Asked, aClass, type TestEdge, world } from '../support/worker/world.ts';
import { ask, get, httpWorld, said } from './support.ts';

const app = 'https://app.acme.test';
const other = 'https://other.acme.test';
const fresh = { 'Cache-Control': 'max-age=10, stale-while-revalidate=60', ETag: '"a"' };

/** Its own CORS, as many write it: by name, with credentials. */
const own = {
  'Access-Control-Allow-Origin': app,
  'Access-Control-Allow-Credentials': 'true',
  'Access-Control-Expose-Headers': 'X-Total',
  Vary: 'Origin',
};

/** All that an answer says of CORS, and its `Vary`. */
const corsOf = ({ headers }: { readonly headers: Headers }) =>
  Object.fromEntries([...headers].filter(([name]) => name === 'vary' || name.startsWith('access-control-')));
const inLowerCase = (fields: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]));

const site = (origins: string) => httpWorld({}, { settings: { CORS_ORIGINS: origins } });
const from = (origin: string, asked: Asked = {}): Asked => ({
  as: null,
  ...asked,
  headers: { Origin: origin, ...asked.headers },
});

describe.each(['*', app, other])("an origin's own CORS stands, whatever the setting says: %s", (origins) => {
  test.each<[string, Asked, number]>([
    ['GET', {}, 200],
    ['HEAD', { method: 'HEAD' }, 200],
    ['304', { headers: { 'If-None-Match': '"a"' } }, 304],
    ['a part', { headers: { Range: 'bytes=0-1' } }, 206],
    ['one that is not satisfiable', { headers: { Range: 'bytes=99-' } }, 416],
  ])('%s: from the store, fresh and stale', async (_what, asked, status) => {
    const { origin, edge, clock } = site(origins);
    origin.on('/a', said('text', { ...fresh, ...own }));
    expect(corsOf(await edge.get('/a', from(app)))).toEqual(inLowerCase(own));
    for (let n = 0; n < 2; n += 1) {
      const answer = await edge.get('/a', from(app, asked));
      expect(answer.status).toBe(status);
      expect(corsOf(answer)).toEqual(inLowerCase(own));
      clock.advance(15_000);
    }
  });

  test.each<[string, Asked]>([
    ['what is not stored', { headers: { Cookie: 'id=1' } }],
    ['a write', { method: 'POST', body: 'x' }],
    ['OPTIONS that is no preflight', { method: 'OPTIONS' }],
    ['an error', { method: 'DELETE' }],
  ])('%s', async (_what, asked) => {
    const { origin, edge } = site(origins);
    for (const method of ['GET', 'POST', 'OPTIONS']) origin.on(`${method} /a`, said('text', own));
    origin.on('DELETE /a', said('no', own, 500));
    expect(corsOf(await edge.get('/a', from(app, asked)))).toEqual(inLowerCase(own));
  });

  test.each([
    { 'Access-Control-Allow-Origin': '*' },
    { 'Access-Control-Allow-Credentials': 'true' },
    { 'Access-Control-Expose-Headers': 'X-A', Vary: 'Accept' },
  ])('a part of it is all of it: %j', async (fields) => {
    const { origin, edge } = site(origins);
    origin.on('/a', said('text', { ...fresh, ...fields }));
    for (let n = 0; n < 2; n += 1)
      expect(corsOf(await edge.get('/a', from(app)))).toEqual(inLowerCase(fields as Record<string, string>));
  });
});

describe('an origin that says nothing of CORS', () => {
  const exposed = 'Age, Cache-Status, ETag, Retry-After, Server-Timing';
  const byName = { 'access-control-allow-origin': app, 'access-control-expose-headers': exposed };

  test.each([
    [undefined, 'Origin'],
    ['Accept', 'Accept, Origin'],
    ['Origins', 'Origins, Origin'],
  ])('leaves it to the setting, which Vary names to everybody: %s', async (vary, expected) => {
    const { origin, edge } = site(app);
    origin.on('/a', said('text', { ...fresh, ...(vary !== undefined && { Vary: vary }) }));
    for (let n = 0; n < 2; n += 1)
      expect(corsOf(await edge.get('/a', from(app)))).toEqual({ ...byName, vary: expected });
    for (const headers of [{ Origin: other }, {}])
      expect(corsOf(await get(edge, '/a', headers as Record<string, string>))).toEqual({ vary: expected });
  });

  test('leaves it to the setting of *, to everybody', async () => {
    const { origin, edge } = site('*');
    origin.on('/a', said('text', fresh));
    for (const headers of [{}, { Origin: other }, {}])
      expect(corsOf(await get(edge, '/a', headers as Record<string, string>))).toEqual({
        ...byName,
        'access-control-allow-origin': '*',
      });
  });

  test('so do problems that the edge makes', async () => {
    const { origin, edge } = site(app);
    origin.on('/a', () => Promise.reject(new Error('Network connection lost.')));
    const answer = await edge.get('/a', from(app));
    expect(answer.status).toBe(502);
    expect(corsOf(answer)).toEqual({ ...byName, vary: 'Origin' });
  });

  test('so does a path with dot segments', async () => {
    const { origin, edge } = site(app);
    origin.on('/a', said('text', fresh));
    const answer = await edge.get('/b/%2e%2e/a', from(app));
    expect(answer.text).toBe('text');
    expect(corsOf(answer)).toEqual({ ...byName, vary: 'Origin' });
  });
});

describe.each(['*', app])('an origin that looks at Origin and allows nobody has refused: %s', (origins) => {
  test.each(['Origin', 'accept, ORIGIN'])('Vary: %s', async (vary) => {
    const { origin, edge, clock } = site(origins);
    origin.on('/a', said('text', { ...fresh, Vary: vary }));
    for (const method of ['POST', 'DELETE']) origin.on(`${method} /a`, said('no', { Vary: vary }, 403));
    const asks: readonly Asked[] = [
      {},
      { method: 'HEAD' },
      { headers: { 'If-None-Match': '"a"' } },
      { headers: { Range: 'bytes=0-1' } },
      { headers: { Cookie: 'id=1' } },
      { method: 'POST', body: 'x' },
      { method: 'DELETE' },
    ];
    for (const asked of [...asks, ...asks]) {
      expect(corsOf(await edge.get('/a', from(app, asked)))).toEqual({ vary });
      clock.advance(7_000);
    }
  });
});

describe('a preflight', () => {
  const preflight = (origin: string, method = 'PUT') =>
    from(origin, { method: 'OPTIONS', headers: { 'Access-Control-Request-Method': method } });
  const allows = { 'Access-Control-Allow-Origin': app, 'Access-Control-Allow-Methods': 'PUT, PURGE' };

  test.each(['', '*', app, other])('is the origin’s to answer, with CORS_ORIGINS "%s"', async (origins) => {
    const { origin, edge } = site(origins);
    origin.on('OPTIONS /a', said('', { ...allows, Vary: 'Origin' }, 204));
    const answer = await edge.get('/a', preflight(app));
    expect(answer.status).toBe(204);
    expect(corsOf(answer)).toEqual(inLowerCase({ ...allows, Vary: 'Origin' }));
    expect(origin.requests[0]!.headers.get('Access-Control-Request-Method')).toBe('PUT');
  });

  test('that the origin refuses, by naming another, is refused', async () => {
    const { origin, edge } = site('*');
    origin.on('OPTIONS /a', said('no', allows, 403));
    const answer = await edge.get('/a', preflight(other));
    expect(answer.status).toBe(403);
    expect(corsOf(answer)).toEqual(inLowerCase(allows));
  });

  describe.each(['*', app])(
    'that the origin refuses in silence is refused, with CORS_ORIGINS "%s"',
    (origins) => {
      test.each<[number, Record<string, string>]>([
        ...[400, 401, 403, 415, 422, 429, 500, 503].map((status): [number, Record<string, string>] => [
          status,
          {},
        ]),
        [403, { Vary: 'Origin' }],
        [404, { Vary: 'Origin' }],
        [204, { Vary: 'Accept, Origin' }],
        [200, { Vary: 'origin' }],
      ])('%i %j', async (status, fields) => {
        const { origin, edge } = site(origins);
        origin.on('OPTIONS /a', said('no', fields, status));
        const answer = await edge.get('/a', preflight(app));
        expect(answer.status).toBe(status);
        expect(corsOf(answer)).toEqual(inLowerCase(fields));
      });
    },
  );

  test.each([204, 200, 404, 405, 501])(
    'that means nothing to the origin (%i) is the setting’s',
    async (status) => {
      const { origin, edge } = site(app);
      origin.on('OPTIONS /a', said('what?', { Allow: 'GET' }, status));
      const answer = await edge.get('/a', preflight(app));
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
      expect(answer.headers.get('Access-Control-Allow-Methods')).toContain('PUT');
      expect(answer.headers.get('Vary')).toBe('Origin');
      const refused = await edge.get('/a', preflight(other));
      expect(refused.status).toBe(status);
      expect(refused.headers.get('Access-Control-Allow-Origin')).toBeNull();
    },
  );

  const mixed = () => {
    const report = aClass();
    const made = world([], {
      settings: { CORS_ORIGINS: app },
      strategy: defineStrategy({ classes: [report] }),
      routes: (it) => {
        it.use('*', async (_c, next) => next());
        it.get('/report/:id', cached(report, { params: { id: path('id') } }));
        it.get('/pages/*', httpCache({ origin: 'https://origin.test', name: 'pages' }));
        it.all('*', httpCache({ origin: 'https://origin.test' }));
      },
    });
    made.origin.on('OPTIONS /a', said('', allows, 204));
    return made;
  };

  test.each([
    ['/report/r1', 'GET', 0],
    ['/report/r1', 'PUT', 1],
    ['/-/purge', 'POST', 0],
    ['/a', 'GET', 1],
    ['/a', 'HEAD', 1],
    ['/a', 'PURGE', 1],
    ['/a', 'constructor', 1],
    ['/a', '__proto__', 1],
    ['/pages/a', 'GET', 1],
  ])('goes to whoever answers what it asks for: %s %s', async (at, method, asked) => {
    const { edge, origin } = mixed();
    await edge.get(at, preflight(app, method));
    expect(origin.count()).toBe(asked);
  });

  test('of a cache that takes GET alone is the edge’s', async () => {
    const { edge, origin } = world([], {
      settings: { CORS_ORIGINS: app },
      routes: (it) => it.get('*', httpCache({ origin: 'https://origin.test' })),
    });
    const { status, headers } = await edge.get('/a', preflight(app, 'GET'));
    expect({ status, asked: origin.count() }).toEqual({ status: 204, asked: 0 });
    expect(headers.get('Access-Control-Allow-Origin')).toBe(app);
  });
});

const asks = [app, other, undefined, app, undefined, other];
const allowedBy = async (edge: TestEdge, origin: string | undefined) => {
  const answer = await get(edge, '/a', origin === undefined ? {} : { Origin: origin });
  return answer.headers.get('Access-Control-Allow-Origin');
};

describe('an answer that allows one origin by name is for that one', () => {
  test.each([
    ['and forgets Vary', {}, 3],
    ['and varies by something else', { Vary: 'Accept' }, 10],
    ['and says so', { Vary: 'Origin' }, 3],
  ])('%s', async (_what, vary, fetches) => {
    const { origin, edge, anotherEdge } = httpWorld();
    // Names it to those who ask from somewhere; to others it says nothing, not what it varies by either.
    origin.on('/a', (request: Request) => {
      const asker = request.headers.get('Origin');
      const named = asker === null ? {} : { 'Access-Control-Allow-Origin': asker, ...vary };
      return new Response('text', { headers: { ...fresh, ...named } });
    });
    for (const one of [edge, anotherEdge()])
      for (const asker of asks) expect(await allowedBy(one, asker)).toBe(asker ?? null);
    expect(origin.count()).toBe(fetches);
  });

  test('so is the answer to one that it does not allow, which says nothing', async () => {
    const { origin, edge } = httpWorld();
    origin.on('/a', (request: Request) => {
      const named = request.headers.get('Origin') === app && { 'Access-Control-Allow-Origin': app };
      return new Response('text', { headers: { ...fresh, ...named } });
    });
    for (const asker of asks) expect(await allowedBy(edge, asker)).toBe(asker === app ? app : null);
    expect(origin.count()).toBe(3);
  });

  test('under keyed, where its origin says so', async () => {
    const { origin, edge } = httpWorld({ inputs: 'keyed' });
    origin.on('/a', (request: Request) => {
      const asker = request.headers.get('Origin');
      const named = asker !== null && { 'Access-Control-Allow-Origin': asker };
      return new Response('text', { headers: { ...fresh, Vary: 'Origin', ...named } });
    });
    for (const asker of asks) expect(await allowedBy(edge, asker)).toBe(asker ?? null);
    expect(origin.count()).toBe(4);
  });
});

describe.each(['all', 'keyed'] as const)('as well as: %s', (inputs) => {
  test('one that is always the same', async () => {
    const { origin, edge } = httpWorld({ inputs });
    origin.on('/a', said('text', { ...fresh, 'Access-Control-Allow-Origin': app }));
    for (const asker of asks) expect(await allowedBy(edge, asker)).toBe(app);
    expect(origin.count()).toBe(3);
  });

  test('one that a 304 names', async () => {
    const { origin, edge, clock } = httpWorld({ inputs });
    origin.on('/a', said('text', { ...fresh, 'Cache-Control': 'max-age=10' }));
    await allowedBy(edge, undefined);
    clock.advance(15_000);
    origin.on('/a', (request: Request) => {
      const named = request.headers.get('Origin') ?? app;
      const status = request.headers.has('If-None-Match') ? 304 : 200;
      const headers = { ...fresh, 'Access-Control-Allow-Origin': named };
      return new Response(status === 304 ? null : 'text', { status, headers });
    });
    expect(await allowedBy(edge, app)).toBe(app);
    expect(await allowedBy(edge, other)).toBe(other);
  });

  test('but one that allows all is for all', async () => {
    const { origin, edge } = httpWorld({ inputs });
    origin.on('/a', said('text', { ...fresh, 'Access-Control-Allow-Origin': '*' }));
    for (const asker of asks) expect(await allowedBy(edge, asker)).toBe('*');
    expect(origin.count()).toBe(1);
  });
});

test('those who wait for a fetch that allows another origin by name fetch for themselves', async () => {
  const { origin, edge } = httpWorld();
  const held = origin.hold('/a');
  const answers = [app, other].map((asker) => ask(edge, '/a', { headers: { Origin: asker } }));
  await held.arrived();
  held.answer(
    (request: Request) =>
      new Response('text', {
        headers: { ...fresh, 'Access-Control-Allow-Origin': request.headers.get('Origin')! },
      }),
  );
  const allowed = (await Promise.all(answers)).map(({ headers }) =>
    headers.get('Access-Control-Allow-Origin'),
  );
  expect(allowed).toEqual([app, other]);
  await edge.settled();
});

test('what a 304 says of CORS takes the place of all that was stored of it', async () => {
  const { origin, edge, clock } = httpWorld();
  origin.on('/a', said('text', { ...fresh, 'Cache-Control': 'max-age=10', ...own }));
  await get(edge, '/a', { Origin: app });
  clock.advance(15_000);
  origin.on('/a', said('', { ...fresh, 'Access-Control-Allow-Origin': '*' }, 304));
  const answer = await get(edge, '/a', { Origin: app });
  expect(answer.text).toBe('text');
  expect(corsOf(answer)).toEqual({ 'access-control-allow-origin': '*', vary: 'Origin' });
});
