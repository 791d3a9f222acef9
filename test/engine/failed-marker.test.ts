import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { frontEnds, lockOf, path, storable, times } from '../support/worker/front-ends.ts';
import { failures, half, hammer, mostInASecond } from '../support/worker/hammer.ts';
import { failing, timesOut } from '../support/worker/origin.ts';

describe.each(frontEnds)('$name: ten isolates and an origin that fails', ({ world, passesErrorsOn, key }) => {
  /** With a window of an hour, expired five seconds ago. */
  async function expired() {
    const made = world({ staleIfError: '1h' });
    made.origin.on(path, storable({ total: 1 }, { 'Cache-Control': 'max-age=10, stale-if-error=3600' }));
    await made.edge.get(path);
    made.clock.advance(15_000);
    return made;
  }

  describe.each(failures)('%s', (_what, reply, status) => {
    test('it is asked twice a second at most; all others are told to come again in a second', async () => {
      const { askedMs, answers } = await hammer(world(), reply);
      expect(mostInASecond(askedMs)).toBeLessThanOrEqual(2);
      expect(askedMs.length).toBeLessThanOrEqual(6);
      expect(new Set(answers.map((it) => it.status))).toEqual(new Set([status]));
      const told = answers.filter(({ headers }) => headers.get('Retry-After') === '1');
      expect(told.length).toBe(120 - askedMs.length);
      const code = status === 504 && reply === timesOut ? 'origin-timeout' : 'origin-failed';
      expect(told[0]!.json).toMatchObject({ type: `urn:stillfresh:problem:${code}`, status });
      expect(told[0]!.cacheStatus).toContain(`collapsed; detail=${code}`);
    });

    test('it is asked as seldom where an entry covers for it, and all are served that', async () => {
      const { askedMs, answers } = await hammer(await expired(), reply);
      expect(mostInASecond(askedMs)).toBeLessThanOrEqual(2);
      expect(answers.length).toBeGreaterThanOrEqual(114);
      for (const it of answers) {
        expect(it).toMatchObject({ status: 200, json: { total: 1 } });
        expect(it.cacheStatus).toContain('detail=stale-if-error');
      }
    });

    test('so seldom is a stale entry refreshed', async () => {
      const made = world({ staleWhileRevalidate: '60s' });
      made.origin.on(
        path,
        storable({ total: 1 }, { 'Cache-Control': 'max-age=10, stale-while-revalidate=60' }),
      );
      await made.edge.get(path);
      made.clock.advance(12_000);
      const { askedMs, answers } = await hammer(made, reply);
      expect(mostInASecond(askedMs)).toBeLessThanOrEqual(2);
      expect(answers.map((it) => it.text)).toEqual(Array(120).fill('{"total":1}'));
    });
  });

  test('one of those who come after a failure may ask at once, and store; after the second nobody for a second', async () => {
    const { origin, clock, edge, anotherEdge } = world();
    const other = anotherEdge();
    origin.on(path, failing(500));
    await edge.get(path);
    origin.on(path, storable({ total: 1 }));
    expect((await other.get(path)).cacheStatus).toContain('stored');

    const [third, fourth] = [anotherEdge(), anotherEdge()];
    clock.advance(10_000);
    origin.on(path, failing(500));
    await third.get(path);
    await third.get(path);
    origin.on(path, storable({ total: 2 }));
    clock.advance(999);
    expect(await fourth.get(path)).toMatchObject({ status: 500 });
    clock.advance(1);
    expect(await fourth.get(path)).toMatchObject({ status: 200, json: { total: 2 } });
  });

  test('all at once, and it never answers: one asks, and who polls or joined hears of it without asking', async () => {
    const { origin, clock, edge, anotherEdge } = world({ bounds: { originMs: 1_000 } });
    const held = origin.hold(path);
    const led = edge.ask(path);
    await held.arrived();
    const joined = edge.ask(path);
    const polling = Array.from({ length: 9 }, () => anotherEdge().ask(path));
    await clock.asleep(9, sleeps.look);
    let isOver = false;
    const all = Promise.all([led, joined, ...polling]).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      clock.advance(25);
      await new Promise((done) => setTimeout(done, 0));
    }
    for (const it of await all) expect(it).toMatchObject({ status: 504 });
    expect(origin.count()).toBe(1);
  });

  test('who lost to one that tries again waits for it, as ever: only that one’s failure is another’s', async () => {
    const { origin, clock, edge, anotherEdge } = world();
    origin.on(path, failing(503));
    await edge.get(path);
    const held = origin.hold(path);
    const again = edge.ask(path);
    await held.arrived();
    const lost = anotherEdge().ask(path);
    for (let look = 0; look < 2; look += 1) {
      await clock.asleep(1, sleeps.look);
      clock.advance(125);
    }
    await clock.asleep(1, sleeps.look);
    held.answer(storable({ total: 1 }));
    await again;
    await edge.settled();
    clock.advance(125);
    expect(await lost).toMatchObject({ status: 200, json: { total: 1 } });
    expect(origin.count()).toBe(2);
  });

  test('who waited hears of the failure, though another has begun to try again before he looks', async () => {
    const { origin, clock, edge, anotherEdge } = world();
    const [first, second] = [origin.hold(path), anotherEdge()];
    const led = edge.ask(path);
    await first.arrived();
    const lost = anotherEdge().ask(path);
    await clock.asleep(1, sleeps.look);
    first.answer(failing(503));
    await led;
    await edge.settled();
    const held = origin.hold(path);
    const again = second.ask(path);
    await held.arrived();
    clock.advance(125);
    expect(await lost).toMatchObject({ status: 503, json: { status: 503 } });
    held.answer(storable({ total: 1 }));
    expect(await again).toMatchObject({ status: 200 });
    await second.settled();
    expect(origin.count()).toBe(2);
  });

  test.each([
    ['an error', failing(503), 503],
    ['half a body', half(200_000), 502],
  ] as const)('followers of %s are told of it and do not ask', async (_what, reply, status) => {
    const { origin, clock, edge } = world();
    const held = origin.hold(path);
    const led = edge.ask(path).catch(() => null);
    await held.arrived();
    const followers = times(3, () => edge.ask(path));
    await clock.asleep(3, sleeps.follower);
    held.answer(reply);
    for (const told of await followers) {
      expect(told).toMatchObject({ status, json: { type: 'urn:stillfresh:problem:origin-failed' } });
      expect(told.cacheStatus).toContain('collapsed; detail=origin-failed');
    }
    expect(origin.count()).toBe(1);
    // An HTTP cache's leader is given the error as it came.
    const answer = await led;
    if (status === 503) expect(answer!.text === 'the origin says no').toBe(passesErrorsOn);
    await edge.settled();
  });

  test.each([404, 429, passesErrorsOn ? 501 : 410])('a %i is an answer, and no failure', async (status) => {
    const { origin, edge, store } = world();
    origin.on(path, failing(status));
    for (let i = 0; i < 3; i += 1) expect(await edge.get(path)).toMatchObject({ status });
    expect(origin.count()).toBe(3);
    const lock = await lockOf(key);
    expect(await store.lookup([lock, `${lock}:failed`])).toEqual([passesErrorsOn ? null : 'direct', null]);
  });

  test('a marker of another version is waited for like a holder, for its second', async () => {
    const { origin, clock, edge, leaveMarker } = world();
    await leaveMarker('failed in-another-way 7');
    origin.on(path, storable({ total: 1 }));
    const waiting = edge.ask(path);
    for (let ms = 0; ms < 1_000; ms += 125) {
      await clock.asleep(1, sleeps.look);
      expect(origin.count()).toBe(0);
      clock.advance(125);
    }
    expect(await waiting).toMatchObject({ status: 200 });
    await edge.settled();
  });
});
