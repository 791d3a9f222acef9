import { beforeEach, expect, test } from 'vitest';
import { searchesFor } from '../../src/invalidation/erasure.ts';
import { Names } from '../../src/store/names.ts';
import { orderOf } from '../../src/strategy/purge-order.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { type Answer, aClass, world } from '../support/worker/world.ts';

/** A tenant's data deleted from the store, not only made unusable: in parts, by deliveries that may come twice. */
async function scene(bounds: { scanCount?: number; eraseStepMs?: number } = {}) {
  const queue = new HandQueue();
  const named = aClass({ name: 'named', tagsFromAnswer: true, tags: [] });
  const settings = { ADMIN_TOKENS: await adminTokens('purge') };
  const made = world([aClass(), named], { settings, queue, bounds });
  for (const id of ['r1', 'r2', 'r3']) made.origin.on(`/report/${id}`, { id });
  const read = (path: string, as: string) => made.edge.get(path, { as });
  const namesOf = async (part: string) =>
    (await made.store.receipts.scan({ cursor: '0', match: `*${part}*`, count: 1_000_000 })).names;
  const erase = () =>
    made.edge.get(
      '/-/purge',
      asAdmin('purge', {
        method: 'POST',
        body: JSON.stringify({ tenant: 'acme', everything: true, erase: true }),
      }),
    );
  const receipt = async (answer: Answer) =>
    (await made.edge.get(`/-/purges/${(answer.json as { purge_id: string }).purge_id}`, asAdmin('purge')))
      .json;
  return { ...made, queue, read, namesOf, erase, receipt };
}

let it: Awaited<ReturnType<typeof scene>>;
beforeEach(async () => {
  it = await scene();
});

async function fillBoth(): Promise<void> {
  for (const tenant of ['acme', 'acmecorp', 'globex'])
    for (const id of ['r1', 'r2', 'r3']) await it.read(`/report/${id}`, `ann@${tenant}`);
}

test('Everything of the tenant is deleted, nothing of another, not even of one whose name begins alike', async () => {
  await fillBoth();
  const others = [...(await it.namesOf('acmecorp')), ...(await it.namesOf('globex'))].sort();
  const answer = await it.erase();
  expect(it.queue.says).toEqual(['erase', 'verify +31s']);
  expect(await it.receipt(answer)).toMatchObject({
    state: 'applied',
    erasure: { state: 'running', deleted: 0 },
  });
  expect(await it.queue.deliver(it.edge, 'erase')).toMatchObject({ status: 200 });
  // 3 entries; generations of the tenant, the class and 3 tags.
  expect(await it.receipt(answer)).toMatchObject({ erasure: { state: 'done', deleted: 8 } });
  expect(await it.namesOf(':tenant:acme:')).toEqual([]);
  expect(await it.namesOf('gen:acme:')).toEqual([]);
  expect(await it.namesOf('last:acme')).toEqual([]);
  expect([...(await it.namesOf('acmecorp')), ...(await it.namesOf('globex'))].sort()).toEqual(others);
});

test('It is unusable before the first name is deleted', async () => {
  await fillBoth();
  await it.erase();
  expect((await it.read('/report/r1', 'ann@acme')).cacheStatus).toContain('detail=purged');
});

test('In small parts it goes on where it was, and shows how far it is', async () => {
  it = await scene({ scanCount: 4, eraseStepMs: 1 });
  await fillBoth();
  const answer = await it.erase();
  // Each look at the clock moves it on: every delivery scans one part and hands on.
  const { store } = it;
  const scan = store.receipts.scan.bind(store.receipts);
  store.receipts.scan = (part) => {
    it.clock.advance(1);
    return scan(part);
  };
  let deliveries = 0;
  let scanned = 0;
  while (it.queue.says.includes('erase')) {
    await it.queue.deliver(it.edge, 'erase');
    deliveries += 1;
    const { erasure } = (await it.receipt(answer)) as { erasure: { scanned: number } };
    expect(erasure.scanned).toBeGreaterThanOrEqual(scanned);
    scanned = erasure.scanned;
  }
  expect(deliveries).toBeGreaterThan(5);
  expect(await it.receipt(answer)).toMatchObject({ erasure: { state: 'done', deleted: 8 } });
});

