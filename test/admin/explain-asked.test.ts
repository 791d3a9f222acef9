import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { bounds } from '../../src/bounds.ts';
import { cached, cacheOf, path } from '../../src/index.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { json } from '../support/worker/origin.ts';
import { aClass, type WorldOptions, world } from '../support/worker/world.ts';
import { explained } from './support.ts';

const report = aClass({ staleWhileRevalidate: '5s' });
const page = aClass({ name: 'page', scope: 'public', access: 'public', cacheControl: 'no-store' });
const mine = aClass({ name: 'mine', scope: 'user', access: 'user' });
const sized = aClass({
  name: 'sized',
  key: 'of-{id}:size:{size}.px:{wide}',
  params: z.object({
    id: z.string(),
    size: z.coerce.number(),
    wide: z.stringbool().optional(),
  }) as never,
  origin: '/sized/{id}?size={size}',
});
const classes = [report, page, mine, sized];
const ann = { tenant: 'acme', user: 'ann' };
const SECRET = 'what only ann may see';

async function scene(options: WorldOptions = {}) {
  const settings = {
    ADMIN_TOKENS: await adminTokens('read', 'purge', 'read+body', 'body'),
    ...options.settings,
  };
  const made = world(classes, { ...options, settings });
  for (const name of ['report', 'page', 'mine']) made.origin.on(`/${name}/r1`, { text: SECRET });
  return made;
}

describe('what is asked for', () => {
  test.each<[Record<string, string | string[]>, string, string]>([
    [{}, 'path', 'say one of path and key'],
    [{ path: '/a', key: 'k' }, 'path', 'say one of path and key'],
    [{ path: 'report/r1' }, 'path', 'must be a path, with its query: /v1/…'],
    [{ path: 'https://edge/report' }, 'path', 'must be a path, with its query: /v1/…'],
    [{ path: '/a b' }, 'path', 'must be a path, with its query: /v1/…'],
    [{ path: '/a#b' }, 'path', 'must be a path, with its query: /v1/…'],
    [{ path: '' }, 'path', 'is empty'],
    [{ path: '/a', tenant: 'acme' }, 'user', 'is missing: tenant and user go together'],
    [{ path: '/a', user: 'ann' }, 'tenant', 'is missing: tenant and user go together'],
    [{ path: '/a', roles: 'admin' }, 'tenant', 'is missing: roles are somebody’s'],
    [
      { path: '/report/r1', tenant: ' acme', user: 'ann' },
      'tenant',
      'tenant is empty, too long or not plain ASCII',
    ],
    [
      { path: '/report/r1', tenant: 'acme', user: 'änn' },
      'user',
      'user is empty, too long or not plain ASCII',
    ],
    [{ key: 'k', tenant: 'acme', user: 'ann' }, 'key', 'says by itself whose it is'],
    [{ key: 'nothing:v1:tenant:acme:r1' }, 'key', 'begins with the name of no class'],
    [{ key: 'report:v2:tenant:acme:r1' }, 'key', 'is no key that the class report has now'],
    [{ key: 'report:v1:tenant:acme' }, 'key', 'is no key that the class report has now'],
    [{ key: 'report:v1:tenant:@public:r1' }, 'key', 'is no key that the class report has now'],
    [{ key: 'report:v1:tenant:%ff:r1' }, 'key', 'is no key that the class report has now'],
    [{ path: '/a', header: 'no colon' }, 'header.0', 'must be Name: value'],
    [{ path: '/a', header: ['A: b', 'ä: b'] }, 'header.1', 'must be Name: value'],
    [{ path: '/a', header: 'A: b\r\nC: d' }, 'header', 'is none that a request can have'],
    [{ path: '/a', body: 'yes' }, 'body', 'must be 1'],
    [{ path: ['/a', '/b'] }, 'path', 'is given more than once'],
    [{ path: '/a', colour: 'red' }, 'colour', 'there is no such field'],
  ])('%j: %s %s', async (query, field, detail) => {
    const { edge } = await scene();
    const { status, view } = await explained(edge, query);
    expect([status, view.errors]).toEqual([400, [{ field, detail }]]);
  });
});

