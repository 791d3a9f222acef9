import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { times } from '../support/worker/front-ends.ts';
import { failing, json } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const report = aClass();

describe('of one class', () => {
  test('the followers of a fetch that fails share its failure', async () => {
    const { origin, clock, edge } = world([report]);
    const held = origin.hold('/report/r1');
    const asked = times(5, () => edge.ask('/report/r1'));
    await clock.asleep(4, sleeps.follower);
    held.answer(failing(500));
    for (const answer of await asked) expect(answer.status).toBe(500);
    expect(origin.count()).toBe(1);
  });

  test('and share a 404, which is not stored', async () => {
    const { origin, clock, edge } = world([report]);
    const held = origin.hold('/report/r1');
    const asked = times(5, () => edge.ask('/report/r1'));
    await clock.asleep(4, sleeps.follower);
    held.answer(() => json({ error: 'none' }, { status: 404 }));
    for (const answer of await asked) expect(answer).toMatchObject({ status: 404, json: { error: 'none' } });
    expect(origin.count()).toBe(1);
  });

  test.each([403, 429])(
    'a %i may be meant for the one who asked: a follower asks for itself',
    async (status) => {
      const { origin, clock, edge } = world([report]);
      const held = origin.hold('/report/r1');
      const bob = edge.ask('/report/r1', { as: 'bob@acme' });
      await held.arrived();
      const ann = edge.ask('/report/r1', { as: 'ann@acme' });
      await clock.asleep(1, sleeps.follower);
      held.answer((request) => {
        const user = request.headers.get('X-User-Id');
        return json({ user }, { status: user === 'bob' ? status : 200 });
      });
      expect(await bob).toMatchObject({ status, json: { user: 'bob' } });
      expect(await ann).toMatchObject({ status: 200, json: { user: 'ann' } });
    },
  );
});
