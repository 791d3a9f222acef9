import { describe, expect, test } from 'vitest';
import { dashboards } from '../../routes/dashboards.ts';
import { hooks } from '../../routes/hooks.ts';
import { invoices } from '../../routes/invoices.ts';
import { strategy } from '../../routes/strategy.ts';
import { bounds } from '../../src/bounds.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { type Event, type Sender, secrets, sent } from '../support/worker/sender.ts';
import { world } from '../support/worker/world.ts';

/** A provider's "redeliver": the same event under the same id, signed anew. What was refilled since the first is not purged again. */

const invoicePath = '/v1/invoices/inv_1';
const kpisPath = '/v1/dashboards/d1/kpis?range=2026-10';

function scene() {
  const queue = new HandQueue();
  const made = world([], {
    strategy,
    queue,
    settings: secrets,
    routes: (app) =>
      app.route('/hooks', hooks).route('/v1/dashboards', dashboards).route('/v1/invoices', invoices),
  });
  for (const path of ['stripe?account=cus_acme', 'github?account=1001', 'shopify?account=7001'])
    made.origin.on(`/accounts/${path}`, { tenant: 'acme' });
  const can = { tenant: 'acme', user: 'ann', role: 'analyst', can: ['kpi:read'] };
  made.origin.on('/permissions', can);
  made.origin.on('/dashboards/d1/kpis?range=2026-10', { revenue_cents: 100 });
  made.origin.on('/invoices/inv_1', { id: 'inv_1', amount_cents: 1, status: 'open' });
  const post = async (sender: Sender, event: Omit<Event, 'nowMs'>) =>
    made.edge.get(`/hooks/${sender}`, await sent(sender, { nowMs: made.clock.now(), ...event }));
  /** Whether a new fetch was needed, by an isolate that has nothing in its memory. */
  const fetches = async (path: string) => {
    const { status, cacheStatus } = await made.anotherEdge().get(path);
    expect(status).toBe(200);
    return !/; hit; ttl=\d/.test(cacheStatus ?? '');
  };
  return { ...made, queue, post, fetches };
}

const events: [Sender, path: string, Omit<Event, 'nowMs'>][] = [
  [
    'app',
    invoicePath,
    { id: 'msg_7', body: { type: 'invoice_paid', data: { tenant_id: 'acme', invoice_id: 'inv_1' } } },
  ],
  [
    'stripe',
    invoicePath,
    {
      body: {
        id: 'evt_1',
        type: 'invoice.paid',
        data: { object: { id: 'in_1', customer: 'cus_acme', metadata: { invoice_id: 'inv_1' } } },
      },
    },
  ],
  ['github', kpisPath, { type: 'repository', id: 'guid-1', body: { organization: { id: 1001 } } }],
  [
    'shopify',
    kpisPath,
    { type: 'products/update', id: 'one', body: { admin_graphql_api_id: 'gid://shopify/Product/7001' } },
  ],
];

describe.each(events)('redelivered by %s', (sender, path, event) => {
  test('after it was applied: the same purge, which purges nothing', async () => {
    const { clock, post, fetches } = scene();
    await fetches(path);
    const first = await post(sender, event);
    clock.advance(1_000);
    expect(await fetches(path), 'purged').toBe(true);
    clock.advance(60_000);
    const second = await post(sender, event);
    expect(second).toMatchObject({ status: 202, json: first.json });
    clock.advance(1_000);
    expect(await fetches(path), 'not again').toBe(false);
  });

  test('after nobody had taken it: purges', async () => {
    const { clock, edge, queue, post, fetches } = scene();
    await fetches(path);
    queue.down = true;
    edge.redis.fail('purge');
    expect(await post(sender, event)).toMatchObject({ status: 503 });
    edge.redis.heal();
    clock.advance(60_000);
    expect(await fetches(path), 'not yet').toBe(false);
    expect(await post(sender, event)).toMatchObject({ status: 202 });
    clock.advance(1_000);
    expect(await fetches(path)).toBe(true);
  });

  test('after it was taken and not yet applied: purges', async () => {
    const { clock, edge, queue, post, fetches } = scene();
    await fetches(path);
    edge.redis.fail('purge');
    expect(await post(sender, event)).toMatchObject({ status: 202 });
    edge.redis.heal();
    queue.taken.length = 0;
    clock.advance(1_000);
    expect(await post(sender, event)).toMatchObject({ status: 202 });
    clock.advance(1_000);
    expect(await fetches(path)).toBe(true);
  });

  test('when its receipt is gone: purges again', async () => {
    const { clock, post, fetches } = scene();
    await post(sender, event);
    clock.advance(bounds.receiptMs);
    await fetches(path);
    await post(sender, event);
    clock.advance(1_000);
    expect(await fetches(path)).toBe(true);
  });
});
