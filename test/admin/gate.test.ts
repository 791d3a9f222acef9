import type { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { adminOf } from '../../src/admin/gate.ts';
import type { EdgeEnv } from '../../src/engine/request.ts';
import { httpCache } from '../../src/index.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { type Asked, aClass, world } from '../support/worker/world.ts';

const scopes = ['purge', 'read', 'body', 'rollout'] as const;
type Scope = (typeof scopes)[number];

/** What each path takes; what is not here is nowhere. */
const taken: Readonly<Record<string, readonly Scope[]>> = {
  '/-/purge': ['purge'],
  '/-/emit': ['purge'],
  '/-/purges': ['read', 'purge'],
  '/-/purges/pur_1': ['read', 'purge'],
  '/-/explain': ['read'],
  '/-/metrics': ['read'],
  '/-/figures': ['read'],
  '/-/tops': ['read'],
  '/-/alerts': ['read'],
  '/-/rollout': ['read', 'rollout'],
  '/-/rollout/audit': ['read', 'rollout'],
  '/-/rollout/report': ['read', 'rollout'],
  '/-/rollout/kill': ['read', 'rollout'],
  '/-/rollout/report/advance': ['rollout'],
  '/-/ofrep/v1/evaluate/flags': ['read'],
  '/-/ofrep/v1/evaluate/flags/report': ['read'],
  '/ofrep/v1/evaluate/flags': ['read'],
  '/ofrep/v1/evaluate/flags/report': ['read'],
};
/** Where less is taken by a method that changes something. */
const changing: Readonly<Record<string, readonly Scope[]>> = {
  '/-/rollout/audit': ['rollout'],
  '/-/rollout/report': ['rollout'],
  '/-/rollout/kill': ['rollout'],
};
const unknown = [
  '/-',
  '/-/',
  '/-/nothing',
  '/-/nothing/at/all',
  '/-/purges/',
  '/-/purges/a/b',
  '/-/PURGES',
  '/-/Purges',
  '/-/purges;x=1',
  '/-/purges%2F',
  '/-/purges%00',
  '/-//purges',
  '/-/health/',
  '/-/healthy',
  '/-/HEALTH',
  '/-/openapi.json/x',
  '/-/deliveries/x',
  '/-/failures/x',
  '/-/consoles',
  '/-/console.js',
  '/-/__proto__',
  '/-/constructor',
  '/-/%',
  '/-/%ff',
  '/-/%2570urges',
];
/** Other spellings of a path that there is. */
const respelt = [
  '/-/%70urges',
  '/%2d/purges',
  '/%2D/%70urges',
  '/-/purges?x=1',
  '/-/purges#x',
  '/-/./purges',
  '/x/../-/purges',
];
/** Nothing under `/-/`, as the Worker reads it; somebody before it may read it otherwise. */
const beside = ['//-/purges', '///-/purges', '/x/..//-/purges', '/\\-/purges', '//-', '/.//-/health'];
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE'];
const open = ['/-/health', '/-/openapi.json', '/-/deliveries', '/-/failures', '/-/console/login'];

const CORS_ORIGINS = 'https://app.test';
const preflight = {
  Origin: CORS_ORIGINS,
  'Access-Control-Request-Method': 'GET',
  'Access-Control-Request-Headers': 'authorization',
};

async function scene(routes?: (app: Hono<EdgeEnv>) => unknown) {
  const settings = {
    ADMIN_TOKENS: await adminTokens(...scopes, 'purge+read+body'),
    CORS_ORIGINS,
  };
  return world([aClass()], { settings, queue: new HandQueue(), as: null, ...(routes && { routes }) });
}

const ways: readonly (readonly [string, Asked])[] = [
  ['no token', {}],
  ['an unknown token', { headers: { Authorization: 'Bearer not-a-token-of-anybody' } }],
  ['a user’s token', { as: 'ann@acme' }],
  ['another scheme', { headers: { Authorization: 'Basic YTpi' } }],
  ['a browser of an allowed origin', { headers: { Origin: CORS_ORIGINS } }],
  ['a preflight', { headers: preflight }],
];

describe('nobody enters without a token', () => {
  test.each(ways)('with %s every path is 401, by every method', async (_, asked) => {
    const { edge } = await scene();
    for (const path of [...Object.keys(taken), ...unknown, ...respelt, ...beside])
      for (const method of methods) {
        const { status, headers } = await edge.get(path, { ...asked, method });
        expect([method, path, status]).toEqual([method, path, 401]);
        expect(headers.get('WWW-Authenticate')).toMatch(/^Bearer realm="stillfresh/);
        expect(headers.get('Cache-Control')).toBe('no-store');
      }
  });

  test('a Worker that has a route for every path does not answer there either', async () => {
    const { edge, origin } = await scene((app) => {
      app.all('*', httpCache({ origin: 'https://origin.test' }));
    });
    for (const path of [...Object.keys(taken), ...unknown, ...respelt])
      for (const method of methods)
        expect([method, path, (await edge.get(path, { method })).status]).toEqual([method, path, 401]);
    expect(origin.count()).toBe(0);
    for (const method of methods)
      expect((await edge.get('/-/purges', { method, headers: preflight })).status).toBe(401);
  });

  test('each route that the edge has stands behind it', async () => {
    const { edge } = await scene();
    const own = edge.app.routes.filter(({ path }) => path.startsWith('/-'));
    expect(own.length).toBeGreaterThan(8);
    for (const { method, path } of own) {
      const at = path.replace(/:\w+/g, 'x').replace('*', 'x');
      if (open.includes(at) || /^\/-\/console(\/|$)/.test(at)) continue;
      const asked = { method: method === 'ALL' ? 'GET' : method };
      expect([method, at, (await edge.get(at, asked)).status]).toEqual([method, at, 401]);
    }
  });
});

describe('what a token may do', () => {
  const lists = Object.entries(taken).flatMap(([path, may]) => scopes.map((it) => [it, path, may] as const));
  test.each(lists)('%s at %s', async (scope, path, may) => {
    const { edge } = await scene();
    for (const method of methods) {
      const { status } = await edge.get(path, asAdmin(scope, { method }));
      const isRead = method === 'GET' || method === 'HEAD';
      if ((isRead ? may : (changing[path] ?? may)).includes(scope)) expect([401, 403]).not.toContain(status);
      else expect([method, status]).toEqual([method, 403]);
    }
  });

  test.each(['purge', 'read', 'body', 'purge+read+body'])('%s: what is unknown is 404', async (name) => {
    const { edge } = await scene();
    for (const path of [...unknown, ...beside])
      for (const method of methods)
        expect([method, path, (await edge.get(path, asAdmin(name, { method }))).status]).toEqual([
          method,
          path,
          404,
        ]);
  });

  test('a path that is spelt otherwise is the same', async () => {
    const { edge } = await scene();
    for (const path of respelt.filter((it) => !it.includes('?')))
      expect([path, (await edge.get(path, asAdmin('read'))).status]).toEqual([path, 200]);
    for (const path of respelt) expect((await edge.get(path, asAdmin('body'))).status).toBe(403);
  });

  test('another method than a path takes is 405, to who may enter', async () => {
    const { edge } = await scene();
    expect((await edge.get('/-/purge', asAdmin('purge'))).status).toBe(405);
    expect((await edge.get('/-/purge', asAdmin('read'))).status).toBe(403);
  });
});

describe('what is open', () => {
  test('says nothing, or is signed by somebody else', async () => {
    const { edge } = await scene();
    expect((await edge.get('/-/health')).json).toEqual({ status: 'ok' });
    expect((await edge.get('/-/health', { method: 'HEAD' })).status).toBe(200);
    expect((await edge.get('/-/health', { method: 'POST' })).status).toBe(405);
    for (const path of ['/-/deliveries', '/-/failures'])
      expect((await edge.get(path, { method: 'POST', body: '{}' })).status).toBe(401);
    // An admin's token signs nothing.
    const asked = asAdmin('purge+read+body', { method: 'POST', body: '{}' });
    expect((await edge.get('/-/deliveries', asked)).status).toBe(401);
  });

  test.each(['/-/console', '/-/console/', '/-/console/purges', '/-/console/a/b', '/-/console/login/x'])(
    '%s sends to the login',
    async (path) => {
      const { edge } = await scene();
      for (const asked of [{}, asAdmin('read')]) {
        const { status, headers } = await edge.get(path, asked);
        expect([status, headers.get('Location')?.split('?')[0]]).toEqual([303, '/-/console/login']);
      }
    },
  );
});

describe('a route that somebody adds', () => {
  test('under /-/ is not there, unless it stands in the table', async () => {
    const { edge } = await scene((app) => app.get('/-/secrets', (c) => c.text('the secret')));
    expect((await edge.get('/-/secrets')).status).toBe(401);
    expect((await edge.get('/-/secrets', asAdmin('purge+read+body'))).status).toBe(404);
  });

  test('elsewhere has nobody whom the gate let in', async () => {
    const { edge } = await scene((app) => app.get('/mine', (c) => c.json(adminOf(c))));
    expect((await edge.get('/mine', asAdmin('purge+read+body'))).status).toBe(401);
  });
});

test('the log names who came, and never a token', async () => {
  const { edge } = await scene();
  await edge.get('/-/nothing', asAdmin('read'));
  await edge.get('/-/purges', asAdmin('read'));
  await edge.get('/-/purges', asAdmin('body'));
  expect(edge.log.map(({ admin, why }) => [admin, why])).toEqual([
    ['read', undefined],
    ['read', undefined],
    [undefined, 'admin token body lacks the scope read or purge'],
  ]);
  expect(JSON.stringify(edge.log)).not.toContain('the-admin-token');
});