test('Two deliveries that meet do not fork: the one that comes second ends', async () => {
  await fillBoth();
  const answer = await it.erase();
  const { store } = it;
  const scan = store.receipts.scan.bind(store.receipts);
  let scans = 0;
  const counted: typeof scan = (part) => {
    scans += 1;
    return scan(part);
  };
  const held = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  store.receipts.scan = async (part) => {
    store.receipts.scan = counted;
    const scanned = await counted(part);
    reached.resolve();
    await held.promise;
    return scanned;
  };
  it.queue.taken.push({ ...it.queue.taken[0]! });
  const first = it.queue.deliver(it.edge, 'erase');
  await reached.promise;
  expect(await it.queue.deliver(it.anotherEdge(), 'erase')).toMatchObject({ status: 200 });
  held.resolve();
  expect(await first).toMatchObject({ status: 200 });
  expect(scans).toBe(1 + 3); // the one that was held, and the three of the other
  expect(await it.receipt(answer)).toMatchObject({ erasure: { state: 'done', deleted: 8 } });
});

test('Its messages lost, the look at it goes on with it, and verifies when all is deleted', async () => {
  await fillBoth();
  const answer = await it.erase();
  it.queue.taken.shift();
  it.clock.advance(31_000);
  await it.queue.deliver(it.edge, 'verify');
  // The entries have ended by themselves meanwhile, their generations have not.
  expect(await it.receipt(answer)).toMatchObject({
    state: 'applied',
    erasure: { state: 'done', deleted: 5 },
  });
  it.clock.advance(31_000);
  await it.queue.deliver(it.edge, 'verify');
  expect(await it.receipt(answer)).toMatchObject({ state: 'verified' });
  expect(it.queue.says).toEqual([]);
});

test('With the queue down it is begun at once', async () => {
  await fillBoth();
  it.queue.down = true;
  expect(await it.receipt(await it.erase())).toMatchObject({ erasure: { state: 'done', deleted: 8 } });
});

test('What is deleted name by name is unusable first, whichever message comes', async () => {
  for (const step of ['erase', 'verify']) {
    it = await scene();
    await fillBoth();
    it.edge.redis.fail('purge');
    const answer = await it.erase();
    it.edge.redis.heal();
    await it.queue.deliver(it.edge, step);
    expect(await it.receipt(answer)).toMatchObject({ state: 'applied', erasure: { state: 'done' } });
  }
});

test('The tenant’s latest purge is forgotten too', async () => {
  it.origin.on('/named/a', {});
  await it.read('/named/a', 'ann@acme');
  expect(await it.namesOf('last:acme')).toEqual(['last:acme']);
  await it.erase();
  await it.queue.deliver(it.edge, 'erase');
  expect(await it.namesOf('last:acme')).toEqual([]);
});

test('Nothing of other deployments in the same database is deleted', async () => {
  const theirs = ['crm:report:v1:tenant:acme:r1', 'crm:gen:acme:@t'];
  for (const key of theirs) await it.store.receipts.swap({ key, expected: null, value: 'x', lifeMs: 60_000 });
  await it.erase();
  await it.queue.deliver(it.edge, 'erase');
  expect(await it.store.lookup(theirs)).toEqual(['x', 'x']);
});

test('A name that was cut behind its tenant is told by what is left of it: nothing is read for that', () => {
  const order = orderOf({ id: '12345678', source: 't', whose: 'tenant', tenant: 'acme', acceptedMs: 0 });
  const [entries] = searchesFor(order, new Names(''));
  expect(entries!.belongs('report:v1:tenant:acme:long:@sha256:00')).toBe(true);
  expect(entries!.belongs('report:v1:tenant:acmecorp:long:@sha256:00')).toBe(false);
  expect(entries!.belongs('report:v1:tenant:acme:@sha256:00')).toBe('look');
});

