import { createHash } from 'node:crypto';
import { Receiver } from '@upstash/qstash';
import { SignJWT } from 'jose';
import { afterEach, expect, it, vi } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { describeWithRedis, type TestRedis } from '../support/redis.ts';
import type { DemoOptions } from './support/demo.ts';
import { type Hooked, startHooked } from './support/hooked.ts';
import { send } from './support/http.ts';

/**
 * A change at the origin ends in a purge at the edge, whatever is lost, late or double on the way: real webhooks, real
 * deliveries, real Redis, the Worker that is deployed.
 */
const ann = { tenant: 'acme', user: 'ann' };
const INVOICE = 'GET /v1/invoices/inv_0001';
const KPIS = 'GET /v1/dashboards/d1/kpis?range=2026-10';
/** What a purge needs to be seen by an isolate that holds the entry. */
const BEYOND_L1 = bounds.l1Ms + 500;

let hooked: Hooked | undefined;
afterEach(async () => {
  await hooked?.stop();
  hooked = undefined;
});
async function start(redis: TestRedis, options?: DemoOptions): Promise<Hooked> {
  hooked = await startHooked(redis, options);
  return hooked;
}

async function amount(world: Hooked, edge: number): Promise<number> {
  const answer = await world.ask(edge, ann, INVOICE);
  return (answer.json() as { amount_cents: number }).amount_cents;
}
const cacheStatus = async (world: Hooked, edge: number, route = INVOICE) =>
  String((await world.ask(edge, ann, route)).headers['cache-status']);

/** Stored, and kept in every isolate. */
async function cached(world: Hooked, route = INVOICE): Promise<void> {
  for (const edge of world.edges.keys()) await world.ask(edge, ann, route);
  await world.settled();
  for (const edge of world.edges.keys()) expect(await cacheStatus(world, edge, route)).toContain('hit');
}

/** Every isolate says what the origin says, and the receipt that it was so. */
async function changed(world: Hooked, purgeId: string, cents: number, receipt: object = {}): Promise<void> {
  await world.pass(BEYOND_L1);
  for (const edge of world.edges.keys()) expect(await amount(world, edge)).toBe(cents);
  expect(await world.receipt(purgeId)).toMatchObject({
    tenant: 'acme',
    tags: ['invoice:inv_0001', 'invoices'],
    ...receipt,
  });
}

describeWithRedis('A change at the origin', (redis) => {
  it('is accepted, applied, verified; the next read shows it, and says why', async () => {
    const world = await start(redis);
    await cached(world);
    const purgeId = await world.changeInvoice(1, 'inv_0001', 4242);
    expect(await world.receipt(purgeId)).toMatchObject({ state: expect.stringMatching(/accepted|applied/) });
    await world.quiet();
    await world.pass(BEYOND_L1);
    const read = await world.ask(0, ann, INVOICE);
    expect(read.json()).toMatchObject({ amount_cents: 4242 });
    expect(read.headers['cache-status']).toContain('fwd=stale');
    expect(read.headers['cache-status']).toContain('detail=purged');
    expect(await world.receipt(purgeId)).toMatchObject({ state: 'applied', verified_at: null, attempts: 1 });
    await world.pass(bounds.verifyAfterMs + bounds.verifyMarginMs);
    const receipt = await world.receipt(purgeId);
    expect(receipt).toMatchObject({ state: 'verified', source: 'app', mode: 'hard' });
    const times = [receipt.accepted_at, receipt.applied_at, receipt.verified_at].map((it) => Date.parse(it!));
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(bounds.verifyAfterMs);
    expect(await world.receipts('tenant=acme&limit=1')).toEqual([receipt]);
  });

  it('of a role counts with the next request: 403, whatever is cached', async () => {
    const world = await start(redis);
    await cached(world, KPIS);
    const boss = { tenant: 'acme', user: 'dan' };
    await world.atOrigin(boss, 'PATCH /users/ann?silent=1', { role: 'viewer' });
    await world.hook(1, 'role_updated', { user_id: 'ann' });
    await world.quiet();
    for (const edge of [0, 1]) expect((await world.ask(edge, ann, KPIS)).status).toBe(403);
  });
});

