import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Change } from '../../dev/origin/server.ts';
import { startWebhooks, type WebhooksOptions } from '../../dev/origin/webhooks.ts';
import { originForTest } from './origin-client.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const START = new Date('2026-11-01T12:00:00.700Z');
const paid: Change = { type: 'invoice.changed', tenant: 'acme', invoice_id: 'inv_0001', paid: true };

// The clock alone, which the package reads too: it moves when a test says so.
beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: START }));
afterEach(() => vi.useRealTimers());

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The payload, if the signature holds at this moment. */
  readonly verified: unknown;
}

/** Takes webhooks on a free port, and answers by the script; undefined: never. */
async function receiver(script: readonly (number | undefined)[] = []) {
  const received: Received[] = [];
  const waiting: (() => void)[] = [];
  const answers = [...script];
  const server = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray()).toString();
    const headers = incoming.headersDistinct as Record<string, string[]>;
    const given = Object.fromEntries(Object.entries(headers).map(([name, [value]]) => [name, value!]));
    received.push({ headers: incoming.headers, body, verified: new Webhook(SECRET).verify(body, given) });
    const status = answers.length > 0 ? answers.shift() : 202;
    if (status !== undefined) outgoing.writeHead(status, { Location: '/elsewhere' }).end('{}');
    for (const look of waiting) look();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/app`,
    received,
    /** Settles when so many have come. */
    count: (wanted: number) =>
      new Promise<void>((enough) => {
        const look = () => received.length >= wanted && enough();
        waiting.push(look);
        look();
      }),
  };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

/** A sender whose pauses take no time, and move the clock. */
function sender(url: string, options: Partial<WebhooksOptions> = {}) {
  const slept: number[] = [];
  const lines: string[] = [];
  const ended = Promise.withResolvers<void>();
  const webhooks = startWebhooks({
    url,
    secret: SECRET,
    now: Date.now,
    sleep: async (ms) => {
      slept.push(ms);
      vi.setSystemTime(Date.now() + ms);
    },
    log: (line) => {
      lines.push(line);
      if (/given up|dropped/.test(line)) ended.resolve();
    },
    ...options,
  });
  onTestFinished(() => webhooks.stop());
  return { ...webhooks, slept, lines, ended: ended.promise };
}

describe('what is told', () => {
  test.each<[Change, string, object]>([
    [paid, 'invoice_paid', { tenant_id: 'acme', invoice_id: 'inv_0001' }],
    [{ ...paid, paid: false }, 'invoice_updated', { tenant_id: 'acme', invoice_id: 'inv_0001' }],
    [
      { type: 'user.role_changed', tenant: 'globex', user_id: 'bob' },
      'role_updated',
      { tenant_id: 'globex', user_id: 'bob' },
    ],
    [
      { type: 'user.removed', tenant: 'acme', user_id: 'bob' },
      'user_removed',
      { tenant_id: 'acme', user_id: 'bob' },
    ],
    [
      { type: 'dashboard.refreshed', tenant: 'acme', dashboard_ids: ['d1', 'd2'] },
      'metric_refresh_completed',
      { tenant_id: 'acme', dashboard_ids: ['d1', 'd2'] },
    ],
  ])('%j is %s, signed', async (change, type, data) => {
    const { url, received, count } = await receiver();
    sender(url).send(change);
    await count(1);
    expect(received[0]!.verified).toEqual({ type, timestamp: START.toISOString(), data });
    expect(received[0]!.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': expect.stringMatching(/^msg_[0-9a-f]{32}$/),
      'webhook-timestamp': String(Math.floor(START.getTime() / 1000)),
      'webhook-signature': expect.stringMatching(/^v1,/),
    });
  });

  test('each change has an id of its own', async () => {
    const { url, received, count } = await receiver();
    const { send } = sender(url);
    for (const change of [paid, paid, paid]) send(change);
    await count(3);
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
  });

  test('what changes at the origin, unless it is silent', async () => {
    const { url, received, count } = await receiver();
    const { send } = sender(url);
    const { ask } = await originForTest({ onChange: send });
    for (const [tenant, silent] of [['globex', '?silent=1'] as const, ['acme', ''] as const]) {
      await ask(`PATCH /invoices/inv_0001${silent}`, { tenant, body: { amount_cents: 7 } });
      await ask(`PATCH /invoices/inv_0003${silent}`, { tenant, body: { status: 'paid' } });
      await ask(`PATCH /users/bob${silent}`, { tenant, body: { role: 'analyst' } });
      await ask(`POST /dashboards/d1/refresh${silent}`, { tenant });
      await ask(`DELETE /users/bob${silent}`, { tenant });
    }
    await count(5);
    const told = received.map(({ verified }) => verified as { type: string; data: { tenant_id: string } });
    expect(told.map(({ type, data }) => `${data.tenant_id} ${type}`).sort()).toEqual([
      'acme invoice_paid',
      'acme invoice_updated',
      'acme metric_refresh_completed',
      'acme role_updated',
      'acme user_removed',
    ]);
  });

  test('nothing by a secret that is none', () => {
    expect(() => startWebhooks({ url: 'http://127.0.0.1', secret: 'whsec_', now: Date.now })).toThrow(
      'empty',
    );
  });
});

describe('what is not taken', () => {
  test('is sent again after 1 s, 5 s, 30 s and 2 min, under the same id and signed anew', async () => {
    const { url, received, count } = await receiver([500, 404, 302, 429, 204]);
    const { send, slept, lines } = sender(url);
    send(paid);
    await count(5);
    expect(slept).toEqual([1_000, 5_000, 30_000, 120_000]);
    expect(new Set(received.map(({ body, headers }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
    const times = received.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect(times.map((time) => time - times[0]!)).toEqual([0, 1, 6, 36, 156]);
    const id = received[0]!.headers['webhook-id'];
    expect(lines).toEqual([
      `webhook invoice_paid ${id} tried again in 1 s: it answered 500`,
      `webhook invoice_paid ${id} tried again in 5 s: it answered 404`,
      `webhook invoice_paid ${id} tried again in 30 s: it answered 302`,
      `webhook invoice_paid ${id} tried again in 120 s: it answered 429`,
    ]);
  });

  test('five times is given up', async () => {
    const { url, received } = await receiver([500, 500, 500, 500, 500]);
    const { send, lines, ended } = sender(url);
    send(paid);
    await ended;
    expect(received).toHaveLength(5);
    expect(lines.at(-1)).toMatch(/^webhook invoice_paid msg_\w+ given up: it answered 500$/);
  });

  test('holds up nothing else', async () => {
    const { url, received, count } = await receiver([503]);
    const { send } = sender(url, {
      sleep: (_, signal) => untilAborted(signal),
      log: () => send({ ...paid, tenant: 'globex' }),
    });
    send(paid);
    await count(2);
    expect(received[1]!.body).toContain('globex');
  });

  test('because nobody is there is sent again', async () => {
    const { url, received, count } = await receiver();
    const calls: string[] = [];
    const refusedOnce: typeof fetch = async (to, init) => {
      calls.push(String(to));
      if (calls.length === 1)
        throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:8787') });
      return fetch(to, init);
    };
    const { send, lines } = sender(url, { fetch: refusedOnce });
    send(paid);
    await count(1);
    expect(calls).toEqual([url, url]);
    expect(lines[0]).toContain('tried again in 1 s: connect ECONNREFUSED');
    expect(received[0]!.verified).toMatchObject({ type: 'invoice_paid' });
  });

  test('within 5 s is sent again', async () => {
    const { url, count } = await receiver([undefined]);
    const deadlines: { ms: number; pass: AbortController }[] = [];
    const { send, lines } = sender(url, {
      timeout: (ms) => {
        const pass = new AbortController();
        deadlines.push({ ms, pass });
        return pass.signal;
      },
    });
    send(paid);
    await count(1);
    deadlines[0]!.pass.abort(new DOMException('it took too long', 'TimeoutError'));
    await count(2);
    expect(deadlines.map(({ ms }) => ms)).toEqual([5_000, 5_000]);
    expect(lines[0]).toContain('tried again in 1 s: it took too long');
  });

  test('beyond a thousand events is dropped', async () => {
    const never: typeof fetch = (_, init) => untilAborted(init!.signal!);
    const { send, lines } = sender('http://127.0.0.1', { fetch: never });
    for (let sent = 0; sent < 1_000; sent++) send(paid);
    expect(lines).toEqual([]);
    send(paid);
    expect(lines).toEqual([
      expect.stringMatching(/^webhook invoice_paid msg_\w+ dropped: 1000 are waiting$/),
    ]);
  });
});

describe('stop', () => {
  test('ends a try that is under way, and sends nothing more', async () => {
    const { url, received, count } = await receiver([undefined]);
    const { send, stop, lines, slept } = sender(url, { timeout: () => new AbortController().signal });
    send(paid);
    await count(1);
    await stop();
    send(paid);
    expect([received.length, lines, slept]).toEqual([1, [], []]);
  });

  test('ends a pause', async () => {
    const { url, received } = await receiver([500]);
    const pausing = Promise.withResolvers<void>();
    const { send, stop } = sender(url, {
      sleep: (_, signal) => {
        pausing.resolve();
        return untilAborted(signal);
      },
    });
    send(paid);
    await pausing.promise;
    await stop();
    expect(received).toHaveLength(1);
  });
});
