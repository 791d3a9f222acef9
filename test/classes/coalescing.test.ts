import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { failing, inPieces, json } from '../support/worker/origin.ts';
import { type Answer, aClass, world } from '../support/worker/world.ts';

const report = aClass();
const led = 'Stillfresh; fwd=uri-miss; stored; fwd-status=200';
/** It is the leader's answer that is stored. */
const collapsed = 'Stillfresh; fwd=uri-miss; fwd-status=200; collapsed';
const times = <T>(count: number, ask: () => Promise<T>) => Promise.all(Array.from({ length: count }, ask));
const statuses = (answers: readonly Answer[]) => answers.map(({ cacheStatus }) => cacheStatus).toSorted();

describe('in one isolate', () => {
  test('20 misses at once are one fetch', async () => {
    const { origin, clock, edge } = world([report]);
    const held = origin.hold('/report/r1');
    const asked = times(20, () => edge.ask('/report/r1'));
    await held.arrived();
    await clock.asleep(19, sleeps.follower);
    held.answer({ total: 1 });
    const answers = await asked;
    await edge.settled();
    expect(statuses(answers)).toEqual([...Array(19).fill(collapsed), led]);
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['{"total":1}']));
    expect(origin.count()).toBe(1);
  });

  test('the followers of a fetch that fails share its failure', async () => {
    const { origin, clock, edge } = world([report]);
    const held = origin.hold('/report/r1');
    const asked = times(5, () => edge.ask('/report/r1'));
    await clock.asleep(4, sleeps.follower);
    held.answer(failing(500));
    for (const answer of await asked) expect(answer.status).toBe(500);
    expect(origin.count()).toBe(1);
  });

  test('and share an answer that is not stored', async () => {
    const { origin, clock, edge } = world([report]);
    const held = origin.hold('/report/r1');
    const asked = times(5, () => edge.ask('/report/r1'));
    await clock.asleep(4, sleeps.follower);
    held.answer(() => json({ error: 'none' }, { status: 404 }));
    for (const answer of await asked) expect(answer).toMatchObject({ status: 404, json: { error: 'none' } });
    expect(origin.count()).toBe(1);
  });

  test('a body too large to be shared is fetched by each', async () => {
    const { origin, clock, edge } = world([aClass({ maxBytes: 10 })]);
    const held = origin.hold('/report/r1');
    const asked = times(3, () => edge.ask('/report/r1'));
    await clock.asleep(2, sleeps.follower);
    held.answer(inPieces(['0123456789', 'abcdef']));
    for (const { text } of await asked) expect(text).toBe('0123456789abcdef');
    expect(origin.count()).toBe(3);
  });

  test('whose lease captured other generations does not join: it began after a purge', async () => {
    const { origin, clock, edge, purge } = world([report]);
    const before = origin.hold('/report/r1');
    const early = edge.ask('/report/r1');
    await before.arrived();
    await purge('report:r1');

    const late = edge.ask('/report/r1');
    await clock.asleep(1, sleeps.look);
    before.answer({ total: 1 });
    expect(await early).toMatchObject({ json: { total: 1 } });
    await edge.settled();

    origin.on('/report/r1', { total: 2 });
    clock.advance(200);
    expect(await late).toMatchObject({ cacheStatus: led, json: { total: 2 } });
    expect(origin.count()).toBe(2);
  });

  test('the leader’s client goes away: followers and the store get the whole all the same', async () => {
    const { origin, clock, edge } = world([report]);
    const held = origin.hold('/report/r1');
    const leader = edge.send('/report/r1');
    await held.arrived();
    const follower = edge.ask('/report/r1');
    await clock.asleep(1, sleeps.follower);
    held.answer(inPieces(['{"total"', ':', '1}']));
    await (await leader).body!.cancel();
    expect(await follower).toMatchObject({ cacheStatus: collapsed, json: { total: 1 } });
    await edge.settled();
    expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
  });

  test('a follower has its own deadline: a leader that never settles does not hold it', async () => {
    const { origin, clock, edge } = world([report], { bounds: { originMs: 1_000_000 } });
    const held = origin.hold('/report/r1');
    const leader = edge.ask('/report/r1');
    await held.arrived();
    const follower = edge.ask('/report/r1');
    await clock.asleep(1, sleeps.follower);
    clock.advance(15_000);
    await held.arrived(2);
    held.answer({ total: 1 });
    // Fetched for itself: nobody promised that it may be stored.
    expect(await follower).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200; detail=waited-too-long',
    });
    await leader;
  });

  test('a leader that never settles: when its lease has ended, its followers contend again, and one fetches', async () => {
    const { origin, clock, edge } = world([report], { bounds: { originMs: 1_000_000 } });
    const dead = origin.hold('/report/r1');
    const leader = edge.ask('/report/r1');
    await dead.arrived();
    clock.advance(5_000);
    const followers = times(20, () => edge.ask('/report/r1'));
    await clock.asleep(20, 7_100);

    const second = origin.hold('/report/r1');
    clock.advance(7_200);
    await second.arrived();
    second.answer({ total: 2 });
    const answers = await followers;
    expect(answers.map(({ status, text }) => `${status} ${text}`)).toEqual(Array(20).fill('200 {"total":2}'));
    expect(origin.count()).toBe(2);
    dead.answer({ total: 1 });
    await leader;
  });

  test.each([403, 429])(
    'a %i may be meant for the one who asked: a follower asks for itself',
    async (status) => {
      const { origin, clock, edge } = world([report]);
      const held = origin.hold('/report/r1');
      const bob = edge.ask('/report/r1', { as: 'bob@acme' });
      await held.arrived();
      const ann = edge.ask('/report/r1', { as: 'ann@acme' });
      await clock.asleep(1, sleeps.follower);
      held.answer((request) => {
        const user = request.headers.get('X-User-Id');
        return json({ user }, { status: user === 'bob' ? status : 200 });
      });
      expect(await bob).toMatchObject({ status, json: { user: 'bob' } });
      expect(await ann).toMatchObject({ status: 200, json: { user: 'ann' } });
    },
  );

  test('a 404 is the same for all who wait', async () => {
    const { origin, clock, edge } = world([report]);
    const held = origin.hold('/report/r1');
    const asked = times(5, () => edge.ask('/report/r1'));
    await held.arrived();
    await clock.asleep(4, sleeps.follower);
    held.answer(() => json({}, { status: 404 }));
    expect((await asked).map(({ status }) => status)).toEqual(Array(5).fill(404));
    expect(origin.count()).toBe(1);
  });
});

