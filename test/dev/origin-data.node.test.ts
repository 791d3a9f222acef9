import { describe, expect, test } from 'vitest';
import { seedDatabase } from '../../dev/origin/seed.ts';
import { originForTest } from './origin-client.ts';

/** The origin's seed is fixed, so a second database holds the same rows: the answers are checked against those. */
const rows = seedDatabase();
const count = (table: string) => rows.prepare(`SELECT * FROM ${table}`).all().length;

interface Fact {
  readonly tenant: string;
  readonly dashboard: string;
  readonly day: string;
  readonly visitor: string;
  readonly visits: number;
  readonly orders: number;
  readonly revenue_cents: number;
}
const facts = rows.prepare('SELECT * FROM facts').all() as unknown as readonly Fact[];

describe('the seed', () => {
  test('makes as much as a small SaaS product has', () => {
    expect(['tenants', 'users', 'dashboards', 'facts', 'invoices'].map(count)).toEqual([
      2, 50, 20, 20_000, 5_000,
    ]);
  });

  test('is the same each time, and another for another seed', () => {
    const everything = (database: typeof rows) => database.prepare('SELECT * FROM invoices').all();
    expect(everything(seedDatabase())).toEqual(everything(rows));
    expect(everything(seedDatabase(7))).not.toEqual(everything(rows));
  });

  test('gives acme issued invoices and a draft among the first three hundred', () => {
    const statuses = rows
      .prepare(
        `SELECT DISTINCT status FROM invoices WHERE tenant = 'acme' AND id <= 'inv_0300' ORDER BY status`,
      )
      .all();
    expect(statuses).toEqual([{ status: 'draft' }, { status: 'open' }, { status: 'paid' }]);
  });
});

describe('dashboard KPIs', () => {
  test.each(['acme', 'globex'])('of %s are the sums over its facts of that month', async (tenant) => {
    const { ask } = await originForTest();
    for (const dashboard of ['d1', 'd10']) {
      const mine = facts.filter(
        (fact) => fact.tenant === tenant && fact.dashboard === dashboard && fact.day.startsWith('2026-10-'),
      );
      const sum = (name: 'visits' | 'orders' | 'revenue_cents', of = mine) =>
        of.reduce((total, fact) => total + fact[name], 0);

      const { status, json, text } = await ask(`GET /dashboards/${dashboard}/kpis?range=2026-10`, { tenant });

      expect(status).toBe(200);
      expect(json).toMatchObject({ tenant, dashboard, range: '2026-10' });
      expect(json.totals).toEqual({
        visits: sum('visits'),
        orders: sum('orders'),
        revenue_cents: sum('revenue_cents'),
        active_users: new Set(mine.map(({ visitor }) => visitor)).size,
        conversion: Number((sum('orders') / sum('visits')).toFixed(4)),
      });
      expect(json.daily).toHaveLength(31);
      for (const day of json.daily) {
        const thatDay = mine.filter((fact) => fact.day === day.day);
        expect(day.revenue_cents, day.day).toBe(sum('revenue_cents', thatDay));
        expect(day.active_users, day.day).toBe(new Set(thatDay.map(({ visitor }) => visitor)).size);
      }
      const perChannel = json.channels.map((channel: Fact) => channel.revenue_cents);
      expect(perChannel.reduce((total: number, cents: number) => total + cents)).toBe(sum('revenue_cents'));
      expect(text.length).toBeGreaterThan(2_000);
      expect(text.length).toBeLessThan(6_000);
    }
  });

  test('differ between tenants, dashboards and months', async () => {
    const { ask } = await originForTest();
    const revenues = new Set<number>();
    for (const tenant of ['acme', 'globex']) {
      for (const dashboard of ['d1', 'd2', 'd3']) {
        for (const range of ['2025-01', '2026-10', '2026-12']) {
          const { json } = await ask(`GET /dashboards/${dashboard}/kpis?range=${range}`, { tenant });
          revenues.add(json.totals.revenue_cents);
        }
      }
    }
    expect(revenues.size).toBe(2 * 3 * 3);
  });

  test.each([
    ['0000-02', 29],
    ['1999-12', 31],
    ['2024-02', 29],
    ['9999-12', 31],
  ])('of %s, a month without facts, are zeros for each of its %d days', async (range, days) => {
    const { ask } = await originForTest();
    const { status, json } = await ask(`GET /dashboards/d3/kpis?range=${range}`);
    expect(status).toBe(200);
    expect(json.totals).toMatchObject({ revenue_cents: 0, active_users: 0, conversion: 0 });
    expect(json.daily).toHaveLength(days);
    expect(json.daily.at(-1).day).toBe(`${range}-${days}`);
  });

  test.each(['?range=nonsense', '?range=2026-13', '?range=2026-1', '?range=2026-10-01', '?range=', ''])(
    'for "%s" are refused, naming the field',
    async (query) => {
      const { ask } = await originForTest();
      const { status, headers, json } = await ask(`GET /dashboards/d1/kpis${query}`);
      expect(status).toBe(400);
      expect(headers.get('Content-Type')).toBe('application/problem+json');
      expect(json.errors).toEqual([{ field: 'range', detail: expect.stringContaining('2026-10') }]);
    },
  );

  test('are for analysts and admins, and only of dashboards that there are', async () => {
    const { ask } = await originForTest();
    const kpis = 'GET /dashboards/d1/kpis?range=2026-10';
    expect((await ask(kpis, { user: 'carol' })).status).toBe(200);
    expect((await ask(kpis, { user: 'bob' })).status).toBe(403);
    expect((await ask(kpis, { user: 'nobody' })).status).toBe(403);
    expect((await ask(kpis, { tenant: 'initech' })).status).toBe(403);
    expect((await ask('GET /dashboards/d11/kpis?range=2026-10')).status).toBe(404);
  });
});