describeWithRedis('A delivery', (redis) => {
  it('that is duplicated evicts nothing that was refilled since', async () => {
    await duplicated(await start(redis));
  });
  it('and would without the mark that its purge was applied', async () => {
    const world = await start(redis, { without: 'purge-once' });
    await expect(duplicated(world)).rejects.toThrow(/to contain 'hit'/);
  });

  async function duplicated(world: Hooked): Promise<void> {
    await cached(world);
    world.qstash.faults({ duplicate: 3, delay_ms: 60_000 });
    await world.atOrigin(ann, 'PATCH /invoices/inv_0001?silent=1', { amount_cents: 1 });
    const tell = () => world.hook(0, 'invoice_updated', { invoice_id: 'inv_0001' }, 'msg_1');
    const { purge_id } = (await tell()).json() as { purge_id: string };
    await world.quiet(); // applied at once, beside the queue
    await world.pass(BEYOND_L1);
    await cached(world);
    const before = (await world.stats())['GET /invoices/:id'];
    await world.pass(60_000); // delivered four times
    await tell(); // and the sender sends once more
    await world.pass(60_000);
    expect(world.qstash.attempts.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(8);
    for (const edge of [0, 1]) expect(await cacheStatus(world, edge)).toContain('hit');
    expect((await world.stats())['GET /invoices/:id']).toBe(before);
    await changed(world, purge_id, 1, { attempts: 1, applied_via: 'eager' });
  }

  it('that is overtaken by a later one does what it should, and so does the later one', async () => {
    const world = await start(redis);
    await cached(world);
    world.qstash.faults({ reorder: 2 });
    world.loseEager();
    const first = await world.changeInvoice(0, 'inv_0001', 10);
    const second = await world.changeInvoice(0, 'inv_0001', 20);
    world.loseEager();
    await world.quiet();
    expect(world.purgesSent.slice(-2)).toEqual([second, first]);
    await changed(world, first, 20, { state: 'applied', applied_via: 'delivery' });
    await changed(world, second, 20, { state: 'applied', applied_via: 'delivery' });
  });

  it('that is minutes late is still applied, and the receipt shows the wait', async () => {
    const world = await start(redis);
    await cached(world);
    world.qstash.faults({ delay_ms: 240_000 });
    world.loseEager();
    const purgeId = await world.changeInvoice(0, 'inv_0001', 30);
    await world.pass(200_000);
    expect(await world.receipt(purgeId)).toMatchObject({ state: 'accepted' });
    await world.pass(41_000);
    await changed(world, purgeId, 30, { state: 'applied' });
    const { accepted_at, applied_at } = await world.receipt(purgeId);
    expect(Date.parse(applied_at!) - Date.parse(accepted_at)).toBeGreaterThanOrEqual(240_000);
  });

  it('that fails five times is applied by the sixth', async () => {
    const world = await start(redis);
    await cached(world);
    world.qstash.faults({ fail: 5 });
    world.loseEager();
    const purgeId = await world.changeInvoice(0, 'inv_0001', 40);
    await world.takeBack('purge-verify'); // it would apply it before the sixth try
    await world.pass(200_000);
    expect(await world.receipt(purgeId)).toMatchObject({ state: 'accepted' });
    await world.pass(10_000);
    expect(world.qstash.attempts.map(({ status }) => status)).toEqual([...Array(5).fill('no answer'), 200]);
    await changed(world, purgeId, 40, { state: 'applied', applied_via: 'delivery', attempts: 6 });
  });

  it('that fails while the look at it comes: whichever is first applies it', async () => {
    const world = await start(redis);
    await cached(world);
    world.qstash.faults({ fail: 4 }); // at 0, 1, 5 and 21 s; the look is at 31 s, the fifth try at 85 s
    world.loseEager();
    const purgeId = await world.changeInvoice(0, 'inv_0001', 41);
    await world.pass(31_000);
    await changed(world, purgeId, 41, { state: 'applied', applied_via: 'verification' });
    await world.pass(120_000);
    expect(await world.receipt(purgeId)).toMatchObject({ state: 'verified', applied_via: 'verification' });
  });

  it('that comes while Redis is down is taken again later', async () => {
    const world = await start(redis);
    await cached(world);
    world.redisDown(true);
    const purgeId = await world.changeInvoice(0, 'inv_0001', 50); // 202: the queue has it
    await world.quiet();
    expect(world.qstash.attempts.at(-1)).toMatchObject({ status: 503 });
    world.redisDown(false);
    await world.pass(1_000);
    await changed(world, purgeId, 50, { state: 'applied', applied_via: 'delivery', attempts: 2 });
  });

  it('that was signed before the keys were rolled, and one after, are both taken', async () => {
    const world = await start(redis);
    await cached(world);
    world.loseEager();
    world.qstash.faults({ delay_ms: 10_000 });
    const before = await world.changeInvoice(0, 'inv_0001', 60);
    world.qstash.rotate(); // it is delivered with the key that was the next one
    await world.pass(10_000);
    await changed(world, before, 60, { state: 'applied' });
    const after = await world.changeInvoice(0, 'inv_0001', 61);
    await world.pass(10_000);
    await changed(world, after, 61, { state: 'applied', applied_via: 'delivery' });
  });

  it('signed with keys that were rolled twice is refused, and its receipt stays accepted', async () => {
    const world = await start(redis);
    world.loseEager();
    world.qstash.faults({ delay_ms: 1_000 });
    const purgeId = await world.changeInvoice(0, 'inv_0001', 62);
    world.qstash.rotate();
    world.qstash.rotate();
    await world.pass(1_000);
    expect(world.qstash.attempts.at(-1)).toMatchObject({ status: 401 });
    expect(await world.receipt(purgeId)).toMatchObject({ state: 'accepted' });
  });

  it('that is lost for good by QStash is applied when QStash reports it', async () => {
    const world = await start(redis, { bindings: { QSTASH_RETRIES: '1' } });
    await cached(world);
    world.loseEager();
    world.qstash.faults({ fail: 2 });
    const purgeId = await world.changeInvoice(0, 'inv_0001', 70);
    await world.pass(1_500);
    await changed(world, purgeId, 70, { state: 'applied' });
  });

  it('that fails for good is dead, counted and an alert; and the look at it applies it', async () => {
    const world = await start(redis, { bindings: { QSTASH_RETRIES: '1' } });
    await cached(world);
    world.loseEager();
    world.loseToo('delivery');
    const purgeId = await world.changeInvoice(0, 'inv_0001', 71);
    await world.pass(1_500);
    expect(await world.receipt(purgeId)).toMatchObject({ state: 'dead', dead_at: expect.any(String) });
    const alert = world.logs
      .map((line) => JSON.parse(line))
      .find(({ notes }) => notes?.includes('purge-dead'));
    expect(alert).toMatchObject({ level: 'error', purge_id: purgeId });
    await world.pass(31_000);
    await changed(world, purgeId, 71, { state: 'applied', applied_via: 'verification' });
  });
});

describeWithRedis('What is down', (redis) => {
  it('QStash, when a webhook comes: applied at once, the receipt says so', async () => {
    const world = await start(redis);
    await cached(world);
    world.qstash.faults({ down: 'drop' });
    const purgeId = await world.changeInvoice(1, 'inv_0001', 80);
    expect(await world.receipt(purgeId)).toMatchObject({ state: 'applied', applied_via: 'direct' });
    await changed(world, purgeId, 80);
    // Nobody could be asked to verify it: the cron does.
    await world.pass(bounds.stuckMs);
    await world.cron(0);
    expect(await world.receipt(purgeId)).toMatchObject({ state: 'verified' });
  });

  it('Redis, for longer than QStash has patience: the purge is published again until Redis is back', async () => {
    const world = await start(redis, { bindings: { QSTASH_RETRIES: '1' } });
    await cached(world);
    world.redisDown(true);
    const purgeId = await world.changeInvoice(0, 'inv_0001', 85);
    await world.pass(200_000);
    expect(world.qstash.attempts.filter(({ status }) => status === 503).length).toBeGreaterThanOrEqual(4);
    const alert = world.logs
      .map((line) => JSON.parse(line))
      .find(({ notes }) => notes?.includes('purge-dead'));
    expect(alert).toMatchObject({ level: 'error', purge_id: purgeId, path: '/-/failures' });
    world.redisDown(false);
    await world.pass(120_000);
    await changed(world, purgeId, 85, { applied_via: 'delivery' });
  });

  it('QStash and Redis: 503, and the sender’s next try is taken', async () => {
    const world = await start(redis);
    await cached(world);
    world.qstash.faults({ down: true });
    world.redisDown(true);
    await world.atOrigin(ann, 'PATCH /invoices/inv_0001?silent=1', { amount_cents: 90 });
    const refused = await world.hook(0, 'invoice_updated', { invoice_id: 'inv_0001' }, 'msg_90');
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('5');
    world.redisDown(false);
    world.qstash.faults({});
    const taken = await world.hook(0, 'invoice_updated', { invoice_id: 'inv_0001' }, 'msg_90');
    await world.quiet();
    await changed(world, (taken.json() as { purge_id: string }).purge_id, 90, { state: 'applied' });
  });

  it('the Worker, killed after it accepted: the queue reaches another', async () => {
    const world = await start(redis);
    await cached(world);
    world.qstash.faults({ delay_ms: 1_000 });
    world.loseEager(); // dies before its own purge is sent
    const purgeId = await world.changeInvoice(1, 'inv_0001', 100);
    await world.kill(1);
    await world.pass(1_000);
    await world.pass(BEYOND_L1);
    expect(await amount(world, 0)).toBe(100);
    expect(await world.receipt(purgeId)).toMatchObject({ state: 'applied', applied_via: 'delivery' });
  });

  it('the Worker, killed before it could publish: the sender was not answered, the cron finds the receipt', async () => {
    const world = await start(redis);
    await cached(world);
    world.qstash.faults({ down: true });
    world.loseToo('direct');
    await world.atOrigin(ann, 'PATCH /invoices/inv_0001?silent=1', { amount_cents: 110 });
    // 503 here stands for no answer at all: nothing was published, nothing applied, a receipt says `accepted`.
    expect((await world.hook(1, 'invoice_updated', { invoice_id: 'inv_0001' })).status).toBe(503);
    const [receipt] = await world.receipts();
    expect(receipt).toMatchObject({ state: 'accepted' });
    world.qstash.faults({});
    await world.pass(bounds.stuckMs);
    await world.cron(0);
    await world.quiet();
    await changed(world, receipt!.purge_id, 110, { state: 'applied', applied_via: 'delivery' });
  });
});

describeWithRedis('A purge that meets', (redis) => {
  it('a fetch in flight: its answer is not kept', async () => {
    const world = await start(redis);
    const held = world.hold();
    await world.faults({ latency_ms: 1, route: 'GET /invoices/:id' });
    const reading = world.ask(0, ann, INVOICE);
    await held.reached; // the older amount was read
    await world.faults({});
    const purgeId = await world.changeInvoice(1, 'inv_0001', 120);
    await world.qstash.idle();
    held.release();
    expect((await reading).json()).not.toMatchObject({ amount_cents: 120 });
    await world.quiet();
    await changed(world, purgeId, 120, { state: 'applied' });
  });

  it('a background refresh in flight: what it brings is not kept', async () => {
    const world = await start(redis);
    await cached(world, KPIS);
    await world.pass(610_000); // stale, inside its window
    const held = world.hold();
    await world.faults({ latency_ms: 1, route: 'GET /dashboards/:id/kpis' });
    expect(await cacheStatus(world, 0, KPIS)).toMatch(/hit; ttl=-/);
    await held.reached;
    await world.faults({});
    await world.hook(1, 'metric_refresh_completed', { dashboard_ids: ['d1'] });
    await world.qstash.idle();
    held.release();
    await world.quiet();
    await world.pass(BEYOND_L1);
    const before = (await world.stats())['GET /dashboards/:id/kpis']!;
    expect(await cacheStatus(world, 1, KPIS)).toContain('fwd=');
    expect((await world.stats())['GET /dashboards/:id/kpis']).toBe(before + 1);
  });

  it('an entry that another isolate holds: within its trust window at the latest', async () => {
    const world = await start(redis);
    await cached(world);
    const purgeId = await world.changeInvoice(1, 'inv_0001', 130);
    await world.quiet();
    expect(await amount(world, 1)).toBe(130); // the isolate that purged: at once
    await world.advance(bounds.l1Ms);
    expect(await amount(world, 0)).toBe(130);
    await changed(world, purgeId, 130);
  });
});

/** Printed in QStash's documentation: whoever reads it can sign with them. */
const DEVELOPMENT_KEYS = ['sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r', 'sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs'] as const;

function signedBy(key: string, url: string, body: string): Promise<string> {
  const hash = createHash('sha256').update(body).digest('base64url');
  return new SignJWT({ body: hash })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer('Upstash')
    .setSubject(url)
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(key));
}

