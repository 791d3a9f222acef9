import { describe, expect, test } from 'vitest';
import { qstashWorld } from '../support/node/qstash-world.ts';

describe('a message on its way', () => {
  test('can be looked at', async () => {
    const { qstash, client, endpoint, clock } = await qstashWorld();
    const { messageId } = await client.publish({
      url: `${endpoint.url}/x`,
      body: 'hello',
      delay: 60,
      retries: 2,
      retryDelay: '1000 * retried',
      callback: `${endpoint.url}/callback`,
      failureCallback: `${endpoint.url}/failure`,
      label: ['a', 'b'],
      flowControl: { key: 'tenant.acme', parallelism: 2, rate: 5, period: '1d' },
      timeout: 10,
      headers: { 'X-Own': 'mine' },
    });
    expect(await client.messages.get(messageId)).toMatchObject({
      messageId,
      url: `${endpoint.url}/x`,
      method: 'POST',
      body: 'hello',
      header: { 'x-own': ['mine'] },
      createdAt: clock.now(),
      notBefore: clock.now() + 60_000,
      maxRetries: 2,
      retryDelayExpression: '1000 * retried',
      callback: `${endpoint.url}/callback`,
      failureCallback: `${endpoint.url}/failure`,
      labels: ['a', 'b'],
      flowControlKey: 'tenant.acme',
      parallelism: 2,
      rate: 5,
      period: 86_400,
      timeout: 10_000,
    });
    expect(qstash.pending).toBe(1);
  });

  test('whose body is no text is shown in base64', async () => {
    const { client, endpoint } = await qstashWorld();
    const body = new Blob([Uint8Array.of(0xff, 0x00)]);
    const { messageId } = await client.publish({ url: endpoint.url, body, delay: 60 });
    const message = await client.messages.get(messageId);
    expect([message.body, message.bodyBase64]).toEqual([undefined, '/wA=']);
  });

  test('can be cancelled, alone', async () => {
    const { qstash, client, endpoint, pass } = await qstashWorld();
    const { messageId } = await client.publish({ url: endpoint.url, delay: 60 });
    expect(await client.messages.cancel(messageId)).toEqual({ cancelled: 1 });
    await pass(120_000);
    expect([qstash.pending, endpoint.arrivals.length]).toEqual([0, 0]);
  });

  test('can be cancelled with others, by id, by what they are, or all', async () => {
    const { client, endpoint, pass } = await qstashWorld();
    const publish = (path: string, label: string) =>
      client.publish({ url: endpoint.url + path, label, delay: 60 });
    const first = await publish('/1', 'a');
    await publish('/2', 'a');
    await publish('/3', 'b');
    await publish('/4', 'c');
    expect(await client.messages.cancel([first.messageId, 'msg_unknown'])).toEqual({ cancelled: 1 });
    expect(await client.messages.cancel({ filter: { label: ['a', 'b'], path: '/2' } })).toEqual({
      cancelled: 1,
    });
    expect(await client.messages.cancel({ filter: { url: `${endpoint.url}/3` } })).toEqual({ cancelled: 1 });
    await pass(30_000);
    expect(await client.messages.cancel({ all: true })).toEqual({ cancelled: 1 });
    await pass(60_000);
    expect(endpoint.arrivals).toEqual([]);
  });

  test('that is cancelled while it is delivered is not tried again', async () => {
    const answer = Promise.withResolvers<{ status: number }>();
    const { qstash, client, endpoint, pass } = await qstashWorld({ answer: () => answer.promise });
    const { messageId } = await client.publish({ url: endpoint.url, retryDelay: '1000' });
    await endpoint.arrival();
    expect(await client.messages.cancel(messageId)).toEqual({ cancelled: 1 });
    answer.resolve({ status: 500 });
    await pass(60_000);
    expect([qstash.pending, endpoint.arrivals.length]).toEqual([0, 1]);
    expect((await client.dlq.listMessages()).messages).toEqual([]);
  });
});
