import { expect, test } from 'vitest';
import { type Edge, httpCache } from '../../src/index.ts';
import { said } from '../http-cache/support.ts';
import { failing } from '../support/worker/origin.ts';
import { world } from '../support/worker/world.ts';

/** A client that sends dot segments, which no `Request` of ours would keep. */
function withDots(url: string, headers: Record<string, string> = {}): Request {
  const bound = (it: Request, name: string | symbol) => {
    const value = Reflect.get(it, name) as unknown;
    return typeof value === 'function' ? value.bind(it) : value;
  };
  return new Proxy(new Request('https://edge.test/', { headers }), {
    get: (it, name) => (name === 'url' ? url : bound(it, name)),
  });
}

function scene(before: (app: Edge) => unknown = () => {}) {
  const made = world([], {
    routes: (app) => {
      before(app);
      app.all('/pub/*', httpCache({ origin: 'https://origin.test' }));
    },
  });
  made.origin.on('/pub/a', said('hello', { 'Cache-Control': 'max-age=60' }));
  return {
    ...made,
    async ask(path = '/pub/y/../a') {
      const response = await made.edge.answer(withDots(`https://edge.test${path}`));
      const text = await response.text();
      await made.edge.settled();
      return { response, text };
    },
    counted: () =>
      Object.fromEntries(
        [...made.edge.isolate.meter.take().counts].filter(([key]) => /^(requests|served_bytes)/.test(key)),
      ),
  };
}

test('a path with dot segments is one request: one line, one id, counted once as what it leads to', async () => {
  const { ask, edge, counted } = scene();
  await ask();
  const { text } = await ask();
  expect(text).toBe('hello');
  const lines = edge.log.filter(({ event }) => event === 'request');
  expect(lines).toMatchObject([
    { path: '/pub/y/../a', resolved: '/pub/a', outcome: 'miss', class: 'http', bytes: 5 },
    { path: '/pub/y/../a', resolved: '/pub/a', outcome: 'hit', class: 'http', bytes: 5, age_ms: 0 },
  ]);
  expect(counted()).toEqual({
    requests_begun: 2,
    'requests|http|miss': 1,
    'requests|http|hit': 1,
    'served_bytes|http|miss': 5,
    'served_bytes|http|hit': 5,
  });
});

test('counted is what its client is given: a middleware may throw after its answer was there', async () => {
  const { ask, edge, counted } = scene((app) =>
    app.use('/pub/*', async (c, next) => {
      await next();
      if (c.req.raw.url.includes('..')) throw new Error('late');
    }),
  );
  const { response, text } = await ask();
  expect(response.status).toBe(500);
  expect(text).toContain(String(edge.log[0]!['request_id']));
  expect(edge.log).toMatchObject([{ status: 500, outcome: 'error', class: 'http', level: 'error' }]);
  expect(counted()).toEqual({ requests_begun: 1, 'requests|http|error': 1 });
});

test.each([
  ['nothing is there', '/pub/y/../b', 404, 'miss', undefined],
  ['it is refused', '/pub/y/../../-/purges', 401, 'refused', 'unauthenticated'],
])('what it leads to fails: %s', async (_, path, status, outcome, problem) => {
  const { ask, edge, origin } = scene();
  origin.on('/pub/b', said('no', {}, 404));
  const { response, text } = await ask(path);
  expect(response.status).toBe(status);
  if (problem) expect(text).toContain(String(edge.log[0]!['request_id']));
  expect(edge.log).toMatchObject([{ status, outcome, ...(problem && { problem }) }]);
});

test('what is noted after its line has the same id', async () => {
  const { ask, edge, origin, clock } = scene();
  origin.on('/pub/a', said('hello', { 'Cache-Control': 'max-age=1, stale-while-revalidate=600' }));
  await ask();
  clock.advance(5_000);
  origin.on('/pub/a', failing(503));
  await ask();
  const [, line, background, ...more] = edge.log;
  expect(more).toEqual([]);
  expect(line).toMatchObject({ event: 'request', outcome: 'stale' });
  expect(background).toMatchObject({ event: 'background', notes: ['origin-failed'] });
  expect(background!['request_id']).toBe(line!['request_id']);
});
