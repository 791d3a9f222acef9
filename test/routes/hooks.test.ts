import { beforeEach, describe, expect, test } from 'vitest';
import { hooks } from '../../routes/hooks.ts';
import { strategy } from '../../routes/strategy.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { type Event, type Sender, secrets, sent } from '../support/worker/sender.ts';
import { world } from '../support/worker/world.ts';

/** The demo's sources, each with a real request to its endpoint: what it purges, and what becomes of one that is not right. */
function scene(settings: Record<string, string> = {}) {
  const queue = new HandQueue();
  const made = world([], {
    strategy,
    queue,
    settings: { ...secrets, ...settings },
    routes: (app) => app.route('/hooks', hooks),
  });
  const accounts = {
    'stripe?account=cus_acme': 'acme',
    'github?account=1001': 'acme',
    'shopify?account=7001': 'acme',
  };
  for (const [path, tenant] of Object.entries(accounts)) made.origin.on(`/accounts/${path}`, { tenant });
  const post = async (sender: Sender, event: Omit<Event, 'nowMs'>) =>
    made.edge.get(`/hooks/${sender}`, await sent(sender, { nowMs: made.clock.now(), ...event }));
  /** What was taken on: each order in short. */
  const orders = () =>
    queue.taken.filter(({ message }) => message.step === 'apply').map(({ message: { order } }) => order);
  return { ...made, queue, post, orders };
}
let it: ReturnType<typeof scene>;
beforeEach(() => {
  it = scene();
});

const ofApp = (type: string, data: object) => ({ body: { type, data: { tenant_id: 'acme', ...data } } });
const stripeInvoice = (type: string) => ({
  body: {
    id: 'evt_1',
    type,
    data: { object: { id: 'in_1', customer: 'cus_acme', metadata: { invoice_id: 'inv_1' } } },
  },
});

describe('Each event purges what the strategy says', () => {
  test.each<[Sender, string, Omit<Event, 'nowMs'>, object]>([
    [
      'app',
      'metric_refresh_completed',
      ofApp('metric_refresh_completed', { dashboard_ids: ['d1', 'd2'] }),
      { tags: ['dashboard:d1', 'dashboard:d2'], events: ['metric_refresh_completed'] },
    ],
    ['app', 'role_updated', ofApp('role_updated', { user_id: 'ann' }), { users: ['ann'] }],
    ['app', 'user_removed', ofApp('user_removed', { user_id: 'ann' }), { users: ['ann'] }],
    [
      'app',
      'invoice_paid',
      ofApp('invoice_paid', { invoice_id: 'inv_1' }),
      { tags: ['invoice:inv_1', 'invoices'] },
    ],
    [
      'app',
      'invoice_updated',
      ofApp('invoice_updated', { invoice_id: 'inv_1' }),
      { tags: ['invoice:inv_1', 'invoices'] },
    ],
    [
      'stripe',
      'invoice.paid',
      stripeInvoice('invoice.paid'),
      { tags: ['invoice:inv_1', 'invoices'], eventId: 'evt_1' },
    ],
    ['stripe', 'invoice.updated', stripeInvoice('invoice.updated'), { tags: ['invoice:inv_1', 'invoices'] }],
    [
      'stripe',
      'customer.deleted',
      { body: { id: 'evt_2', type: 'customer.deleted', data: { object: { id: 'cus_acme' } } } },
      { classes: ['invoice', 'invoices'], tags: [] },
    ],
    [
      'github',
      'membership',
      { type: 'membership', body: { member: { login: 'ann' }, organization: { id: 1001 } } },
      { users: ['ann'] },
    ],
    [
      'github',
      'repository',
      { type: 'repository', body: { organization: { id: 1001 } } },
      { classes: ['analytics'] },
    ],
    [
      'shopify',
      'products/update',
      { type: 'products/update', body: { id: 7001, admin_graphql_api_id: 'gid://shopify/Product/7001' } },
      { classes: ['analytics'], mode: 'soft' },
    ],
  ])('%s: %s', async (sender, _, event, order) => {
    const answer = await it.post(sender, event);
    expect(answer).toMatchObject({ status: 202, json: { purge_id: expect.any(String) } });
    expect(it.orders()).toMatchObject([{ source: sender, whose: 'tenant', tenant: 'acme', ...order }]);
    expect(answer.headers.get('Cache-Status')).toBeNull();
  });

  test('and the log says which, for whom, and as which purge', async () => {
    const { json } = await it.post('stripe', stripeInvoice('invoice.paid'));
    expect(it.edge.log.find(({ path }) => path === '/hooks/stripe')).toMatchObject({
      ...{ source: 'stripe', hook_event: 'invoice.paid', event_id: 'evt_1', tenant: 'acme' },
      ...(json as { purge_id: string }),
    });
  });
});

