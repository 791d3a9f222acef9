import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { failing, json, timesOut } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const purges = aClass({ writeThrough: 'purge' });
const stores = aClass({ writeThrough: 'store' });
const patch = { method: 'PATCH', body: '{"total":2}', headers: { 'Content-Type': 'application/json' } };

/** `r1` is cached with total 1, and PATCH makes it 2. */
async function cachedReport(cls = stores) {
  const it = world([cls]);
  it.origin.on('/report/r1', { total: 1 });
  it.origin.on('PATCH /report/r1', { total: 2 });
  await it.edge.get('/report/r1');
  it.edge.redis.took();
  return it;
}

test('the write reaches the origin as the verified user’s, with the edge’s secret', async () => {
  const { origin, edge } = await cachedReport();
  await edge.get('/report/r1', {
    ...patch,
    headers: { ...patch.headers, 'X-Tenant-Id': 'globex', Cookie: 'a=b' },
  });
  const sent = origin.requests.at(-1)!;
  expect(await sent.text()).toBe('{"total":2}');
  expect(Object.fromEntries(sent.headers)).toEqual({
    'content-type': 'application/json',
    'x-origin-secret': 'the-secret-of-the-edge',
    'x-tenant-id': 'acme',
    'x-user-id': 'ann',
  });
});

test('the purge is applied before the answer leaves', async () => {
  const { edge } = await cachedReport(purges);
  const purge = edge.redis.hold('purge', 'request');
  let answered = false;
  const writing = edge.get('/report/r1', patch).finally(() => {
    answered = true;
  });
  await purge.arrived();
  expect(answered).toBe(false);
  purge.release();
  expect(await writing).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
    json: { total: 2 },
  });
  expect(edge.redis.took()).toEqual(['purge']);
});

test('purged only: the next read asks the origin', async () => {
  const { origin, edge, anotherEdge } = await cachedReport(purges);
  await edge.get('/report/r1', patch);
  origin.on('/report/r1', { total: 2 });
  expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  expect(await anotherEdge().get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
});

test('stored: its own isolate and every other read the new representation, without the origin', async () => {
  const { origin, edge, anotherEdge } = await cachedReport();
  const answer = await edge.get('/report/r1', patch);
  expect(answer).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=method; stored; fwd-status=200',
    json: { total: 2 },
  });
  expect(edge.redis.took()).toEqual(['lease', 'purge']);
  for (const it of [edge, anotherEdge()]) {
    expect(await it.get('/report/r1')).toMatchObject({
      cacheStatus: 'Stillfresh; hit; ttl=10',
      json: { total: 2 },
    });
  }
  expect(origin.count('/report/r1')).toBe(1);
});

test('an isolate that trusts its copy sees the write when the trust window is over', async () => {
  const { clock, edge, anotherEdge } = await cachedReport();
  const other = anotherEdge();
  await other.get('/report/r1');
  await edge.get('/report/r1', patch);
  clock.advance(1_000);
  expect(await other.get('/report/r1')).toMatchObject({ json: { total: 2 } });
});

test('a write that another one overtook is not stored', async () => {
  const { origin, edge, anotherEdge } = await cachedReport();
  const slow = origin.hold('PATCH /report/r1');
  const first = edge.get('/report/r1', patch);
  await slow.arrived();
  // The second write is sent later and answered first.
  const fast = anotherEdge();
  origin.on('PATCH /report/r1', { total: 3 });
  expect(await fast.get('/report/r1', patch)).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=method; stored; fwd-status=200',
  });
  slow.answer({ total: 2 });
  expect(await first).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
    json: { total: 2 },
  });

  origin.on('/report/r1', { total: 3 });
  for (const it of [edge, fast]) expect(await it.get('/report/r1')).toMatchObject({ json: { total: 3 } });
});

