import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { worker } from '../../src/edge/worker.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { aClass, world } from '../support/worker/world.ts';

/** Somebody watches a purge as the command does: he looks, and waits as long as he is told. */
async function scene(queue?: HandQueue) {
  const settings = { ADMIN_TOKENS: await adminTokens('purge') };
  const made = world([aClass()], { settings, ...(queue && { queue }) });
  const { edge, clock } = made;
  const post = async (body: object) => {
    const answer = await edge.get(
      '/-/purge',
      asAdmin('purge', { method: 'POST', body: JSON.stringify(body) }),
    );
    return (answer.json as { purge_id: string }).purge_id;
  };
  const look = async (id: string) => {
    const { json, headers } = await edge.get(`/-/purges/${id}`, asAdmin('purge'));
    const { state, queue } = json as { state: string; queue: string };
    const retryAfter = headers.get('Retry-After');
    return { state, queue, againS: retryAfter === null ? null : Number(retryAfter) };
  };
  return { ...made, clock, post, look };
}
const r1 = { tenant: 'acme', tags: ['report:r1'] };

test('watched to its verification, a purge is a few lines of the log', async () => {
  const queue = new HandQueue();
  const { edge, clock, post, look } = await scene(queue);
  const acceptedMs = clock.now();
  const id = await post(r1);
  for (let seen = await look(id); seen.state !== 'verified'; seen = await look(id)) {
    clock.advance(1_000 * (seen.againS ?? 2));
    if (clock.now() - acceptedMs >= 31_000 && queue.says.includes('verify +31s'))
      await queue.deliver(edge, 'verify');
  }
  const lines = edge.log.filter(({ path }) => String(path).startsWith('/-/purge'));
  expect(lines.length).toBeLessThanOrEqual(4);
  expect(await look(id)).toEqual({ state: 'verified', queue: 'ok', againS: null });
});

describe('When to look again', () => {
  test('accepted: soon, and ever more seldom where it is late', async () => {
    const { edge, clock, post, look } = await scene(new HandQueue());
    const { purge } = edge.redis;
    edge.redis.purge = () => Promise.reject(new Error('killed'));
    const id = await post(r1);
    edge.redis.purge = purge;
    const waits: [afterS: number, againS: number | null][] = [];
    for (const ms of [0, 1_000, 3_000, 20_000, 120_000]) {
      clock.advance(ms);
      waits.push([ms, (await look(id)).againS]);
    }
    expect(waits).toEqual([
      [0, 1],
      [1_000, 1],
      [3_000, 2],
      [20_000, 12],
      [120_000, 30],
    ]);
  });

  test('applied: when it is verified', async () => {
    const { clock, post, look } = await scene(new HandQueue());
    const id = await post(r1);
    expect(await look(id)).toEqual({ state: 'applied', queue: 'ok', againS: 31 });
    clock.advance(30_500);
    expect((await look(id)).againS).toBe(1);
    clock.advance(10_500);
    expect((await look(id)).againS).toBe(5);
  });

  test.each([
    ['none', undefined],
    ['failed', Object.assign(new HandQueue(), { down: true })],
  ])('left to the cron, the queue being %s: when that looks after it', async (said, queue) => {
    const { edge, clock, post, look } = await scene(queue);
    const id = await post(r1);
    expect(await look(id)).toEqual({ state: 'applied', queue: said, againS: bounds.stuckMs / 1_000 });
    clock.advance(bounds.stuckMs);
    await edge.cron(worker(edge.app));
    expect((await look(id)).againS).toBeNull();
  });

  test('Redis does not answer: a little later', async () => {
    const { edge, look } = await scene();
    edge.redis.fail();
    expect((await look('pur_1')).againS).toBe(5);
  });

  test.each([
    ['of 16 bytes', `pur_${'a'.repeat(22)}`, 5],
    ['of 24', `pur_${'_-Z9'.repeat(8)}`, 5],
    ['no id', 'nothing', null],
    ['too short for one', 'pur_1', null],
    ['too long for one', `pur_${'a'.repeat(33)}`, null],
  ])('there is no receipt (yet): %s', async (_what, id, againS) => {
    const { look } = await scene();
    expect((await look(id)).againS).toBe(againS);
  });
});

describe('A write’s receipt', () => {
  test.each([
    ['told the queue', new HandQueue()],
    ['could not tell it', Object.assign(new HandQueue(), { down: true })],
  ])('does not say what the queue has, as it was written before: that %s', async (_what, queue) => {
    const settings = { ADMIN_TOKENS: await adminTokens('purge') };
    const { origin, edge, clock } = world([aClass({ writeThrough: 'purge' })], { settings, queue });
    origin.on('PATCH /report/r1', { total: 2 });
    await edge.get('/report/r1', { method: 'PATCH', body: '{}' });
    const { json } = await edge.get('/-/purges', asAdmin('purge'));
    const [receipt] = (json as { purges: [{ purge_id: string }] }).purges;
    expect(receipt).toMatchObject({ state: 'applied', applied_via: 'write', queue: 'unknown' });
    const look = () => edge.get(`/-/purges/${receipt.purge_id}`, asAdmin('purge'));
    expect((await look()).headers.get('Retry-After')).toBe('31');
    clock.advance(31_000 + bounds.stuckMs);
    if (queue.down) await edge.cron(worker(edge.app));
    else await queue.deliver(edge, 'verify');
    expect((await look()).json).toMatchObject({ state: 'verified' });
  });
});

test('of a purge that nobody has applied yet, neither does its receipt', async () => {
  const { edge, post, look } = await scene(new HandQueue());
  edge.redis.purge = () => Promise.reject(new Error('killed'));
  expect((await look(await post(r1))).queue).toBe('unknown');
});

test('that there is no queue is no failure of one: neither in the receipt nor in the log', async () => {
  const { edge, post, look } = await scene();
  const id = await post(r1);
  expect((await look(id)).queue).toBe('none');
  expect(edge.notes).toEqual([]);
  edge.redis.fail();
  await post(r1);
  expect(edge.log.at(-1)).toMatchObject({ why: 'the store failed, and there is no queue' });
});
