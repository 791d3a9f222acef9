import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { edgeRequestOf } from '../../src/engine/request.ts';
import { cached, type EdgeEnv, httpCache, path } from '../../src/index.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { json } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const pages = httpCache({ name: 'pages', origin: 'https://origin.test' });
const withOwnErrors = new Hono<EdgeEnv>().onError(() => new Response('ours', { status: 418 }));

test.each([
  ['on the edge itself', (app: Hono<EdgeEnv>) => app.all('/pages/*', pages)],
  [
    'in an app that is added whole',
    (app: Hono<EdgeEnv>) => app.route('/', new Hono<EdgeEnv>().all('*', pages)),
  ],
  ['below a base path', (app: Hono<EdgeEnv>) => app.basePath('/v1').all('/pages/*', pages)],
  ['in an app with errors of its own', (app: Hono<EdgeEnv>) => app.route('/', withOwnErrors.all('*', pages))],
])('an HTTP cache %s can be purged by its name', async (_, add) => {
  const settings = { ADMIN_TOKENS: await adminTokens('purge') };
  const { edge } = world([], { settings, routes: add });
  const purge = (name: string) =>
    edge.get(
      '/-/purge',
      asAdmin('purge', { method: 'POST', body: JSON.stringify({ public: true, classes: [name] }) }),
    );
  expect((await purge('pages')).status).toBe(202);
  expect((await purge('other')).status).toBe(422);
});

test('caches of another edge are not known here', async () => {
  const settings = { ADMIN_TOKENS: await adminTokens('purge') };
  world([], { routes: (app) => app.all('*', httpCache({ name: 'elsewhere' })) });
  const { edge } = world([], { settings });
  const body = JSON.stringify({ public: true, classes: ['elsewhere'] });
  expect((await edge.get('/-/purge', asAdmin('purge', { method: 'POST', body }))).status).toBe(422);
});

test('a cache of the name of a class does not start', () => {
  const routes = (app: Hono<EdgeEnv>) => app.all('*', httpCache({ name: 'report' }));
  expect(() => world([aClass()], { routes })).toThrow(
    "httpCache({ name: 'report' }): a class of the strategy has this name; take another",
  );
});

test('two routes of one cache are one cache', () => {
  const routes = (app: Hono<EdgeEnv>) => app.all('/a/*', pages).all('/b/*', pages);
  expect(() => world([], { routes })).not.toThrow();
});

test('a handler finds its request, whose waitUntil is the one that the log knows', async () => {
  const { edge } = world([], {
    routes: (app) =>
      app.get('/own', (c) => {
        const request = edgeRequestOf(c);
        c.executionCtx.waitUntil(Promise.resolve().then(() => void request.notes.noted.add('internal')));
        return c.text(request.id);
      }),
  });
  const answer = await edge.get('/own');
  expect(answer.text).toMatch(/^[0-9a-f-]{36}$/);
  expect(edge.log).toMatchObject([
    { event: 'request', request_id: answer.text },
    { event: 'background', request_id: answer.text, notes: ['internal'] },
  ]);
});

test('a route outside of an edge says where it belongs', async () => {
  const report = aClass();
  const app = new Hono<EdgeEnv>().get('/report/:id', cached(report, { params: { id: path('id') } }));
  const said: string[] = [];
  app.onError((error) => {
    said.push(error.message);
    return new Response(null, { status: 500 });
  });
  const platform = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
  expect((await app.request('/report/r1', {}, {}, platform)).status).toBe(500);
  expect(said).toEqual([expect.stringContaining('edge(strategy)')]);
});

test('a HEAD has the headers of every answer once, whoever made it', async () => {
  const { origin, edge } = world([aClass()], {
    settings: { CORS_ORIGINS: 'https://app.test' },
    routes: (app) => app.get('/own', (c) => c.text('own')),
  });
  origin.on('/report/r1', json({ total: 1 }));
  const headers = { Origin: 'https://app.test' };
  for (const url of ['/report/r1', '/report/r1', '/own', '/none']) {
    const head = await edge.get(url, { method: 'HEAD', headers });
    const full = await edge.get(url, { headers });
    for (const answer of [head, full]) {
      expect(answer.headers.get('Server-Timing'), url).toContain('total;dur=');
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('https://app.test');
      expect(answer.headers.get('Vary')?.match(/Origin/g)).toHaveLength(1);
    }
    expect(head.text).toBe('');
  }
});
