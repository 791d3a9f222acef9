import { QstashError } from '@upstash/qstash';
import { decodeJwt } from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Arrival } from '../support/node/qstash-endpoint.ts';
import { hushed, qstashWorld } from '../support/node/qstash-world.ts';

beforeEach(hushed);

const bodies = (arrivals: readonly Arrival[]) => arrivals.map(({ body }) => String(body));

describe('down', () => {
  test('is 503 for every request, until another word', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    qstash.faults({ down: true });
    await expect(client.publish({ url: endpoint.url })).rejects.toMatchObject({ status: 503 });
    await expect(client.dlq.listMessages()).rejects.toThrow(QstashError);
    qstash.faults({});
    await client.publish({ url: endpoint.url });
  });

  test('or a connection that is cut', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    qstash.faults({ down: 'drop' });
    await expect(client.publish({ url: endpoint.url })).rejects.toThrow('fetch failed');
    expect(qstash.pending).toBe(0);
  });

  test('does not hold back deliveries', async () => {
    const { qstash, client, endpoint, pass } = await qstashWorld();
    await client.publish({ url: endpoint.url, delay: 1 });
    qstash.faults({ down: true });
    await pass(1_000);
    expect(endpoint.arrivals).toHaveLength(1);
  });
});

test('fail loses the next attempts, and they are retried', async () => {
  const { qstash, client, endpoint, pass } = await qstashWorld();
  qstash.faults({ fail: 2 });
  await client.publish({ url: endpoint.url, retryDelay: '1000' });
  await pass(2_000);
  expect(qstash.attempts.map(({ status }) => status)).toEqual(['no answer', 'no answer', 200]);
  expect(endpoint.arrivals.map(({ headers }) => headers['upstash-retried'])).toEqual(['2']);
});

test('fail without a wait between retries is over at once', async () => {
  const { qstash, client, endpoint } = await qstashWorld();
  qstash.faults({ fail: 4 });
  await client.publish({ url: endpoint.url, retryDelay: '0', retries: 3 });
  await qstash.idle();
  expect([qstash.pending, qstash.attempts.length, endpoint.arrivals.length]).toEqual([0, 4, 0]);
});

test('duplicate sends what has succeeded again, each signed anew', async () => {
  const statuses = [500, 200, 200, 500];
  const { qstash, client, endpoint, pass } = await qstashWorld({
    answer: () => ({ status: statuses[endpoint.arrivals.length - 1]! }),
  });
  qstash.faults({ duplicate: 2 });
  const { messageId } = await client.publish({ url: endpoint.url, body: 'x', retryDelay: '1000' });
  await pass(60_000);
  expect(qstash.attempts).toEqual(
    statuses.map((status, at) => ({ messageId, url: endpoint.url, retried: Math.min(at, 1), status })),
  );
  const ids = endpoint.arrivals.map(({ headers }) => decodeJwt(String(headers['upstash-signature'])).jti);
  expect(new Set(ids).size).toBe(4);
  expect(qstash.pending).toBe(0); // a copy that fails is nobody's loss
});

describe('reorder', () => {
  test('holds the next ones until all are there, and delivers them in reverse', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    qstash.faults({ reorder: 3 });
    const publish = (body: string) => client.publish({ url: endpoint.url, body });
    await publish('1');
    await publish('2');
    await qstash.idle();
    expect([qstash.pending, endpoint.arrivals.length]).toEqual([2, 0]);
    await publish('3');
    await qstash.idle();
    await publish('4');
    await qstash.idle();
    expect(bodies(endpoint.arrivals)).toEqual(['3', '2', '1', '4']);
  });

  test('counts what becomes due, not what is published', async () => {
    const { qstash, client, endpoint, pass } = await qstashWorld();
    qstash.faults({ reorder: 2 });
    await client.publish({ url: endpoint.url, body: 'late', delay: 60 });
    await client.publish({ url: endpoint.url, body: 'now' });
    await pass(59_999);
    expect(endpoint.arrivals).toEqual([]);
    await pass(1);
    expect(bodies(endpoint.arrivals)).toEqual(['late', 'now']);
  });

  test('keeps to flow control, and forgets who is cancelled', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    qstash.faults({ reorder: 3 });
    const publish = (body: string) =>
      client.publish({ url: endpoint.url, body, flowControl: { key: 'k', parallelism: 1 } });
    const { messageId } = await publish('1');
    await publish('2');
    await client.messages.cancel(messageId);
    await publish('3');
    await publish('4');
    await qstash.idle();
    expect(bodies(endpoint.arrivals)).toEqual(['4', '3', '2']);
  });

  test('lets go with another word those that it holds', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    qstash.faults({ reorder: 10 });
    await client.publish({ url: endpoint.url, body: '1' });
    await client.publish({ url: endpoint.url, body: '2' });
    qstash.faults({});
    await qstash.idle();
    expect(bodies(endpoint.arrivals)).toEqual(['2', '1']);
  });

  test('leaves queues in order', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    qstash.faults({ reorder: 2 });
    const queue = client.queue({ queueName: 'q' });
    for (const body of ['1', '2', '3']) await queue.enqueue({ url: endpoint.url, body });
    await qstash.idle();
    expect(bodies(endpoint.arrivals)).toEqual(['1', '2', '3']);
  });
});

