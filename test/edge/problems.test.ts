import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { EdgeEnv } from '../../src/engine/request.ts';
import { cached, cacheOf, path, query } from '../../src/index.ts';
import { allowWhen } from '../../src/strategy/access.ts';
import { dataClass } from '../../src/strategy/data-class.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { json } from '../support/worker/origin.ts';
import { type Answer, aClass, type WorldOptions, world } from '../support/worker/world.ts';

const report = aClass({ writeThrough: 'purge' });
/** The client knows `date_range` as `range`; `folder` stands in the path at the origin, whatever it is. */
const kpis = dataClass({
  name: 'kpis',
  version: 1,
  scope: 'tenant',
  key: '{folder}:{date_range}',
  params: z.object({
    folder: z.string(),
    date_range: z.string().regex(/^\d{4}-\d\d$/, 'must be a month, YYYY-MM'),
  }),
  access: 'tenant',
  read: 'read-through',
  origin: '/folders/{folder}/kpis?range={date_range}',
  ttl: '1m',
  rationale: 'for a test',
});

function site(options: WorldOptions = {}) {
  const it = world([report], {
    strategy: defineStrategy({ classes: [report, kpis] }),
    routes: (app) =>
      app
        .get('/v1/kpis', cached(kpis, { params: { folder: query('folder'), date_range: query('range') } }))
        .get('/v1/broken', () => {
          throw new Error('the password is hunter2');
        }),
    ...options,
  });
  it.origin.on('/folders/f1/kpis?range=2026-10', { total: 1 });
  it.origin.on('/report/r1', { total: 1 });
  return it;
}

