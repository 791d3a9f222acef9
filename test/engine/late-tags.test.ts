import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { frontEnds, path, storable } from '../support/worker/front-ends.ts';

const hit = 'Stillfresh; hit; ttl=10';
const purged = 'Stillfresh; fwd=stale; stored; fwd-status=200; detail=purged';
const tagged = (total: number, tags = 'team:red, area:north') => storable({ total }, { 'Cache-Tag': tags });

/** Tags that only the answer names. */
describe.each(frontEnds)('$name', ({ world: make, generationOf }) => {
  const world = () => make({ tagsFromAnswer: true });

  test.each([
    ['Cache-Tag', 'area:north, team:red'],
    ['Surrogate-Key', 'area:north team:red'],
  ])('one that stands in %s purges it', async (header, value) => {
    const { origin, clock, edge, anotherEdge, purge } = world();
    origin.on(path, storable({ total: 1 }, { [header]: value }));
    await edge.get(path);
    await purge('team:red');
    origin.on(path, tagged(2));
    expect(await anotherEdge().get(path)).toMatchObject({ cacheStatus: purged, json: { total: 2 } });
    clock.advance(1_000);
    expect(await edge.get(path)).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=9', json: { total: 2 } });
  });

  test('an isolate that has not seen the key pays one more MGET, and then no more', async () => {
    const { origin, clock, edge, anotherEdge } = world();
    origin.on(path, tagged(1));
    await edge.get(path);

    const other = anotherEdge();
    expect(await other.get(path)).toMatchObject({ cacheStatus: hit });
    expect(other.redis.tookWithNames()).toMatchObject([
      { verb: 'lookup' },
      { verb: 'lookup', names: ['team:red', 'area:north'].map(generationOf) },
    ]);
    clock.advance(1_000);
    await other.get(path);
    expect(other.redis.took()).toEqual(['lookup']);
  });

  test('an entry whose late tags cannot be asked for is not used', async () => {
    const { origin, edge, anotherEdge } = world();
    origin.on(path, tagged(1));
    await edge.get(path);

    const other = anotherEdge();
    const first = other.redis.hold('lookup', 'reply');
    const asked = other.get(path);
    await first.arrived();
    other.redis.fail('lookup');
    first.release();
    origin.on(path, tagged(2));
    expect(await asked).toMatchObject({ json: { total: 2 } });
    expect(origin.count()).toBe(2);
  });

  test('a purge by one during the fetch: not stored; the next lease captures the tags, and is not held up by other purges', async () => {
    const { origin, edge, purge } = world();
    const first = origin.hold(path);
    const early = edge.get(path);
    await first.arrived();
    await purge('team:red');
    first.answer(tagged(1));
    expect(await early).toMatchObject({ json: { total: 1 } });
    expect(edge.redis.took()).toEqual(['lookup', 'lease', 'fill']);

    const second = origin.hold(path);
    const next = edge.get(path);
    await second.arrived();
    await purge('something:else');
    second.answer(tagged(2));
    expect(await next).toMatchObject({ json: { total: 2 } });
    expect(await edge.get(path)).toMatchObject({ cacheStatus: hit, json: { total: 2 } });
  });

  test('captured, it guards as any other: purged during the fetch, the answer is not stored', async () => {
    const { origin, clock, edge, purge } = world();
    origin.on(path, tagged(1));
    await edge.get(path);
    clock.advance(10_000);
    const held = origin.hold(path);
    const early = edge.get(path);
    await held.arrived();
    await purge('team:red');
    held.answer(tagged(2));
    await early;
    origin.on(path, tagged(3));
    expect(await edge.get(path)).toMatchObject({ json: { total: 3 } });
  });

  test('late ones found while it waits are added to those known before: the next lease captures both', async () => {
    const { origin, clock, edge, anotherEdge, purge } = world();
    // Its last copy is gone from Redis as soon as it has expired.
    const passing = (total: number, tags: string) =>
      storable({ total }, { 'Cache-Control': 'max-age=10, must-revalidate', 'Cache-Tag': tags });
    origin.on(path, passing(1, 'team:red'));
    await edge.get(path);
    const other = anotherEdge();
    await other.get(path);
    clock.advance(10_000);

    const first = origin.hold(path);
    const fetching = edge.get(path);
    await first.arrived();
    const waiting = other.get(path);
    await clock.asleep(1, sleeps.look);
    await purge('something:else');
    first.answer(passing(2, 'area:north'));
    await fetching;
    expect(edge.notes).toContain('fill-late-tags-raced');

    const second = origin.hold(path);
    clock.advance(200);
    await second.arrived();
    await purge('something:else');
    second.answer(passing(3, 'team:red, area:north'));
    expect(await waiting).toMatchObject({ json: { total: 3 } });
    expect(other.notes).not.toContain('fill-late-tags-raced');
    expect(await anotherEdge().get(path)).toMatchObject({
      cacheStatus: expect.stringContaining('; hit'),
      json: { total: 3 },
    });
  });
});