describeWithRedis('QSTASH_DEV=true in the environment, with real keys set', (redis) => {
  it.each(DEVELOPMENT_KEYS)('a delivery signed by the public development key %s is refused', async (key) => {
    const bindings = { QSTASH_DEV: 'true' };
    const world = await start(redis, { entry: 'qstash-dev-entry.ts', bindings });
    const url = `${world.edges[0]}/-/deliveries`;
    const body = '{}';
    const deliver = async (by: string) =>
      (
        await send(world.edges[0]!, 'POST /-/deliveries', {
          headers: { 'Upstash-Signature': await signedBy(by, url, body) },
          body,
        })
      ).status;
    expect(await deliver(key)).toBe(401);
    expect(await deliver(world.qstash.signingKeys.current)).toBe(489); // signed well; and no message
    await cached(world);
    const purgeId = await world.changeInvoice(0, 'inv_0001', 140);
    await world.quiet();
    await changed(world, purgeId, 140, { state: 'applied' });
    expect(world.qstash.attempts.at(-1)).toMatchObject({ status: 200 });
  });

  it('which a receiver that is not pinned would take', async () => {
    vi.stubEnv('QSTASH_DEV', 'true');
    const warned = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    try {
      const keys = { currentSigningKey: 'sig_real', nextSigningKey: 'sig_real_next' };
      const [key] = DEVELOPMENT_KEYS;
      const delivery = { signature: await signedBy(key, 'https://e/', '{}'), body: '{}', url: 'https://e/' };
      await expect(new Receiver(keys).verify(delivery)).resolves.toBe(true);
      await expect(new Receiver({ ...keys, devMode: false }).verify(delivery)).rejects.toThrow();
    } finally {
      warned.mockRestore();
      vi.unstubAllEnvs();
    }
  });
});