/** A problem that a stranger may see: nothing of the machine in it. */
function expectProblem({ status, headers, json: said, text }: Answer, code: string): void {
  expect(headers.get('Content-Type')).toBe('application/problem+json');
  expect(headers.get('Cache-Control')).toBe('no-store');
  expect(said).toMatchObject({
    type: `urn:stillfresh:problem:${code}`,
    title: expect.any(String),
    status,
    instance: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
  });
  expect(text).not.toMatch(/Error|\.ts|at \w+ \(|hunter2|the-secret-of-the-edge/);
}

describe('who you are', () => {
  test('no token: 401 with a challenge', async () => {
    const answer = await site().edge.get('/report/r1', { as: null });
    expect(answer.status).toBe(401);
    expectProblem(answer, 'unauthenticated');
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="stillfresh"');
    expect(answer.cacheStatus).toBe('Stillfresh; detail=unauthenticated');
  });

  test.each(['no-token', 'a.b.c', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.', 'x'.repeat(9_000)])(
    'a token that proves nothing: 401, and the log says why (%#)',
    async (token) => {
      const { edge, origin } = site();
      const answer = await edge.get('/report/r1', {
        as: null,
        headers: { Authorization: `Bearer ${token}` },
      });
      expect(answer.status).toBe(401);
      expectProblem(answer, 'unauthenticated');
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="stillfresh", error="invalid_token"');
      expect(edge.log.at(-1)).toMatchObject({ problem: 'unauthenticated', why: expect.any(String) });
      expect(JSON.stringify(edge.log)).not.toContain(token);
      expect(edge.redis.took()).toEqual([]);
      expect(origin.count()).toBe(0);
    },
  );

  test('another’s token with another tenant in it: its signature is broken', async () => {
    const { edge } = site();
    const request = await edge.request('/report/r1');
    const [head, claims, signature] = request.headers
      .get('Authorization')!
      .slice('Bearer '.length)
      .split('.');
    const changed = btoa(atob(claims!).replace('acme', 'evil')).replace(/=+$/, '');
    const answer = await edge.get('/report/r1', {
      as: null,
      headers: { Authorization: `Bearer ${head}.${changed}.${signature}` },
    });
    expect(answer.status).toBe(401);
  });
});

describe('parameters', () => {
  const refused = async (url: string, field: string, detail: unknown = expect.any(String)) => {
    const { edge, origin } = site();
    const answer = await edge.get(url);
    expect(answer.status).toBe(400);
    expectProblem(answer, 'invalid-request');
    expect(answer.json).toMatchObject({ errors: [{ field, detail }] });
    expect(edge.redis.took()).toEqual([]);
    expect(origin.count()).toBe(0);
  };

  test('of another shape: the field is named as the client knows it', () =>
    refused('/v1/kpis?folder=f1&range=nonsense', 'range', 'must be a month, YYYY-MM'));
  test('missing', () => refused('/v1/kpis?folder=f1', 'range', 'is missing'));
  test('unknown', () =>
    refused('/v1/kpis?folder=f1&range=2026-10&debug=1', 'debug', 'there is no such parameter'));
  test('the class’s own name for it is unknown too', () =>
    refused('/v1/kpis?folder=f1&range=2026-10&date_range=2026-11', 'date_range'));
  test('named as what every object has', () =>
    refused('/v1/kpis?folder=f1&range=2026-10&__proto__=1', '__proto__'));
  test('given twice', () =>
    refused('/v1/kpis?folder=f1&range=2026-10&range=2026-11', 'range', 'is given more than once'));
  test('where the route has none', () => refused('/report/r1?x=1', 'x'));
  test('too long for a key', () => refused(`/v1/kpis?folder=${'f'.repeat(257)}&range=2026-10`, 'folder'));
  test.each(['..', '.', '%2e%2e', ''])('that would lead elsewhere at the origin: %j', (folder) =>
    refused(`/v1/kpis?folder=${folder}&range=2026-10`, 'folder'),
  );

  test('dots and slashes inside a segment stay inside it', async () => {
    const { edge, origin } = site();
    origin.on('/folders/..%2Fadmin/kpis?range=2026-10', { total: 7 });
    expect(await edge.get('/v1/kpis?folder=../admin&range=2026-10')).toMatchObject({ json: { total: 7 } });
  });
});

describe('sizes', () => {
  test('a HEAD that is refused has no body', async () => {
    const { edge } = site();
    const refused = await edge.get(`/report/${'r'.repeat(9_000)}`, { method: 'HEAD' });
    expect(refused).toMatchObject({ status: 414, text: '' });
  });

  test('a URL too long: 414', async () => {
    const answer = await site().edge.get(`/report/${'r'.repeat(8_200)}`);
    expect(answer.status).toBe(414);
    expectProblem(answer, 'uri-too-long');
  });

  test('headers too large: 431', async () => {
    const answer = await site().edge.get('/report/r1', { headers: { 'X-Padding': 'p'.repeat(33_000) } });
    expect(answer.status).toBe(431);
    expectProblem(answer, 'headers-too-large');
  });

  test('a body too large: 413, and nothing is sent on', async () => {
    const { edge, origin } = site({ bounds: { requestBodyBytes: 100 } });
    const answer = await edge.get('/report/r1', { method: 'PATCH', body: 'b'.repeat(101) });
    expect(answer.status).toBe(413);
    expectProblem(answer, 'content-too-large');
    expect(origin.count()).toBe(0);
  });
});

test.each(['GET', 'POST', 'DELETE'])('nothing there: 404 (%s)', async (method) => {
  const answer = await site().edge.get('/v2/nothing', { method });
  expect(answer.status).toBe(404);
  expectProblem(answer, 'not-found');
  expect(answer.cacheStatus).toBeNull();
});

describe('a bug', () => {
  test('in a handler: 500 to the caller, the stack in the log', async () => {
    const { edge } = site();
    const answer = await edge.get('/v1/broken');
    expect(answer.status).toBe(500);
    expectProblem(answer, 'internal');
    expect(edge.log.at(-1)).toMatchObject({
      level: 'error',
      problem: 'internal',
      why: expect.stringContaining('Error: the password is hunter2'),
    });
  });

  test('in an app with an onError of its own: its answer to the caller, the stack in the log', async () => {
    const own = new Hono<EdgeEnv>()
      .get('/boom', () => {
        throw new Error('boom');
      })
      .onError((_error, c) => c.text('mine', 500));
    const { edge } = world([report], { routes: (app) => app.route('/own', own) });
    expect(await edge.get('/own/boom')).toMatchObject({ status: 500, text: 'mine' });
    expect(edge.log.at(-1)).toMatchObject({
      problem: 'internal',
      why: expect.stringContaining('Error: boom'),
    });
  });

  test('in a loader: 502 to the caller, the reason in the log', async () => {
    const { edge } = world([aClass({ read: 'cache-aside' })], {
      load: () => Promise.reject(new TypeError('rows is not iterable')),
    });
    const answer = await edge.get('/report/r1');
    expect(answer.status).toBe(502);
    expectProblem(answer, 'origin-failed');
    expect(answer.cacheStatus).toBe('Stillfresh; fwd=uri-miss; detail=origin-failed');
    expect(edge.log.at(-1)).toMatchObject({
      level: 'error',
      why: expect.stringContaining('rows is not iterable'),
    });
  });

  test('in a loader that gives what JSON cannot hold', async () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const { edge } = world([aClass({ read: 'cache-aside' })], { load: async () => loop });
    expect((await edge.get('/report/r1')).status).toBe(502);
  });

  test('in an access rule: 500, and never the data', async () => {
    const odd = aClass({
      access: allowWhen('odd', [], () => {
        throw new Error('no such role');
      }),
    });
    const { edge, origin } = world([odd]);
    origin.on('/report/r1', { total: 1 });
    const answer = await edge.get('/report/r1');
    expect(answer.status).toBe(500);
    expectProblem(answer, 'internal');
  });

  test('what a parser complains of is not in the log: it quotes the data', async () => {
    const { edge, origin } = world([aClass({ read: 'cache-aside' })]);
    origin.on('/report/r1', () => new Response('{"iban": DE89'));
    expect((await edge.get('/report/r1')).status).toBe(502);
    expect(JSON.stringify(edge.log)).not.toContain('DE89');
  });
});

test('a handler of one’s own gets values, access asked, and the same problems', async () => {
  const { edge, origin } = world([report], {
    routes: (app) =>
      app.get('/v1/sum/:id', async (c) => {
        const it = (await cacheOf(c).read(report, { id: c.req.param('id') })) as { total: number };
        return c.json({ twice: it.total * 2 });
      }),
  });
  origin.on('/report/r1', { total: 21 });
  expect(await edge.get('/v1/sum/r1')).toMatchObject({ json: { twice: 42 } });
  expect(await edge.get('/v1/sum/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
  expect((await edge.get('/v1/sum/r1', { as: null })).status).toBe(401);
  origin.on('/report/r2', () => json({}, { status: 500 }));
  expectProblem(await edge.get('/v1/sum/r2'), 'origin-failed');
  expectProblem(await edge.get('/v1/sum/r3'), 'not-found');
  // A body that nobody reads is let go of.
  origin.on('/report/r4', () => new Response('x'.repeat(200_000), { status: 404 }));
  expectProblem(await edge.get('/v1/sum/r4'), 'not-found');
  expect(edge.app.ready({}).isolate.unsent.bytes).toBe(0);
});

test('a value above maxBytes that a loader gives is given on, and not stored', async () => {
  const aside = aClass({ name: 'aside', read: 'cache-aside', maxBytes: 10 });
  const load = async () => 'x'.repeat(50);
  const { edge } = world([aside], {
    routes: (app) => app.get('/v1/own', async (c) => c.json(await cacheOf(c).wrap(aside, { id: 'a' }, load))),
  });
  for (let i = 0; i < 2; i++)
    expect(await edge.get('/v1/own')).toMatchObject({
      json: 'x'.repeat(50),
      cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200',
    });
  expect(edge.notes).toContain('too-large');
});

describe('a class is read in the one way that it declares', () => {
  const loaded = aClass({ name: 'loaded', read: 'cache-aside' });
  test.each<[string, (c: Parameters<typeof cacheOf>[0]) => Promise<unknown>, string]>([
    ['read of cache-aside', (c) => cacheOf(c).read(loaded, { id: 'r1' }), 'give it a load function'],
    ['wrap of read-through', (c) => cacheOf(c).wrap(report, { id: 'r1' }, async () => 1), 'leave load out'],
  ])('%s', async (_, use, mend) => {
    const { edge } = world([report], {
      routes: (app) => app.get('/v1/own', async (c) => c.json(await use(c))),
    });
    expectProblem(await edge.get('/v1/own'), 'internal');
    expect(edge.log[0]!['why']).toContain(mend);
  });
});

describe('what a loader asks of the origin', () => {
  const loaded = aClass({ read: 'cache-aside' });

  test('goes to the origin only: a path cannot name another host', async () => {
    const { edge, origin } = world([loaded], { load: ({ origin: it }) => it.json('@evil.example/x') });
    expectProblem(await edge.get('/report/r1'), 'origin-failed');
    expect(origin.requests).toEqual([]);
    expect(edge.remarks).toEqual([expect.stringContaining("a path at the origin begins with '/'")]);
  });

  test('is read within a bound', async () => {
    const { edge, origin } = world([loaded], { bounds: { loaderBytes: 100 } });
    origin.on('/report/r1', { text: 'x'.repeat(101) });
    expectProblem(await edge.get('/report/r1'), 'origin-failed');
    expect(edge.remarks).toEqual(['origin-failed: the answer to a loader is too-large']);
  });
});

describe('a handler’s own answer', () => {
  const own = (reply: () => Response) =>
    world([report], { routes: (app) => app.get('/v1/own', reply) }).edge.get('/v1/own');

  test('may be stored by nobody, unless it says so itself', async () => {
    const silent = await own(() => new Response('of one tenant'));
    expect(silent.headers.get('Cache-Control')).toBe('no-store');
    const says = { headers: { 'Cache-Control': 'public, max-age=60' } };
    expect((await own(() => new Response('', says))).headers.get('Cache-Control')).toBe('public, max-age=60');
  });

  test.each(['GET', 'HEAD'])('may take the place of a cached one: %s', async (method) => {
    const { edge, origin } = world([report], {
      routes: (app) =>
        app
          .use('/v1/*', async (c, next) => {
            await next();
            c.res = undefined;
            c.res = new Response('mine');
          })
          .get('/v1/:id', cached(report, { params: { id: path('id') } })),
    });
    origin.on('/report/r1', { total: 1 });
    const answer = await edge.get('/v1/r1', { method });
    expect(answer.cacheStatus).toBe('Stillfresh; fwd=uri-miss; stored; fwd-status=200');
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
  });

  test('may be one whose headers cannot be changed, as an origin’s are', async () => {
    const { status, headers } = await own(() => Response.redirect('https://app.example.com/', 302));
    expect(status).toBe(302);
    expect(headers.get('Location')).toBe('https://app.example.com/');
    expect(headers.get('Server-Timing')).toBe('total;dur=0');
  });
});

test.each([401, 407])(
  'an origin that refuses the edge itself (%i): 502, and the log says where to look',
  async (status) => {
    const { edge, origin } = site();
    origin.on('/report/r1', () => json({ error: 'who are you?' }, { status }));
    const answer = await edge.get('/report/r1');
    expect(answer.status).toBe(502);
    expectProblem(answer, 'origin-failed');
    expect(edge.log.at(-1)).toMatchObject({ why: `status ${status}: is ORIGIN_SECRET right?` });
  },
);

test('a route that does not fit its class is refused when it is written', () => {
  const aside = aClass({ name: 'aside', read: 'cache-aside' });
  expect(() => cached(aside, { params: { id: path('id') } })).toThrow('give it a load function');
  expect(() => cached(report, { params: { id: path('id') }, load: async () => 1 })).toThrow('leave load out');
});