test('A refresh of more dashboards than 64 purges their class', async () => {
  const dashboard_ids = Array.from({ length: 65 }, (_, i) => `d${i}`);
  await it.post('app', ofApp('metric_refresh_completed', { dashboard_ids }));
  expect(it.orders()).toMatchObject([{ tenant: 'acme', tags: [], classes: ['analytics'] }]);
});

describe('A second delivery', () => {
  test('of an event is the same purge', async () => {
    const first = await it.post('stripe', stripeInvoice('invoice.paid'));
    it.clock.advance(60_000);
    const second = await it.post('stripe', stripeInvoice('invoice.paid'));
    expect(second.json).toEqual(first.json);
  });

  test('under an id that is not signed and with another body is another purge', async () => {
    const event = (id: number) => ({
      type: 'repository',
      id: 'one',
      body: { organization: { id: 1001 }, n: id },
    });
    const [first, second] = [await it.post('github', event(1)), await it.post('github', event(2))];
    expect(second.json).not.toEqual(first.json);
  });
});

describe('What means nothing to us is answered with success, or it would be sent forever:', () => {
  test('a refresh of no dashboard: nothing is queued', async () => {
    const answer = await it.post('app', ofApp('metric_refresh_completed', { dashboard_ids: [] }));
    expect(answer).toMatchObject({ status: 202, json: { ignored: 'event' } });
    expect(it.queue.taken).toEqual([]);
  });

  test('a type that is not mapped: ignored, counted, nothing queued', async () => {
    const answer = await it.post('stripe', { body: { id: 'evt_1', type: 'charge.refunded' } });
    expect(answer).toMatchObject({ status: 202, json: { ignored: 'type' } });
    expect(it.queue.taken).toEqual([]);
    expect((await it.store.lookup(['count:hook-ignored:stripe']))[0]).toBe('1');
    expect(it.edge.log[0]).toMatchObject({
      level: 'info',
      ignored: 'type',
      hook_event: 'charge.refunded',
      event: 'request',
    });
  });

  test.each(['constructor', '__proto__', 'toString'])('a type called %s', async (type) => {
    expect(await it.post('app', { body: { type } })).toMatchObject({
      status: 202,
      json: { ignored: 'type' },
    });
  });

  test.each<[string, object]>([
    ['without our id', { customer: 'cus_acme', metadata: {} }],
    ['without metadata', { customer: 'cus_acme', metadata: null }],
    ['without a customer', { customer: null, metadata: { invoice_id: 'inv_1' } }],
  ])('an invoice that did not come from us, %s: ignored, and nothing to look at', async (_, object) => {
    const answer = await it.post('stripe', { body: { id: 'evt_1', type: 'invoice.paid', data: { object } } });
    expect(answer).toMatchObject({ status: 202, json: { ignored: 'event' } });
    expect(it.edge.notes).toEqual([]);
  });

  test('a customer that is written out is as good as its id', async () => {
    const object = { customer: { id: 'cus_acme' }, metadata: { invoice_id: 'inv_1' } };
    await it.post('stripe', { body: { id: 'evt_1', type: 'invoice.paid', data: { object } } });
    expect(it.orders()).toMatchObject([{ tenant: 'acme', tags: ['invoice:inv_1', 'invoices'] }]);
  });

  test('a product whose number JSON cannot keep is known by its text', async () => {
    it.origin.on('/accounts/shopify?account=788032119674292922', { tenant: 'acme' });
    const body =
      '{"id":788032119674292922,"admin_graphql_api_id":"gid://shopify/Product/788032119674292922"}';
    await it.post('shopify', { type: 'products/update', body });
    expect(it.orders()).toMatchObject([{ tenant: 'acme' }]);
  });

  test('an account that no tenant has: ignored, and worth a look', async () => {
    const body = { id: 'evt_1', type: 'customer.deleted', data: { object: { id: 'cus_unknown' } } };
    expect(await it.post('stripe', { body })).toMatchObject({ status: 202, json: { ignored: 'tenant' } });
    expect(it.edge.notes).toContain('hook-tenant-unknown');
  });
});

