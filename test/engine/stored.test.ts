import { describe, expect, test } from 'vitest';
import { frontEnds, path, storable } from '../support/worker/front-ends.ts';

const missed = 'Stillfresh; fwd=uri-miss; stored; fwd-status=200';
const hit = 'Stillfresh; hit; ttl=10';

describe.each(frontEnds)('$name', ({ world, key, expired }) => {
  test('a miss asks the origin and fills; a hit inside the trust window asks Redis nothing', async () => {
    const { origin, edge } = world();
    origin.on(path, storable({ total: 1 }));

    expect(await edge.get(path)).toMatchObject({
      status: 200,
      cacheStatus: missed,
      json: { total: 1 },
    });
    expect(edge.redis.took()).toEqual(['lookup', 'lease', 'fill']);

    expect(await edge.get(path)).toMatchObject({
      status: 200,
      cacheStatus: hit,
      json: { total: 1 },
    });
    expect(edge.redis.took()).toEqual([]);
    expect(origin.count()).toBe(1);
  });

  test('lookup and lease come before the answer to a miss, the fill after it', async () => {
    const { origin, edge } = world();
    origin.on(path, storable({ total: 1 }));
    const held = edge.redis.hold('fill', 'request');
    expect(await edge.ask(path)).toMatchObject({ cacheStatus: missed });
    held.release();
    await edge.settled();
    expect(edge.redis.took()).toEqual(['lookup', 'lease', 'fill']);
  });

  test('Server-Timing says where the time went', async () => {
    const { origin, clock, edge } = world();
    const held = origin.hold(path);
    const slow = edge.get(path);
    await held.arrived();
    clock.advance(120);
    held.answer(storable({ total: 1 }));
    expect((await slow).headers.get('Server-Timing')).toBe('redis;dur=0, origin;dur=120, total;dur=120');
    expect((await edge.get(path)).headers.get('Server-Timing')).toBe('total;dur=0');
  });

  test('past the trust window a hit costs one MGET, and none of the entry', async () => {
    const { origin, clock, edge } = world();
    origin.on(path, storable({ total: 1 }));
    await edge.get(path);
    edge.redis.took();

    clock.advance(1_000);
    expect(await edge.get(path)).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=9' });
    const [lookup, ...others] = edge.redis.tookWithNames();
    expect(others).toEqual([]);
    expect(lookup!.verb).toBe('lookup');
    expect(lookup!.names).not.toContain(key);

    // Validated, it is trusted again.
    clock.advance(999);
    await edge.get(path);
    expect(edge.redis.took()).toEqual([]);
    expect(origin.count()).toBe(1);
  });

  test('another isolate finds it in Redis, with one MGET, and keeps it', async () => {
    const { origin, clock, edge, anotherEdge } = world();
    origin.on(path, storable({ total: 1 }));
    await edge.get(path);

    clock.advance(3_000);
    const other = anotherEdge();
    const answer = await other.get(path);
    expect(answer).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=7', json: { total: 1 } });
    expect(answer.headers.get('Age')).toBe('3');
    expect(other.log.at(-1)).toMatchObject({ outcome: 'hit', layer: 'l2' });
    await other.get(path);
    expect(other.redis.took()).toEqual(['lookup']);
    expect(other.log.at(-1)).toMatchObject({ outcome: 'hit', layer: 'l1' });
    expect(origin.count()).toBe(1);
  });

  test('beyond its ttl it is fetched again, and says that it was stale', async () => {
    const { origin, clock, edge } = world();
    origin.on(path, storable({ total: 1 }));
    await edge.get(path);

    origin.on(path, storable({ total: 2 }));
    clock.advance(10_000);
    expect(await edge.get(path)).toMatchObject({ cacheStatus: expired, json: { total: 2 } });
    expect(await edge.get(path)).toMatchObject({ json: { total: 2 } });
    expect(origin.count()).toBe(2);
  });

  test('the trust window is counted from before the call that validated', async () => {
    const { origin, clock, edge } = world();
    origin.on(path, storable({ total: 1 }));
    await edge.get(path);
    clock.advance(1_000);
    edge.redis.took();

    const mget = edge.redis.hold('lookup', 'reply');
    const slow = edge.get(path);
    await mget.arrived();
    clock.advance(900);
    mget.release();
    await slow;

    clock.advance(99);
    await edge.get(path);
    expect(edge.redis.took()).toEqual(['lookup']);
    clock.advance(1);
    await edge.get(path);
    expect(edge.redis.took()).toEqual(['lookup']);
  });

  test('the fill is trusted from before its lease only until Redis confirmed it', async () => {
    const { origin, clock, edge } = world();
    const held = origin.hold(path);
    const first = edge.get(path);
    await held.arrived();
    clock.advance(3_000);
    held.answer(storable({ total: 1 }));
    await first;
    edge.redis.took();

    clock.advance(999);
    await edge.get(path);
    expect(edge.redis.took()).toEqual([]);
  });

  test('a purge during the fetch: what began before it is not stored', async () => {
    const { origin, clock, edge, purge } = world();
    const held = origin.hold(path);
    const reading = edge.get(path);
    await held.arrived();
    await purge();
    held.answer(storable({ total: 1 }));
    expect(await reading).toMatchObject({ json: { total: 1 } });
    expect(edge.notes).toContain('fill-purged');
    clock.advance(1_500);
    origin.on(path, storable({ total: 2 }));
    expect(await edge.get(path)).toMatchObject({ json: { total: 2 } });
  });

  describe('what is found in Redis and is not the entry asked for is a miss, and noted', () => {
    test.each<[string, string, (entry: string) => string]>([
      ['cut short', 'entry-corrupt', (entry) => entry.slice(0, 40)],
      ['without the end of its body', 'entry-corrupt', (entry) => entry.slice(0, -1)],
      ['of another version', 'entry-other-version', () => 'SF3 from the future'],
      ['with meta that is not JSON', 'entry-corrupt', (entry) => entry.replace('{"key"', '{key')],
      ['with meta of another shape', 'entry-corrupt', (it) => it.replace('"status":200', '"status":"ok"')],
      ['encrypted, by a later version', 'entry-corrupt', (entry) => entry.replace('{"key"', '{"x":1,"key"')],
      ['without generations', 'entry-corrupt', (entry) => entry.replace(/\n.*\n/, '\n\n')],
      ['of another key', 'entry-of-another-key', (entry) => entry.replace(`${key}"`, `${key}2"`)],
    ])('%s', async (_what, note, rewrite) => {
      const { origin, edge, anotherEdge } = world();
      origin.on(path, storable({ total: 1 }));
      await edge.get(path);
      const other = anotherEdge();
      other.redis.rewrite = rewrite;
      expect(await other.get(path)).toMatchObject({
        status: 200,
        cacheStatus: missed,
        json: { total: 1 },
      });
      expect(other.notes).toContain(note);
      expect(other.log.at(-1)).toMatchObject({ level: 'warn' });
      expect(origin.count()).toBe(2);
    });
  });
});
