import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { cacheOf } from '../../src/index.ts';
import { QueueError } from '../../src/queue/port.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { adminTokens, asAdmin, tokenOf } from '../support/worker/admin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { type Asked, aClass, world } from '../support/worker/world.ts';

/** Events told by hand and by handlers: the same purges and receipts as webhooks make. */
const report = aClass();
const shop = aClass({ name: 'shop', scope: 'public', access: 'public', cacheControl: 'no-store' });
const id = z.string().regex(/^[a-z0-9]+$/, 'must be letters and digits');
const strategy = defineStrategy({
  classes: [report, shop],
  events: {
    report_changed: { payload: z.object({ id }), purges: { tags: ['report:{id}'] } },
    reports_changed: { payload: z.object({ ids: z.array(id) }), purges: { tags: ['report:{ids}'] } },
    shown: { payload: z.object({ id }), purges: { tags: ['shop:{id}'] }, whose: 'public' },
    rebuilt: { payload: z.object({}), purges: { classes: ['report'] }, whose: 'everyone' },
    named: {
      payload: z.object({ what: z.any().refine((it) => it !== undefined), kind: z.string() }),
      purges: { tags: ['{kind}:{what}'] },
    },
    left: { payload: z.object({ who: z.string() }), purges: { users: ['{who}'] } },
  },
});

type Told = Parameters<ReturnType<typeof cacheOf>['emit']>;

/** `handler`: what the handler at POST /own tells. */
async function scene({ handler = ['report_changed', { payload: { id: 'r1' } }] }: { handler?: Told } = {}) {
  const queue = new HandQueue();
  const made = world([report, shop], {
    strategy,
    queue,
    settings: { ADMIN_TOKENS: await adminTokens('purge', 'read') },
    routes: (app) => app.post('/own', async (c) => c.json(await cacheOf(c).emit(...handler))),
  });
  for (const path of ['/report/r1', '/shop/r1']) made.origin.on(path, { value: 'old' });
  for (const path of ['/report/r1', '/shop/r1']) await made.edge.get(path);
  const emit = (body: unknown, more: Asked = {}) =>
    made.edge.get(
      '/-/emit',
      asAdmin('purge', {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...more,
      }),
    );
  const own = (as: string | null = 'ann@acme') => made.edge.get('/own', { method: 'POST', as });
  const receipt = async (answer: { json: unknown }) =>
    (await made.edge.get(`/-/purges/${(answer.json as { purge_id: string }).purge_id}`, asAdmin('read')))
      .json;
  const status = async (path: string) => (await made.edge.get(path)).cacheStatus;
  return { ...made, queue, emit, own, receipt, status };
}

