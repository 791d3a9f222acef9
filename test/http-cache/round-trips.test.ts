import { describe, expect, test } from 'vitest';
import { counting, get, httpWorld, said } from './support.ts';

const fresh = { 'Cache-Control': 'max-age=60' };

describe('what an answer costs at Redis', () => {
  test('a hit in isolate memory: nothing, and after its trust window generations only', async () => {
    const { origin, clock, edge } = httpWorld();
    origin.on('/a', said('a', fresh));
    await get(edge, '/a');
    edge.redis.took();
    expect((await get(edge, '/a')).cacheStatus).toBe('Stillfresh; hit; ttl=60');
    expect(edge.redis.took()).toEqual([]);
    clock.advance(1_500);
    expect((await get(edge, '/a')).cacheStatus).toBe('Stillfresh; hit; ttl=58');
    const [lookup, ...others] = edge.redis.tookWithNames();
    expect(others).toEqual([]);
    expect(lookup!.names.every((name) => /^(gen|vary|late):/.test(name))).toBe(true);
  });

  test('a hit in Redis: one lookup, of one that varies two, and one once this isolate knows its rule', async () => {
    const { origin, edge, anotherEdge } = httpWorld();
    origin.on('/a', said('a', fresh));
    origin.on('/v', said('v', { ...fresh, Vary: 'Accept-Language' }));
    await get(edge, '/a');
    for (const language of ['de', 'fr']) await get(edge, '/v', { 'Accept-Language': language });
    const other = anotherEdge();
    expect((await get(other, '/a')).cacheStatus).toBe('Stillfresh; hit; ttl=60');
    expect(other.redis.took()).toEqual(['lookup']);
    expect((await get(other, '/v', { 'Accept-Language': 'de' })).cacheStatus).toMatch(/; hit; ttl=60/);
    expect(other.redis.took()).toEqual(['lookup', 'lookup']);
    expect((await get(other, '/v', { 'Accept-Language': 'fr' })).cacheStatus).toMatch(/; hit; ttl=60/);
    expect(other.redis.took()).toEqual(['lookup']);
  });

  test('an unsafe method: one purge before the answer', async () => {
    const { origin, edge } = httpWorld();
    origin.on('PUT /a', said('done'));
    await edge.ask('/a', { as: null, method: 'PUT', body: 'x' });
    expect(edge.redis.took()).toEqual(['purge']);
  });

  test('what is private to those with credentials costs nothing once that is known', async () => {
    const { origin, edge } = httpWorld();
    origin.on('/me', counting({ 'Cache-Control': 'private, max-age=60' }));
    const cookie = { Cookie: 'session=1' };
    expect((await get(edge, '/me', cookie)).cacheStatus).toBe(
      'Stillfresh; fwd=uri-miss; fwd-status=200; detail=private',
    );
    edge.redis.took();
    const { cacheStatus, text } = await get(edge, '/me', cookie);
    expect([cacheStatus, text]).toEqual([
      'Stillfresh; fwd=bypass; fwd-status=200; detail=cookie',
      'number 2',
    ]);
    expect(edge.redis.took()).toEqual([]);
  });

  test('what no longer varies: an isolate that knew how it did finds it all the same', async () => {
    const { origin, edge, anotherEdge, clock, purge } = httpWorld();
    const german = { 'Accept-Language': 'de' };
    origin.on('/v', said('v', { ...fresh, Vary: 'Accept-Language' }));
    await get(edge, '/v', german);
    clock.advance(2_000);
    await purge('uri:/v');
    origin.on('/v', said('for all', fresh));
    await get(anotherEdge(), '/v');
    expect(await get(edge, '/v', german)).toMatchObject({
      text: 'for all',
      cacheStatus: 'Stillfresh; hit; ttl=60',
    });
    edge.redis.took();
    clock.advance(2_000);
    expect((await get(edge, '/v', german)).cacheStatus).toBe('Stillfresh; hit; ttl=58');
    expect(edge.redis.took()).toEqual(['lookup']);
  });
});
