import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { collapsed, fresh, frontEnds, path, storable, times } from '../support/worker/front-ends.ts';
import { inPieces } from '../support/worker/origin.ts';
import type { Answer } from '../support/worker/world.ts';

const led = 'Stillfresh; fwd=uri-miss; stored; fwd-status=200';
const unshared = 'Stillfresh; fwd=uri-miss; fwd-status=200';
const statuses = (answers: readonly Answer[]) => answers.map(({ cacheStatus }) => cacheStatus).toSorted();

/** Requests that meet one fetch in one isolate; over several: waiting.test.ts. */
describe.each(frontEnds)('$name', ({ world, sharesUnstored }) => {
  test('20 misses at once are one fetch', async () => {
    const { origin, clock, edge } = world();
    const held = origin.hold(path);
    const asked = times(20, () => edge.ask(path));
    await held.arrived();
    await clock.asleep(19, sleeps.follower);
    held.answer(storable({ total: 1 }));
    const answers = await asked;
    await edge.settled();
    expect(statuses(answers)).toEqual([...Array(19).fill(collapsed), led].toSorted());
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['{"total":1}']));
    expect(origin.count()).toBe(1);
  });

  test('the followers of a fetch that fails share its failure', async () => {
    const { origin, clock, edge } = world();
    const held = origin.hold(path);
    const asked = times(5, () => edge.ask(path));
    await clock.asleep(4, sleeps.follower);
    held.answer(() => Promise.reject(new Error('Network connection lost.')));
    const answers = await asked;
    for (const { status } of answers) expect(status).toBe(502);
    expect(statuses(answers)).toEqual([
      ...Array(4).fill('Stillfresh; fwd=uri-miss; collapsed; detail=origin-failed'),
      'Stillfresh; fwd=uri-miss; detail=origin-failed',
    ]);
    expect(origin.count()).toBe(1);
  });

  test.each([
    ['in pieces', {}],
    ['of announced length', { 'Content-Length': '16' }],
  ])('a body too large to be shared is fetched by each: %s', async (_what, headers) => {
    const { origin, clock, edge } = world({ maxBytes: 10 });
    const held = origin.hold(path);
    const asked = times(3, () => edge.ask(path));
    await held.arrived();
    await clock.asleep(2, sleeps.follower);
    held.answer(inPieces(['0123456789', 'abcdef'], { ...fresh, ...headers }));
    for (const { text } of await asked) expect(text).toBe('0123456789abcdef');
    expect(origin.count()).toBe(3);
  });

  test('whose lease captured other generations does not join: it began after a purge', async () => {
    const { origin, clock, edge, purge } = world();
    const before = origin.hold(path);
    const early = edge.ask(path);
    await before.arrived();
    await purge();

    const late = edge.ask(path);
    await clock.asleep(1, sleeps.look);
    before.answer(storable({ total: 1 }));
    expect(await early).toMatchObject({ json: { total: 1 } });
    await edge.settled();

    origin.on(path, storable({ total: 2 }));
    clock.advance(200);
    expect(await late).toMatchObject({ cacheStatus: led, json: { total: 2 } });
    expect(origin.count()).toBe(2);
  });

  test('the leader’s client goes away: followers and the store get the whole all the same', async () => {
    const { origin, clock, edge } = world();
    const held = origin.hold(path);
    const leader = edge.send(path);
    await held.arrived();
    const follower = edge.ask(path);
    await clock.asleep(1, sleeps.follower);
    held.answer(inPieces(['{"total"', ':', '1}'], fresh));
    await (await leader).body!.cancel();
    expect(await follower).toMatchObject({ cacheStatus: collapsed, json: { total: 1 } });
    await edge.settled();
    expect(await edge.get(path)).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
  });

  test('a follower has its own deadline: a leader that never settles does not hold it', async () => {
    const { origin, clock, edge } = world({ bounds: { originMs: 1_000_000 } });
    const held = origin.hold(path);
    const leader = edge.ask(path);
    await held.arrived();
    const follower = edge.ask(path);
    await clock.asleep(1, sleeps.follower);
    clock.advance(15_000);
    await held.arrived(2);
    held.answer(storable({ total: 1 }));
    // Fetched for itself: nobody promised that it may be stored.
    expect(await follower).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200; detail=waited-too-long',
    });
    await leader;
  });

  test('a leader that never settles: when its lease has ended, its followers contend again, and one fetches', async () => {
    const { origin, clock, edge } = world({ bounds: { originMs: 1_000_000 } });
    const dead = origin.hold(path);
    const leader = edge.ask(path);
    await dead.arrived();
    clock.advance(5_000);
    const followers = times(20, () => edge.ask(path));
    await clock.asleep(20, 7_100);

    const second = origin.hold(path);
    clock.advance(7_200);
    await second.arrived();
    second.answer(storable({ total: 2 }));
    const answers = await followers;
    expect(answers.map(({ status, text }) => `${status} ${text}`)).toEqual(Array(20).fill('200 {"total":2}'));
    expect(origin.count()).toBe(2);
    dead.answer(storable({ total: 1 }));
    await leader;
  });

  test('a lock that says direct is not waited for: all fetch at once, or one for all, and nothing is stored', async () => {
    const { origin, clock, edge, anotherEdge, leaveMarker } = world();
    await leaveMarker('direct');
    const held = origin.hold(path);
    const asked = times(3, () => edge.ask(path));
    await held.arrived(sharesUnstored ? 1 : 3);
    if (sharesUnstored) await clock.asleep(2, 15_000); // nobody holds a lease: until their own deadlines
    held.answer(storable({ total: 1 }));
    const answers = await asked;
    await edge.settled();
    expect(answers.map(({ text }) => text)).toEqual(Array(3).fill('{"total":1}'));
    // In the HTTP cache what is not stored is for one client.
    const followers = Array(2).fill(sharesUnstored ? collapsed : unshared);
    expect(statuses(answers)).toEqual([unshared, ...followers].toSorted());
    expect(origin.count()).toBe(sharesUnstored ? 1 : 3);
    expect(edge.redis.took().filter((verb) => verb === 'fill')).toEqual([]);

    // When the marker has ended somebody tries again.
    clock.advance(1_000);
    expect(await anotherEdge().get(path)).toMatchObject({ cacheStatus: led });
  });
});