describe('A known type of another shape is 422 and names the field:', () => {
  test.each<[string, Sender, Omit<Event, 'nowMs'>, string]>([
    ['missing', 'app', ofApp('invoice_paid', {}), 'data.invoice_id'],
    ['of another type', 'app', ofApp('invoice_paid', { invoice_id: 7 }), 'data.invoice_id'],
    ['that the strategy does not take', 'app', ofApp('invoice_paid', { invoice_id: 'a b' }), 'invoice_id'],
    ['without data', 'app', { body: { type: 'invoice_paid' } }, 'data'],
    [
      'with a tenant that is none',
      'app',
      ofApp('invoice_paid', { tenant_id: ' ', invoice_id: 'a' }),
      'tenant',
    ],
    [
      'an account that cannot be one',
      'stripe',
      { body: { id: 'e', type: 'customer.deleted', data: { object: { id: '../x' } } } },
      'account',
    ],
    ['no JSON at all', 'github', { type: 'membership', body: 'payload=x' }, 'body'],
    ['a list', 'github', { type: 'membership', body: '[]' }, 'body'],
    [
      'lists without end',
      'github',
      { type: 'membership', body: '['.repeat(5_000) + ']'.repeat(5_000) },
      'body',
    ],
  ])('%s', async (_, sender, event, field) => {
    const answer = await it.post(sender, event);
    expect(answer).toMatchObject({ status: 422, json: { errors: [{ field }] } });
    expect(it.queue.taken).toEqual([]);
    expect(it.edge.log[0]).toMatchObject({
      level: 'warn',
      notes: expect.arrayContaining(['hook-malformed']),
    });
  });
});

describe('Who it is not is 401, whatever is wrong, and the log says what:', () => {
  const event = ofApp('invoice_paid', { invoice_id: 'inv_1' });
  test.each<[string, Partial<Event>, why: string]>([
    ['another secret', { secret: `whsec_${btoa('another key of the app, 32 bytes')}` }, 'bad-signature'],
    ['no signature', { headers: { 'webhook-signature': 'v2,another-version' } }, 'no-signature'],
    ['another id', { headers: { 'webhook-id': 'msg_2' } }, 'bad-signature'],
    ['too old', { headers: { 'webhook-timestamp': '1000000000' } }, 'too-old'],
  ])('%s', async (_, different, why) => {
    const answer = await it.post('app', { ...event, ...different });
    expect(answer.status).toBe(401);
    expect(answer.headers.has('WWW-Authenticate')).toBe(true);
    expect(answer.text).not.toContain(why);
    expect(it.edge.log[0]).toMatchObject({
      level: 'warn',
      notes: ['hook-refused'],
      problem: 'unauthenticated',
      why: expect.stringContaining(`app: ${why}`),
    });
    expect(it.queue.taken).toEqual([]);
  });

  test('a secret of another source', async () => {
    const headers = (await sent('stripe', { nowMs: it.clock.now(), ...stripeInvoice('invoice.paid') }))
      .headers;
    expect((await it.post('app', { ...event, headers: { ...headers } })).status).toBe(202); // it is signed as app too
    expect(
      (await it.edge.get('/hooks/app', { as: null, method: 'POST', body: '{}', headers: headers! })).status,
    ).toBe(401);
  });
});

/** So many bytes of JSON. */
function padded(event: Omit<Event, 'nowMs'>, bytes: number): Omit<Event, 'nowMs'> {
  const body = { ...(event.body as object), pad: '' };
  return { ...event, body: { ...body, pad: 'x'.repeat(bytes - JSON.stringify(body).length) } };
}

