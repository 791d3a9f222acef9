import { expect, test } from 'vitest';
import { aClass, world } from '../support/worker/world.ts';

/** Fresh for 10 s, trusted in isolate memory for 1 s. */
const report = aClass();
const twoDays = aClass({ ttl: '2d', l1: '500ms' });

test('past the trust window a hit costs one MGET, of generations only', async () => {
  const { origin, clock, edge } = world([report]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  edge.redis.took();

  clock.advance(1_000);
  expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=9' });
  expect(edge.redis.tookWithNames()).toEqual([
    {
      verb: 'lookup',
      names: ['gen:acme:@t', 'gen:acme:@c:report', 'gen:@all:@c:report', 'gen:acme:report:r1'],
    },
  ]);

  // Validated, it is trusted again.
  clock.advance(999);
  await edge.get('/report/r1');
  expect(edge.redis.took()).toEqual([]);
  expect(origin.count()).toBe(1);
});

test('a clock that is set back trusts nothing', async () => {
  const { origin, clock, edge } = world([twoDays]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  edge.redis.took();

  clock.advance(-3_600_000);
  await edge.get('/report/r1');
  expect(edge.redis.took()).toEqual(['lookup']);
});
