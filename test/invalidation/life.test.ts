import { beforeEach, describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { delivery, HandQueue } from '../support/worker/queue.ts';
import { type Answer, aClass, type TestEdge, world } from '../support/worker/world.ts';

/** The life of a purge from its acceptance to its verification, told with a queue that the test delivers by hand. */

async function scene(different: Parameters<typeof aClass>[0] = {}) {
  const queue = new HandQueue();
  const made = world([aClass(different)], { settings: { ADMIN_TOKENS: await adminTokens('purge') }, queue });
  made.origin.on('/report/r1', { value: 'old' });
  const post = (body: object) =>
    made.edge.ask('/-/purge', asAdmin('purge', { method: 'POST', body: JSON.stringify(body) }));
  const receipt = async (id: unknown) =>
    (await made.edge.get(`/-/purges/${id}`, asAdmin('purge'))).json as Receipt;
  return { ...made, queue, post, receipt };
}
interface Receipt {
  readonly state: string;
  readonly [field: string]: unknown;
}
const idOf = (answer: Answer) => (answer.json as { purge_id: string }).purge_id;
const r1 = { tenant: 'acme', tags: ['report:r1'] };
const value = async (edge: TestEdge) => ((await edge.get('/report/r1')).json as { value: string }).value;

let it: Awaited<ReturnType<typeof scene>>;
beforeEach(async () => {
  it = await scene();
});

describe('A purge', () => {
  test('is accepted, applied beside the queue, and verified half a minute later', async () => {
    await it.edge.get('/report/r1');
    it.origin.on('/report/r1', { value: 'new' });
    const accepted = await it.post(r1);
    expect(accepted).toMatchObject({ status: 202, json: { purge_id: expect.any(String) } });
    expect(it.queue.says).toEqual(['apply', 'verify +31s']);
    await it.edge.settled();
    expect(await it.receipt(idOf(accepted))).toMatchObject({
      ...{
        purge_id: idOf(accepted),
        source: 'admin:purge',
        event_id: null,
        tenant: 'acme',
        tags: ['report:r1'],
      },
      ...{ mode: 'hard', state: 'applied', attempts: 1, applied_via: 'eager', verified_at: null },
      applied_at: new Date(it.clock.now()).toISOString(),
    });
    const read = await it.edge.get('/report/r1');
    expect(read.json).toEqual({ value: 'new' });
    expect(read.cacheStatus).toContain('fwd=');

    it.clock.advance(31_000);
    expect(await it.queue.deliver(it.edge, 'verify')).toMatchObject({ status: 200 });
    expect(await it.receipt(idOf(accepted))).toMatchObject({
      state: 'verified',
      verified_at: new Date(it.clock.now()).toISOString(),
    });
    expect(it.queue.says).toEqual(['apply']);
  });

  test('delivered after it was applied evicts nothing that was refilled since', async () => {
    await it.edge.get('/report/r1');
    await it.post(r1);
    await it.edge.settled();
    await it.edge.get('/report/r1'); // refilled
    const before = it.origin.count();
    expect(await it.queue.deliver(it.edge, 'apply')).toMatchObject({ status: 200 });
    expect((await it.anotherEdge().get('/report/r1')).cacheStatus).toContain('hit');
    expect(it.origin.count()).toBe(before);
  });

  test('reaches isolates that hold the entry, within their trust window', async () => {
    const other = it.anotherEdge();
    await it.edge.get('/report/r1');
    await other.get('/report/r1');
    it.origin.on('/report/r1', { value: 'new' });
    await it.post(r1);
    await it.edge.settled();
    expect(await value(it.edge)).toBe('new'); // at once where it was applied
    it.clock.advance(bounds.l1Ms);
    expect(await value(other)).toBe('new');
  });

  test('of a soft mode may be shown stale inside the window, and is refreshed', async () => {
    it = await scene({ staleWhileRevalidate: '1m' });
    await it.edge.get('/report/r1');
    it.origin.on('/report/r1', { value: 'new' });
    await it.post({ ...r1, mode: 'soft' });
    await it.edge.settled();
    it.clock.advance(1);
    expect(await it.edge.get('/report/r1')).toMatchObject({
      json: { value: 'old' },
      cacheStatus: 'Stillfresh; hit; ttl=-1; detail=soft-purged',
    });
    expect(await value(it.edge)).toBe('new');
  });
});

describe('What it can be told to purge:', () => {
  const reads = async (who: string) => (await it.edge.get('/report/r1', { as: who })).cacheStatus;
  test.each<[string, object, acme: boolean, globex: boolean]>([
    ['a tag of one tenant', r1, true, false],
    ['another tag', { tenant: 'acme', tags: ['report:r2'] }, false, false],
    ['a class of one tenant', { tenant: 'acme', classes: ['report'] }, true, false],
    ['everything of one tenant', { tenant: 'acme', everything: true }, true, false],
    ['a class over all tenants', { all_tenants: true, classes: ['report'] }, true, true],
    ['public data, which these are not', { public: true, tags: ['report:r1'] }, false, false],
    ['a user of another scope', { tenant: 'acme', users: ['ann'] }, false, false],
  ])('%s', async (_, body, acme, globex) => {
    for (const who of ['ann@acme', 'ann@globex']) await reads(who);
    const answer = await it.post(body);
    expect(answer.status).toBe(202);
    await it.edge.settled();
    expect((await reads('ann@acme'))?.includes('fwd=')).toBe(acme);
    expect((await reads('ann@globex'))?.includes('fwd=')).toBe(globex);
  });

  test('all that is stored for one user, not for her colleague', async () => {
    it = await scene({ scope: 'user', access: 'user' });
    for (const who of ['ann@acme', 'bob@acme']) await reads(who);
    await it.post({ tenant: 'acme', users: ['ann'] });
    await it.edge.settled();
    expect(await reads('ann@acme')).toContain('fwd=');
    expect(await reads('bob@acme')).toContain('hit');
  });
});

describe('What is lost on the way is made good:', () => {
  test('the Worker died before it applied: the queue delivers', async () => {
    it.edge.redis.fail('purge');
    const accepted = await it.post(r1);
    await it.edge.settled();
    it.edge.redis.heal();
    expect(await it.queue.deliver(it.edge, 'apply', { retried: 5 })).toMatchObject({ status: 200 });
    expect(await it.receipt(idOf(accepted))).toMatchObject({
      state: 'applied',
      attempts: 6,
      applied_via: 'delivery',
    });
  });

  test('Redis is down at the delivery: the queue is told to come again', async () => {
    await it.post(r1);
    await it.edge.settled();
    it.edge.redis.fail('purge');
    const answer = await it.queue.deliver(it.edge, 'apply');
    expect(answer).toMatchObject({ status: 503, json: { type: 'urn:stillfresh:problem:not-accepted' } });
  });

  test('the queue is down: applied at once, and the receipt says so', async () => {
    it.queue.down = true;
    const accepted = await it.post(r1);
    expect(accepted.status).toBe(202);
    expect(await it.receipt(idOf(accepted))).toMatchObject({ state: 'applied', applied_via: 'direct' });
    await it.edge.settled();
    expect(it.edge.notes).toContain('queue-failed');
  });

  test('the queue and Redis are down: 503, and the sender sends it again', async () => {
    it.queue.down = true;
    it.edge.redis.fail('purge');
    expect(await it.post(r1)).toMatchObject({
      status: 503,
      json: { type: 'urn:stillfresh:problem:not-accepted' },
    });
  });

  test('a failover lost the purge and its receipt: applied again, three times at most', async () => {
    const accepted = await it.post(r1);
    await it.edge.settled();
    const key = `purge:${idOf(accepted)}`;
    for (const round of [1, 2, 3]) {
      it.store.evict(key);
      it.clock.advance(31_000);
      expect(await it.queue.deliver(it.edge, 'verify')).toMatchObject({ status: 200 });
      expect(await it.receipt(idOf(accepted))).toMatchObject({
        state: 'applied',
        applied_via: 'verification',
      });
      expect(it.queue.taken.at(-1)!.message.round).toBe(round);
    }
    it.store.evict(key);
    it.clock.advance(31_000);
    expect(await it.queue.deliver(it.edge, 'verify')).toMatchObject({ status: 200 });
    expect(it.edge.notes).toContain('purge-unverified');
    expect(it.queue.says).toEqual(['apply']);
  });

  test('a verification that comes too early comes again', async () => {
    const accepted = await it.post(r1);
    await it.edge.settled();
    it.clock.advance(20_000);
    await it.queue.deliver(it.edge, 'verify');
    expect(it.queue.says).toEqual(['apply', 'verify +11s']);
    expect(await it.receipt(idOf(accepted))).toMatchObject({ state: 'applied' });
  });

  test('a verification finds it never applied: it applies, and looks again later', async () => {
    it.edge.redis.fail('purge');
    const accepted = await it.post(r1);
    await it.edge.settled();
    it.edge.redis.heal();
    await it.queue.deliver(it.edge, 'verify');
    expect(await it.receipt(idOf(accepted))).toMatchObject({ state: 'applied' });
    expect(it.queue.says).toEqual(['apply', 'verify +31s']);
  });

  test('given up by the queue, and Redis is back: applied now, before anybody waits longer', async () => {
    it.edge.redis.fail('purge');
    const accepted = await it.post(r1);
    await it.edge.settled();
    it.edge.redis.heal();
    it.queue.down = true; // nor does it need the queue for that
    expect(await it.queue.giveUp(it.edge, 'apply')).toMatchObject({ status: 200 });
    expect(await it.receipt(idOf(accepted))).toMatchObject({ state: 'applied' });
    expect(it.edge.notes).toContain('apply-undelivered');
  });

  test('given up while Redis still refuses purges: dead, counted, an alert; published again, ever more seldom', async () => {
    it.edge.redis.purge = () => Promise.reject(new Error('refused'));
    const accepted = await it.post(r1);
    await it.edge.settled();
    expect(await it.queue.giveUp(it.edge, 'apply')).toMatchObject({ status: 200 });
    expect(await it.receipt(idOf(accepted))).toMatchObject({ state: 'dead', dead_at: expect.any(String) });
    const lines = it.edge.log.filter(({ path }) => path === '/-/failures');
    expect(lines).toMatchObject([{ level: 'error', purge_id: idOf(accepted) }]);
    expect(lines[0]!['notes']).toContain('purge-dead');
    expect((await it.store.lookup(['count:purge-dead']))[0]).toBe('1');
    expect(it.queue.says).toEqual(['verify +31s', 'apply +10s', 'verify +41s']);
    it.clock.advance(400_000);
    await it.queue.giveUp(it.edge, 'apply');
    expect(it.queue.says.slice(-2)).toEqual(['apply +100s', 'verify +131s']);
    it.queue.down = true;
    expect(await it.queue.giveUp(it.edge, 'apply')).toMatchObject({ status: 503 }); // neither takes it over
  });

  test('an outage of Redis that outlasts the queue’s patience: it goes on until Redis is back', async () => {
    await it.edge.get('/report/r1');
    it.edge.redis.fail();
    const accepted = await it.post(r1);
    expect(accepted.status).toBe(202);
    await it.edge.settled();
    expect(await it.queue.giveUp(it.edge, 'apply')).toMatchObject({ status: 200 });
    expect(it.edge.notes).toContain('purge-dead');
    it.edge.redis.heal();
    it.origin.on('/report/r1', { value: 'new' });
    expect(await it.queue.deliver(it.edge, 'apply')).toMatchObject({ status: 200 });
    expect(await value(it.edge)).toBe('new');
    expect(await it.receipt(idOf(accepted))).toMatchObject({ state: 'applied', applied_via: 'delivery' });
  });

  test('and with the queue down too, its report is to come again', async () => {
    await it.post(r1);
    await it.edge.settled();
    it.store.evict((await it.store.receipts.scan({ cursor: '0', match: 'purge:*', count: 99 })).names[0]!);
    it.edge.redis.fail();
    it.queue.down = true;
    expect(await it.queue.giveUp(it.edge, 'apply')).toMatchObject({ status: 503 });
  });

  test('a purge that is a day old is published no more', async () => {
    it.edge.redis.purge = () => Promise.reject(new Error('refused'));
    await it.post(r1);
    await it.edge.settled();
    it.clock.advance(bounds.againUntilMs);
    expect(await it.queue.giveUp(it.edge, 'apply')).toMatchObject({ status: 200 });
    expect(it.queue.says).toEqual(['verify +31s']);
  });

  test('a class that settles is purged once more, later, by an id of its own', async () => {
    it = await scene({ settle: '5s' });
    const accepted = await it.post(r1);
    expect(it.queue.says).toEqual(['apply', 'verify +31s', 'apply +5s', 'verify +36s']);
    await it.edge.settled();
    await it.edge.get('/report/r1'); // the replica's old value is stored
    it.origin.on('/report/r1', { value: 'new' });
    await it.queue.deliver(it.edge, 'apply'); // the first, which changes nothing any more
    expect(await value(it.edge)).toBe('old');
    await it.queue.deliver(it.edge, 'apply');
    expect(await value(it.edge)).toBe('new');
    expect(await it.receipt(`${idOf(accepted)}-settle`)).toMatchObject({ state: 'applied' });
  });
});

describe('A delivery', () => {
  const post = (body: string, headers?: Record<string, string>) =>
    it.edge.get('/-/deliveries', delivery(body, headers));
  test.each<[string, string]>([
    ['is not JSON', 'x'],
    ['is of another version', '{"v":2}'],
    ['has a field too many', '{"v":1,"step":"apply","round":0,"order":{},"more":1}'],
  ])('that is signed and %s is 489, never to be delivered again', async (_, body) => {
    const answer = await post(body);
    expect(answer.status).toBe(489);
    expect(answer.headers.get('Upstash-NonRetryable-Error')).toBe('true');
  });

  test.each<[string, Record<string, string>]>([
    ['not signed', { 'Upstash-Signature': '' }],
    ['signed for another endpoint', { 'Upstash-Signature': 'signed for failures' }],
  ])('that is %s is 401', async (_, headers) => {
    expect((await post('{}', headers)).status).toBe(401);
  });

  test('may be as large as any purge that is accepted, and so may the report of it', async () => {
    const tags = Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(2_500, 'x'));
    it.edge.redis.fail('purge');
    const accepted = await it.post({ tenant: 'acme', tags });
    expect(accepted.status).toBe(202);
    await it.edge.settled();
    it.edge.redis.heal();
    expect(await it.queue.deliver(it.edge, 'verify')).toMatchObject({ status: 200 });
    expect(await it.queue.giveUp(it.edge, 'apply')).toMatchObject({ status: 200 });
  });

  test('beyond 1 MiB is 413', async () => {
    expect((await post('x'.repeat(bounds.deliveryBytes + 1))).status).toBe(413);
  });

  test('that is refused or malformed is a warning: the keys, or another version', async () => {
    await post('{}', { 'Upstash-Signature': 'else' });
    await post('{}');
    expect(it.edge.log).toMatchObject([
      { level: 'warn', notes: ['delivery-refused'] },
      { level: 'warn', notes: ['delivery-malformed'] },
    ]);
  });

  test('is 404 where there is no queue', async () => {
    const { edge } = world([aClass()]);
    expect((await edge.get('/-/deliveries', delivery('{}'))).status).toBe(404);
  });
});
