import { describe, expect, test } from 'vitest';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { failing } from '../support/worker/origin.ts';
import { type Asked, aClass, type TestEdge, type WorldOptions, world } from '../support/worker/world.ts';

const sampled = { LOG_SAMPLE: '0.01' };
const ADMIN_TOKENS = await adminTokens('purge');

/** One that chance does not choose. */
function scene(settings: WorldOptions['settings'] = sampled, chance = 0.01) {
  const made = world([aClass()], { settings: { ADMIN_TOKENS, ...settings } });
  made.chance.random = () => chance;
  made.origin.on('/report/r1', { total: 1 });
  return made;
}

const asked = async (edge: TestEdge, path: string, how: Asked = {}) => {
  edge.log.length = 0;
  await edge.get(path, how);
  return edge.log;
};

describe('LOG_SAMPLE leaves out what chance does not choose', () => {
  test.each<[what: string, path: string, how?: Asked]>([
    ['a miss', '/report/r1'],
    ['a path that there is not', '/nothing'],
    ['a method that there is not', '/report/r1', { method: 'DELETE' }],
    ['health', '/-/health'],
    ['a 404 of the origin', '/report/r9'],
  ])('%s', async (_what, path, how) => {
    expect(await asked(scene().edge, path, how)).toEqual([]);
    const chosen = await asked(scene(sampled, 0.009).edge, path, how);
    expect(chosen).toMatchObject([{ event: 'request', sample: 0.01 }]);
  });

  test('a hit, of either layer', async () => {
    const { edge, anotherEdge } = scene();
    await edge.get('/report/r1');
    expect(await asked(edge, '/report/r1')).toEqual([]);
    expect(await asked(anotherEdge(), '/report/r1')).toEqual([]);
  });
});

describe('and never', () => {
  test('an error', async () => {
    const { origin, edge } = scene();
    origin.on('/report/r1', failing(500));
    const [line] = await asked(edge, '/report/r1');
    expect(line).toMatchObject({ outcome: 'error' });
    expect(line!['sample']).toBeUndefined();
  });

  test.each<[what: string, status: number, path: string, how: Asked]>([
    ['nobody', 401, '/report/r1', { as: null }],
    ['a token that proves nothing', 401, '/report/r1', { as: null, headers: { Authorization: 'Bearer x' } }],
    ['a parameter that there is not', 400, '/report/r1?colour=red', {}],
    ['a URL that is too long', 414, `/report/${'x'.repeat(20_000)}`, {}],
    ['no admin', 401, '/-/purges', { as: null }],
  ])('whom we refuse: %s', async (_what, status, path, how) => {
    expect(await asked(scene().edge, path, how)).toMatchObject([{ outcome: 'refused', status }]);
  });

  test('what has a note', async () => {
    const { edge } = scene();
    edge.redis.fail('fill');
    expect(await asked(edge, '/report/r1')).toMatchObject([
      { outcome: 'miss', notes: expect.arrayContaining(['fill-failed']) },
    ]);
  });

  test('who purges by hand', async () => {
    const purge = asAdmin('purge', {
      method: 'POST',
      body: JSON.stringify({ tenant: 'acme', tags: ['report:r1'] }),
    });
    expect(await asked(scene().edge, '/-/purge', purge)).toMatchObject([{ status: 202 }]);
  });
});

test.each([
  ['0', 0, []],
  ['1', 0.999, [{ outcome: 'miss' }]],
  ['.25', 0.2, [{ outcome: 'miss', sample: 0.25 }]],
])('LOG_SAMPLE=%s', async (LOG_SAMPLE, chance, lines) => {
  expect(await asked(scene({ LOG_SAMPLE }, chance).edge, '/report/r1')).toMatchObject(lines);
});

test.each(['2', '-1', '1.5', 'half', '0.', '1e-3', ''])('LOG_SAMPLE=%j is refused', async (LOG_SAMPLE) => {
  expect(await asked(scene({ LOG_SAMPLE }).edge, '/report/r1')).toMatchObject([
    { event: 'settings', faults: [{ setting: 'LOG_SAMPLE', says: expect.stringContaining('from 0 to 1') }] },
  ]);
});
