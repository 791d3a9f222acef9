import { QstashError, QstashRatelimitError } from '@upstash/qstash';
import { beforeEach, describe, expect, test } from 'vitest';
import { bounds } from '../../dev/qstash/bounds.ts';
import { clientOf, hushed, qstashWorld } from '../support/node/qstash-world.ts';

beforeEach(hushed);

/** What the SDK throws for it. */
async function thrown(doing: Promise<unknown>): Promise<{ status: number | undefined; error: string }> {
  const error = await doing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(QstashError);
  const { status, message } = error as QstashError;
  return { status, error: (JSON.parse(message) as { error: string }).error };
}

const ok = 'http://127.0.0.1:9/';

describe('publishing is refused', () => {
  test.each([
    ['a destination that is no URL', { url: 'nowhere' }, 'invalid destination url: nowhere'],
    ['a relative one', { url: 'relative/path' }, 'invalid destination url: relative/path'],
    ['one of another protocol', { url: 'ftp://host/x' }, 'invalid destination url: ftp://host/x'],
    ['one without a host', { url: 'http://' }, 'invalid destination url: http://'],
    ['a callback that is no URL', { url: ok, callback: 'x' }, 'invalid callback url: x'],
    ['such a failure callback', { url: ok, failureCallback: '/x' }, 'invalid failure-callback url: /x'],
    ['more retries than the plan has', { url: ok, retries: 11 }, 'invalid retries: 11'],
    ['fewer than none', { url: ok, retries: -1 }, 'invalid retries: -1'],
    ['more for a callback', header('Failure-Callback-Retries', '99'), 'invalid retries: 99'],
    ['a delay without a unit', { url: ok, delay: '10' as '10s' }, 'invalid delay: 10'],
    ['a negative delay', { url: ok, delay: -1 }, 'invalid delay: -1s'],
    ['a delay of more than a year', { url: ok, delay: '366d' as const }, 'invalid delay: 366d'],
    ['a time that is none', header('Not-Before', 'tomorrow'), 'invalid not before: tomorrow'],
    ['a timeout that is none', { url: ok, timeout: 'soon' as '1s' }, 'invalid timeout: soon'],
    ['a method that is none', { url: ok, method: 'BREW' as 'POST' }, 'invalid method: BREW'],
    ['an expression that is none', { url: ok, retryDelay: '1000 +' }, 'invalid retry delay: 1000 +'],
    ['a flow-control key of other characters', flow('a b', 'rate=1'), 'invalid flow control key: a b'],
    ['a parallelism of 0', flow('k', 'parallelism=0'), 'invalid flow control value: parallelism=0'],
    ['a rate that is no count', flow('k', 'rate=1.5'), 'invalid flow control value: rate=1.5'],
    ['a period of nothing', flow('k', 'rate=1, period=0s'), 'invalid flow control value'],
    ['a period without a limit', flow('k', 'period=1s'), 'invalid flow control value'],
    ['a limit that is unknown', flow('k', 'rate=1, burst=2'), 'invalid flow control value'],
    ['a key without a value', header('Flow-Control-Key', 'k'), 'flow control needs'],
  ])('with %s', async (_, request, error) => {
    const { client, qstash } = await qstashWorld();
    expect(await thrown(client.publish(request))).toEqual({
      status: 400,
      error: expect.stringContaining(error),
    });
    expect(qstash.pending).toBe(0);
  });

  test('with a queue of another name than letters, digits, hyphen, underscore and period', async () => {
    const { client } = await qstashWorld();
    const enqueuing = client.queue({ queueName: 'a b' }).enqueue({ url: ok });
    expect(await thrown(enqueuing)).toMatchObject({ status: 400 });
  });

  test('with more retries than this plan has', async () => {
    const { client, endpoint } = await qstashWorld({ maxRetries: 2 });
    expect((await thrown(client.publish({ url: ok, retries: 3 }))).error).toContain("the plan's limit is 2");
    const { messageId } = await client.publish({ url: endpoint.url, delay: 60 });
    expect((await client.messages.get(messageId)).maxRetries).toBe(2);
  });

  test('with more than a mebibyte, but not with one', async () => {
    const { client, endpoint } = await qstashWorld();
    const publish = (bytes: number) => client.publish({ url: endpoint.url, body: 'x'.repeat(bytes) });
    await publish(1024 * 1024);
    expect((await endpoint.arrival()).body.length).toBe(1024 * 1024);
    expect(await thrown(publish(1024 * 1024 + 1))).toMatchObject({ status: 413 });
  });

  test('when too many are on their way', async () => {
    const { client, endpoint, qstash } = await qstashWorld();
    const many = Array.from({ length: bounds.pending }, () => ({ url: endpoint.url, delay: 60 }));
    for (let at = 0; at < many.length; at += 1_000) await client.batch(many.slice(at, at + 1_000));
    expect(qstash.pending).toBe(bounds.pending);
    await expect(client.publish({ url: endpoint.url })).rejects.toThrow(QstashRatelimitError);
  });

  test('with a batch that is none', async () => {
    const { qstash } = await qstashWorld();
    for (const body of ['{}', '[{"headers":{}}]', '[{"destination":"http://x","body":1}]', '[']) {
      const headers = { Authorization: `Bearer ${qstash.token}` };
      const response = await fetch(`${qstash.url}/v2/batch`, { method: 'POST', headers, body });
      expect(response.status, body).toBe(400);
    }
  });
});

