import { expect, test } from 'vitest';
import { path, storable } from '../support/worker/front-ends.ts';
import { json } from '../support/worker/origin.ts';
import { modesWorld } from './shadowed.ts';

const patched = 'PATCH /report/r1';

test('what was stored before it was off is judged by every purge since', async () => {
  const { on, off, edgeIn, origin, purge } = modesWorld({ l1: '1ms' });
  origin.on(path, storable({ total: 1 }));
  await on.get(path);
  origin.on(path, storable({ total: 2 }));
  expect((await off.get(path)).json, 'off: the origin answers, whatever is stored').toEqual({ total: 2 });
  await purge('report:r1');
  const again = edgeIn({ mode: 'on' });
  const answer = await again.get(path);
  expect(answer.json).toEqual({ total: 2 });
  expect(answer.cacheStatus).toContain('detail=purged');
});

test('nothing is stored while it is off, and Redis is asked for flags alone', async () => {
  const { on, off, origin } = modesWorld();
  origin.on(path, storable({ total: 1 }));
  await off.get(path);
  await off.get(path);
  expect(off.redis.tookWithNames()).toEqual([{ verb: 'lookup', names: ['rollout'] }]);
  expect((await on.get(path)).cacheStatus).toContain('uri-miss');
});

test.each(['off', 'shadow', 'on'] as const)('a write purges where the class is %s', async (mode) => {
  const { on, edgeIn, origin } = modesWorld({ writeThrough: 'purge', l1: '1ms' });
  origin.on(path, storable({ total: 1 }));
  await on.get(path);
  origin.on(patched, json({ total: 2 }));
  origin.on(path, storable({ total: 2 }));
  await edgeIn({ mode }).get(path, { method: 'PATCH', body: '{}' });
  expect((await edgeIn({ mode: 'on' }).get(path)).cacheStatus).toContain('detail=purged');
});

test.each([
  ['off', 'uri-miss', '100%'],
  ['shadow', 'uri-miss', '0%'],
  ['shadow', 'hit', '100%'],
  ['on', 'hit', '0%'],
] as const)(
  'what a write answers is stored where the class is on, and in the shadow by who may fill: %s',
  async (mode, status, shadowFills) => {
    const { edgeIn, origin } = modesWorld({ writeThrough: 'store' });
    origin.on(patched, () => json({ total: 2 }));
    origin.on(path, storable({ total: 2 }));
    await edgeIn({ mode, shadowFills }).get(path, { method: 'PATCH', body: '{}' });
    expect((await edgeIn({ mode: 'on' }).get(path)).cacheStatus).toContain(status);
  },
);

test('who is not in the percentage has the origin’s answer, and his writes purge for those who are', async () => {
  const declared = { writeThrough: 'store', l1: '1ms' } as const;
  const { edgeIn, origin } = modesWorld(declared);
  const edge = edgeIn({ mode: 'on', percent: '50%', unit: 'user', allow: ['acme/ann'], deny: ['acme/bob'] });
  origin.on(path, storable({ total: 1 }));
  await edge.get(path, { as: 'ann@acme' });
  origin.on(path, storable({ total: 2 }));
  const bobs = await edge.get(path, { as: 'bob@acme' });
  expect([bobs.json, bobs.cacheStatus]).toEqual([
    { total: 2 },
    'Stillfresh; fwd=bypass; fwd-status=200; detail=off',
  ]);
  expect((await edge.get(path, { as: 'ann@acme' })).json).toEqual({ total: 1 });
  origin.on(patched, () => json({ total: 3 }));
  origin.on(path, storable({ total: 3 }));
  await edge.get(path, { as: 'bob@acme', method: 'PATCH', body: '{}' });
  expect((await edge.get(path, { as: 'ann@acme' })).json).toEqual({ total: 3 });
});
