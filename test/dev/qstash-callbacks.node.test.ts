import { describe, expect, test } from 'vitest';
import type { Answer, Arrival } from '../support/node/qstash-endpoint.ts';
import { qstashWorld, receiverOf } from '../support/node/qstash-world.ts';

const jsonOf = ({ body }: Arrival) => JSON.parse(String(body)) as Record<string, unknown>;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A destination at `/`, and callbacks under `/callback` and `/failure`, which are taken unless told otherwise. */
async function world(destination: Answer, callbacks: Answer = { status: 200 }) {
  const made = await qstashWorld({ answer: ({ target }) => (target === '/' ? destination : callbacks) });
  const { url } = made.endpoint;
  const at = (target: string) => made.endpoint.arrivals.filter((arrival) => arrival.target === target);
  return {
    ...made,
    at,
    urls: { destination: `${url}/`, callback: `${url}/callback`, failure: `${url}/failure` },
  };
}

describe('a callback', () => {
  test('tells what the destination answered', async () => {
    const answer = { status: 201, headers: { 'X-Own': 'theirs' }, body: 'done, thanks' };
    const { client, qstash, clock, at, urls } = await world(answer);
    const { messageId } = await client.publish({
      url: urls.destination,
      body: 'do it',
      headers: { 'X-Own': 'mine' },
      callback: urls.callback,
      failureCallback: urls.failure,
    });
    await qstash.idle();
    expect(at('/failure')).toEqual([]);
    expect(at('/callback').map(jsonOf)).toEqual([
      {
        status: 201,
        header: expect.objectContaining({ 'x-own': ['theirs'] }),
        body: base64('done, thanks'),
        retried: 0,
        maxRetries: 3,
        sourceMessageId: messageId,
        url: urls.destination,
        method: 'POST',
        sourceHeader: expect.objectContaining({ 'x-own': ['mine'] }),
        sourceBody: base64('do it'),
        notBefore: clock.now(),
        createdAt: clock.now(),
        callerIP: '127.0.0.1',
      },
    ]);
  });

  test('comes after every attempt', async () => {
    const { client, at, urls, pass } = await world({ status: 500 });
    await client.publish({ url: urls.destination, retries: 2, retryDelay: '1000', callback: urls.callback });
    await pass(60_000);
    const told = at('/callback').map(jsonOf);
    expect(told.map(({ status, retried }) => [status, retried])).toEqual([
      [500, 0],
      [500, 1],
      [500, 2],
    ]);
  });

  test('is a message of its own: signed, with its own id and headers', async () => {
    const { client, qstash, at, urls } = await world({ status: 200 });
    const { messageId } = await client.publish({
      url: urls.destination,
      callback: urls.callback,
      headers: { 'Upstash-Callback-Method': 'PUT', 'Upstash-Callback-Forward-X-Own': 'for the callback' },
    });
    await qstash.idle();
    const [arrival] = at('/callback');
    expect(arrival?.method).toBe('PUT');
    expect(arrival?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-own': 'for the callback',
    });
    expect(arrival?.headers['upstash-message-id']).not.toBe(messageId);
    expect(at('/')[0]?.headers['x-own']).toBeUndefined();
    const signature = String(arrival?.headers['upstash-signature']);
    const verified = { signature, body: String(arrival?.body), url: urls.callback };
    expect(await receiverOf(qstash.signingKeys).verify(verified)).toBe(true);
  });
});

describe('a failure callback', () => {
  test('comes once, when the message is dead, and names the dead letter', async () => {
    const { client, at, urls, pass } = await world({ status: 500, body: 'broken' });
    const { messageId } = await client.publish({
      url: urls.destination,
      body: 'do it',
      retries: 1,
      retryDelay: '1000',
      failureCallback: urls.failure,
    });
    await pass(999);
    expect(at('/failure')).toEqual([]);
    await pass(1);
    const [dead] = (await client.dlq.listMessages()).messages;
    expect(at('/failure').map(jsonOf)).toMatchObject([
      {
        status: 500,
        body: base64('broken'),
        retried: 1,
        maxRetries: 1,
        dlqId: dead?.dlqId,
        sourceMessageId: messageId,
        sourceBody: base64('do it'),
        url: urls.destination,
      },
    ]);
  });

  test('tells with status 0 that there was no answer', async () => {
    const { client, qstash, at, urls } = await world('drop');
    await client.publish({ url: urls.destination, retries: 0, failureCallback: urls.failure });
    await qstash.idle();
    expect(at('/failure').map(jsonOf)).toMatchObject([{ status: 0, header: {}, body: '' }]);
  });

  test('is retried as the message was, and then dead itself', async () => {
    const { client, qstash, at, urls, pass } = await world({ status: 500 }, { status: 502 });
    const failureCallback = urls.failure;
    await client.publish({ url: urls.destination, retries: 2, retryDelay: '1000', failureCallback });
    await pass(4_000); // it dies after 2 s, and so does its callback
    expect(at('/failure').map(({ headers }) => headers['upstash-retried'])).toEqual(['0', '1', '2']);
    expect(qstash.pending).toBe(0);
    const dead = (await client.dlq.listMessages()).messages;
    expect(dead.map(({ url }) => url)).toEqual([urls.failure, urls.destination]);
  });

  test('or as it is said of it', async () => {
    const { client, at, urls, pass } = await world({ status: 500 }, { status: 502 });
    await client.publish({
      url: urls.destination,
      retries: 0,
      failureCallback: urls.failure,
      headers: { 'Upstash-Failure-Callback-Retries': '1', 'Upstash-Failure-Callback-Retry-Delay': '500' },
    });
    await pass(499);
    expect(at('/failure')).toHaveLength(1);
    await pass(60_000);
    expect(at('/failure')).toHaveLength(2);
  });
});
