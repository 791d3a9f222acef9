import { beforeEach, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { worker } from '../../src/edge/worker.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { type Answer, aClass, world } from '../support/worker/world.ts';

/** The cron finds what nobody has finished. */
async function scene() {
  const queue = new HandQueue();
  const settings = { ADMIN_TOKENS: await adminTokens('purge') };
  const made = world([aClass()], { settings, queue });
  const post = (body: object = { tags: ['report:r1'] }) =>
    made.edge.get(
      '/-/purge',
      asAdmin('purge', { method: 'POST', body: JSON.stringify({ tenant: 'acme', ...body }) }),
    );
  const receipt = async (answer: Answer) =>
    (await made.edge.get(`/-/purges/${(answer.json as { purge_id: string }).purge_id}`, asAdmin('purge')))
      .json;
  const cron = async () => {
    await made.edge.cron(worker(made.edge.app));
    return made.edge.log.findLast(({ event }) => event === 'cron');
  };
  return { ...made, queue, post, receipt, cron };
}

let it: Awaited<ReturnType<typeof scene>>;
beforeEach(async () => {
  it = await scene();
});

/** Accepted: the receipt is there, the message is lost, and the Worker was killed before it applied. */
async function stuck(body?: object): Promise<Answer> {
  const { purge } = it.edge.redis;
  it.edge.redis.purge = () => Promise.reject(new Error('killed'));
  const answer = await it.post(body);
  it.edge.redis.purge = purge;
  it.queue.taken.length = 0;
  return answer;
}

test('A purge stuck in accepted is published again, once each time, and is then applied', async () => {
  const answer = await stuck();
  expect(await it.receipt(answer)).toMatchObject({ state: 'accepted' });
  it.clock.advance(bounds.stuckMs - 1);
  expect((await it.cron())?.['purges']).toBeUndefined(); // it may still be on its way
  it.clock.advance(1);
  expect(await it.cron()).toMatchObject({
    level: 'warn',
    notes: ['queue-late'],
    purges: { looked: 1, published: 1 },
  });
  expect(it.queue.says).toEqual(['apply', 'verify +31s']);
  expect((await it.cron())?.['purges']).toBeUndefined();
  await it.queue.deliver(it.edge, 'apply');
  expect(await it.receipt(answer)).toMatchObject({ state: 'applied', applied_via: 'delivery' });
});

test('It is so though the figures cannot be rolled up', async () => {
  await stuck();
  it.clock.advance(bounds.stuckMs);
  Object.assign(it.store.metrics, { told: () => Promise.reject(new Error('a fault')) });
  expect(await it.cron()).toMatchObject({
    ...{ level: 'error', purges: { looked: 1, published: 1 } },
    notes: expect.arrayContaining(['internal', 'queue-late']),
  });
});

test('With the queue down the cron applies it itself', async () => {
  const answer = await stuck();
  it.queue.down = true;
  it.clock.advance(bounds.stuckMs);
  expect(await it.cron()).toMatchObject({ level: 'warn', purges: { looked: 1, applied: 1 } });
  expect(await it.receipt(answer)).toMatchObject({ state: 'applied', applied_via: 'sweep' });
});

test('An applied purge whose verification was lost is verified', async () => {
  const answer = await it.post();
  it.queue.taken.length = 0;
  it.clock.advance(bounds.stuckMs);
  expect(await it.cron()).toMatchObject({ purges: { looked: 1, verified: 1 } });
  expect(await it.receipt(answer)).toMatchObject({ state: 'verified' });
  it.clock.advance(bounds.stuckMs);
  expect((await it.cron())?.['purges']).toBeUndefined();
});

test('The second purge of one that settles, that no queue took, is carried out when it is due', async () => {
  const queue = new HandQueue();
  queue.down = true;
  const settings = { ADMIN_TOKENS: await adminTokens('purge') };
  it = { ...it, ...world([aClass({ settle: '10m' })], { settings, queue }), queue };
  const answer = await it.edge.get(
    '/-/purge',
    asAdmin('purge', { method: 'POST', body: JSON.stringify({ tenant: 'acme', tags: ['report:r1'] }) }),
  );
  const second = `${(answer.json as { purge_id: string }).purge_id}-settle`;
  const state = async () =>
    ((await it.edge.get(`/-/purges/${second}`, asAdmin('purge'))).json as { state: string }).state;
  const cron = () => it.edge.cron(worker(it.edge.app));
  it.clock.advance(bounds.stuckMs);
  await cron();
  expect(await state()).toBe('accepted');
  it.clock.advance(600_000);
  await cron();
  expect(await state()).toBe('applied');
});

test('An erasure that stands still is handed on; without a queue the cron does it, and then verifies', async () => {
  const answer = await stuck({ everything: true, erase: true });
  it.clock.advance(bounds.stuckMs);
  await it.cron();
  expect(it.queue.says).toEqual(['erase', 'verify +31s']);
  it.queue.taken.length = 0;
  it.queue.down = true;
  it.clock.advance(bounds.stuckMs);
  await it.cron();
  expect(await it.receipt(answer)).toMatchObject({ state: 'applied', erasure: { state: 'running' } });
  for (const state of ['applied', 'verified']) {
    it.clock.advance(bounds.stuckMs);
    await it.cron();
    expect(await it.receipt(answer)).toMatchObject({ state, erasure: { state: 'done' } });
  }
});

test('A receipt that is gone, or not readable, is forgotten', async () => {
  const answer = await stuck();
  it.store.evict(`purge:${(answer.json as { purge_id: string }).purge_id}`);
  it.clock.advance(bounds.stuckMs);
  expect(await it.cron()).toMatchObject({ purges: { looked: 1, published: 0, applied: 0 } });
  it.clock.advance(bounds.stuckMs);
  expect((await it.cron())?.['purges']).toBeUndefined();
});

test('So many at once, and then the next: what is owed does not wait behind what is done', async () => {
  for (let i = 0; i < 2 * bounds.sweptAtOnce; i++) await it.post({ tags: [`t${i}`] });
  const owed = await stuck();
  it.clock.advance(bounds.stuckMs);
  expect(await it.cron()).toMatchObject({
    purges: { looked: 2 * bounds.sweptAtOnce + 1, verified: 2 * bounds.sweptAtOnce, published: 1 },
  });
  await it.queue.deliver(it.edge, 'apply');
  expect(await it.receipt(owed)).toMatchObject({ state: 'applied' });
});

test('Redis down: the cron says so', async () => {
  it.edge.redis.fail();
  expect(await it.cron()).toMatchObject({ level: 'error' });
});
