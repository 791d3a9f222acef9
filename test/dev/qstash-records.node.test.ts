import { describe, expect, test } from 'vitest';
import { bounds } from '../../dev/qstash/bounds.ts';
import { hushed, type QStashWorld, qstashWorld } from '../support/node/qstash-world.ts';

/** Publishes what dies at once, one after the other, to paths that are also their labels. */
async function die({ client, endpoint, qstash }: QStashWorld, ...names: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    const request = { url: `${endpoint.url}/${name}`, body: name, label: name, retries: 0 };
    ids.push((await client.publish(request)).messageId);
    await qstash.idle();
  }
  return ids;
}

const dead = () => qstashWorld({ answer: () => ({ status: 500, body: 'broken' }) });

describe('dead letters', () => {
  test('are kept with what was answered, the newest first', async () => {
    const world = await dead();
    const ids = await die(world, 'a', 'b');
    const { messages, cursor } = await world.client.dlq.listMessages();
    expect(cursor).toBeUndefined();
    expect(messages.map(({ messageId }) => messageId)).toEqual(ids.toReversed());
    expect(messages[1]).toMatchObject({
      messageId: ids[0],
      dlqId: expect.any(String),
      url: `${world.endpoint.url}/a`,
      body: 'a',
      labels: ['a'],
      maxRetries: 0,
      responseStatus: 500,
      responseBody: 'broken',
    });
  });

  test('come in pages', async () => {
    const world = await dead();
    await die(world, 'a', 'b', 'c');
    const first = await world.client.dlq.listMessages({ count: 2 });
    expect(first.messages.map(({ body }) => body)).toEqual(['c', 'b']);
    const second = await world.client.dlq.listMessages({ count: 2, cursor: first.cursor! });
    expect(second.messages.map(({ body }) => body)).toEqual(['a']);
    expect(second.cursor).toBeUndefined();
  });

  test('are found by what they are', async () => {
    const world = await dead();
    const [a] = await die(world, 'a', 'b', 'c');
    const { dlq } = world.client;
    const bodies = async (options: Parameters<typeof dlq.listMessages>[0]) =>
      (await dlq.listMessages(options)).messages.map(({ body }) => body);
    expect(await bodies({ filter: { messageId: a! } })).toEqual(['a']);
    expect(await bodies({ filter: { label: ['a', 'c'] } })).toEqual(['c', 'a']);
    expect(await bodies({ filter: { label: 'a,b' } })).toEqual(['b', 'a']);
    expect(await bodies({ filter: { url: `${world.endpoint.url}/b`, responseStatus: 500 } })).toEqual(['b']);
    expect(await bodies({ filter: { responseStatus: 404 } })).toEqual([]);
    expect(await bodies({ filter: { urlGroup: 'group' } })).toEqual([]);
    const all = (await dlq.listMessages()).messages;
    expect(await bodies({ dlqIds: [all[0]!.dlqId, all[2]!.dlqId] })).toEqual(['c', 'a']);
  });

  test('are deleted, one or many', async () => {
    hushed();
    const world = await dead();
    await die(world, 'a', 'b', 'c', 'd', 'e');
    const { dlq } = world.client;
    const ids = (await dlq.listMessages()).messages.map(({ dlqId }) => dlqId);
    await dlq.delete(ids[0]!);
    await expect(dlq.delete(ids[0]!)).rejects.toMatchObject({ status: 404 });
    expect(await dlq.delete([ids[1]!, 'unknown'])).toEqual({ deleted: 1 });
    expect(await dlq.delete({ filter: { label: 'a' } })).toEqual({ deleted: 1 });
    expect(await dlq.delete({ all: true, count: 1 })).toEqual({ deleted: 1, cursor: expect.any(String) });
    expect((await dlq.listMessages()).messages.map(({ body }) => body)).toEqual(['b']);
  });

  test('are tried again as new messages', async () => {
    hushed();
    let status = 500;
    const world = await qstashWorld({ answer: () => ({ status }) });
    const { client, endpoint, qstash } = world;
    const [a] = await die(world, 'a', 'b');
    const ids = (await client.dlq.listMessages()).messages.map(({ dlqId }) => dlqId);

    status = 200;
    const { responses } = await client.dlq.retry({ filter: { label: 'a' } });
    await qstash.idle();
    const { headers, body } = endpoint.arrivals.at(-1)!;
    expect(String(body)).toBe('a');
    expect(headers).toMatchObject({ 'upstash-message-id': responses[0]!.messageId, 'upstash-retried': '0' });
    expect(responses[0]!.messageId).not.toBe(a);

    await expect(client.dlq.retry(ids)).rejects.toMatchObject({ status: 404 }); // one is gone: none is tried
    expect((await client.dlq.listMessages()).messages).toHaveLength(1);
    expect((await client.dlq.retry({ all: true })).responses).toHaveLength(1);
    await qstash.idle();
    expect((await client.dlq.listMessages()).messages).toEqual([]);
  });

  test('are a thousand at most: the oldest are forgotten', async () => {
    const { client, endpoint, qstash } = await qstashWorld();
    qstash.faults({ fail: bounds.dead + 1 });
    const many = Array.from({ length: bounds.dead + 1 }, () => ({ url: endpoint.url, retries: 0 }));
    const [oldest, second] = (await client.batch(many)) as { messageId: string }[];
    await qstash.idle();
    const found = async (messageId: string) =>
      (await client.dlq.listMessages({ filter: { messageId } })).messages.length;
    expect([await found(oldest!.messageId), await found(second!.messageId)]).toEqual([0, 1]);
  });

  test('can be had alone, over HTTP', async () => {
    const world = await dead();
    await die(world, 'a');
    const [letter] = (await world.client.dlq.listMessages()).messages;
    const { url, token } = world.qstash;
    const ask = (id: string) =>
      fetch(`${url}/v2/dlq/${id}`, { headers: { Authorization: `Bearer ${token}` } });
    expect(await (await ask(letter!.dlqId)).json()).toMatchObject({ body: 'a', dlqId: letter!.dlqId });
    expect((await ask('unknown')).status).toBe(404);
  });
});