describe('a refresh', () => {
  test('lets every month of that dashboard show more, and no other dashboard', async () => {
    const changes: unknown[] = [];
    const { ask } = await originForTest({ onChange: (change) => changes.push(change) });
    const shown = async (dashboard: string, range: string, tenant = 'acme') =>
      (await ask(`GET /dashboards/${dashboard}/kpis?range=${range}`, { tenant })).json;
    const others = async () => [await shown('d2', '2026-10'), await shown('d1', '2026-10', 'globex')];
    const [before, january, unchanged] = [
      await shown('d1', '2026-10'),
      await shown('d1', '2025-01'),
      await others(),
    ];

    const { status, json } = await ask('POST /dashboards/d1/refresh', { user: 'carol' });
    expect([status, json]).toEqual([202, { tenant: 'acme', dashboard: 'd1' }]);
    const after = await shown('d1', '2026-10');
    const added = after.totals.orders - before.totals.orders;
    expect(added).toBe(
      facts.filter((it) => it.tenant === 'acme' && it.dashboard === 'd1' && it.day.startsWith('2026-10-'))
        .length,
    );
    const price = before.totals.revenue_cents / before.totals.orders;
    expect(after.totals.visits - before.totals.visits).toBe(added);
    expect(after.totals.revenue_cents - before.totals.revenue_cents).toBe(added * price);
    expect((await shown('d1', '2025-01')).totals.orders).toBeGreaterThan(january.totals.orders);
    expect(await others()).toEqual(unchanged);

    expect((await ask('POST /dashboards/d1/refresh?silent=1')).status).toBe(202);
    expect((await shown('d1', '2026-10')).totals.orders).toBe(after.totals.orders + added);
    expect(changes).toEqual([{ type: 'dashboard.refreshed', tenant: 'acme', dashboard_ids: ['d1'] }]);
  });

  test('is for analysts and admins, and only of dashboards that there are', async () => {
    const { ask } = await originForTest();
    expect((await ask('POST /dashboards/d1/refresh', { user: 'bob' })).status).toBe(403);
    expect((await ask('POST /dashboards/d1/refresh', { tenant: 'initech' })).status).toBe(403);
    expect((await ask('POST /dashboards/d11/refresh')).status).toBe(404);
  });
});

describe('accounts at other products', () => {
  const nobody = { tenant: '', user: '' };

  test.each([
    ['stripe', 'cus_acme', 'acme'],
    ['stripe', 'cus_globex', 'globex'],
    ['github', '1001', 'acme'],
    ['github', '2002', 'globex'],
    ['shopify', '7001', 'acme'],
    ['shopify', '7002', 'globex'],
  ])('%s %s is of %s, whoever asks with the secret', async (provider, account, tenant) => {
    const { ask } = await originForTest();
    const { status, json } = await ask(`GET /accounts/${provider}?account=${account}`, nobody);
    expect([status, json]).toEqual([200, { provider, account, tenant }]);
  });

  test('are nobody’s when they are not known', async () => {
    const { ask } = await originForTest();
    for (const it of ['stripe?account=1001', 'paypal?account=cus_acme', 'constructor?account=name']) {
      expect((await ask(`GET /accounts/${it}`, nobody)).status, it).toBe(404);
    }
  });

  test.each(['', '?account=', '?customer=cus_acme'])(
    'asked for by "%s" are refused, naming the field',
    async (query) => {
      const { ask } = await originForTest();
      const { status, json } = await ask(`GET /accounts/stripe${query}`, nobody);
      expect([status, json.errors[0].field]).toEqual([400, 'account']);
    },
  );
});

