import { expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { aClass, world } from '../support/worker/world.ts';

const tooLate = {
  status: 504,
  cacheStatus: 'Stillfresh; fwd=uri-miss; detail=origin-timeout',
  json: { type: 'urn:stillfresh:problem:origin-timeout' },
};

test('an origin that does not answer is given up', async () => {
  const { origin, clock, edge } = world([aClass()]);
  origin.hold('/report/r1');
  const late = edge.get('/report/r1');
  await clock.asleep(1, sleeps.originDeadline);
  clock.advance(sleeps.originDeadline);
  expect(await late).toMatchObject(tooLate);
});

test('so is a loader that never settles', async () => {
  const { clock, edge } = world([aClass({ read: 'cache-aside' })], {
    load: () => new Promise<never>(() => {}),
  });
  const late = edge.get('/report/r1');
  await clock.asleep(1, sleeps.originDeadline);
  clock.advance(sleeps.originDeadline);
  expect(await late).toMatchObject(tooLate);
});