describe('a request is refused', () => {
  test('without the token', async () => {
    const { qstash } = await qstashWorld();
    const stranger = clientOf({ url: qstash.url, token: 'guess' });
    for (const doing of [() => stranger.publish({ url: ok }), () => stranger.dlq.listMessages()]) {
      expect(await thrown(doing())).toMatchObject({ status: 401 });
    }
    expect((await fetch(`${qstash.url}/v2/keys`)).status).toBe(401);
    expect(qstash.pending).toBe(0);
  });

  test('about a message that is not, or no longer, on its way', async () => {
    const { client, endpoint, qstash } = await qstashWorld();
    const { messageId } = await client.publish({ url: endpoint.url });
    await qstash.idle();
    for (const id of [messageId, 'msg_unknown']) {
      const error = `message ${id} not found`;
      expect(await thrown(client.messages.get(id))).toEqual({ status: 404, error });
      expect(await thrown(client.messages.cancel(id))).toEqual({ status: 404, error });
    }
  });

  test('for what the stand-in does not have, in words', async () => {
    const { client } = await qstashWorld();
    for (const doing of [
      () => client.schedules.create({ destination: ok, cron: '* * * * *' }),
      () => client.urlGroups.addEndpoints({ name: 'group', endpoints: [{ url: ok }] }),
      () => client.queue({ queueName: 'q' }).upsert({ parallelism: 2 }),
      () => client.flowControl.get('k'),
    ]) {
      const { status, error } = await thrown(doing());
      expect([status, error]).toEqual([
        404,
        expect.stringMatching(/^this stand-in for QStash has no \/v2\//),
      ]);
    }
  });

  test('to cancel or list by what the stand-in does not know, rather than all', async () => {
    const { client, endpoint, qstash } = await qstashWorld();
    await client.publish({ url: endpoint.url, delay: 60 });
    const filter = { workflowRunId: 'wfr_1' } as object as { label: string };
    expect(await thrown(client.messages.cancel({ filter }))).toMatchObject({ status: 400 });
    expect(await thrown(client.dlq.listMessages({ filter }))).toMatchObject({ status: 400 });
    expect(await thrown(client.dlq.listMessages({ count: 0 }))).toMatchObject({ status: 400 });
    expect(qstash.pending).toBe(1);
  });

  test('with another method', async () => {
    const { qstash } = await qstashWorld();
    const headers = { Authorization: `Bearer ${qstash.token}` };
    expect((await fetch(`${qstash.url}/v2/keys`, { method: 'PUT', headers })).status).toBe(405);
  });
});

function header(name: string, value: string) {
  return { url: ok, failureCallback: ok, headers: { [`Upstash-${name}`]: value } };
}

function flow(key: string, value: string) {
  return { url: ok, headers: { 'Upstash-Flow-Control-Key': key, 'Upstash-Flow-Control-Value': value } };
}