test('a read under way while the write goes through is not stored', async () => {
  const { origin, clock, edge, anotherEdge } = await cachedReport(purges);
  clock.advance(10_000);
  const reading = origin.hold('/report/r1');
  const early = edge.get('/report/r1');
  await reading.arrived();
  await anotherEdge().get('/report/r1', patch);
  reading.answer({ total: 1 });
  await early;
  origin.on('/report/r1', { total: 2 });
  expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
});

describe('a read in the same isolate while the purge is on its way', () => {
  const read = { json: { total: 2 } };

  test('applied already: nothing is served from memory', async () => {
    const { origin, edge } = await cachedReport(purges);
    origin.on('/report/r1', { total: 2 });
    const purge = edge.redis.hold('purge', 'reply');
    const writing = edge.get('/report/r1', patch);
    await purge.arrived();
    expect(await edge.ask('/report/r1')).toMatchObject(read);
    purge.release();
    await writing;
  });

  test('not applied yet: what it finds is not trusted afterwards', async () => {
    const { origin, edge } = await cachedReport(purges);
    const purge = edge.redis.hold('purge', 'request');
    const writing = edge.get('/report/r1', patch);
    await purge.arrived();
    expect(await edge.ask('/report/r1')).toMatchObject({ json: { total: 1 } });
    purge.release();
    await writing;
    origin.on('/report/r1', { total: 2 });
    expect(await edge.get('/report/r1')).toMatchObject(read);
  });

  test('nor is what was being filled', async () => {
    const { origin, edge } = world([purges]);
    origin.on('/report/r1', { total: 1 });
    origin.on('PATCH /report/r1', { total: 2 });
    const fill = edge.redis.hold('fill', 'reply');
    await edge.ask('/report/r1');
    await fill.arrived();
    await edge.ask('/report/r1', patch);
    fill.release();
    await edge.settled();
    origin.on('/report/r1', { total: 2 });
    expect(await edge.get('/report/r1')).toMatchObject(read);
  });
});

describe('what is not stored', () => {
  const issued = aClass({
    writeThrough: 'store',
    value: z.object({ status: z.string() }) as z.ZodType,
    storeWhen: (value) => (value as { status: string }).status !== 'draft',
  });

  test.each<[string, () => Response]>([
    ['a value that the class refuses', () => json({ status: 'draft' })],
    ['a value of another shape', () => json({ state: 'open' })],
    ['201', () => json({ status: 'open' }, { status: 201 })],
    ['204', () => new Response(null, { status: 204 })],
  ])('%s: purged, and read from the origin', async (_what, reply) => {
    const { origin, edge } = world([issued]);
    origin.on('/report/r1', { status: 'open' });
    await edge.get('/report/r1');
    origin.on('PATCH /report/r1', reply);
    const { status } = reply();
    expect(await edge.get('/report/r1', patch)).toMatchObject({
      status,
      cacheStatus: `Stillfresh; fwd=method; fwd-status=${status}`,
    });
    await edge.get('/report/r1');
    expect(origin.count('/report/r1')).toBe(2);
  });
});