describe('who answers a path', () => {
  const own = (app: Parameters<NonNullable<WorldOptions['routes']>>[0]) => {
    app.get('/own', async (c) => c.json(await cacheOf(c).read(report, { id: 'r1' })));
    app.use('/watched/*', async (_c, next) => next());
    app.get('/watched/:id', cached(report, { params: { id: path('id') } }));
  };

  test.each([
    ['/nowhere', null, 'No route takes a GET of this path: 404'],
    ['/own', '/own', 'A handler of the team’s own answers: ask by key'],
    ['/-/purges', '/-/purges', 'The edge itself answers, and stores nothing of it'],
    ['/-/health', '/-/health', 'The edge itself answers, and stores nothing of it'],
  ])('%s', async (at, route, why) => {
    const { edge } = await scene({ routes: own });
    const { view } = await explained(edge, { path: at, ...ann });
    expect(view).toMatchObject({ route, why, verdict: null, cache_status: null });
  });

  test('middleware before a class’s route is told of', async () => {
    const { edge } = await scene({ routes: own });
    const { view } = await explained(edge, { path: '/watched/r1', ...ann });
    expect(view).toMatchObject({
      class: 'report',
      route: '/watched/:id',
      remarks: ['handlers before it: 1'],
    });
  });
});

describe('by key', () => {
  test.each([
    ['/report/r1', 'report:v1:tenant:acme:r1'],
    ['/page/r1', 'page:v1:tenant:@public:r1'],
    ['/mine/r1', 'mine:v1:tenant:acme:user:ann:r1'],
  ])('the same as by the path %s', async (at, key) => {
    const { edge } = await scene();
    await edge.get(at);
    const byPath = (await explained(edge, { path: at, ...ann })).view;
    const byKey = (await explained(edge, { key })).view;
    expect(byPath).toMatchObject({ key, verdict: 'hit' });
    const { access, route } = byKey;
    expect(byKey).toEqual({ ...byPath, access, route });
    expect(access.may_read).toBe(null);
  });

  test('values that are no text, and what a key has around them', async () => {
    const { edge, origin } = await scene();
    const key = 'sized:v1:tenant:acme:of-a%3Ab:size:@2.5.px:@none';
    const { view } = await explained(edge, { key });
    expect(view).toMatchObject({
      key,
      params: { id: 'a:b', size: 2.5 },
      verdict: 'fwd=uri-miss',
      would_fetch: { by: 'origin', method: 'GET', path: '/sized/a%3Ab?size=2.5' },
    });
    expect(origin.count()).toBe(0);
  });

  test('one too long for Redis, as its entry has it, or by the name that Redis has', async () => {
    const { edge, origin } = await scene();
    const id = encodeURIComponent('ü'.repeat(120));
    origin.on(`/report/${id}`, { total: 1 });
    await edge.get(`/report/${id}`);
    const { view } = await explained(edge, { key: `report:v1:tenant:acme:${id}` });
    expect(view).toMatchObject({ verdict: 'hit', stored: true });
    expect(view.redis_key).toMatch(/:@sha256:[0-9a-f]{64}$/);
    expect((await explained(edge, { key: view.redis_key })).view).toEqual(view);
  });
});