test('A class called tenant is found under a namespace too', () => {
  const order = orderOf({ id: '12345678', source: 't', whose: 'tenant', tenant: 'acme', acceptedMs: 0 });
  const [entries] = searchesFor(order, new Names('prod'));
  expect(entries!.belongs('prod:tenant:v1:tenant:acme:r1')).toBe(true);
  expect(entries!.belongs('prod:tenant:v1:tenant:acmecorp:r1')).toBe(false);
});

test('Redis fails in the midst of it: the delivery is to come again, and then it ends', async () => {
  await fillBoth();
  const answer = await it.erase();
  it.queue.taken.push({ ...it.queue.taken[0]! });
  it.edge.redis.fail('purge');
  expect(await it.queue.deliver(it.edge, 'erase')).toMatchObject({ status: 503 });
  it.edge.redis.heal();
  expect(await it.queue.deliver(it.edge, 'erase')).toMatchObject({ status: 200 });
  expect(await it.receipt(answer)).toMatchObject({ erasure: { state: 'done' } });
});

test('Tags remembered for the next lease are the tenant’s data too', async () => {
  it.origin.on('/named/a', () => Response.json({}, { headers: { 'Cache-Tag': 'shelf-of-ann' } }));
  const key = new Names('');
  const late = await key.late('named', 'named:v1:tenant:acme:a');
  await it.store.receipts.swap({ key: late, expected: null, value: 'gen:acme:shelf-of-ann', lifeMs: 60_000 });
  const others = await key.late('named', 'named:v1:tenant:globex:a');
  await it.store.receipts.swap({ key: others, expected: null, value: 'gen:globex:x', lifeMs: 60_000 });
  await it.erase();
  await it.queue.deliver(it.edge, 'erase');
  expect(await it.store.lookup([late, others])).toEqual([null, 'gen:globex:x']);
});

test('A name that was cut within the tenant is told by what the entry says of itself', async () => {
  const tenant = '!'.repeat(250);
  const other = `${tenant}b`;
  const long = aClass({ name: 'n'.repeat(64) });
  it = {
    ...it,
    ...world([long], { settings: { ADMIN_TOKENS: await adminTokens('purge') }, queue: it.queue }),
  };
  it.origin.on(`/${long.name}/r1`, { id: 'r1' });
  for (const of of [tenant, other]) await it.edge.get(`/${long.name}/r1`, { as: `ann@${of}` });
  const stored = async () =>
    (await it.store.receipts.scan({ cursor: '0', match: `${long.name}*`, count: 1000 })).names.length;
  expect(await stored()).toBe(2);
  const cut = (await it.store.receipts.scan({ cursor: '0', match: `${long.name}*`, count: 1000 })).names;
  expect(cut.every((name) => name.includes('@sha256:'))).toBe(true);
  await it.edge.get(
    '/-/purge',
    asAdmin('purge', { method: 'POST', body: JSON.stringify({ tenant, everything: true, erase: true }) }),
  );
  await it.queue.deliver(it.edge, 'erase');
  expect(await stored()).toBe(1);
  expect((await it.edge.get(`/${long.name}/r1`, { as: `ann@${other}` })).cacheStatus).toContain('hit');
});

test('No pattern has a character that SCAN reads otherwise', () => {
  const order = orderOf({
    id: '12345678',
    source: 't',
    whose: 'tenant',
    tenant: 'a*?[x]\\^b',
    acceptedMs: 0,
  });
  for (const { match } of searchesFor(order, new Names('s*')))
    expect(match.replaceAll('*', '')).toMatch(/^[A-Za-z0-9_.~:%-]*$/);
});
