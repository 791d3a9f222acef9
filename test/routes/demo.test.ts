import { expect, test } from 'vitest';
import { dashboards } from '../../routes/dashboards.ts';
import { invoices } from '../../routes/invoices.ts';
import { me } from '../../routes/permissions.ts';
import { strategy } from '../../routes/strategy.ts';
import { world } from '../support/worker/world.ts';

const can = (...rights: string[]) => ({ tenant: 'acme', user: 'ann', role: 'analyst', can: rights });

/** The demo's routes, as `routes/index.ts` mounts them. */
function demo() {
  const it = world([], {
    strategy,
    routes: (app) =>
      app.route('/v1/dashboards', dashboards).route('/v1/me', me).route('/v1/invoices', invoices),
  });
  it.origin.on('/permissions', can('kpi:read'));
  it.origin.on('/dashboards/d1/kpis?range=2026-10', { revenue_cents: 100 });
  return it;
}

test('KPIs: a miss, then a hit for the colleague who may read them, one query at the origin', async () => {
  const { origin, edge } = demo();
  const url = '/v1/dashboards/d1/kpis?range=2026-10';
  expect(await edge.get(url)).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; fwd=uri-miss; stored; fwd-status=200',
    json: { revenue_cents: 100 },
  });
  expect(await edge.get(url, { as: 'cleo@acme' })).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=600' });
  expect(origin.count('/dashboards/d1/kpis?range=2026-10')).toBe(1);
  origin.on('/permissions', can());
  expect(await edge.get(url, { as: 'bob@acme' })).toMatchObject({ status: 403 });
});

test.each([
  ['/v1/dashboards/d1/kpis?range=nonsense', 'range', 'must be a month, YYYY-MM'],
  ['/v1/dashboards/d1/kpis?range=2026-13', 'range', 'must be a month, YYYY-MM'],
  ['/v1/dashboards/d1/kpis', 'range', 'is missing'],
  ['/v1/dashboards/d%201/kpis?range=2026-10', 'dashboard_id', 'must be letters, digits, _ or -, at most 64'],
  ['/v1/dashboards/d1/kpis?range=2026-10&tenant=globex', 'tenant', 'there is no such parameter'],
  ['/v1/invoices/..%2Fusers', 'invoice_id', 'must be letters, digits, _ or -, at most 64'],
])('%s is refused, and names the field', async (url, field, detail) => {
  const { edge } = demo();
  expect(await edge.get(url)).toMatchObject({ status: 400, json: { errors: [{ field, detail }] } });
});

test('permissions: each hit validated, one’s own only', async () => {
  const { edge } = demo();
  await edge.get('/v1/me/permissions');
  edge.redis.took();
  expect(await edge.get('/v1/me/permissions')).toMatchObject({
    cacheStatus: 'Stillfresh; hit; ttl=120',
    json: can('kpi:read'),
  });
  expect(edge.redis.took()).toEqual(['lookup']);
});

test('invoices: a draft is never stored; an issued one is, and a write through the edge replaces it', async () => {
  const { origin, edge } = demo();
  const invoice = (status: string, amount_cents: number) => ({ id: 'inv_0001', status, amount_cents });
  origin.on('/invoices/inv_0001', invoice('draft', 1));
  for (let i = 0; i < 2; i++) {
    expect(await edge.get('/v1/invoices/inv_0001')).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200',
    });
  }
  origin.on('PATCH /invoices/inv_0001', invoice('open', 2));
  expect(
    await edge.get('/v1/invoices/inv_0001', { method: 'PATCH', body: '{"status":"open"}' }),
  ).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=method; stored; fwd-status=200',
  });
  expect(await edge.get('/v1/invoices/inv_0001')).toMatchObject({
    cacheStatus: 'Stillfresh; hit; ttl=300',
    json: invoice('open', 2),
  });
  expect(origin.count('/invoices/inv_0001')).toBe(2);
});

test('an outage of the origin: KPIs end with the permissions that their rule reads; the list, whose rule reads nothing, lasts', async () => {
  const { origin, edge, clock } = demo();
  const kpis = '/v1/dashboards/d1/kpis?range=2026-10';
  const list = { tenant: 'acme', invoices: [{ id: 'inv_0001', status: 'open', amount_cents: 100 }] };
  origin.on('/invoices', list);
  await edge.get(kpis);
  await edge.get('/v1/invoices');
  for (const path of ['/permissions', '/dashboards/d1/kpis?range=2026-10', '/invoices'])
    origin.on(path, () => new Response('', { status: 503 }));

  clock.advance(119_000);
  expect(await edge.get(kpis)).toMatchObject({ status: 200, cacheStatus: 'Stillfresh; hit; ttl=481' });
  clock.advance(2000);
  expect(await edge.get(kpis)).toMatchObject({ status: 503 });
  clock.advance(3_778_000); // to the end of 5 min and 1 h after the fill
  expect(await edge.get('/v1/invoices')).toMatchObject({ status: 200, json: list });
  clock.advance(2000);
  expect(await edge.get('/v1/invoices')).toMatchObject({ status: 503 });
});
