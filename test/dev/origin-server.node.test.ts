import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { faultSchema } from '../../dev/origin/faults.ts';
import { startOrigin } from '../../dev/origin/server.ts';
import { heldSleep, originForTest, SECRET } from './origin-client.ts';

const KPIS = 'GET /dashboards/d1/kpis?range=2026-10';

describe('who is let in', () => {
  test.each(['', 'wrong', `${SECRET}x`])('nobody who shows the secret "%s"', async (secret) => {
    const { ask } = await originForTest();
    for (const route of [KPIS, 'GET /permissions', 'GET /invoices/inv_0001', 'GET /accounts/stripe']) {
      expect((await ask(route, { secret })).status, route).toBe(401);
    }
    for (const route of ['PATCH /invoices/inv_0001', 'PATCH /users/bob', 'DELETE /users/bob']) {
      expect((await ask(route, { secret, body: {} })).status, route).toBe(401);
    }
    expect((await ask('GET /stats', { secret })).json).toEqual({ requests: {}, total: 0 });
  });

  test.each(['X-Tenant-Id', 'X-User-Id'])('nobody without %s', async (header) => {
    const { ask } = await originForTest();
    const { status, json } = await ask('GET /invoices/inv_0001', { headers: { [header]: '' } });
    expect([status, json.errors[0].field]).toEqual([400, header]);
  });

  test('an origin needs a secret, and a free port', async () => {
    await expect(startOrigin({ port: 0, secret: '' })).rejects.toThrow('secret');
    const { url } = await originForTest();
    const taken = startOrigin({ port: Number(new URL(url).port), secret: SECRET });
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('stats', () => {
  test('count each request to a data route, and nothing else', async () => {
    const { ask } = await originForTest();
    await Promise.all([ask(KPIS), ask('GET /dashboards/d2/kpis?range=2026-09'), ask(KPIS, { user: 'bob' })]);
    await ask('GET /invoices/inv_0001');
    await ask('PATCH /invoices/inv_0001', { body: { status: 'paid' } });
    await ask('GET /.well-known/jwks.json');
    await ask('GET /nowhere');
    await ask('POST /faults', { body: {} });
    await ask('GET /stats');
    expect((await ask('GET /stats', { secret: '' })).json).toEqual({
      requests: { 'GET /dashboards/:id/kpis': 3, 'GET /invoices/:id': 1, 'PATCH /invoices/:id': 1 },
      total: 5,
    });
  });
});

describe('faults', () => {
  test('a slow read answers with what was there before the wait', async () => {
    const hold = heldSleep();
    const { ask } = await originForTest({ sleep: hold.sleep });
    const before = (await ask('GET /invoices/inv_0001')).json.amount_cents;

    await ask('POST /faults', { body: { latency_ms: 60_000 } });
    const slow = ask('GET /invoices/inv_0001');
    expect(await hold.asked).toBe(60_000);
    await ask('POST /faults', { body: {} }); // the slow request took its fault on arrival
    await ask('PATCH /invoices/inv_0001', { body: { amount_cents: before + 1 } });
    hold.end();

    expect((await slow).json.amount_cents).toBe(before);
    expect((await ask('GET /invoices/inv_0001')).json.amount_cents).toBe(before + 1);
  });

  test('a slow change is there for others before its own answer', async () => {
    const hold = heldSleep();
    const { ask } = await originForTest({ sleep: hold.sleep });
    await ask('POST /faults', { body: { latency_ms: 5, route: 'PATCH /invoices/:id' } });
    const slow = ask('PATCH /invoices/inv_0001', { body: { amount_cents: 77 } });
    await hold.asked;
    expect((await ask('GET /invoices/inv_0001')).json.amount_cents).toBe(77);
    hold.end();
    expect((await slow).json.amount_cents).toBe(77);
  });

  test('a refusal is slow too', async () => {
    const hold = heldSleep();
    const { ask } = await originForTest({ sleep: hold.sleep });
    await ask('POST /faults', { body: { latency_ms: 9 } });
    const slow = ask('GET /invoices/inv_9999');
    expect(await hold.asked).toBe(9);
    hold.end();
    expect((await slow).status).toBe(404);
  });

  test('a failing origin changes nothing, and recovers when cleared', async () => {
    const { ask } = await originForTest();
    const before = (await ask('GET /invoices/inv_0001')).text;
    await ask('POST /faults', { body: { status: 503 } });
    const failed = await ask('PATCH /invoices/inv_0001', { body: { amount_cents: 1 } });
    expect([failed.status, failed.json.status]).toEqual([503, 503]);
    expect((await ask(KPIS)).status).toBe(503);
    expect((await ask('GET /.well-known/jwks.json')).status).toBe(200);
    await ask('POST /faults', { body: {} });
    expect((await ask('GET /invoices/inv_0001')).text).toBe(before);
    expect((await ask('GET /stats')).json.total).toBe(4);
  });

  test.each([
    ['GET /invoices/:id', 'GET /invoices/inv_0001', KPIS],
    ['GET /.well-known/jwks.json', 'GET /.well-known/jwks.json', KPIS],
  ])('may be meant for %s alone', async (route, meant, other) => {
    const { ask } = await originForTest();
    await ask('POST /faults', { body: { status: 500, route } });
    expect((await ask(meant)).status).toBe(500);
    expect((await ask(other)).status).toBe(200);
  });

  test('a truncated answer promises the whole body and sends half', async () => {
    const { ask, url } = await originForTest();
    const whole = (await ask('GET /invoices/inv_0001')).text;
    await ask('POST /faults', { body: { truncate: true } });

    const [head, body] = (await rawGet(url, '/invoices/inv_0001')).split('\r\n\r\n') as [string, string];
    expect(head).toContain('HTTP/1.1 200');
    expect(head).toContain(`Content-Length: ${whole.length}`);
    expect(body).toBe(whole.slice(0, Math.floor(whole.length / 2)));
    await expect(ask('GET /invoices/inv_0001')).rejects.toThrow();
  });

  test.each([
    [{ latency_ms: -1 }, 'latency_ms'],
    [{ latency_ms: '5' }, 'latency_ms'],
    [{ status: 99 }, 'status'],
    [{ truncate: 'yes' }, 'truncate'],
    [{ route: 'GET /stats' }, 'route'],
    [{ latency: 5 }, 'latency'],
  ])('%j is refused, naming the field', async (body, field) => {
    const { ask } = await originForTest();
    const { status, json } = await ask('POST /faults', { body });
    expect([status, json.errors[0].field]).toEqual([422, field]);
  });
});

describe('what is in force, and what can be', () => {
  test('GET /faults says it, without a secret, whatever fails', async () => {
    const { ask } = await originForTest();
    const inForce = async () => (await ask('GET /faults', { secret: '' })).json;
    expect(await inForce()).toEqual({});
    const fault = { status: 503, route: 'GET /permissions' };
    await ask('POST /faults', { body: fault });
    expect(await inForce()).toEqual(fault);
    await ask('POST /faults', { body: { status: 503 } });
    expect(await inForce()).toEqual({ status: 503 });
  });

  test('a field that is not known is refused with those that are', async () => {
    const { ask } = await originForTest();
    const { json } = await ask('POST /faults', { body: { latency: 5 } });
    expect(json.detail).toBe('latency: is not a field here; known are latency_ms, status, truncate, route');
  });

  test('GET / names each route, and each field of a fault', async () => {
    const { url } = await originForTest();
    const help = await (await fetch(url)).text();
    for (const word of ['GET /invoices/:id', 'PATCH /users/:id', 'GET  /stats', 'POST /faults'])
      expect(help).toContain(word);
    for (const field of Object.keys(faultSchema([]).shape))
      expect(help).toMatch(new RegExp(`^ +${field} `, 'm'));
  });
});

describe('bad requests', () => {
  test('an unknown route is 404, a wrong method 405 with what is allowed', async () => {
    const { ask } = await originForTest();
    for (const route of ['GET /nothing', 'GET /invoices/a/b', 'GET /constructor']) {
      expect((await ask(route)).status, route).toBe(404);
    }
    const wrong = await ask('DELETE /invoices/inv_0001');
    expect([wrong.status, wrong.headers.get('Allow')]).toEqual([405, 'GET, PATCH']);
  });

  test('an empty or hostile id is an unknown one', async () => {
    const { ask } = await originForTest();
    for (const id of ['', '%00', "'%20OR%201=1--", '%2e%2e%2fusers', '%F0%9F%92%A9', 'x'.repeat(8_000)]) {
      expect((await ask(`GET /invoices/${id}`)).status, id).toBe(404);
    }
    expect((await ask('GET /invoices/%E0%A4%A')).status).toBe(400);
  });

  test('a body that is no JSON is 400, one that is too large 413', async () => {
    const { ask } = await originForTest();
    for (const body of ['{', 'amount_cents=5']) {
      expect((await ask('PATCH /invoices/inv_0001', { body })).status).toBe(400);
    }
    expect((await ask('PATCH /invoices/inv_0001')).status).toBe(400);
    const large = { amount_cents: 1, note: 'x'.repeat(20_000) };
    expect((await ask('PATCH /invoices/inv_0001', { body: large })).status).toBe(413);
    expect((await ask('GET /invoices/inv_0001')).status).toBe(200);
  });
});

/** Everything that the origin sends before it hangs up: `fetch` would hide a broken body. */
async function rawGet(url: string, path: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: origin\r\nX-Origin-Secret: ${SECRET}\r\nX-Tenant-Id: acme\r\nX-User-Id: ann\r\n\r\n`,
  );
  const chunks: Buffer[] = await socket.toArray();
  return Buffer.concat(chunks).toString();
}