describeWithRedis('Deliveries that are not QStash’s', (redis) => {
  it('are refused, whatever they claim', async () => {
    const world = await start(redis);
    const { current } = world.qstash.signingKeys;
    const [edge] = world.edges as [string];
    const post = async (to: string, signature: string | undefined, body = '{}') =>
      (
        await send(edge, `POST /-/${to}`, {
          headers: signature === undefined ? {} : { 'Upstash-Signature': signature },
          body,
        })
      ).status;
    const good = await signedBy(current, `${edge}/-/deliveries`, '{}');
    expect(await post('deliveries', good)).toBe(489);
    expect(await post('deliveries', undefined)).toBe(401);
    expect(await post('deliveries', 'x'.repeat(10_000))).toBe(401);
    expect(await post('deliveries', good, '{ }')).toBe(401); // another body
    expect(await post('failures', good)).toBe(401); // another endpoint
    expect(await post('deliveries', await signedBy(current, 'https://elsewhere/-/deliveries', '{}'))).toBe(
      401,
    );
    expect(
      await post('deliveries', await signedBy('sig_of_somebody_else', `${edge}/-/deliveries`, '{}')),
    ).toBe(401);
    const none = new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setIssuer('Upstash');
    const empty = await none.setSubject(`${edge}/-/deliveries`).sign(new TextEncoder().encode(current));
    expect(await post('deliveries', empty)).toBe(401); // signed well, and says nothing of its body
  });
});