describe('over two isolates', () => {
  test('one fetches, the other waits for what it fills', async () => {
    const { origin, clock, edge, anotherEdge } = world([report]);
    const other = anotherEdge();
    const held = origin.hold('/report/r1');
    const first = edge.get('/report/r1');
    await held.arrived();
    const second = other.get('/report/r1');
    await clock.asleep(1, sleeps.look);
    // It looks again, finds the lock still held, and waits on.
    clock.advance(200);
    await clock.asleep(1, sleeps.look);
    held.answer({ total: 1 });
    expect(await first).toMatchObject({ cacheStatus: led });
    clock.advance(200);
    expect(await second).toMatchObject({ cacheStatus: collapsed, json: { total: 1 } });
    expect(other.redis.took()).toEqual(['lookup', 'lease', 'lookup', 'lookup']);
    expect(origin.count()).toBe(1);
  });

  test('the entry is there by the time of the lease: it is a hit', async () => {
    const { origin, edge, anotherEdge } = world([report]);
    const other = anotherEdge();
    origin.on('/report/r1', { total: 1 });
    const lease = other.redis.hold('lease', 'request');
    const second = other.get('/report/r1');
    await lease.arrived();
    await edge.get('/report/r1');
    lease.release();
    expect(await second).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10', json: { total: 1 } });
    // The lease that was not needed is given back.
    expect(other.redis.took()).toEqual(['lookup', 'lease', 'release']);
    expect(origin.count()).toBe(1);
  });

  test('trusted from before that lease, as by any other validation', async () => {
    const { origin, clock, edge, anotherEdge } = world([report]);
    const other = anotherEdge();
    origin.on('/report/r1', { total: 1 });
    const lease = other.redis.hold('lease', 'request');
    const second = other.get('/report/r1');
    await lease.arrived();
    await edge.get('/report/r1');
    clock.advance(900);
    lease.release();
    await second;
    other.redis.took();
    clock.advance(100);
    await other.get('/report/r1');
    expect(other.redis.took()).toEqual(['lookup']);
  });

  test('the entry is there by the time of the lease, but purged: it is not used', async () => {
    const { origin, edge, anotherEdge, purge } = world([report]);
    const other = anotherEdge();
    origin.on('/report/r1', { total: 1 });
    const lease = other.redis.hold('lease', 'request');
    const second = other.get('/report/r1');
    await lease.arrived();
    await edge.get('/report/r1');
    await purge('report:r1');
    origin.on('/report/r1', { total: 2 });
    lease.release();
    expect(await second).toMatchObject({ cacheStatus: led, json: { total: 2 } });
  });

  test('a holder that outlived its lease fills nothing: the next one’s entry stays', async () => {
    const { origin, clock, edge, anotherEdge } = world([report], { bounds: { originMs: 1_000_000 } });
    const slow = origin.hold('/report/r1');
    const first = edge.get('/report/r1');
    await slow.arrived();
    clock.advance(12_000);
    const held = origin.hold('/report/r1');
    const second = anotherEdge().get('/report/r1');
    await held.arrived();
    held.answer({ total: 2 });
    await second;
    slow.answer({ total: 1 });
    await first;
    expect(edge.notes).toContain('fill-lease-lost');
    expect(await anotherEdge().get('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test('one waits with jitter, from 50 to 200 ms', async () => {
    const { origin, clock, chance, edge, anotherEdge } = world([report]);
    const other = anotherEdge();
    const held = origin.hold('/report/r1');
    const first = edge.get('/report/r1');
    await held.arrived();
    chance.random = () => 0;
    const second = other.get('/report/r1');
    await clock.asleep(1, 50);
    held.answer({ total: 1 });
    await first;
    other.redis.took();
    clock.advance(49);
    expect(other.redis.took()).toEqual([]);
    clock.advance(1);
    expect(await second).toMatchObject({ json: { total: 1 } });
  });

  test('the holder dies: its lease ends by itself, and who waited contends again', async () => {
    const { origin, clock, edge, anotherEdge } = world([report], { bounds: { originMs: 1_000_000 } });
    const dead = origin.hold('/report/r1');
    const never = edge.ask('/report/r1');
    await dead.arrived();
    const other = anotherEdge();
    const waiting = other.get('/report/r1');
    for (let ms = 0; ms < 11_800; ms += 200) {
      await clock.asleep(1, sleeps.look);
      clock.advance(200);
    }
    await clock.asleep(1, sleeps.look);
    expect(origin.count()).toBe(1);
    clock.advance(200);
    await dead.arrived(2);
    dead.answer({ total: 1 });
    expect(await waiting).toMatchObject({ cacheStatus: led });
    await never;
  });

  test('past its deadline who waits fetches for itself, and stores nothing', async () => {
    const { origin, clock, edge, anotherEdge } = world([report], { bounds: { requestMs: 1_000 } });
    const held = origin.hold('/report/r1');
    const first = edge.get('/report/r1');
    await held.arrived();
    const waiting = anotherEdge().get('/report/r1');
    await clock.asleep(1, sleeps.look);
    clock.advance(1_000);
    await held.arrived(2);
    held.answer({ total: 1 });
    expect(await waiting).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200; detail=waited-too-long',
    });
    await first;
  });

  test('Redis goes away while one waits: after three looks in vain the origin answers', async () => {
    const { origin, clock, edge, anotherEdge } = world([report]);
    const other = anotherEdge();
    const held = origin.hold('/report/r1');
    const first = edge.get('/report/r1');
    await held.arrived();
    const waiting = other.get('/report/r1');
    await clock.asleep(1, sleeps.look);
    other.redis.fail();
    for (let look = 1; look <= 3; look++) {
      expect(origin.count()).toBe(1);
      await clock.asleep(1, sleeps.look);
      clock.advance(200);
    }
    await held.arrived(2);
    held.answer({ total: 1 });
    expect(await waiting).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200; detail=store-unavailable',
    });
    await first;
  });

  test('one look in vain is no reason to go to the origin', async () => {
    const { origin, clock, edge, anotherEdge } = world([report]);
    const other = anotherEdge();
    const held = origin.hold('/report/r1');
    const first = edge.get('/report/r1');
    await held.arrived();
    const waiting = other.get('/report/r1');
    await clock.asleep(1, sleeps.look);
    other.redis.fail();
    clock.advance(200);
    await clock.asleep(1, sleeps.look);
    other.redis.heal();
    held.answer({ total: 1 });
    await first;
    clock.advance(200);
    expect(await waiting).toMatchObject({ cacheStatus: collapsed, json: { total: 1 } });
    expect(origin.count()).toBe(1);
  });
});
