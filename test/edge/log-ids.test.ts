import { expect, test } from 'vitest';
import { edgeRequestOf } from '../../src/engine/request.ts';
import { cacheOf, httpCache, Problem } from '../../src/index.ts';
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

const saying = { text: '' };

async function scene() {
  const settings = { LOG_HASH_IDS, ADMIN_TOKENS: await adminTokens('purge') };
  return world([report, plain, slow], {
    settings,
    routes: (app) => {
      app.get('/t/:tenant/u/:user', async (c) => {
        const value = await cacheOf(c).read(report, { id: 'r1' });
        return cacheOf(c).json(value);
      });
      app.get('/says', async (c) => {
        await cacheOf(c).identity();
        throw new Error(saying.text);
      });
      app.get('/event', async (c) => {
        await cacheOf(c).identity();
        edgeRequestOf(c).logged = { event_id: 'evt-of acme', hook_event: 'acme.changed' };
        return c.text('');
      });
      app.all('/public/*', httpCache({ origin: 'https://origin.test' }));
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
  const asked = { path: '/t/:tenant/u/:user', tenant: acme };
  expect(edge.log).toMatchObject([
    { ...asked, outcome: 'miss' },
    { ...asked, outcome: 'hit' },
    { ...asked, outcome: 'error', failures: [{ note: 'origin-failed' }] },
    { tenant: acme, path: '/thrown', why: `no rows of ${acme}/${ann}, or of acmes` },
  ]);
  expect(JSON.stringify(edge.log)).not.toMatch(/\bacme\b|\bann\b/);
});

/** Another's id, or one that nobody has verified, cannot be known for one: of a path the route is shown. */
test.each([
  ["o'brien@acme", "/plain/o'brien", 200, '/plain/:id'],
  ["o'brien@acme", '/plain/o%27brien', 200, '/plain/:id'],
  ['ann@acme', '/plain/globex', 200, '/plain/:id'],
  ['ann@acme', '/plain/acme-invoices', 200, '/plain/:id'],
  [null, '/plain/acme', 401, '/plain/:id'],
  ['ann@acme', '/t/globex/u/bob', 200, '/t/:tenant/u/:user'],
  ['ann@acme', '/nothing/acme', 404, '/*'],
  [null, '/acme', 404, '/*'],
  [null, '/-/purges/acme', 401, '/-/purges/:id'],
  ['ann@acme', '/public/acme/../ann/x', 200, '/public/*'],
])('%s asks for %s', async (as, path, status, logged) => {
  const { origin, edge } = await scene();
  for (const at of ["/plain/o'brien", '/plain/o%27brien', '/plain/globex', '/plain/acme-invoices'])
    origin.on(at, { total: 1 });
  origin.on('/tenants/acme/users/ann/r1', { total: 1 });
  origin.on('/public/ann/x', { total: 1 });
  expect((await edge.get(path, { as })).status).toBe(status);
  expect(edge.log).toMatchObject([{ path: logged, status }]);
  expect(JSON.stringify(edge.log)).not.toMatch(/acme|\bann\b|brien|globex|bob/);
});

/** However it is written: what an error says may be of a URL, or of what somebody else has encoded. */
test.each([
  ["o'brien", "o'brien", 'o%27brien'],
  ['urn:x(1)', 'urn:x(1)', 'urn%3Ax%281%29', 'urn%3ax%281%29', 'urn%253Ax%25281)'],
  ['a:b', 'a:b', 'a%3Ab', 'a%3ab', '%61:b'],
  ['a&b c', 'a&b c', 'a%26b%20c', 'a%26b c', 'a&b+c'],
  ['a+b', 'a+b', 'a%2Bb', 'a%2bb'],
])('%s in what an error says', async (user, ...forms) => {
  const { edge } = await scene();
  for (const form of forms) {
    saying.text = `no rows of (${form}) or of ${form}`;
    await edge.get('/says', { as: `${user}@acme` });
    expect(edge.log.at(-1)!['why']).toMatch(/no rows of \(([0-9a-f]{16})\) or of \1(\n|$)/);
  }
});

test.each([
  ['at its end', 170],
  ['within it', 185],
  ['at its beginning', 196],
])('half a name is none where what an error says is cut %s', async (_, length) => {
  const { edge } = await scene();
  const user = 'ann.of.the.secret.department';
  saying.text = `${'x'.repeat(length - 1)} ${user}`;
  await edge.get('/says', { as: `${user}@acme` });
  expect(JSON.stringify(edge.log)).not.toMatch(/ann\.|secret/);
});

test('what the sender of a webhook calls its event, and who looks at the console', async () => {
  const { edge } = await scene();
  await edge.get('/event', { as: 'ann@acme' });
  expect(edge.log[0]).toMatchObject({ event_id: `evt-of ${acme}`, hook_event: `${acme}.changed` });
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
  expect(edge.log.at(-1)).toMatchObject({ event: 'background', failures: [{ note: 'origin-failed' }] });
  expect(JSON.stringify(edge.log)).not.toMatch(/\bann\b/);
});

test('who is cut is hashed before, so that no half of a name is left', async () => {
  const { edge } = await scene();
  const tenant = 't'.repeat(60);
  await edge.get(`/${'x'.repeat(100)}/${tenant}`, { as: `ann@${tenant}` });
  await edge.get(`/plain/${tenant}`, { as: `ann@${tenant}` });
  saying.text = `${'x'.repeat(100)} ${tenant}`;
  await edge.get('/says', { as: `ann@${tenant}` });
  expect(JSON.stringify(edge.log)).not.toContain('ttt');
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
