import { expect, test } from 'vitest';
import * as z from 'zod';
import { webhooks } from '../../src/index.ts';
import { hmacScheme } from '../../src/invalidation/signature/hmac-scheme.ts';
import { eventsOf, type Mapping } from '../../src/invalidation/sources.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { secrets, sent } from '../support/worker/sender.ts';
import { aClass, world } from '../support/worker/world.ts';

/** What a mapping is given, and what it may not do. */
const report = aClass();
const mine = aClass({ name: 'mine', scope: 'user', access: 'user', tags: [] });
const unlisted = aClass({ name: 'shop', scope: 'public', access: 'public', cacheControl: 'no-store' });
const strategy = defineStrategy({
  classes: [report, mine],
  events: { happened: { payload: z.object({ id: z.string() }), purges: { tags: ['report:r1', '{id}'] } } },
});
const on = eventsOf(strategy);

function scene(mapping: Mapping) {
  const queue = new HandQueue();
  const scheme = hmacScheme({ header: 'X-Hub-Signature-256', label: 'sha256=' });
  const made = world([report, mine], {
    strategy,
    queue,
    settings: secrets,
    routes: (app) => app.route('/hooks', webhooks(strategy, { github: { scheme, events: { t: mapping } } })),
  });
  const post = async (id: string, headers = {}) =>
    made.edge.get(
      '/hooks/github',
      await sent('github', { nowMs: made.clock.now(), body: { type: 't', id }, headers }),
    );
  return { ...made, queue, post };
}
const shape = z.object({ id: z.string().transform((it) => it.toUpperCase()) });
const asItIs = on('happened', shape, (payload) => ({ tenant: 'acme', payload }));

test('It is given what its shape made of the payload, and nothing else', async () => {
  const { post, queue } = scene(asItIs);
  expect((await post('a')).status).toBe(202);
  expect(queue.taken[0]!.message.order.tags).toEqual(['report:r1', 'A']);
});

test.each([
  ['empty', ''],
  ['without end', 'x'.repeat(9_000)],
])('A tag that comes out %s is 422: the queue would refuse the whole order', async (_, id) => {
  const { post, queue } = scene(asItIs);
  const answer = await post(id);
  expect(answer).toMatchObject({ status: 422, json: { errors: [{ field: 'id' }] } });
  expect(queue.taken).toEqual([]);
});

test('It cannot read a class that defineStrategy does not have: its purges would not reach it', async () => {
  const { post, queue, edge } = scene(
    on('happened', shape, async ({ id }, { find }) => ({
      tenant: JSON.stringify(await find(unlisted, { id })),
      payload: { id },
    })),
  );
  expect((await post('a')).status).toBe(500);
  expect(edge.log[0]).toMatchObject({ why: expect.stringContaining('(shop): the class is not in define') });
  expect(queue.taken).toEqual([]);
});

test('It cannot read what belongs to whoever a header names: nobody signed that', async () => {
  const { post, queue, edge } = scene(
    on('happened', shape, async ({ id }, { find }) => ({
      tenant: JSON.stringify(await find(mine, { id })),
      payload: { id },
    })),
  );
  expect((await post('a', { Authorization: 'Bearer whatever' })).status).toBe(500);
  expect(edge.log[0]).toMatchObject({ why: expect.stringContaining("scope 'public' alone") });
  expect(queue.taken).toEqual([]);
});