describe('a write that fails', () => {
  test.each([400, 404, 409, 422])('%i: nothing was changed, so nothing is purged', async (status) => {
    const { origin, edge } = await cachedReport();
    origin.on('PATCH /report/r1', () => json({ error: 'no' }, { status }));
    expect(await edge.get('/report/r1', patch)).toMatchObject({
      status,
      cacheStatus: `Stillfresh; fwd=method; fwd-status=${status}`,
      json: { error: 'no' },
    });
    expect(edge.redis.took()).not.toContain('purge');
    expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
  });

  test.each([
    ['5xx', failing(500), 500, 'Stillfresh; fwd=method; fwd-status=500; detail=origin-failed'],
    ['no answer in time', timesOut, 504, 'Stillfresh; fwd=method; detail=origin-timeout'],
  ])('%s: it may have been carried out, so it is purged', async (_what, reply, status, cacheStatus) => {
    const { origin, edge } = await cachedReport();
    origin.on('PATCH /report/r1', reply);
    expect(await edge.get('/report/r1', patch)).toMatchObject({ status, cacheStatus });
    expect(edge.redis.took()).toEqual(['lease', 'purge']);
    origin.on('/report/r1', { total: 2 });
    expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test('the origin is overloaded: it was not sent, so nothing is purged', async () => {
    const { origin, edge } = world([stores], { bounds: { fetchesPerTenant: 0 } });
    const answer = await edge.get('/report/r1', patch);
    expect(answer).toMatchObject({ status: 503, cacheStatus: 'Stillfresh; fwd=method; detail=overloaded' });
    expect(answer.headers.get('Retry-After')).toBe('1');
    expect(edge.redis.took()).not.toContain('purge');
    expect(origin.count()).toBe(0);
  });
});

describe('a purge that fails', () => {
  test('the write stands, the answer says so, and the purge is tried again', async () => {
    const { origin, clock, edge, anotherEdge } = await cachedReport();
    const other = anotherEdge();
    await other.get('/report/r1');
    edge.redis.fail('purge');
    expect(await edge.ask('/report/r1', patch)).toMatchObject({
      status: 200,
      cacheStatus: 'Stillfresh; fwd=method; fwd-status=200; detail=purge-pending',
      json: { total: 2 },
    });
    expect(edge.notes).toContain('purge-failed');

    await clock.asleep(1);
    clock.advance(200);
    await clock.asleep(1);
    edge.redis.heal();
    clock.advance(1_000);
    await edge.settled();
    expect(edge.redis.took()).toEqual(['lease', 'purge', 'purge', 'purge']);
    origin.on('/report/r1', { total: 2 });
    expect(await other.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test('for good: the log says that it is lost', async () => {
    const { clock, edge } = await cachedReport();
    edge.redis.fail('purge');
    await edge.ask('/report/r1', patch);
    for (const ms of [200, 1_000, 5_000, 15_000]) {
      await clock.asleep(1);
      clock.advance(ms);
    }
    await edge.settled();
    expect(edge.notes).toContain('purge-lost');
  });

  test('an open breaker does not keep a purge from being tried', async () => {
    const { origin, edge } = await cachedReport(purges);
    origin.on('/report/r2', { total: 1 });
    edge.redis.fail();
    for (let i = 0; i < 20; i++) await edge.get('/report/r2');
    edge.redis.heal();
    edge.redis.took();
    expect(await edge.get('/report/r1', patch)).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
    });
    expect(edge.redis.took()).toEqual(['purge']);
  });
});

test('without Redis before the write: sent, not stored', async () => {
  const { edge } = await cachedReport();
  edge.redis.fail('lease');
  expect(await edge.get('/report/r1', patch)).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
  });
});

test('the client goes away: the write and its purge are anchored past it', async () => {
  const { origin, clock, edge, anotherEdge } = await cachedReport();
  const held = origin.hold('PATCH /report/r1');
  // Its context ends with the client, and only what was handed to waitUntil goes on.
  void edge.send('/report/r1', patch);
  await held.arrived();
  held.answer({ total: 2 });
  await edge.settled();
  expect(edge.redis.took()).toEqual(['lease', 'purge']);
  clock.advance(1_000);
  expect(await anotherEdge().get('/report/r1')).toMatchObject({ json: { total: 2 } });
});

test('a class that fails to say whether it stores: not stored, but purged all the same', async () => {
  const odd = aClass({
    writeThrough: 'store',
    storeWhen: () => {
      throw new Error('a bug in the class');
    },
  });
  const { origin, edge } = world([odd]);
  origin.on('PATCH /report/r1', { total: 2 });
  expect(await edge.get('/report/r1', patch)).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
  });
  expect(edge.redis.took()).toEqual(['lease', 'purge']);
  expect(edge.notes).toContain('store-when-failed');
  origin.on('/report/r1', { total: 2 });
  expect(await edge.get('/report/r1')).toMatchObject({ status: 200, json: { total: 2 } });
});
