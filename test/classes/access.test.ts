import { expect, test, vi } from 'vitest';
import * as z from 'zod';
import { allowWhen } from '../../src/strategy/access.ts';
import { dataClass } from '../../src/strategy/data-class.ts';
import { failing, json } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const rights = dataClass({
  name: 'rights',
  version: 1,
  scope: 'user',
  key: '',
  params: z.object({}),
  access: 'user',
  read: 'read-through',
  origin: '/rights/{user_id}',
  tags: ['rights'],
  ttl: '2m',
  consistency: 'strict',
  value: z.object({ can: z.array(z.string()) }),
  rationale: 'asked on every request',
});
const asked = vi.fn((can: readonly string[]) => can.includes('report:read'));
const report = aClass({
  access: allowWhen('can report:read', [rights], (_identity, _params, [held]) => asked(held.can)),
});

/** Ann may read reports, Bob may not. */
function office() {
  const it = world([report, rights]);
  it.origin.on('/report/r1', { total: 1 });
  it.origin.on('/rights/ann', { can: ['report:read'] });
  it.origin.on('/rights/bob', { can: [] });
  asked.mockClear();
  return it;
}

test('the rule is asked on a miss and on every hit', async () => {
  const { edge } = office();
  for (let i = 1; i <= 3; i++) {
    expect(await edge.get('/report/r1')).toMatchObject({ status: 200 });
    expect(asked).toHaveBeenCalledTimes(i);
  }
});

test('on a warm isolate the rule’s values and the answer are validated by one MGET', async () => {
  const { edge, anotherEdge } = office();
  await edge.get('/report/r1');
  for (const it of [edge, anotherEdge()]) {
    it.redis.took();
    expect(await it.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
    expect(it.redis.took()).toEqual(['lookup']);
  }
});

test('a colleague without the right never sees what is cached', async () => {
  const { origin, edge } = office();
  await edge.get('/report/r1');
  const refused = await edge.get('/report/r1', { as: 'bob@acme' });
  expect(refused).toMatchObject({
    status: 403,
    cacheStatus: 'Stillfresh; detail=forbidden',
    json: { type: 'urn:stillfresh:problem:forbidden' },
  });
  expect(refused.text).not.toContain('total');
  expect(refused.headers.get('ETag')).toBeNull();
  expect(edge.log.at(-1)).toMatchObject({ problem: 'forbidden', why: 'not allowed: can report:read' });
  expect(origin.count('/report/r1')).toBe(1);
});

test('nor can he learn by a condition whether it changed', async () => {
  const { edge } = office();
  const etag = (await edge.get('/report/r1')).headers.get('ETag')!;
  expect(await edge.get('/report/r1', { as: 'bob@acme', headers: { 'If-None-Match': etag } })).toMatchObject({
    status: 403,
  });
});

test('a right taken away counts on the next request, on a warm isolate too', async () => {
  const { origin, edge, purge } = office();
  await edge.get('/report/r1');
  origin.on('/rights/ann', { can: [] });
  await purge('rights');
  expect(await edge.get('/report/r1')).toMatchObject({ status: 403 });
});

test.each([
  ['the origin fails', failing(500), 503],
  ['the origin knows no such user', failing(404), 403],
  ['they are of another shape', () => json({ can: 'report:read' }), 403],
  ['they are not JSON', () => new Response('yes'), 403],
])('the rule’s values are not to be had, because %s: refused', async (_why, reply, status) => {
  const { origin, edge } = office();
  await edge.get('/report/r1');
  origin.on('/rights/eve', reply);
  const answer = await edge.get('/report/r1', { as: 'eve@acme' });
  expect(answer.status).toBe(status);
  expect(answer.text).not.toContain('total');
  expect(asked).toHaveBeenCalledTimes(1);
});

test('without Redis the rule’s values come from the origin, never from an unvalidated copy', async () => {
  const { origin, edge } = office();
  await edge.get('/report/r1');
  edge.redis.fail();
  origin.on('/rights/ann', { can: [] });
  expect(await edge.get('/report/r1')).toMatchObject({ status: 403 });
  origin.on('/rights/ann', failing(500));
  expect(await edge.get('/report/r1')).toMatchObject({ status: 503 });
});

test('who is not verified is refused before anything is asked', async () => {
  const { origin, edge } = office();
  const answer = await edge.get('/report/r1', { as: null });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer realm="stillfresh"');
  expect(edge.redis.took()).toEqual([]);
  expect(origin.count()).toBe(0);
});

test('each tenant has its own data, whatever it says of itself', async () => {
  const { origin, edge } = world([aClass()]);
  origin.on('/report/r1', (request) => json({ of: request.headers.get('X-Tenant-Id') }));
  await edge.get('/report/r1');
  const headers = { 'X-Tenant-Id': 'acme', 'X-User-Id': 'ann' };
  expect(await edge.get('/report/r1', { as: 'ann@globex', headers })).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=uri-miss; stored; fwd-status=200',
    json: { of: 'globex' },
  });
  expect(await edge.get('/report/r1')).toMatchObject({ json: { of: 'acme' } });
});

test('each user has their own, in a class of users', async () => {
  const { origin, edge } = world([rights]);
  origin.on('/rights/ann', { can: ['all'] });
  origin.on('/rights/bob', { can: [] });
  await edge.get('/rights');
  expect(await edge.get('/rights', { as: 'bob@acme' })).toMatchObject({ json: { can: [] } });
  expect(await edge.get('/rights')).toMatchObject({ json: { can: ['all'] } });
  expect(origin.count()).toBe(2);
});

test('public data need no token, and one entry serves all', async () => {
  const news = aClass({
    name: 'news',
    scope: 'public',
    access: 'public',
    cacheControl: 'public, max-age=60',
  });
  const { origin, edge } = world([news]);
  origin.on('/news/n1', { title: 'hello' });
  const answer = await edge.get('/news/n1', { as: null });
  expect(answer).toMatchObject({ status: 200, json: { title: 'hello' } });
  expect(answer.headers.get('Cache-Control')).toBe('public, max-age=60');
  expect(await edge.get('/news/n1', { as: 'zoe@globex' })).toMatchObject({
    cacheStatus: 'Stillfresh; hit; ttl=10',
  });
  expect(origin.requests[0]!.headers.get('X-Tenant-Id')).toBeNull();
});

test('a write needs the right too', async () => {
  const written = aClass({ access: report.access, writeThrough: 'purge' });
  const { origin, edge } = world([written, rights]);
  origin.on('/rights/bob', { can: [] });
  expect(await edge.get('/report/r1', { as: 'bob@acme', method: 'PATCH', body: '{}' })).toMatchObject({
    status: 403,
  });
  expect(origin.count('PATCH /report/r1')).toBe(0);
  expect(edge.redis.took()).not.toContain('purge');
});
