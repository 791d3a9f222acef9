import { expect, test } from 'vitest';
import { httpRoute } from '../../src/http-cache/options.ts';
import { httpCache } from '../../src/index.ts';
import { bucketOf } from '../../src/rollout/bucket.ts';
import type { Flags } from '../../src/rollout/flags.ts';
import { said } from '../http-cache/support.ts';
import { flagsOf, killed } from '../rollout/support.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { setFlags } from '../support/worker/flags.ts';
import { json } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const cls = aClass();
const cache = httpRoute({ name: 'pages' }).cls;
const bucket = (className: string, name: string) => Math.round(bucketOf(className, name) * 100) / 100;

/** A report and a page are stored, while all is on; then the flags are these. */
async function switched(flags: Flags | null, settings: Record<string, string> = {}) {
  const { edge, origin, store, clock, anotherEdge } = world([cls], {
    settings: { ADMIN_TOKENS: await adminTokens('read') },
    routes: (app) => app.all('/pages/*', httpCache({ origin: 'https://origin.test', name: 'pages' })),
  });
  origin.on('/report/r1', () => json({ a: 1 }));
  origin.on('/pages/a', said('a', { 'Cache-Control': 'max-age=10' }));
  await edge.get('/report/r1');
  await edge.get('/pages/a', { as: null });
  if (flags) await setFlags(store, flags);
  const asked = settings['KILL_SWITCH']
    ? anotherEdge({ settings: { ADMIN_TOKENS: await adminTokens('read'), ...settings } })
    : edge;
  const explained = async (query: string) => {
    asked.redis.took();
    const { status, json: view } = await asked.get(`/-/explain?${query}`, asAdmin('read'));
    expect(status).toBe(200);
    expect(new Set(asked.redis.took())).toEqual(new Set(['lookup']));
    return view as Record<string, unknown>;
  };
  return { explained, edge: asked, clock, origin };
}

const report = 'path=/report/r1&tenant=acme&user=ann';
const page = 'path=/pages/a';

test('on for all: the cache answers, and there is nothing else to say', async () => {
  const { explained } = await switched(null);
  for (const query of [report, page])
    expect(await explained(query)).toMatchObject({
      ...{ verdict: 'hit', mode: 'on', would_be: null },
      rollout: { says: 'The class is on for all', mode: 'on', percent: 100, from: 'strategy', group: null },
    });
});

test.each([
  ['off', 'The class is off: too slow, by ops', null],
  [
    'shadow',
    'The class is in the shadow: too slow, by ops; the origin answers, and the cache is filled and compared beside it',
    'shadow',
  ],
] as const)('%s: why, since when, and what the cache would have said', async (mode, says, group) => {
  for (const [query, of] of [[report, cls] as const, [page, cache] as const]) {
    const { explained, edge } = await switched(flagsOf(of, { mode, why: 'too slow', sinceMs: 86_400_000 }));
    // The latest flags count, though this isolate does not have them yet.
    expect(await explained(query)).toMatchObject({
      verdict: `fwd=bypass; detail=${mode}`,
      ...{
        outcome: 'bypass',
        reason: mode,
        why: says,
        status: null,
        mode,
        since: '1970-01-02T00:00:00.000Z',
      },
      rollout: { says, by: 'ops', from: 'flags', group },
      would_be: { verdict: 'hit', cache_status: expect.stringMatching(/^Stillfresh; hit; ttl=\d+$/) },
      stored: true,
    });
    expect(edge.isolate.flags.flags, 'nothing was changed').toBeNull();
  }
});

test('on for a percentage: whether who asks is among them', async () => {
  const ofAcme = bucket('report', 'acme');
  const { explained } = await switched(flagsOf(cls, { percent: Math.ceil(ofAcme), step: 2 }));
  expect(await explained(report)).toMatchObject({
    ...{ verdict: 'hit', mode: 'on', would_be: null },
    rollout: { bucket: ofAcme, unit: 'tenant', name: 'acme', group: 'on' },
  });
  expect((await explained(report))['rollout']).toMatchObject({
    says: `The class is on for ${Math.ceil(ofAcme)} % of tenants, and acme is among them`,
  });
  const outside = await switched(flagsOf(cls, { percent: Math.floor(ofAcme), step: 2 }));
  expect(await outside.explained(report)).toMatchObject({
    ...{ verdict: 'fwd=bypass; detail=off', mode: 'off' },
    why: `The class is on for ${Math.floor(ofAcme)} % of tenants, and acme is not among them`,
    ...{ rollout: { group: 'control' }, would_be: { verdict: 'hit' } },
  });
});

test('by name: which list it is in', async () => {
  const { explained } = await switched(
    flagsOf(cls, { percent: 0, step: 1, allow: ['acme'], deny: ['acme/bob'] }),
  );
  expect(await explained(report)).toMatchObject({ mode: 'on', rollout: { listed: 'allow', group: null } });
  expect(await explained('path=/report/r1&tenant=acme&user=bob')).toMatchObject({
    ...{ mode: 'off', why: 'The class is on, and its list deny names who asks' },
    rollout: { listed: 'deny' },
  });
});

test('killed: by the flag with its reason, or by the setting', async () => {
  const byFlag = await switched(killed());
  const bySetting = await switched(null, { KILL_SWITCH: 'on' });
  for (const query of [report, page]) {
    expect(await byFlag.explained(query)).toMatchObject({
      ...{ reason: 'kill-switch', why: 'The kill switch is on: as a test has it, by ops', mode: 'off' },
      ...{ rollout: { killed: true }, would_be: { verdict: 'hit' }, since: '1970-01-01T00:00:01.000Z' },
    });
    expect(await bySetting.explained(query)).toMatchObject({
      ...{ reason: 'kill-switch', why: 'The kill switch is on, by the setting KILL_SWITCH', since: null },
    });
  }
});

test('flags that are due while an entry is trusted are left to the next read', async () => {
  const settings = { ADMIN_TOKENS: await adminTokens('read') };
  const { edge, origin, clock } = world([aClass({ ttl: '1h', l1: '10m' })], { settings });
  origin.on('/report/r1', () => json({ a: 1 }));
  await edge.get('/report/r1');
  clock.advance(22_000);
  const { status, json: view } = await edge.get(`/-/explain?${report}`, asAdmin('read'));
  expect([status, view]).toEqual([200, expect.objectContaining({ mode: 'on', layer: 'l1', verdict: 'hit' })]);
  edge.redis.took();
  await edge.get('/report/r1');
  expect(edge.redis.took()).toEqual(['lookup']);
});
