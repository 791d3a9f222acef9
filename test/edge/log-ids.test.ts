import { expect, test } from 'vitest';
import { cacheOf, Problem } from '../../src/index.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { failing } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const LOG_HASH_IDS = 'a-key-for-the-log-alone';

// printf %s acme | openssl dgst -sha256 -hmac "$LOG_HASH_IDS" -r | cut -c1-16
const acme = 'b068ef5bc1d665bb';
const ann = '4d52b133a5964efa';

const report = aClass({ origin: '/tenants/{tenant_id}/users/{user_id}/{id}', scope: 'user', access: 'user' });
const plain = aClass({ name: 'plain' });
const slow = aClass({ name: 'slow', staleWhileRevalidate: '1m' });

async function scene() {
  const settings = { LOG_HASH_IDS, ADMIN_TOKENS: await adminTokens('purge') };
  return world([report, plain, slow], {
    settings,
    routes: (app) => {
      app.get('/t/:tenant/u/:user', async (c) => {
        const value = await cacheOf(c).read(report, { id: 'r1' });
        return cacheOf(c).json(value);
      });
      app.get('/thrown', async (c) => {
        const identity = await cacheOf(c).identity();
        throw new Problem('unavailable', {
          why: `no rows of ${identity?.tenant}/${identity?.user}, or of acmes`,
        });
      });
    },
  });
}

test('every line of a request has hashes in place of its tenant and user, whatever names them', async () => {
  const { origin, edge, clock } = await scene();
  origin.on('/tenants/acme/users/ann/r1', { total: 1 });
  await edge.get('/t/acme/u/ann');
  await edge.get('/t/acme/u/ann');
  origin.on('/tenants/acme/users/ann/r1', failing(500));
  clock.advance(60_000);
  await edge.get('/t/acme/u/ann');
  await edge.get('/thrown');
  const asked = { path: `/t/${acme}/u/${ann}`, tenant: acme };
  const failed = { origin_path: `/tenants/${acme}/users/${ann}/r1` };
  expect(edge.log).toMatchObject([
    { ...asked, outcome: 'miss', ...failed },
    { ...asked, outcome: 'hit' },
    { ...asked, outcome: 'error', ...failed, failures: [failed] },
    { tenant: acme, path: '/thrown', why: `no rows of ${acme}/${ann}, or of acmes` },
  ]);
  expect(JSON.stringify(edge.log)).not.toMatch(/\bacme\b|\bann\b/);
});

test('one that a URL writes otherwise too', async () => {
  const { origin, edge } = await scene();
  origin.on('/plain/p1', { total: 1 });
  await edge.get('/plain/p1', { as: 'a&b c@d' });
  await edge.get('/plain/a%26b%20c', { as: 'a&b c@d' });
  const [first, second] = edge.log;
  expect(second!['path']).toMatch(/^\/plain\/[0-9a-f]{16}$/);
  expect(second!['tenant']).toBe(first!['tenant']);
});

test('the tenant that an admin names', async () => {
  const { edge } = await scene();
  const body = JSON.stringify({ tenant: 'acme', tags: ['report:r1'] });
  await edge.get('/-/purge', asAdmin('purge', { method: 'POST', body }));
  expect(edge.log).toMatchObject([{ path: '/-/purge', tenant: acme }]);
});

test('what is told later too', async () => {
  const { origin, edge, clock } = await scene();
  origin.on('/slow/ann', { total: 1 });
  await edge.get('/slow/ann');
  origin.on('/slow/ann', failing(500));
  clock.advance(11_000);
  await edge.get('/slow/ann');
  expect(edge.log.at(-1)).toMatchObject({ event: 'background', failures: [{ origin_path: `/slow/${ann}` }] });
});

test('who is cut is hashed before, so that no half of a name is left', async () => {
  const { edge } = await scene();
  const tenant = 't'.repeat(60);
  await edge.get(`/${'x'.repeat(100)}/${tenant}`, { as: `ann@${tenant}` });
  await edge.get(`/plain/${tenant}`, { as: `ann@${tenant}` });
  expect(JSON.stringify(edge.log[1])).not.toContain('ttt');
});

test('without the setting they are as they are', async () => {
  const { edge } = world([plain]);
  await edge.get('/plain/ann');
  expect(edge.log[0]).toMatchObject({ tenant: 'acme', path: '/plain/ann' });
});

test('a key that is too short to be one is refused', async () => {
  const { edge } = world([plain], { settings: { LOG_HASH_IDS: 'yes' } });
  await edge.get('/plain/ann');
  expect(edge.log).toMatchObject([{ event: 'settings', faults: [{ setting: 'LOG_HASH_IDS' }] }]);
});
