import { expect, test } from 'vitest';
import { adminTokens, asAdmin, tokenOf } from '../support/worker/admin.ts';
import { counting, get, httpWorld } from './support.ts';

const fresh = { 'Cache-Control': 'max-age=60' };

async function scene() {
  const made = httpWorld({}, { settings: { ADMIN_TOKENS: await adminTokens('purge') } });
  const purge = (order: object) =>
    made.edge.get('/-/purge', asAdmin('purge', { method: 'POST', body: JSON.stringify(order) }));
  return { ...made, purgeBy: purge };
}

test.each([
  ['one URL', { public: true, tags: ['uri:/a'] }],
  ['the cache by its name', { public: true, classes: ['http'] }],
  ['everything public', { public: true, everything: true }],
])('the admin API purges %s', async (_, order) => {
  const { origin, edge, purgeBy } = await scene();
  origin.on('/a', counting(fresh));
  await get(edge, '/a');
  expect((await purgeBy(order)).status).toBe(202);
  expect((await get(edge, '/a')).text).toBe('number 2');
});

test('a name that no cache has, and one without public, are refused', async () => {
  const { purgeBy } = await scene();
  expect((await purgeBy({ public: true, classes: ['htp'] })).status).toBe(422);
  expect((await purgeBy({ tenant: 'acme', classes: ['http'] })).status).toBe(422);
});

test("the edge's own paths are never the origin's", async () => {
  const { origin, edge } = await scene();
  expect((await get(edge, '/-/health')).json).toEqual({ status: 'ok' });
  expect((await get(edge, '/-/other')).status).toBe(401);
  expect((await get(edge, '/-/other', { Authorization: `Bearer ${tokenOf('purge')}` })).status).toBe(404);
  expect(await get(edge, '/-/purge', { Authorization: `Bearer ${tokenOf('purge')}` })).toMatchObject({
    status: 405,
  });
  expect(origin.count()).toBe(0);
});