describe('POST /-/emit', () => {
  test.each<[string, object, path: string, receipt: object]>([
    [
      'of a tenant',
      { event: 'report_changed', tenant: 'acme', payload: { id: 'r1' } },
      '/report/r1',
      { tenant: 'acme', whose: 'tenant', tags: ['report:r1'] },
    ],
    [
      'of a list',
      { event: 'reports_changed', tenant: 'acme', payload: { ids: ['r1', 'r2'] } },
      '/report/r1',
      { tenant: 'acme', tags: ['report:r1', 'report:r2'] },
    ],
    [
      'of public data',
      { event: 'shown', payload: { id: 'r1' } },
      '/shop/r1',
      { tenant: null, whose: 'public', tags: ['shop:r1'] },
    ],
    [
      'of everyone, without a payload',
      { event: 'rebuilt', tenant: null },
      '/report/r1',
      { tenant: null, whose: 'everyone', classes: ['report'] },
    ],
  ])('%s: purged, with a receipt as of a webhook', async (_, body, path, receipt) => {
    const it = await scene();
    const answer = await it.emit(body);
    expect(answer).toMatchObject({ status: 202, json: { purge_id: expect.stringMatching(/^pur_/) } });
    expect(it.queue.says).toEqual(['apply', 'verify +31s']);
    expect(await it.receipt(answer)).toMatchObject({
      ...{ source: 'admin:purge', event_id: null, events: [(body as { event: string }).event] },
      ...{ state: 'applied', applied_via: 'eager', ...receipt },
    });
    expect(await it.status(path)).toContain('detail=purged');
    expect(it.edge.log.find((line) => line['path'] === '/-/emit')).toMatchObject({ admin: 'purge' });
  });

  const good = { event: 'report_changed', tenant: 'acme', payload: { id: 'r1' } };
  test.each<[string, unknown, field: string, detail: RegExp]>([
    ['no JSON', 'event=x', 'body', /is not JSON/],
    ['a list', [], 'body', /must be a JSON object/],
    ['lists without end', '['.repeat(5_000) + ']'.repeat(5_000), 'body', /nested more than 200 levels/],
    ['no event', { tenant: 'acme' }, 'event', /must be the name/],
    ['a further field', { ...good, mode: 'soft' }, 'mode', /there is no such field/],
    [
      'a misspelt event',
      { ...good, event: 'report_chnaged' },
      'event',
      /no event of the strategy; did you mean 'report_changed'\?/,
    ],
    ['an event like no other', { ...good, event: 'x' }, 'event', /known are report_changed, reports_changed/],
    ['what every object has', { ...good, event: 'constructor' }, 'event', /no event of the strategy/],
    [
      'no tenant',
      { event: 'report_changed', payload: { id: 'r1' } },
      'tenant',
      /is of one tenant; say which/,
    ],
    ['a tenant that is none', { ...good, tenant: ' acme' }, 'tenant', /not the name of a tenant/],
    [
      'a tenant of public data',
      { event: 'shown', tenant: 'acme', payload: { id: 'r1' } },
      'tenant',
      /of public data; leave tenant out/,
    ],
    [
      'a tenant of everyone',
      { event: 'rebuilt', tenant: 'acme' },
      'tenant',
      /over all tenants; leave tenant out/,
    ],
    ['no payload', { event: 'report_changed', tenant: 'acme' }, 'payload.id', /./],
    ['a payload that is none', { ...good, payload: 'r1' }, 'payload', /./],
    ['another shape', { ...good, payload: { id: 'r 1' } }, 'payload.id', /must be letters and digits/],
    [
      'a list with one that is wrong',
      { event: 'reports_changed', tenant: 'acme', payload: { ids: ['r1', 'r 2'] } },
      'payload.ids.1',
      /must be letters/,
    ],
    [
      'an empty list',
      { event: 'reports_changed', tenant: 'acme', payload: { ids: [] } },
      'payload',
      /its lists are empty/,
    ],
    [
      'a user that is none',
      { event: 'left', tenant: 'acme', payload: { who: 'ann ' } },
      'payload.who',
      /is not a name: printable/,
    ],
    [
      'a user without a name',
      { event: 'left', tenant: 'acme', payload: { who: '' } },
      'payload.who',
      /must come out as text that is not empty/,
    ],
    [
      'a tag without end',
      { event: 'named', tenant: 'acme', payload: { what: 'x'.repeat(9_000), kind: 'a' } },
      'payload.{kind}:{what}',
      /more than 8192 characters/,
    ],
    [
      'what has no text',
      { event: 'named', tenant: 'acme', payload: { what: null, kind: 'a' } },
      'payload.what',
      /must come out as text/,
    ],
    [
      'a list of some without text',
      { event: 'named', tenant: 'acme', payload: { what: ['a', {}], kind: 'a' } },
      'payload.what.1',
      /must come out as text/,
    ],
  ])('%s is 422, and names the field', async (_, body, field, detail) => {
    const it = await scene();
    expect(await it.emit(body)).toMatchObject({
      status: 422,
      json: { errors: [{ field, detail: expect.stringMatching(detail) }] },
    });
    expect(it.queue.taken).toEqual([]);
  });

  test('of a tag that no class has says so, as a purge by hand does', async () => {
    const { emit } = await scene();
    const answer = await emit({ event: 'named', tenant: 'acme', payload: { kind: 'reprot', what: 'r1' } });
    expect(answer).toMatchObject({
      status: 202,
      json: { hint: [expect.stringContaining('"report:{id}" exists')] },
    });
    expect((await emit(good)).json).not.toHaveProperty('hint');
  });

  test('needs a token that may purge', async () => {
    const { emit } = await scene();
    const shown = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
    expect((await emit(good, shown('unknown'))).status).toBe(401);
    expect((await emit(good, shown(tokenOf('read')))).status).toBe(403);
  });

  test('taken on by nobody is 503: send it again', async () => {
    const it = await scene();
    it.queue.down = true;
    it.edge.redis.fail();
    expect(await it.emit(good)).toMatchObject({ status: 503 });
  });
});