test('delay_ms makes each delivery later, retries too', async () => {
  const statuses = [500, 200];
  const { qstash, client, endpoint, clock } = await qstashWorld({
    answer: () => ({ status: statuses[endpoint.arrivals.length - 1]! }),
  });
  qstash.faults({ delay_ms: 500 });
  const start = clock.now();
  await client.publish({ url: endpoint.url, retryDelay: '1000', delay: 2 });
  for (const due of [2_500, 4_000]) {
    expect(clock.next).toBe(start + due);
    clock.advance(start + due - clock.now());
    await qstash.idle();
  }
  expect([endpoint.arrivals.length, qstash.pending, clock.next]).toEqual([2, 0, undefined]);
});

describe('over HTTP', () => {
  async function post(url: string, body: string) {
    const response = await fetch(`${url}/faults`, { method: 'POST', body });
    return { status: response.status, body: await response.json() };
  }

  test('the last word counts, while it is down, too', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    expect(await post(qstash.url, '{"down":true}')).toEqual({ status: 200, body: { down: true } });
    await expect(client.publish({ url: endpoint.url })).rejects.toMatchObject({ status: 503 });
    expect(await post(qstash.url, '{}')).toEqual({ status: 200, body: {} });
    await client.publish({ url: endpoint.url });
  });

  test.each([
    ['{"down":"maybe"}', 'down: '],
    ['{"fail":-1}', 'fail: '],
    ['{"fail":1.5}', 'fail: '],
    ['{"duplicate":"2"}', 'duplicate: '],
    ['{"reorder":null}', 'reorder: '],
    ['{"delay_ms":86400001}', 'delay_ms: '],
    ['{"latency":1}', 'latency: '],
    ['[]', 'body: '],
    ['{', 'the body is not JSON'],
  ])('%s is 422, and names the field', async (body, named) => {
    const { qstash, client, endpoint } = await qstashWorld();
    expect(await post(qstash.url, body)).toEqual({
      status: 422,
      body: { error: expect.stringMatching(new RegExp(`^${named}`)) },
    });
    await client.publish({ url: endpoint.url }); // nothing has changed
  });

  test('asked for, it says what is left of it, while it is down, too', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    const inForce = async () => (await fetch(`${qstash.url}/faults`)).json();
    expect(await inForce()).toEqual({});
    await post(qstash.url, '{"fail":2}');
    await client.publish({ url: endpoint.url, retryDelay: '1000' });
    await qstash.idle();
    expect(await inForce()).toEqual({ fail: 1 });
    await post(qstash.url, '{"down":true,"delay_ms":5}');
    expect(await inForce()).toEqual({ down: true, delay_ms: 5 });
    expect((await fetch(`${qstash.url}/faults`, { method: 'DELETE' })).status).toBe(405);
  });

  test('a field that is not known is refused with those that are', async () => {
    const { qstash } = await qstashWorld();
    expect(await post(qstash.url, '{"latency_ms":1}')).toEqual({
      status: 422,
      body: {
        error:
          'latency_ms: is not a field here; known are down, cut_every, fail, duplicate, reorder, delay_ms',
      },
    });
  });
});
