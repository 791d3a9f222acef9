import { describe, expect, test } from 'vitest';
import type { Answer, Arrival } from '../support/node/qstash-endpoint.ts';
import { qstashWorld } from '../support/node/qstash-world.ts';

/** A destination that answers each delivery when the test says so, by its body. */
async function heldWorld() {
  const held = new Map<string, (answer: Answer) => void>();
  const world = await qstashWorld({
    answer: ({ body }) => new Promise<Answer>((resolve) => held.set(String(body), resolve)),
  });
  return {
    ...world,
    arrived: async () => String((await world.endpoint.arrival()).body),
    answer: (body: string, status = 200) => held.get(body)?.({ status }),
    /** How many attempts have begun: known at once, while an arrival takes its time. */
    begun: async () => (await world.client.logs({ filter: { state: 'ACTIVE' } })).logs.length,
  };
}

const bodies = (arrivals: readonly Arrival[]) => arrivals.map(({ body }) => String(body));

describe('flow control', () => {
  test('lets so many deliveries of a key be under way, and the next in as one ends', async () => {
    const { client, endpoint, qstash, arrived, answer, begun } = await heldWorld();
    const publish = (body: string, key: string) =>
      client.publish({ url: endpoint.url, body, flowControl: { key, parallelism: 2 } });
    for (const body of ['a1', 'a2', 'a3', 'a4']) await publish(body, 'tenant.a');
    await publish('b1', 'tenant.b');
    const first = [await arrived(), await arrived(), await arrived()];
    expect(first.toSorted()).toEqual(['a1', 'a2', 'b1']);
    expect(await begun()).toBe(3);

    answer('a2');
    expect(await arrived()).toBe('a3');
    answer('a1', 500); // a failed one makes room, too
    expect(await arrived()).toBe('a4');
    for (const body of ['a3', 'a4', 'b1']) answer(body);
    await qstash.idle();
    expect(qstash.pending).toBe(1); // the failed one waits for its retry
  });

  test('lets a retry wait for its turn like any other', async () => {
    const { client, endpoint, clock, arrived, answer, begun } = await heldWorld();
    const flowControl = { key: 'k', parallelism: 1 };
    const publish = (body: string) =>
      client.publish({ url: endpoint.url, body, flowControl, retryDelay: '1000', retries: 1 });
    await publish('first');
    await publish('second');
    expect(await arrived()).toBe('first');
    answer('first', 500);
    expect(await arrived()).toBe('second');
    clock.advance(1_000);
    expect(await begun()).toBe(2);
    answer('second');
    expect(await arrived()).toBe('first');
  });

  test('who is cancelled leaves the line', async () => {
    const { client, endpoint, arrived, answer } = await heldWorld();
    const flowControl = { key: 'k', parallelism: 1 };
    const ids: string[] = [];
    for (const body of ['1', '2', '3']) {
      ids.push((await client.publish({ url: endpoint.url, body, flowControl })).messageId);
    }
    expect(await arrived()).toBe('1');
    await client.messages.cancel(ids[1]!);
    answer('1');
    expect(await arrived()).toBe('3');
  });

  test('and then nobody waits for the next period', async () => {
    const { client, endpoint, qstash, clock } = await qstashWorld();
    const flowControl = { key: 'k', rate: 1, period: '1h' as const };
    await client.batch([1, 2].map(() => ({ url: endpoint.url, flowControl })));
    await qstash.idle();
    expect(clock.next).toBe(clock.now() + 3_600_000);
    await client.messages.cancel({ all: true });
    expect(clock.next).toBeUndefined();

    await client.publish({ url: endpoint.url, flowControl });
    expect(clock.next).toBe(clock.now() + 3_600_000);
    await client.publish({ url: endpoint.url, flowControl: { ...flowControl, rate: 9 } }); // room for both
    await qstash.idle();
    expect([qstash.pending, clock.next]).toEqual([0, undefined]);
  });

  test('lets so many begin in a period', async () => {
    const { client, endpoint, clock, pass } = await qstashWorld();
    const start = clock.now();
    const begun: number[] = [];
    const flowControl = { key: 'k', rate: 2, period: '1m' as const };
    await client.batch(
      Array.from({ length: 5 }, (_, n) => ({ url: endpoint.url, body: String(n), flowControl })),
    );
    for (const ms of [0, 59_999, 1, 59_999, 1]) {
      await pass(ms);
      begun.push(endpoint.arrivals.length);
    }
    expect(begun).toEqual([2, 2, 4, 4, 5]);
    expect(clock.now() - start).toBe(120_000);
    expect(bodies(endpoint.arrivals).toSorted()).toEqual(['0', '1', '2', '3', '4']);
  });

  test('goes by what the newest message says of the key', async () => {
    const { client, endpoint, arrived } = await heldWorld();
    const publish = (body: string, parallelism: number) =>
      client.publish({ url: endpoint.url, body, flowControl: { key: 'k', parallelism } });
    await publish('1', 1);
    await publish('2', 1);
    expect(await arrived()).toBe('1');
    await publish('3', 3);
    expect([await arrived(), await arrived()].toSorted()).toEqual(['2', '3']);
  });
});

describe('a queue', () => {
  test('delivers in order, one at a time, and the next only when one is delivered or dead', async () => {
    const { client, endpoint, clock, qstash, arrived, answer } = await heldWorld();
    const queue = client.queue({ queueName: 'purges' });
    const options = { url: endpoint.url, retries: 1, retryDelay: '1000' };
    await queue.enqueue({ ...options, body: 'first' });
    await queue.enqueue({ ...options, body: 'second' });
    await client.batch([{ ...options, body: 'third', queueName: 'purges' }]);
    await client.queue({ queueName: 'another' }).enqueueJSON({ url: endpoint.url, body: 'other' });
    expect([await arrived(), await arrived()].toSorted()).toEqual(['"other"', 'first']);
    answer('"other"');

    answer('first', 500);
    await qstash.idle();
    expect(endpoint.arrivals).toHaveLength(2); // it waits for the retry of the first
    clock.advance(1_000);
    expect(await arrived()).toBe('first');
    answer('first', 500);
    expect(await arrived()).toBe('second');
    answer('second');
    expect(await arrived()).toBe('third');
    answer('third');
    await qstash.idle();
    expect(qstash.pending).toBe(0);
  });

  test('stays as it is when one is cancelled that was not its turn', async () => {
    const { client, endpoint, qstash, arrived, answer, begun } = await heldWorld();
    const queue = client.queue({ queueName: 'q' });
    await queue.enqueue({ url: endpoint.url, body: 'first' });
    const { messageId } = await queue.enqueue({ url: endpoint.url, body: 'second' });
    await queue.enqueue({ url: endpoint.url, body: 'third' });
    expect(await arrived()).toBe('first');
    await client.messages.cancel(messageId);
    expect(await begun()).toBe(1);
    answer('first');
    expect(await arrived()).toBe('third');
    answer('third');
    await qstash.idle();
    expect(qstash.pending).toBe(0);
  });

  test('goes on after one that is cancelled', async () => {
    const { client, endpoint, pass } = await qstashWorld();
    const queue = client.queue({ queueName: 'q' });
    const { messageId } = await queue.enqueue({ url: endpoint.url, body: 'first', delay: 60 });
    await queue.enqueue({ url: endpoint.url, body: 'second' });
    await pass(1_000);
    expect(endpoint.arrivals).toEqual([]);
    await client.messages.cancel({
      filter: { queueName: 'q', messageId } as object as { queueName: string },
    });
    await pass(0);
    expect(bodies(endpoint.arrivals)).toEqual(['second']);
  });
});