describe('cacheOf(c).emit', () => {
  test.each<[string, Told, path: string, receipt: object]>([
    [
      'of the caller’s tenant',
      ['report_changed', { payload: { id: 'r1' } }],
      '/report/r1',
      { tenant: 'acme' },
    ],
    [
      'of the tenant that it says',
      ['report_changed', { tenant: 'globex', payload: { id: 'r1' } }],
      '',
      { tenant: 'globex' },
    ],
    ['of public data', ['shown', { payload: { id: 'r1' } }], '/shop/r1', { tenant: null, whose: 'public' }],
    ['of everyone', ['rebuilt'], '/report/r1', { whose: 'everyone' }],
  ])('%s: purged, with a receipt as of a webhook', async (_, handler, path, receipt) => {
    const it = await scene({ handler });
    const answer = await it.own();
    expect(answer).toMatchObject({ status: 200, json: { purge_id: expect.stringMatching(/^pur_/) } });
    expect(it.queue.says).toEqual(['apply', 'verify +31s']);
    expect(await it.receipt(answer)).toMatchObject({
      ...{ source: 'handler', events: [handler[0]], state: 'applied', ...receipt },
    });
    const purged = ['/report/r1', '/shop/r1'].map(async (at) => (await it.status(at))?.includes('purged'));
    expect(await Promise.all(purged)).toEqual([path === '/report/r1', path === '/shop/r1']);
    expect(it.edge.log.find((line) => line['path'] === '/own')).toMatchObject(answer.json as object);
  });

  /** A handler that tells two events and then reads what they purge; its isolate had read it before. */
  async function readAfterEmit({ isQueued = true } = {}) {
    const queue = new HandQueue();
    const { edge, origin, store } = world([report], {
      strategy: defineStrategy({
        classes: [report],
        events: { report_changed: strategy.events.report_changed },
      }),
      ...(isQueued && { queue }),
      routes: (app) =>
        app.post('/own', async (c) => {
          const first = await cacheOf(c).emit('report_changed', { payload: { id: 'r1' } });
          const second = await cacheOf(c).emit('report_changed', { payload: { id: 'r2' } });
          const value = await cacheOf(c).read(report, { id: 'r1' });
          return c.json({ ids: [first.purge_id, second.purge_id], value });
        }),
    });
    origin.on('/report/r1', { value: 'old' });
    await edge.get('/report/r1');
    origin.on('/report/r1', { value: 'new' });
    edge.redis.took();
    // The way to Redis is longer than that to the queue.
    const { purge } = store;
    store.purge = async (ask) => {
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setTimeout(resolve));
      return purge(ask);
    };
    return { edge, queue, own: () => edge.get('/own', { method: 'POST' }) };
  }

  test.each([true, false])(
    'what the handler reads next is no older, and no request of Redis more: queue %s',
    async (isQueued) => {
      const { edge, own } = await readAfterEmit({ isQueued });
      const { json } = (await own()) as { json: { ids: string[] } };
      expect(json).toMatchObject({ value: { value: 'new' } });
      const purges = edge.redis.took().filter((it) => it === 'purge');
      expect(purges).toHaveLength(2);
      // Both are in the log line, not the last alone.
      expect(edge.log.find((line) => line['path'] === '/own')).toMatchObject({
        purge_id: json.ids.join(','),
      });
    },
  );

  test('Redis not taking it, the queue has it', async () => {
    const { edge, queue, own } = await readAfterEmit();
    edge.redis.fail('purge');
    expect(await own()).toMatchObject({ status: 200 });
    expect(queue.says).toEqual(['apply', 'verify +31s', 'apply', 'verify +31s']);
  });

  test('the queue not taking it, it is applied', async () => {
    const { edge, queue, own } = await readAfterEmit();
    queue.down = true;
    expect(await own()).toMatchObject({ status: 200, json: { value: { value: 'new' } } });
    expect(edge.redis.took().filter((it) => it === 'purge')).toHaveLength(2);
  });

  test('the queue not taking it, and Redis only at the second try: it is applied', async () => {
    const { edge, queue, own } = await readAfterEmit();
    queue.publish = async () => {
      // Longer than Redis takes to fail.
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setTimeout(resolve));
      edge.redis.heal();
      throw new QueueError('timeout');
    };
    edge.redis.fail('purge');
    expect(await own()).toMatchObject({ status: 200, json: { value: { value: 'new' } } });
  });

  test('the queue not taking it, its receipt does not say that it has', async () => {
    const it = await scene();
    it.queue.down = true;
    const answer = await it.own();
    expect(await it.receipt(answer)).toMatchObject({ state: 'applied', queue: 'unknown' });
  });

  test('neither taking it is 503', async () => {
    const { edge, queue, own } = await readAfterEmit();
    queue.down = true;
    edge.redis.fail();
    expect(await own()).toMatchObject({ status: 503 });
  });

  test.each(['read', 'wrap'] as const)(
    '%s of a class that defineStrategy does not have is 500: no event reaches it',
    async (by) => {
      const unlisted = aClass({ name: 'other', read: by === 'read' ? 'read-through' : 'cache-aside' });
      const { edge } = world([report], {
        routes: (app) =>
          app.get('/own', async (c) => {
            const cache = cacheOf(c);
            const value =
              by === 'read'
                ? cache.read(unlisted, { id: 'a' })
                : cache.wrap(unlisted, { id: 'a' }, async () => 1);
            return c.json((await value) as never);
          }),
      });
      expect(await edge.get('/own')).toMatchObject({ status: 500 });
      expect(edge.log.at(-1)).toMatchObject({
        why: expect.stringContaining('cacheOf(other): the class is not in defineStrategy'),
      });
    },
  );

  test('of empty lists purges nothing, and says so', async () => {
    const it = await scene({ handler: ['reports_changed', { payload: { ids: [] } }] });
    expect(await it.own()).toMatchObject({ status: 200, json: { purge_id: null } });
    expect(it.queue.taken).toEqual([]);
  });

  test.each<[string, Told, as: string | null, why: string]>([
    ['a misspelt event', ['report_chaned'], 'ann@acme', "did you mean 'report_changed'?"],
    ['nobody verified, and no tenant said', ['report_changed', { payload: { id: 'r1' } }], null, 'say which'],
    ['a tenant of public data', ['shown', { tenant: 'acme' }], 'ann@acme', 'leave tenant out'],
    ['another shape', ['report_changed', { payload: { id: '' } }], 'ann@acme', 'payload.id: must be letters'],
  ])('%s is the handler’s fault: 500, and the log says which', async (_, handler, as, why) => {
    const it = await scene({ handler });
    expect(await it.own(as)).toMatchObject({ status: 500 });
    expect(it.edge.log.at(-1)).toMatchObject({ why: expect.stringContaining(why) });
    expect(it.queue.taken).toEqual([]);
  });
});
