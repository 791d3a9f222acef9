import { expect, test } from 'vitest';
import * as z from 'zod';
import { aClass, world } from '../support/worker/world.ts';

const report = aClass({ value: z.object({ rows: z.array(z.number()) }) });

test('an entry whose compressed body cannot be read is a miss', async () => {
  const { origin, edge, anotherEdge } = world([report]);
  origin.on('/report/r1', { rows: Array.from({ length: 1_000 }, (_, i) => i) });
  await edge.get('/report/r1');

  const other = anotherEdge();
  // In the middle of the compressed bytes, so that the form is still whole.
  other.redis.rewrite = (entry) => `${entry.slice(0, -200)}AAAAAAAA${entry.slice(-192)}`;
  expect(await other.get('/report/r1')).toMatchObject({ status: 200, json: { rows: { length: 1_000 } } });
  expect(origin.count()).toBe(2);
});