describe('permissions', () => {
  test('say what a role may do', async () => {
    const { ask } = await originForTest();
    expect((await ask('GET /permissions', { user: 'bob' })).json).toEqual({
      tenant: 'acme',
      user: 'bob',
      role: 'viewer',
      can: ['dashboard:list', 'invoice:read'],
    });
    expect((await ask('GET /permissions', { user: 'carol' })).json.can).toContain('kpi:read');
    expect((await ask('GET /permissions', { tenant: 'globex' })).json).toMatchObject({ role: 'admin' });
    expect((await ask('GET /permissions', { user: 'nobody' })).status).toBe(404);
  });

  test('follow a changed role at once, in that tenant only', async () => {
    const changes: unknown[] = [];
    const { ask } = await originForTest({ onChange: (change) => changes.push(change) });
    const { status, json } = await ask('PATCH /users/bob', { body: { role: 'analyst' } });
    expect(status).toBe(200);
    expect(json).toMatchObject({ user: 'bob', role: 'analyst', can: expect.arrayContaining(['kpi:read']) });
    expect((await ask('GET /dashboards/d1/kpis?range=2026-10', { user: 'bob' })).status).toBe(200);
    expect((await ask('GET /permissions', { tenant: 'globex', user: 'bob' })).json.role).toBe('viewer');
    expect(changes).toEqual([{ type: 'user.role_changed', tenant: 'acme', user_id: 'bob' }]);

    await ask('PATCH /users/bob?silent=1', { body: { role: 'viewer' } });
    expect((await ask('GET /permissions', { user: 'bob' })).json.role).toBe('viewer');
    expect(changes).toHaveLength(1);
  });

  test('end when the user is removed, in that tenant only', async () => {
    const changes: unknown[] = [];
    const { ask } = await originForTest({ onChange: (change) => changes.push(change) });
    const { status, headers, text } = await ask('DELETE /users/bob');
    expect([status, text, headers.get('Content-Length')]).toEqual([204, '', null]);
    expect((await ask('GET /permissions', { user: 'bob' })).status).toBe(404);
    expect((await ask('GET /permissions', { tenant: 'globex', user: 'bob' })).status).toBe(200);
    expect((await ask('DELETE /users/bob')).status).toBe(404);
    expect((await ask('DELETE /users/carol?silent=1')).status).toBe(204);
    expect((await ask('DELETE /users/gail', { user: 'carol' })).status).toBe(403);
    expect((await ask('DELETE /users/gail', { user: 'erin' })).status).toBe(403);
    expect(changes).toEqual([{ type: 'user.removed', tenant: 'acme', user_id: 'bob' }]);
  });

  test('change only by an admin of the tenant', async () => {
    const { ask } = await originForTest();
    for (const user of ['bob', 'carol', 'nobody']) {
      expect((await ask('PATCH /users/bob', { user, body: { role: 'admin' } })).status, user).toBe(403);
    }
    expect((await ask('PATCH /users/nobody', { body: { role: 'admin' } })).status).toBe(404);
    expect((await ask('PATCH /users/bob', { tenant: 'initech', body: { role: 'admin' } })).status).toBe(403);
    const { status, json } = await ask('PATCH /users/bob', { body: { role: 'king' } });
    expect(status).toBe(422);
    expect(json.errors[0].field).toBe('role');
  });
});

