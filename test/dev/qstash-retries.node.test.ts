import { describe, expect, test } from 'vitest';
import type { Answer } from '../support/node/qstash-endpoint.ts';
import { type QStashWorld, qstashWorld } from '../support/node/qstash-world.ts';

const DAY = 86_400_000;

/** Publishes to a destination that answers so, and goes from one attempt to the next: the waits between them. */
async function waitsOf(answer: Answer, request: object, world?: QStashWorld): Promise<number[]> {
  const { client, clock, qstash, endpoint } = world ?? (await qstashWorld({ answer: () => answer }));
  await client.publish({ url: endpoint.url, body: 'x', ...request });
  await qstash.idle();
  const waits: number[] = [];
  while (clock.next !== undefined) {
    waits.push(clock.next - clock.now());
    clock.advance(clock.next - clock.now());
    await qstash.idle();
  }
  return waits;
}

describe('the wait before a retry', () => {
  const failing = { status: 500 };

  test('is what the expression says, by the number of retries before', async () => {
    const retryDelay = 'min(120000, 1000 * pow(4, retried))';
    expect(await waitsOf(failing, { retries: 5, retryDelay })).toEqual([
      1_000, 4_000, 16_000, 64_000, 120_000,
    ]);
  });

  test('is by default that of QStash: seconds, minutes, hours, and never more than a day', async () => {
    const waits = await waitsOf(failing, { retries: 6 });
    const seconds = waits.map((ms) => Math.floor(ms / 1000));
    expect(seconds).toEqual([12, 148, 1_808, 22_026, 86_400, 86_400]);
  });

  test('comes three times unless the message says otherwise', async () => {
    expect(await waitsOf(failing, { retryDelay: '1' })).toEqual([1, 1, 1]);
    expect(await waitsOf(failing, { retryDelay: '1', retries: 0 })).toEqual([]);
  });

  test.each([
    ['0', 0],
    ['-5', 0],
    ['pow(10, 30)', DAY],
    ['1 / 0', DAY],
    ['1.5', 2],
  ])('is between nothing and a day: %s', async (retryDelay, ms) => {
    const world = await qstashWorld({ answer: () => failing });
    const waits = await waitsOf(failing, { retries: 1, retryDelay }, world);
    expect(waits).toEqual(ms === 0 ? [] : [ms]); // no wait: the clock need not move
    const [retry] = (await world.client.logs({ filter: { state: 'RETRY' } })).logs;
    expect(retry!.nextDeliveryTime! - retry!.time).toBe(ms);
  });

  test('is the default where the expression is no number', async () => {
    expect(await waitsOf(failing, { retries: 1, retryDelay: 'sqrt(-1)' })).toEqual([12_182]);
  });

  test('is what the destination asks for, if it does', async () => {
    const asks = (seconds: string) => ({ status: 503, headers: { 'Retry-After': seconds } });
    expect(await waitsOf(asks('7'), { retries: 2, retryDelay: '1000' })).toEqual([7_000, 7_000]);
    expect(await waitsOf(asks('86401'), { retries: 1, retryDelay: '1000' })).toEqual([1_000]);
    expect(await waitsOf(asks('soon'), { retries: 1, retryDelay: '1000' })).toEqual([1_000]);
  });
});

describe('an attempt fails', () => {
  test.each<[string, Answer]>([
    ['an answer of 4xx', { status: 404 }],
    ['an answer of 5xx', { status: 500 }],
    ['a redirect, which is not followed', { status: 307, headers: { Location: '/elsewhere' } }],
    ['a cut connection', 'drop'],
  ])('by %s', async (_, answer) => {
    const world = await qstashWorld({ answer: () => answer });
    expect(await waitsOf(answer, { retries: 1, retryDelay: '1000' }, world)).toEqual([1_000]);
    expect(world.endpoint.arrivals.map(({ headers }) => headers['upstash-retried'])).toEqual(['0', '1']);
    const status = typeof answer === 'string' ? 'no answer' : answer.status;
    expect(world.qstash.attempts).toMatchObject([
      { retried: 0, status },
      { retried: 1, status },
    ]);
  });

  test('where nobody listens', async () => {
    const world = await qstashWorld();
    await world.endpoint.close();
    expect(await waitsOf('drop', { retries: 1, retryDelay: '1000' }, world)).toEqual([1_000]);
  });

  test.each<Answer>(['silence', 'stall'])('after 30 seconds of %s, or as many as it says', async (answer) => {
    const { client, endpoint, clock, qstash } = await qstashWorld({ answer: () => answer });
    for (const [timeout, ms] of [
      [{}, 30_000],
      [{ timeout: 5 }, 5_000],
      [{ timeout: '2m' as const }, 120_000],
      [{ timeout: '1h' as const }, 15 * 60_000], // the most that the plan has
    ] as const) {
      await client.publish({ url: endpoint.url, retries: 0, ...timeout });
      await endpoint.arrival();
      expect([qstash.pending, clock.next! - clock.now()]).toEqual([1, ms]);
      clock.advance(ms);
      await qstash.idle();
      expect([qstash.pending, qstash.attempts.at(-1)?.status]).toEqual([0, 'no answer']);
    }
  });

  test('and a later one succeeds: then it is delivered', async () => {
    const statuses = [500, 429, 204];
    const { client, endpoint, qstash, pass } = await qstashWorld({
      answer: () => ({ status: statuses[endpoint.arrivals.length - 1]! }),
    });
    const { messageId } = await client.publish({ url: endpoint.url, retryDelay: '1000', retries: 5 });
    await pass(60_000);
    expect(qstash.attempts).toEqual(
      statuses.map((status, retried) => ({ messageId, url: endpoint.url, retried, status })),
    );
    expect(qstash.pending).toBe(0);
    expect((await client.dlq.listMessages()).messages).toEqual([]);
    const ids = endpoint.arrivals.map(({ headers }) => headers['upstash-message-id']);
    expect(new Set(ids)).toEqual(new Set([messageId]));
  });
});

describe('no attempt follows', () => {
  test('489 with the header that forbids it, but 489 alone', async () => {
    const forbidding = { status: 489, headers: { 'Upstash-NonRetryable-Error': 'true' } };
    expect(await waitsOf(forbidding, { retries: 5, retryDelay: '1000' })).toEqual([]);
    expect(await waitsOf({ status: 489 }, { retries: 1, retryDelay: '1000' })).toEqual([1_000]);
  });

  test('and the message is dead at once', async () => {
    const { client, endpoint, qstash } = await qstashWorld({
      answer: () => ({ status: 489, headers: { 'Upstash-NonRetryable-Error': 'true' }, body: 'never' }),
    });
    const { messageId } = await client.publish({ url: endpoint.url, retries: 5 });
    await qstash.idle();
    expect(qstash.pending).toBe(0);
    expect((await client.dlq.listMessages()).messages).toMatchObject([
      { messageId, responseStatus: 489, responseBody: 'never' },
    ]);
  });
});
