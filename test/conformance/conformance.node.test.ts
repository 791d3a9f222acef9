import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cacheStatus } from './cache-status.ts';
import { fields } from './fields.ts';
import { forwarding } from './forwarding.ts';
import { freshness } from './freshness.ts';
import { heads } from './head.ts';
import { invalidations } from './invalidation.ts';
import { order } from './order.ts';
import { parts } from './parts.ts';
import { posts } from './post.ts';
import { ranges } from './ranges.ts';
import { requestDirectives } from './request-directives.ts';
import { staleness } from './stale.ts';
import { storing } from './storing.ts';
import type { Case, Variant } from './support/case.ts';
import { startWorld, type World } from './support/run.ts';
import { tags } from './tags.ts';
import { targeted } from './targeted.ts';
import { validation } from './validation.ts';
import { variants } from './vary.ts';

const groups: Record<string, readonly Case[]> = {
  storing,
  freshness,
  stale: staleness,
  validation,
  head: heads,
  invalidation: invalidations,
  post: posts,
  'request directives': requestDirectives,
  vary: variants,
  fields,
  ranges,
  parts,
  targeted,
  tags,
  'cache status': cacheStatus,
  forwarding,
  order,
};

const all = Object.values(groups).flat();
const worlds = new Map<Variant, World>();

beforeAll(async () => {
  const names = [...new Set(all.map(({ on = 'plain' }) => on))];
  await Promise.all(names.map(async (name) => worlds.set(name, await startWorld(name))));
});
afterAll(() => Promise.all([...worlds.values()].map((world) => world.stop())));

test('each case has an id of its own', () => {
  const ids = all.map(({ id }) => id);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  expect(ids.filter((id) => !/^[a-z0-9-]+$/.test(id))).toEqual([]);
});

describe.each(Object.entries(groups))('conformance: %s', (_, cases) => {
  test.each(cases.map((it) => [it.rfc, it.must, it.id, it] as const))('%s: %s (%s)', (_rfc, _must, _id, it) =>
    worlds.get(it.on ?? 'plain')!.run(it),
  );
});
