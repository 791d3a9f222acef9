import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { schemes } from '../../src/invalidation/signature/schemes.ts';
import { readSecret } from '../../src/invalidation/signature/secrets.ts';
import { signatureHeaders } from '../../src/invalidation/signature/sign.ts';
import { createQStash } from '../../src/queue/qstash.ts';
import type { Arrival } from '../support/node/qstash-endpoint.ts';
import { type QStashWorldOptions, qstashWorld } from '../support/node/qstash-world.ts';

/** What our queue hands to QStash for somebody else, as it arrives there; the official library verifies it. */
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const nowMs = Date.now();

async function scene(options: QStashWorldOptions = {}) {
  const world = await qstashWorld(options);
  const { url, token, signingKeys } = world.qstash;
  const keys = { currentSigningKey: signingKeys.current, nextSigningKey: signingKeys.next };
  const queue = createQStash(
    { url, token, ...keys, publicUrl: world.endpoint.url, retries: 10, namespace: '' },
    { sleep: () => new Promise(() => {}) },
  );
  const bytes = readSecret(schemes.standard, secret) as Uint8Array<ArrayBuffer>;
  const post = async (id: string, body = '{"status":"firing"}') => {
    const signature = await signatureHeaders(schemes.standard, bytes, { id, nowMs, body });
    const headers = { 'Content-Type': 'application/json', ...signature };
    return { id, url: `${world.endpoint.url}/hook`, headers, body };
  };
  return { ...world, queue, post };
}

test('arrives as it is, with all of its headers, and is authentic', async () => {
  const it = await scene();
  expect(await it.queue.post([await it.post('alert_1'), await it.post('alert_2')])).toEqual([true, true]);
  await it.pass(1_000);
  const [first] = it.endpoint.arrivals;
  expect(it.endpoint.arrivals).toHaveLength(2);
  expect(first).toMatchObject({
    method: 'POST',
    target: '/hook',
    headers: { 'content-type': 'application/json' },
  });
  const headers = first!.headers as Record<string, string>;
  expect(new Webhook(secret).verify(first!.body.toString(), headers)).toEqual({ status: 'firing' });
});

test('of one id once, however often it is handed over, also with a newer signature', async () => {
  const it = await scene();
  for (const body of ['{"n":1}', '{"n":2}'])
    expect(await it.queue.post([await it.post('alert_1', body)])).toEqual([true]);
  await it.pass(60_000);
  expect(it.endpoint.arrivals.map(({ body }) => body.toString())).toEqual(['{"n":1}']);
});

test('again where the server fails, and for the last time while its signature still counts', async () => {
  const times: number[] = [];
  const it = await scene({
    answer: ({ target }) => {
      if (target !== '/hook') return { status: 200 };
      times.push(it.clock.now());
      return { status: 503 };
    },
  });
  await it.queue.post([await it.post('alert_1')]);
  await it.pass(3_600_000);
  expect(times).toHaveLength(5);
  expect(times.at(-1)! - times[0]!).toBeLessThan(300_000 / 2);
});

describe('once it is given up', () => {
  const given = async (answerReport: () => { status: number }) => {
    const reports: Arrival[] = [];
    const it = await scene({
      answer: (arrival) => {
        if (arrival.target === '/hook') return { status: 503, body: 'down' };
        reports.push(arrival);
        return answerReport();
      },
    });
    await it.queue.post([await it.post('alert_1.2')]);
    await it.pass(3_600_000);
    return { it, reports };
  };

  test('it is reported with its id in the URL, signed for that one alone, and for nothing else', async () => {
    const { it, reports } = await given(() => ({ status: 200 }));
    expect(reports.map(({ target }) => target)).toEqual(['/-/failures?post=alert_1.2']);
    const { body, headers } = reports[0]!;
    const signature = String(headers['upstash-signature']);
    const report = { to: 'failures', signature, body: body.toString() } as const;
    expect(JSON.parse(report.body)).toMatchObject({ status: 503 });
    expect(await it.queue.isAuthentic({ ...report, post: 'alert_1.2' })).toBe(true);
    expect(await it.queue.isAuthentic({ ...report, post: 'alert_1' })).toBe(false);
    expect(await it.queue.isAuthentic(report)).toBe(false);
    expect(await it.queue.isAuthentic({ ...report, to: 'deliveries', post: 'alert_1.2' })).toBe(false);
  });

  test('it is reported until that is heeded, more often than the post itself was tried', async () => {
    let left = 8;
    const { reports } = await given(() => ({ status: left-- > 0 ? 503 : 200 }));
    expect(reports).toHaveLength(9);
  });

  test('it may be handed over again under another id, at once', async () => {
    const { it } = await given(() => ({ status: 200 }));
    const before = it.endpoint.arrivals.length;
    await it.queue.post([await it.post('alert_1.3')]);
    await it.pass(1_000);
    expect(it.endpoint.arrivals.length).toBeGreaterThan(before);
  });
});

test('which of them QStash has refused is known: the others are taken', async () => {
  const it = await scene();
  const posts = [await it.post('alert_1'), { ...(await it.post('alert_2')), url: 'no-url' }];
  expect(await it.queue.post(posts)).toEqual([true, false]);
});

test('that QStash is down is an error', async () => {
  const it = await scene();
  await it.qstash.close();
  await expect(it.queue.post([await it.post('alert_1')])).rejects.toMatchObject({ kind: 'unreachable' });
});
