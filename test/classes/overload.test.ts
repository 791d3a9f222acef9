import { expect, test } from 'vitest';
import { aClass, world } from '../support/worker/world.ts';

const report = aClass();
const strict = aClass({ name: 'rights', consistency: 'strict' });

test('a tenant has so many fetches and no more; beyond it 503, and others are not touched', async () => {
  const { origin, edge } = world([report], { bounds: { fetchesPerTenant: 2 } });
  const held = ['r1', 'r2'].map((id) => origin.hold(`/report/${id}`));
  const under = ['r1', 'r2'].map((id) => edge.ask(`/report/${id}`));
  await Promise.all(held.map((it) => it.arrived()));

  const refused = await edge.ask('/report/r3');
  expect(refused).toMatchObject({
    status: 503,
    cacheStatus: 'Stillfresh; fwd=uri-miss; detail=overloaded',
    json: { type: 'urn:stillfresh:problem:overloaded' },
  });
  expect(refused.headers.get('Retry-After')).toBe('1');
  expect(edge.log.at(-1)).toMatchObject({ level: 'error', notes: ['overloaded'] });
  expect(origin.count('/report/r3')).toBe(0);

  origin.on('/report/r4', { total: 4 });
  expect(await edge.ask('/report/r4', { as: 'zoe@globex' })).toMatchObject({ status: 200 });

  for (const it of held) it.answer({ total: 1 });
  await Promise.all(under);
  await edge.settled();
  origin.on('/report/r3', { total: 3 });
  expect(await edge.get('/report/r3')).toMatchObject({ status: 200 });
});

test('so has the isolate, whoever asks', async () => {
  const { origin, edge } = world([report], { bounds: { fetchesPerIsolate: 1 } });
  const held = origin.hold('/report/r1');
  const under = edge.ask('/report/r1');
  await held.arrived();
  expect(await edge.ask('/report/r1', { as: 'zoe@globex' })).toMatchObject({ status: 503 });
  held.answer({ total: 1 });
  await under;
});

test('a strict class is refused too', async () => {
  const { edge } = world([strict], { bounds: { fetchesPerTenant: 0 } });
  expect(await edge.get('/rights/r1')).toMatchObject({
    status: 503,
    cacheStatus: 'Stillfresh; fwd=uri-miss; detail=overloaded',
  });
});

test('a write that is turned away has cost Redis nothing', async () => {
  const written = aClass({ writeThrough: 'store' });
  const { origin, edge } = world([written], { bounds: { fetchesPerTenant: 1 } });
  const held = origin.hold('/report/r1');
  const under = edge.ask('/report/r1');
  await held.arrived();
  edge.redis.took();
  expect(await edge.ask('/report/r2', { method: 'PATCH', body: '{}' })).toMatchObject({
    status: 503,
    cacheStatus: 'Stillfresh; fwd=method; detail=overloaded',
  });
  expect(edge.redis.took()).toEqual([]);
  held.answer({ total: 1 });
  await under;
});