describe('the log', () => {
  test('has each change of state, the newest first', async () => {
    const statuses = [500, 200];
    const { client, endpoint, clock, pass } = await qstashWorld({
      answer: () => ({ status: statuses[endpoint.arrivals.length - 1]! }),
    });
    const start = clock.now();
    const { messageId } = await client.publish({ url: endpoint.url, retryDelay: '1000', label: 'a' });
    await pass(1_000);
    const { logs } = await client.logs();
    expect(logs.map(({ state, time }) => [state, time - start])).toEqual([
      ['DELIVERED', 1_000],
      ['ACTIVE', 1_000],
      ['RETRY', 0],
      ['ERROR', 0],
      ['ACTIVE', 0],
      ['CREATED', 0],
    ]);
    expect(logs[2]).toMatchObject({
      messageId,
      url: endpoint.url,
      label: 'a',
      nextDeliveryTime: start + 1_000,
    });
    expect(logs[3]).toMatchObject({ error: 'the destination answered 500', responseStatus: 500 });
  });

  test('says of the dead and the cancelled, too', async () => {
    const world = await dead();
    await die(world, 'a');
    const { messageId } = await world.client.publish({ url: world.endpoint.url, delay: 60 });
    await world.client.messages.cancel(messageId);
    const states = (await world.client.logs()).logs.map(({ state }) => state);
    expect(states).toEqual([
      'CANCELLED',
      'CANCEL_REQUESTED',
      'CREATED',
      'FAILED',
      'ERROR',
      'ACTIVE',
      'CREATED',
    ]);
  });

  test('is filtered and comes in pages', async () => {
    const world = await dead();
    const [a] = await die(world, 'a', 'b');
    const states = async (request: Parameters<typeof world.client.logs>[0]) =>
      (await world.client.logs(request)).logs.map(({ state, label }) => `${label} ${state}`);
    expect(await states({ filter: { state: 'FAILED' } })).toEqual(['b FAILED', 'a FAILED']);
    expect(await states({ filter: { state: 'IN_PROGRESS', label: 'a' } })).toEqual(['a ERROR', 'a ACTIVE']);
    expect(await states({ messageIds: [a!] })).toHaveLength(4);
    const first = await world.client.logs({ count: 5 });
    expect(first.logs).toHaveLength(5);
    expect(await states({ cursor: first.cursor! })).toEqual(['a ERROR', 'a ACTIVE', 'a CREATED']);
  });
});
