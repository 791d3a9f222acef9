import { expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { byHand } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const tooLate = {
  status: 504,
  cacheStatus: 'Stillfresh; fwd=uri-miss; detail=origin-timeout',
  json: { type: 'urn:stillfresh:problem:origin-timeout' },
};

test('a loader that never settles is given up, as an origin is', async () => {
  const { clock, edge } = world([aClass({ read: 'cache-aside' })], {
    load: () => new Promise<never>(() => {}),
  });
  const late = edge.get('/report/r1');
  await clock.asleep(1, sleeps.originDeadline);
  clock.advance(sleeps.originDeadline);
  expect(await late).toMatchObject(tooLate);
});

test('so is a small body of announced length, which is not passed on before it is complete', async () => {
  const { origin, clock, edge } = world([aClass()]);
  const body = byHand({ 'Content-Length': '11' });
  const held = origin.hold('/report/r1');
  const late = edge.get('/report/r1');
  await held.arrived();
  clock.advance(4_000);
  body.write('{"total":');
  held.answer(body.reply);
  await clock.asleep(1, sleeps.originDeadline - 4_000);
  clock.advance(sleeps.originDeadline - 4_000);
  expect(await late).toMatchObject(tooLate);
  expect(body.isCancelled()).toBe(true);
  expect(edge.redis.took()).toEqual(['lookup', 'lease', 'release']);
});
