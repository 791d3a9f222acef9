import { describe, expect, test } from 'vitest';
import { qstashWorld } from '../support/node/qstash-world.ts';

describe('what arrives', () => {
  test('is the message as it was published, and what QStash adds', async () => {
    const { client, endpoint } = await qstashWorld();
    const url = `${endpoint.url}/a/b%20c/?q=1&q=%2F`;
    const { messageId } = await client.publishJSON({
      url,
      body: { purge: ['dashboard:d1'] },
      headers: { 'X-Own': 'mine', 'Upstash-Forward-Authorization': 'Bearer for the destination' },
      method: 'PUT',
    });
    const { method, target, headers, body } = await endpoint.arrival();
    expect([method, target]).toEqual(['PUT', '/a/b%20c/?q=1&q=%2F']);
    expect(body.toString()).toBe('{"purge":["dashboard:d1"]}');
    expect(headers).toEqual({
      'content-type': 'application/json',
      'content-length': '26',
      'x-own': 'mine',
      authorization: 'Bearer for the destination',
      'user-agent': 'Upstash-QStash',
      'upstash-message-id': messageId,
      'upstash-retried': '0',
      'upstash-signature': expect.any(String),
      'upstash-caller-ip': '127.0.0.1',
      host: new URL(endpoint.url).host,
      connection: 'close',
    });
  });

  test('is every byte of the body', async () => {
    const { client, endpoint } = await qstashWorld();
    const bytes = Uint8Array.from({ length: 1024 }, (_, at) => at % 256);
    await client.publish({ url: endpoint.url, body: new Blob([bytes]) });
    expect(Buffer.compare((await endpoint.arrival()).body, bytes)).toBe(0);
  });

  test('may have no body, whatever the method', async () => {
    const { client, endpoint } = await qstashWorld();
    for (const method of ['GET', 'DELETE', 'PATCH'] as const) {
      await client.publish({ url: endpoint.url, method });
      const arrival = await endpoint.arrival();
      expect([arrival.method, arrival.body.length]).toEqual([method, 0]);
    }
  });

  test('is not what concerns the connection to QStash only', async () => {
    const { client, endpoint } = await qstashWorld();
    await client.publish({
      url: endpoint.url,
      body: 'x',
      headers: { 'Upstash-Forward-Host': 'elsewhere', 'Upstash-Forward-Content-Length': '7' },
    });
    const { headers } = await endpoint.arrival();
    expect([headers.host, headers['content-length']]).toEqual([new URL(endpoint.url).host, '1']);
  });
});

describe('a batch', () => {
  test('is published one by one, each with its own headers', async () => {
    const { qstash, client, endpoint, pass } = await qstashWorld();
    const answers = await client.batchJSON([
      { url: `${endpoint.url}/one`, body: { n: 1 } },
      { url: `${endpoint.url}/two`, body: { n: 2 }, delay: 5, headers: { 'X-Own': 'two' } },
    ]);
    await qstash.idle();
    expect(endpoint.arrivals.map(({ target }) => target)).toEqual(['/one']);
    await pass(5_000);
    expect(endpoint.arrivals.map(({ target, body }) => [target, String(body)])).toEqual([
      ['/one', '{"n":1}'],
      ['/two', '{"n":2}'],
    ]);
    expect(endpoint.arrivals[1]?.headers['x-own']).toBe('two');
    expect(answers).toEqual(
      endpoint.arrivals.map(({ headers }) => ({ messageId: headers['upstash-message-id'] })),
    );
  });

  test('may be written by hand, with names of headers in any case', async () => {
    const { qstash, endpoint, pass } = await qstashWorld();
    const headers = { 'Upstash-Delay': '5s', 'UPSTASH-FORWARD-X-OWN': 'mine' };
    const response = await fetch(`${qstash.url}/v2/batch`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${qstash.token}` },
      body: JSON.stringify([{ destination: endpoint.url, headers, body: 'x' }]),
    });
    expect([response.status, qstash.pending]).toEqual([200, 1]);
    await pass(5_000);
    expect(endpoint.arrivals[0]?.headers['x-own']).toBe('mine');
  });

  test('with one that is refused says so in its place, and publishes the others', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    const answers = await client.batch([
      { url: 'nowhere' },
      { url: endpoint.url, body: 'taken' },
      { url: endpoint.url, retryDelay: 'eval(1)' },
    ]);
    await qstash.idle();
    expect(answers).toEqual([
      { error: expect.stringContaining('invalid destination url: nowhere') },
      { messageId: expect.stringMatching(/^msg_/) },
      { error: expect.stringContaining('invalid retry delay') },
    ]);
    expect(endpoint.arrivals.map(({ body }) => String(body))).toEqual(['taken']);
  });
});

describe('later', () => {
  test.each([
    ['a number of seconds', { delay: 90 }, 90_000],
    ['a duration', { delay: '2m' as const }, 120_000],
    ['the longest unit', { delay: '1d' as const }, 86_400_000],
  ])('%s', async (_, delay, ms) => {
    const { qstash, client, endpoint, clock, pass } = await qstashWorld();
    const { messageId } = await client.publish({ url: endpoint.url, ...delay });
    expect((await client.messages.get(messageId)).notBefore).toBe(clock.now() + ms);
    await pass(ms - 1);
    expect([qstash.pending, endpoint.arrivals.length]).toEqual([1, 0]);
    await pass(1);
    expect([qstash.pending, endpoint.arrivals.length]).toEqual([0, 1]);
  });

  test('a time, which counts more than a delay', async () => {
    const { client, endpoint, clock, pass } = await qstashWorld();
    const notBefore = Math.ceil(clock.now() / 1000) + 30;
    await client.publish({ url: endpoint.url, notBefore, delay: 5 });
    await pass(notBefore * 1000 - clock.now() - 1);
    expect(endpoint.arrivals).toHaveLength(0);
    await pass(1);
    expect(endpoint.arrivals).toHaveLength(1);
  });

  test('a time that has passed is now', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    await client.publish({ url: endpoint.url, notBefore: 1 });
    await qstash.idle();
    expect(endpoint.arrivals).toHaveLength(1);
  });
});

describe('deduplication', () => {
  test('by id drops what comes again within ten minutes', async () => {
    const { client, endpoint, pass } = await qstashWorld();
    const publish = (body: string) => client.publish({ url: endpoint.url, body, deduplicationId: 'once' });
    const first = await publish('first');
    expect(first).toEqual({ messageId: expect.any(String) });
    expect(await publish('second')).toEqual({ ...first, deduplicated: true });
    await pass(10 * 60_000 - 1);
    expect(await publish('third')).toEqual({ ...first, deduplicated: true });
    await pass(1);
    expect((await publish('fourth')).deduplicated).toBeUndefined();
    await pass(0);
    expect(endpoint.arrivals.map(({ body }) => String(body))).toEqual(['first', 'fourth']);
  });

  test('by content takes what differs in destination, body or headers', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    const publish = async (change: object) => {
      const message = { url: endpoint.url, body: 'same', contentBasedDeduplication: true, ...change };
      return (await client.publish(message)).deduplicated ?? false;
    };
    expect([
      await publish({}),
      await publish({ url: `${endpoint.url}/other` }),
      await publish({ body: 'other' }),
      await publish({ headers: { 'X-Own': 'other' } }),
      await publish({}),
    ]).toEqual([false, false, false, false, true]);
    await qstash.idle();
    expect(endpoint.arrivals).toHaveLength(4);
  });
});
