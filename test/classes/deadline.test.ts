import { expect, test } from 'vitest';
import { aClass, world } from '../support/worker/world.ts';

/** The deadline on the origin is the platform's timer, so here it is one millisecond. */
const bounds = { originMs: 1 };
const tooLate = {
  status: 504,
  cacheStatus: 'Stillfresh; fwd=uri-miss; detail=origin-timeout',
  json: { type: 'urn:stillfresh:problem:origin-timeout' },
};

test('an origin that does not answer is given up', async () => {
  const { origin, edge } = world([aClass()], { bounds });
  origin.hold('/report/r1');
  expect(await edge.get('/report/r1')).toMatchObject(tooLate);
});

test('so is a loader that never settles', async () => {
  const { edge } = world([aClass({ read: 'cache-aside' })], {
    bounds,
    load: () => new Promise<never>(() => {}),
  });
  expect(await edge.get('/report/r1')).toMatchObject(tooLate);
});