describe('a body', () => {
  test('is never shown unless it is asked for, with the scope body', async () => {
    const { edge } = await scene();
    await edge.get('/report/r1');
    for (const query of [{ path: '/report/r1', ...ann }, { key: 'report:v1:tenant:acme:r1' }]) {
      expect((await explained(edge, query)).text).not.toContain('only ann');
      const refused = await explained(edge, { ...query, body: '1' });
      expect([refused.status, refused.text.includes('only ann')]).toEqual([403, false]);
      expect((await explained(edge, { ...query, body: '1' }, 'body')).status).toBe(403);
      const { status, view } = await explained(edge, { ...query, body: '1' }, 'read+body');
      expect([status, view.body]).toEqual([
        200,
        { text: JSON.stringify({ text: SECRET }), truncated: false },
      ]);
    }
  });

  test.each([{}, { LOG: 'problems' }])('is audited, and what is not shown is not: %j', async (settings) => {
    const { edge } = await scene({ settings });
    await edge.get('/mine/r1');
    const query = { path: '/mine/r1', ...ann };
    await explained(edge, query, 'read+body');
    await explained(edge, { ...query, body: '1' });
    const audits = () => edge.log.filter(({ event }) => event === 'audit');
    expect(audits()).toEqual([]);
    await explained(edge, { ...query, body: '1' }, 'read+body');
    await explained(edge, { path: '/mine/r2', ...ann, body: '1' }, 'read+body');
    expect(audits()).toMatchObject([
      {
        admin: 'read-body',
        did: 'read-body',
        class: 'mine',
        key: 'mine:v1:tenant:acme:user:ann:r1',
        found: true,
      },
      {
        admin: 'read-body',
        did: 'read-body',
        class: 'mine',
        key: 'mine:v1:tenant:acme:user:ann:r2',
        found: false,
      },
    ]);
    expect(JSON.stringify(edge.log)).not.toContain('only ann');
  });

  test('that is long is cut, and one that is no text is base64', async () => {
    const { edge, origin } = await scene();
    origin.on('/report/long', { text: 'x'.repeat(bounds.explainedBodyBytes) });
    origin.on(
      '/report/bytes',
      () => new Response(new Uint8Array([0xff, 0xfe, 0xfd]), { headers: { 'Content-Length': '3' } }),
    );
    for (const id of ['long', 'bytes']) await edge.get(`/report/${id}`);
    const bodyOf = async (id: string) =>
      (await explained(edge, { path: `/report/${id}`, ...ann, body: '1' }, 'read+body')).view.body;
    const long = await bodyOf('long');
    expect([long.text.length, long.truncated]).toEqual([bounds.explainedBodyBytes, true]);
    expect(await bodyOf('bytes')).toEqual({ base64: '//79', coding: 'identity', truncated: false });
    expect(await bodyOf('none')).toBe(null);
  });
});

describe('the purges that it met', () => {
  const purge = async (edge: Awaited<ReturnType<typeof scene>>['edge'], order: object) =>
    (await edge.get('/-/purge', asAdmin('purge', { method: 'POST', body: JSON.stringify(order) }))).json as {
      purge_id: string;
    };

  test('those that named a tag of it since it was fetched, newest first, and no others', async () => {
    const { edge, anotherEdge, clock } = await scene();
    const other = anotherEdge();
    await purge(other, { tenant: 'acme', tags: ['report:r1'] });
    clock.advance(1_000);
    await edge.get('/report/r1');
    clock.advance(1_000);
    await purge(other, { tenant: 'acme', tags: ['report:r2'] });
    await purge(other, { tenant: 'globex', tags: ['report:r1'] });
    const soft = await purge(other, { tenant: 'acme', tags: ['report:r1'], mode: 'soft' });
    clock.advance(1_000);
    const hard = await purge(other, { tenant: 'acme', classes: ['report'] });
    clock.advance(1_000);
    const { view } = await explained(edge, { path: '/report/r1', ...ann });
    expect(view).toMatchObject({
      verdict: 'fwd=stale; detail=purged',
      purges: [
        { ...hard, mode: 'hard', source: 'admin:purge' },
        { ...soft, mode: 'soft' },
      ],
      since: view.purges[0].applied_at,
    });
    expect(Date.parse(view.since)).toBe(clock.now() - 1_000);
  });

  test('one of a class for all tenants, and one that a write’s event brought', async () => {
    const { edge, anotherEdge, clock } = await scene();
    await edge.get('/report/r1');
    clock.advance(1_000);
    const made = await purge(anotherEdge(), { all_tenants: true, classes: ['report'] });
    const { view } = await explained(edge, { path: '/report/r1', ...ann });
    expect(view.purges).toMatchObject([made]);
  });
});

test('a stranger’s tenant or user is named nowhere', async () => {
  const { edge, origin } = await scene();
  origin.on('/report/r1', () => json({ total: 1 }));
  await edge.get('/report/r1', { as: 'zorro@acme' });
  const { text } = await explained(edge, { path: '/report/r1', ...ann });
  expect(text).toContain('"hit"');
  expect(text).not.toContain('zorro');
});
