import { expect, test } from 'vitest';
import type { HttpCacheOptions } from '../../src/http-cache/options.ts';
import { get, httpWorld, said } from '../http-cache/support.ts';
import { aClass, type TestEdge, world } from '../support/worker/world.ts';

/** Of all classes, by cause. */
function fetchesOf({ isolate }: TestEdge): Record<string, number> {
  const by: Record<string, number> = {};
  for (const [key, n] of isolate.meter.take().counts) {
    const [id, , cause = ''] = key.split('|');
    if (id === 'origin_fetches') by[cause] = (by[cause] ?? 0) + n;
  }
  return by;
}

const fresh = { 'Cache-Control': 'max-age=60' };

/** What the origin is asked, each once: `again` is what one fetch asks besides. */
const scenarios: Record<string, readonly [options: HttpCacheOptions, varies: string, again: number]> = {
  'nothing to ask again': [{}, '', 0],
  'a field that is shown to every origin': [{}, 'X-Colour', 0],
  'a field that was not shown': [{ inputs: 'keyed' }, 'X-Colour', 1],
  'two of them at once': [{ inputs: 'keyed' }, 'X-Colour, X-Size', 1],
};

test.each(Object.entries(scenarios))('an HTTP cache: %s', async (_, [options, varies, again]) => {
  const { origin, edge } = httpWorld(options);
  origin.on('/a', said('a', { ...fresh, ...(varies && { Vary: varies }) }));
  await get(edge, '/a', { 'X-Colour': 'red', 'X-Size': 'm' });
  expect(fetchesOf(edge)).toEqual({ miss: 1, ...(again > 0 && { again }) });
  expect(origin.requests).toHaveLength(1 + again);
});

test('an HTTP cache: a 304 that confirms nothing, and passing through', async () => {
  const { origin, edge, clock } = httpWorld({ inputs: 'keyed' });
  origin.on('/a', said('a', { 'Cache-Control': 'max-age=10', ETag: '"1"' }));
  await get(edge, '/a');
  clock.advance(20_000);
  // The first speaks of another one than what is stored.
  const replies = [new Response(null, { status: 304, headers: { ETag: '"2"' } }), new Response('b')];
  origin.on('/a', () => replies.shift()!);
  await get(edge, '/a');
  expect(fetchesOf(edge)).toEqual({ miss: 2, again: 1 });
  origin.on('/p', said('p', { 'Cache-Control': 'private', Vary: 'X-Colour' }));
  await get(edge, '/p', { 'X-Colour': 'red', Authorization: 'Bearer x' });
  const sum = Object.values(fetchesOf(edge)).reduce((all, n) => all + n, 0);
  expect(origin.requests).toHaveLength(3 + sum);
});

test.each([0, 1, 3])('a loader that asks %i times', async (times) => {
  const cls = aClass({ read: 'cache-aside' });
  const { origin, edge } = world([cls], {
    load: async ({ origin: it }) => {
      for (let i = 0; i < times; i += 1) await it.json('/part');
      return { total: times };
    },
  });
  origin.on('/part', { total: 1 });
  await edge.get('/report/r1');
  expect(fetchesOf(edge)).toEqual({ miss: 1, ...(times > 1 && { again: times - 1 }) });
  expect(origin.requests).toHaveLength(times);
});