describe('invoices', () => {
  test('have the same ids in both tenants, with other data', async () => {
    const { ask } = await originForTest();
    for (const id of ['inv_0001', 'inv_2500']) {
      const acme = (await ask(`GET /invoices/${id}`)).json;
      const globex = (await ask(`GET /invoices/${id}`, { tenant: 'globex' })).json;
      expect(acme).toMatchObject({ id, tenant: 'acme', currency: 'EUR', amount_cents: expect.any(Number) });
      expect(globex).toMatchObject({ id, tenant: 'globex', currency: 'USD' });
      expect(globex.amount_cents).not.toBe(acme.amount_cents);
    }
    expect((await ask('GET /invoices/inv_2501')).status).toBe(404);
    expect((await ask('GET /invoices/inv_0001', { tenant: 'initech' })).status).toBe(404);
  });

  test('one to four are issued, five is a draft, and their lines make up the amount', async () => {
    const { ask } = await originForTest();
    const statuses = [];
    for (const number of [1, 2, 3, 4, 5]) {
      const { json } = await ask(`GET /invoices/inv_000${number}`, { user: 'bob' });
      statuses.push(json.status);
      const sum = json.lines.reduce(
        (cents: number, line: { quantity: number; unit_cents: number }) =>
          cents + line.quantity * line.unit_cents,
        0,
      );
      expect(json).toMatchObject({ amount_cents: sum, adjustment_cents: 0 });
    }
    expect(statuses).toEqual(['open', 'paid', 'open', 'paid', 'draft']);
  });

  test('answer a conditional request with 304 until they change', async () => {
    const { ask } = await originForTest({ now: () => Date.parse('2026-11-01T12:00:00Z') });
    const first = await ask('GET /invoices/inv_0001');
    const ETag = first.headers.get('ETag')!;
    expect(ETag).toMatch(/^"[\w-]+"$/);
    const known = { headers: { 'If-None-Match': `"other", ${ETag}` } };
    const second = await ask('GET /invoices/inv_0001', known);
    expect([second.status, second.text, second.headers.get('ETag')]).toEqual([304, '', ETag]);
    expect((await ask('GET /invoices/inv_0001', { ...known, tenant: 'globex' })).status).toBe(200);

    const changed = await ask('PATCH /invoices/inv_0001', { user: 'carol', body: { amount_cents: 4_200 } });
    const third = await ask('GET /invoices/inv_0001', known);
    expect(third.status).toBe(200);
    expect(third.json).toEqual(changed.json);
    expect(third.json).toEqual({
      ...first.json,
      amount_cents: 4_200,
      adjustment_cents: 4_200 - first.json.amount_cents,
      updated_at: '2026-11-01T12:00:00.000Z',
    });
    for (const { headers } of [changed, third]) {
      expect(headers.get('Last-Modified')).toBe('Sun, 01 Nov 2026 12:00:00 GMT');
      expect(headers.get('ETag')).not.toBe(ETag);
    }
  });

  test('are issued from a draft by a PATCH, which is told unless it is silent', async () => {
    const changes: unknown[] = [];
    const { ask } = await originForTest({ onChange: (change) => changes.push(change) });
    const { json } = await ask('PATCH /invoices/inv_0005', { body: { status: 'open' } });
    expect(json).toMatchObject({ id: 'inv_0005', status: 'open' });
    expect((await ask('GET /invoices/inv_0005', { tenant: 'globex' })).json.status).toBe('draft');
    await ask('PATCH /invoices/inv_0005?silent=1', { body: { status: 'paid' } });
    expect((await ask('GET /invoices/inv_0005')).json.status).toBe('paid');
    expect(changes).toEqual([
      { type: 'invoice.changed', tenant: 'acme', invoice_id: 'inv_0005', paid: false },
    ]);
  });

  test('are told as paid by the PATCH that makes them so, and by no other', async () => {
    const told: unknown[] = [];
    const { ask } = await originForTest({
      onChange: (change) => told.push(change.type === 'invoice.changed' && change.paid),
    });
    const patches = [{ status: 'paid' }, { status: 'paid' }, { amount_cents: 5 }, { status: 'open' }];
    for (const body of [...patches, { amount_cents: 6, status: 'paid' }])
      await ask('PATCH /invoices/inv_0001', { body });
    expect(told).toEqual([true, false, false, false, true]);
  });

  test.each([
    [{ amount_cents: -1 }, 'amount_cents'],
    [{ amount_cents: 1.5 }, 'amount_cents'],
    [{ amount_cents: '12' }, 'amount_cents'],
    [{ amount_cents: 1e300 }, 'amount_cents'],
    [{ status: 'lost' }, 'status'],
    [{ amount_cents: 1, colour: 'red' }, 'colour'],
    [{}, 'body'],
    [[], 'body'],
    ['null', 'body'],
  ])('refuse %j, naming the field, and stay as they are', async (body, field) => {
    const { ask } = await originForTest();
    const before = await ask('GET /invoices/inv_0001');
    const { status, json } = await ask('PATCH /invoices/inv_0001', { body });
    expect(status).toBe(422);
    expect(json.errors.map((error: { field: string }) => error.field)).toEqual([field]);
    expect((await ask('GET /invoices/inv_0001')).text).toBe(before.text);
  });

  test('may be changed neither by a viewer nor from another tenant', async () => {
    const { ask } = await originForTest();
    const patch = { body: { amount_cents: 1 } };
    expect((await ask('PATCH /invoices/inv_0001', { ...patch, user: 'bob' })).status).toBe(403);
    expect((await ask('PATCH /invoices/inv_0001', { ...patch, tenant: 'initech' })).status).toBe(403);
    expect((await ask('PATCH /invoices/inv_9999', patch)).status).toBe(404);
  });
});