describe('The endpoint', () => {
  test('of a source that is not there is 404', async () => {
    for (const name of ['nobody', 'constructor', '%2e%2e'])
      expect((await it.edge.get(`/hooks/${name}`, { as: null, method: 'POST', body: '{}' })).status).toBe(
        404,
      );
  });

  test('takes POST alone', async () => {
    const answer = await it.edge.get('/hooks/app', { as: null });
    expect(answer).toMatchObject({ status: 405 });
    expect(answer.headers.get('Allow')).toBe('POST');
  });

  test.each<[Sender, (bytes: number) => Omit<Event, 'nowMs'>]>([
    ['app', (bytes) => padded(ofApp('invoice_paid', { invoice_id: 'a', pad: '' }), bytes)],
    ['stripe', (bytes) => padded(stripeInvoice('invoice.paid'), bytes)],
    ['github', (bytes) => padded({ type: 'repository', body: { organization: { id: 1001 } } }, bytes)],
    [
      'shopify',
      (bytes) =>
        padded(
          { type: 'products/update', body: { admin_graphql_api_id: 'gid://shopify/Product/7001' } },
          bytes,
        ),
    ],
  ])('takes 1 MiB and no more: %s', async (sender, event) => {
    for (const [bytes, status] of [
      [256 * 1_024 + 1, 202],
      [1_048_576, 202],
      [1_048_577, 413],
    ] as const)
      expect(await it.post(sender, event(bytes)), `${bytes} bytes`).toMatchObject({ status });
  });

  test('without a secret in the settings is 503, and the log says how to set it', async () => {
    it = scene({ HOOK_SECRET_APP: '' });
    expect((await it.post('app', ofApp('invoice_paid', { invoice_id: 'a' }))).status).toBe(503);
    expect(it.edge.log[0]).toMatchObject({
      level: 'error',
      why: "HOOK_SECRET_APP is missing; set it with 'wrangler secret put HOOK_SECRET_APP'",
    });
    expect((await it.post('stripe', stripeInvoice('invoice.paid'))).status).toBe(202); // the others go on
  });

  test('with a secret that cannot be one is 503, and the log does not show it', async () => {
    it = scene({ HOOK_SECRET_APP: 'whsec_short' });
    expect((await it.post('app', ofApp('invoice_paid', { invoice_id: 'a' }))).status).toBe(503);
    expect(it.edge.log[0]).toMatchObject({ why: expect.stringMatching(/HOOK_SECRET_APP: secret 1 is/) });
    expect(JSON.stringify(it.edge.log)).not.toContain('whsec_short');
  });

  test('with more secrets than can be tried is 503, and the others go on', async () => {
    it = scene({ HOOK_SECRET_GITHUB: Array(5).fill('a-secret-of-some-length').join() });
    expect((await it.post('github', { type: 'ping', body: {} })).status).toBe(503);
    expect((await it.post('stripe', stripeInvoice('invoice.paid'))).status).toBe(202);
  });

  test('writes its own word for what it is, whatever a sender calls its event', async () => {
    await it.post('app', { body: { type: 'settings' } });
    expect(it.edge.log[0]).toMatchObject({ event: 'request', hook_event: 'settings', path: '/hooks/app' });
  });

  test('takes the old and the new secret while it is rotated', async () => {
    const newer = `whsec_${btoa('the newer key of the app, 32 byte')}`;
    it = scene({ HOOK_SECRET_APP: `${newer}, ${secrets.HOOK_SECRET_APP}` });
    const event = ofApp('invoice_paid', { invoice_id: 'a' });
    expect((await it.post('app', event)).status).toBe(202);
    expect((await it.post('app', { ...event, secret: newer })).status).toBe(202);
    expect(
      (await it.post('app', { ...event, secret: `whsec_${btoa('a third key of nobody, 32 bytes..')}` }))
        .status,
    ).toBe(401);
  });
});

describe('Where a tenant comes from', () => {
  test('is never a header: the shop’s domain, a tenant’s name, an identity count for nothing', async () => {
    const headers = {
      'X-Shopify-Shop-Domain': 'globex.myshopify.com',
      'X-Tenant-Id': 'globex',
      'X-User-Id': 'ann',
    };
    await it.post('shopify', {
      type: 'products/update',
      body: { id: 7001, admin_graphql_api_id: 'gid://shopify/Product/7001' },
      headers,
    });
    expect(it.orders()).toMatchObject([{ tenant: 'acme' }]);
  });

  test('is looked up once for many events, and asked again when the directory’s answer is old', async () => {
    for (let i = 0; i < 3; i++) await it.post('stripe', stripeInvoice('invoice.paid'));
    expect(it.origin.count('/accounts/stripe?account=cus_acme')).toBe(1);
    it.clock.advance(600_000);
    await it.post('stripe', stripeInvoice('invoice.paid'));
    expect(it.origin.count('/accounts/stripe?account=cus_acme')).toBe(2);
  });

  test('while the directory cannot be read, the sender is to send again: 503', async () => {
    it.origin.on('/accounts/stripe?account=cus_acme', () => new Response('', { status: 500 }));
    const answer = await it.post('stripe', stripeInvoice('invoice.paid'));
    expect(answer).toMatchObject({ status: 503, json: { type: 'urn:stillfresh:problem:not-accepted' } });
    expect(it.queue.taken).toEqual([]);
  });

  test('no route shows the directory', async () => {
    await it.post('stripe', stripeInvoice('invoice.paid'));
    for (const path of ['/account/stripe/cus_acme', '/v1/account/stripe/cus_acme'])
      expect((await it.edge.get(path)).status).toBe(404);
  });
});

test('Each class that says which events purge it is reached by a source of the demo', () => {
  const said = [...strategy.classes.values()].flatMap(({ invalidatedBy }) => invalidatedBy);
  expect(new Set(said)).toEqual(new Set(Object.keys(strategy.events)));
});
