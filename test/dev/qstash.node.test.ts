import { SignatureError } from '@upstash/qstash';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startQStash } from '../../dev/qstash/server.ts';
import { manualClock } from '../support/node/qstash-clock.ts';
import { type Arrival, startEndpoint } from '../support/node/qstash-endpoint.ts';
import { clientOf, hushed, qstashWorld, receiverOf } from '../support/node/qstash-world.ts';

const signatureOf = ({ headers }: Arrival): string => String(headers['upstash-signature']);

describe('the signature of a delivery', () => {
  async function delivered() {
    const world = await qstashWorld();
    const url = `${world.endpoint.url}/-/deliveries?from=qstash`;
    const body = '{"grüße":"世界"}';
    await world.client.publish({ url, body, headers: { 'Content-Type': 'application/json' } });
    const signature = signatureOf(await world.endpoint.arrival());
    return { ...world, url, body, signature, receiver: receiverOf(world.qstash.signingKeys) };
  }

  test('is what the SDK verifies, with the URL', async () => {
    const { receiver, signature, body, url } = await delivered();
    await expect(receiver.verify({ signature, body, url })).resolves.toBe(true);
  });

  test('holds for no other URL, body or keys', async () => {
    const { receiver, signature, body, url } = await delivered();
    for (const other of [`${url}&x=1`, url.split('?')[0]!, url.replace('127.0.0.1', 'localhost')]) {
      await expect(receiver.verify({ signature, body, url: other })).rejects.toThrow(SignatureError);
    }
    await expect(receiver.verify({ signature, body: `${body} `, url })).rejects.toThrow(SignatureError);
    const stranger = receiverOf({ current: 'sig_other', next: 'sig_another' });
    await expect(stranger.verify({ signature, body, url })).rejects.toThrow(SignatureError);
  });

  test('says what QStash says, by the clock, for five minutes', async () => {
    const clock = manualClock(1_790_000_000_999);
    const qstash = await startQStash({ clock });
    onTestFinished(() => qstash.close());
    const endpoint = await startEndpoint(() => ({ status: 200 }));
    onTestFinished(() => endpoint.close());
    await clientOf(qstash).publish({ url: `${endpoint.url}/`, body: 'x' });

    const signature = signatureOf(await endpoint.arrival());
    expect(decodeProtectedHeader(signature)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(decodeJwt(signature)).toEqual({
      iss: 'Upstash',
      sub: `${endpoint.url}/`,
      iat: 1_790_000_000,
      nbf: 1_790_000_000,
      exp: 1_790_000_300,
      jti: expect.stringMatching(/^jwt_/),
      body: 'LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE=',
    });
  });

  test('a receiver with the old keys goes on through one rotation, and not through two', async () => {
    const { qstash, client, endpoint } = await qstashWorld();
    const url = `${endpoint.url}/`;
    const before = qstash.signingKeys;
    const receiver = receiverOf(before);
    const verify = async () => {
      await client.publish({ url, body: 'x' });
      return receiver.verify({ signature: signatureOf(await endpoint.arrival()), body: 'x', url });
    };

    expect(await verify()).toBe(true);
    qstash.rotate();
    expect(qstash.signingKeys).toEqual({ current: before.next, next: expect.stringMatching(/^sig_/) });
    expect(await verify()).toBe(true);
    qstash.rotate();
    await expect(verify()).rejects.toThrow(SignatureError);
  });

  test('the keys are there over HTTP, and are rotated over HTTP', async () => {
    const { qstash } = await qstashWorld({ signingKeys: { current: 'sig_a', next: 'sig_b' } });
    const ask = async (method: string, path: string) => {
      const headers = { Authorization: `Bearer ${qstash.token}` };
      return (await fetch(qstash.url + path, { method, headers })).json();
    };
    expect(await ask('GET', '/v2/keys')).toEqual({ current: 'sig_a', next: 'sig_b' });
    const rotated = await ask('POST', '/v2/keys/rotate');
    expect(rotated).toEqual({ current: 'sig_b', next: expect.stringMatching(/^sig_/) });
    expect(qstash.signingKeys).toEqual(rotated);
  });
});

describe('beginning and end', () => {
  test('a port in use is one clear line', async () => {
    const { qstash } = await qstashWorld();
    const port = Number(new URL(qstash.url).port);
    await expect(startQStash({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`);
  });

  test('close ends what is under way, and forgets what is due', async () => {
    hushed();
    const { qstash, clock, client, endpoint } = await qstashWorld({ answer: () => 'silence' });
    await client.publish({ url: endpoint.url, body: 'under way' });
    await client.publish({ url: endpoint.url, body: 'later', delay: 60 });
    const flowControl = { key: 'one', parallelism: 1 };
    await client.batch([1, 2].map(() => ({ url: endpoint.url, flowControl })));
    await endpoint.arrival();
    expect(qstash.pending).toBe(4);

    await qstash.close();
    expect([qstash.pending, clock.next]).toEqual([0, undefined]);
    expect(qstash.attempts.map(({ status }) => status)).toEqual(['no answer', 'no answer']);
    await expect(client.publish({ url: endpoint.url })).rejects.toThrow('fetch failed');
  });

  test('with the real clock, what is delayed is delivered as well', async () => {
    const qstash = await startQStash();
    onTestFinished(() => qstash.close());
    const endpoint = await startEndpoint(() => ({ status: 200 }));
    onTestFinished(() => endpoint.close());
    qstash.faults({ delay_ms: 1 });
    await clientOf(qstash).publish({ url: endpoint.url, body: 'hello' });
    expect(String((await endpoint.arrival()).body)).toBe('hello');
  });

  test('says one line for each attempt', async () => {
    const lines: string[] = [];
    const { qstash, client, endpoint, pass } = await qstashWorld({ log: (line) => lines.push(line) });
    qstash.faults({ fail: 1 });
    const url = `${endpoint.url}/`;
    const { messageId } = await client.publish({ url, retryDelay: '1000' });
    await pass(1_000);
    expect(lines).toEqual([
      `POST ${url} ${messageId} retried=0 no answer (a fault was asked for)`,
      `POST ${url} ${messageId} retried=1 200`,
    ]);
  });

  test.each([
    ['/hook?key=only-we-know', '/…?…'],
    ['/services/T012AB345/B678CD901/qLk4vTzWcRn2sXy8', '/…'],
    ['/hook/pumpkin', '/…'],
    ['/team/a1b2c3/enqueue', '/…'],
    ['/-/failures?post=alert_1', '/-/failures?…'],
    ['/-/deliveries', '/-/deliveries'],
  ])('without what may be a secret in a destination: %s is %s', async (path, shown) => {
    const lines: string[] = [];
    const { client, endpoint, pass } = await qstashWorld({ log: (line) => lines.push(line) });
    await client.publish({ url: `${endpoint.url}${path}` });
    await pass(1_000);
    expect(endpoint.arrivals.map(({ target }) => target)).toEqual([path]);
    expect(lines).toEqual([expect.stringContaining(`POST ${endpoint.url}${shown} msg_`)]);
  });

  test('nor with who it is signed in as', async () => {
    const lines: string[] = [];
    const { client, endpoint, pass } = await qstashWorld({ log: (line) => lines.push(line) });
    await client.publish({ url: endpoint.url.replace('//', '//me:only-we-know@') });
    await pass(1_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('only-we-know');
  });
});
