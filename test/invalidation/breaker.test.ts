import { beforeEach, describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { worker } from '../../src/edge/worker.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { type Answer, aClass, world } from '../support/worker/world.ts';

/** An isolate whose reads have failed so often that its breaker is open: whatever a purge needs of the store is done all the same. */

async function scene() {
  const queue = new HandQueue();
  const settings = { ADMIN_TOKENS: await adminTokens('purge') };
  const cls = aClass({ settle: '10m', writeThrough: 'purge' });
  const made = world([cls], { settings, queue });
  const { edge } = made;
  for (const route of ['/report/r1', 'PATCH /report/r1']) made.origin.on(route, { value: 'old' });
  const post = (body: object = {}) =>
    edge.ask(
      '/-/purge',
      asAdmin('purge', {
        method: 'POST',
        body: JSON.stringify({ tenant: 'acme', tags: ['report:r1'], ...body }),
      }),
    );
  const receipt = async (id: string) => (await edge.get(`/-/purges/${id}`, asAdmin('purge'))).json;
  /** Accepted, and its messages given to the test; nothing has applied it. */
  const accepted = async (body?: object) => {
    const { purge } = edge.redis;
    edge.redis.purge = () => Promise.reject(new Error('killed'));
    const id = idOf(await post(body));
    await edge.settled();
    edge.redis.purge = purge;
    return id;
  };
  const openBreaker = async () => {
    edge.redis.fail('lookup');
    for (let i = 0; i < bounds.breakerCalls; i++) await edge.get(`/report/x${i}`);
    edge.redis.heal();
    edge.log.length = 0;
  };
  const isOpen = async () => {
    await edge.get('/report/other');
    return edge.notes.includes('redis-breaker-open');
  };
  const cron = async () => {
    await edge.cron(worker(edge.app));
    return edge.log.findLast(({ event }) => event === 'cron');
  };
  return { ...made, queue, post, receipt, accepted, openBreaker, isOpen, cron };
}
const idOf = (answer: Answer) => (answer.json as { purge_id: string }).purge_id;

let it: Awaited<ReturnType<typeof scene>>;
beforeEach(async () => {
  it = await scene();
});

const erasure = { everything: true, erase: true };

describe('While the breaker is open', () => {
  test.each<[string, () => Promise<[id: string, expected: object]>]>([
    [
      'the cron applies what nobody has applied',
      async () => {
        const id = await it.accepted();
        it.queue.down = true;
        it.clock.advance(bounds.stuckMs);
        await it.openBreaker();
        expect(await it.cron()).toMatchObject({ purges: { looked: 1, applied: 1 } });
        return [id, { state: 'applied', applied_via: 'sweep' }];
      },
    ],
    [
      'the cron verifies what nobody has verified',
      async () => {
        const id = idOf(await it.post());
        await it.edge.settled();
        it.clock.advance(bounds.stuckMs);
        await it.openBreaker();
        expect(await it.cron()).toMatchObject({ purges: { looked: 1, verified: 1 } });
        return [id, { state: 'verified' }];
      },
    ],
    [
      'the cron goes on with an erasure',
      async () => {
        const id = await it.accepted(erasure);
        it.queue.down = true;
        for (let i = 0; i < 2; i++) {
          it.clock.advance(bounds.stuckMs);
          await it.openBreaker();
          await it.cron();
        }
        return [id, { state: 'applied', erasure: { state: 'done' } }];
      },
    ],
    [
      'a purge is accepted, and applied beside the queue',
      async () => {
        await it.openBreaker();
        const id = idOf(await it.post());
        await it.edge.settled();
        return [id, { state: 'applied', applied_via: 'eager' }];
      },
    ],
    [
      'without a queue it is applied before it is acknowledged',
      async () => {
        it.queue.down = true;
        await it.openBreaker();
        return [idOf(await it.post()), { state: 'applied', applied_via: 'direct' }];
      },
    ],
    [
      'a delivery applies',
      async () => {
        const id = await it.accepted();
        await it.openBreaker();
        expect(await it.queue.deliver(it.edge, 'apply')).toMatchObject({ status: 200 });
        return [id, { state: 'applied', applied_via: 'delivery' }];
      },
    ],
    [
      'a delivery erases',
      async () => {
        const id = await it.accepted(erasure);
        await it.openBreaker();
        expect(await it.queue.deliver(it.edge, 'erase')).toMatchObject({ status: 200 });
        return [id, { state: 'applied', erasure: { state: 'done' } }];
      },
    ],
    [
      'a delivery verifies',
      async () => {
        const id = idOf(await it.post());
        await it.edge.settled();
        it.clock.advance(bounds.verifyAfterMs);
        await it.openBreaker();
        expect(await it.queue.deliver(it.edge, 'verify')).toMatchObject({ status: 200 });
        return [id, { state: 'verified' }];
      },
    ],
    [
      'what the queue gives up is applied',
      async () => {
        const id = await it.accepted();
        await it.openBreaker();
        expect(await it.queue.giveUp(it.edge, 'apply')).toMatchObject({ status: 200 });
        return [id, { state: 'applied' }];
      },
    ],
    [
      'the second purge of one that settles is applied',
      async () => {
        const id = idOf(await it.post());
        await it.edge.settled();
        it.queue.taken.splice(0, 2); // the first, and its verification
        await it.openBreaker();
        expect(await it.queue.deliver(it.edge, 'apply')).toMatchObject({ status: 200 });
        return [`${id}-settle`, { state: 'applied', applied_via: 'delivery' }];
      },
    ],
    [
      'a write purges, though nothing may ask for the generations before it',
      async () => {
        await it.openBreaker();
        expect(await it.edge.get('/report/r1', { method: 'PATCH', body: '{}' })).toMatchObject({
          status: 200,
        });
        const { json } = await it.edge.get('/-/purges', asAdmin('purge'));
        const { purges } = json as { purges: { purge_id: string }[] };
        return [purges[0]!.purge_id, { state: 'applied', applied_via: 'write' }];
      },
    ],
  ])('%s', async (_, happens) => {
    const [id, expected] = await happens();
    expect(await it.receipt(id)).toMatchObject(expected);
    expect(await it.isOpen(), 'and the breaker is as it was').toBe(true);
  });

  test('what the cron meets of a store that fails does not open it', async () => {
    it.edge.redis.fail();
    for (let i = 0; i < 2 * bounds.breakerCalls; i++)
      expect(await it.cron()).toMatchObject({ level: 'error', notes: ['redis-unreachable'] });
    it.edge.redis.heal();
    expect(await it.isOpen()).toBe(false);
  });
});
