import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { path, written } from '../../src/index.ts';
import type { Publication } from '../../src/queue/message.ts';
import { QueueError } from '../../src/queue/port.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { failing, json } from '../support/worker/origin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { type Answer, aClass, type TestEdge, type WorldOptions, world } from '../support/worker/world.ts';

/** A write through the edge that names events: what they purge goes in the write's own step. */
const report = aClass({ writeThrough: 'store', staleWhileRevalidate: '1h' });
const list = aClass({ name: 'list', tags: ['reports'], staleWhileRevalidate: '1h' });
const strict = aClass({ name: 'strict', tags: ['reports'], consistency: 'strict' });
const label = aClass({ name: 'label', tags: ['label:{id}'], staleWhileRevalidate: '1h' });
const shop = aClass({
  ...{ name: 'shop', scope: 'public', access: 'public', cacheControl: 'no-store', tagsFromAnswer: true },
  tags: ['shop:{id}'],
});
const mine = aClass({ name: 'mine', scope: 'user', access: 'user', tags: [] });
const classes = [report, list, strict, label, shop, mine];
const all = ['/report/r1', '/list/a', '/strict/a', '/label/r1', '/shop/r1', '/mine/a'];

const id = z.strictObject({ id: z.string().max(8, 'must be shorter') });
const strategy = defineStrategy({
  classes,
  events: {
    report_changed: { payload: id, purges: { tags: ['report:{id}', 'reports'] } },
    relabelled: { payload: id, purges: { tags: ['report:{id}', 'label:{id}'] }, mode: 'soft' },
    shown: { payload: id, purges: { tags: ['shop:{id}'] }, whose: 'public' },
    shown_softly: { payload: id, purges: { tags: ['shop:{id}'] }, whose: 'public', mode: 'soft' },
    rebuilt: { payload: z.object({}), purges: { classes: ['list'] }, whose: 'everyone' },
    left: { payload: z.object({ user_id: z.string() }), purges: { users: ['{user_id}'] } },
    raw: { payload: z.object({ tag: z.string() }), purges: { tags: ['reports', '{tag}'] } },
    closed: { payload: z.object({}), purges: { everything: true } },
    starred: { payload: z.object({ id: z.string() }), purges: { users: ['{id}'] } },
    // A type that only a value shows.
    tenfold: {
      payload: z.object({ id: z.preprocess((it) => (it === '' ? 1 : it), z.number()) }),
      purges: { tags: ['label:{id}'] },
    },
    asked: {
      payload: z.object({ id: z.string().refine(async (it) => it === 'r1') }),
      purges: { tags: ['label:{id}'] },
    },
    counted: { payload: z.object({ ids: z.array(z.string()) }), purges: { tags: ['label:{ids}'] } },
    numbered: { payload: z.object({ id: z.coerce.number() }), purges: { tags: ['label:{id}'] } },
  },
});
type Events = NonNullable<Parameters<typeof written<{ id: string }, unknown>>[1]['events']>;

/** Everything is cached at two edges, for acme and for globex, and changed at the origin. */
async function scene(events: Events, options: WorldOptions = {}) {
  const settings = { ADMIN_TOKENS: await adminTokens('read') };
  const made = world(classes, {
    settings,
    strategy,
    routes: (app) => app.patch('/told/:id', written(report, { params: { id: path('id') }, events })),
    ...options,
  });
  const other = made.anotherEdge();
  const set = (value: string) => {
    for (const at of all) made.origin.on(at, { value });
  };
  set('old');
  for (const edge of [made.edge, other])
    for (const at of all) for (const as of ['ann@acme', 'ann@globex']) await edge.get(at, { as });
  set('new');
  made.origin.on('PATCH /report/r1', () => json({ value: 'new' }));
  made.edge.redis.took();
  const write = (asked: { path?: string } = {}) =>
    made.edge.get(asked.path ?? '/told/r1', { method: 'PATCH', body: '{}' });
  const receipts = async () => {
    const { json: page } = await made.edge.get('/-/purges', asAdmin('read'));
    return (page as { purges: Record<string, unknown>[] }).purges;
  };
  return { ...made, other, write, receipts };
}

/** What of all that was cached this edge still shows as it was; `softly`: as stale, which is what it means. */
async function shown(edge: TestEdge, as: string): Promise<Record<string, 'old' | 'stale' | 'new'>> {
  const said: [string, 'old' | 'stale' | 'new'][] = [];
  for (const at of all) {
    const answer = await edge.ask(at, { as });
    const isStale = /hit; ttl=-/.test(answer.cacheStatus ?? '');
    said.push([at.split('/')[1]!, valueIn(answer) === 'new' ? 'new' : isStale ? 'stale' : 'old']);
  }
  await edge.settled();
  return Object.fromEntries(said);
}
const valueIn = ({ json: said }: Answer) => (said as { value: string }).value;
const untouched = { report: 'old', list: 'old', strict: 'old', label: 'old', shop: 'old', mine: 'old' };

const cases: readonly [string, Events, acme: object, globex: object][] = [
  ['none: its own tags alone', [], {}, {}],
  ['of its tenant', ['report_changed'], { list: 'new', strict: 'new' }, {}],
  ['softly, its own tags hard', ['relabelled'], { label: 'stale' }, {}],
  ['of public data', ['shown'], { shop: 'new' }, { shop: 'new' }],
  ['of public data, softly', ['shown_softly'], { shop: 'new' }, { shop: 'new' }],
  ['of a class over all tenants', ['rebuilt'], { list: 'new' }, { list: 'new' }],
  [
    'of a user',
    [{ event: 'left', payload: ({ identity }) => ({ user_id: identity.user }) }],
    { mine: 'new' },
    {},
  ],
  ['of everything', ['closed'], { report: 'new', list: 'new', strict: 'new', label: 'new', mine: 'new' }, {}],
  [
    'of a list',
    [{ event: 'counted', payload: ({ params }) => ({ ids: [params.id, 'other'] }) }],
    { label: 'new' },
    {},
  ],
  [
    'several, of several owners and modes',
    ['report_changed', 'relabelled', 'shown', 'rebuilt'],
    { list: 'new', strict: 'new', label: 'stale', shop: 'new' },
    { list: 'new', shop: 'new' },
  ],
];

describe('What its events purge is purged before its answer leaves, and in one request of Redis', () => {
  test.each(cases)('%s', async (_, events, acme, globex) => {
    const { edge, other, clock, write } = await scene(events);
    expect(await write()).toMatchObject({ cacheStatus: 'Stillfresh; fwd=method; stored; fwd-status=200' });
    expect(edge.redis.took()).toEqual(['lease', 'purge']);
    clock.advance(1);
    // At once in the writer's isolate; in others beyond the trust window, in strict classes at once.
    expect(await shown(edge, 'ann@acme')).toEqual({ ...untouched, report: 'new', ...acme });
    const { strict: inOther } = { ...untouched, ...acme };
    expect(valueIn(await other.get('/strict/a'))).toBe(inOther);
    clock.advance(1_000);
    expect(await shown(other, 'ann@acme')).toEqual({ ...untouched, report: 'new', ...acme });
    expect(await shown(other, 'ann@globex')).toEqual({ ...untouched, ...globex });
  });
});

describe('The receipt', () => {
  test('is one, and names the events', async () => {
    const { write, receipts } = await scene(['report_changed', 'relabelled', 'shown']);
    await write();
    const written = (await receipts()).filter(({ state }) => state === 'applied');
    expect(written).toMatchObject([
      {
        ...{ source: 'write-through', events: ['report_changed', 'relabelled', 'shown'], tenant: 'acme' },
        ...{ tags: ['report:r1', 'reports'], mode: 'hard', applied_via: 'write' },
        also: [
          { whose: 'tenant', mode: 'soft', tags: ['report:r1', 'label:r1'] },
          { whose: 'public', mode: 'hard', tags: ['shop:r1'] },
        ],
      },
    ]);
  });

  test('of a write without events names none', async () => {
    const { write, receipts } = await scene([]);
    await write();
    expect((await receipts()).at(-1)).toMatchObject({ events: [], also: [], tags: ['report:r1'] });
  });
});

test('it settles as long as the longest of the classes that the events reach', async () => {
  const queue = new HandQueue();
  const params = { id: path('id') };
  const slow = aClass({ writeThrough: 'purge', settle: '2s' });
  const slower = aClass({ name: 'label', settle: '9s' });
  const { edge, origin } = world([slow, slower], {
    queue,
    strategy: defineStrategy({ classes: [slow, slower], events: { relabelled: strategy.events.relabelled } }),
    routes: (app) => app.patch('/told/:id', written(slow, { params, events: ['relabelled'] })),
  });
  origin.on('PATCH /report/r1', () => json({ value: 'new' }));
  await edge.get('/told/r1', { method: 'PATCH', body: '{}' });
  // Of its own tags and of those that the event purges softly: the second time a purge each.
  expect(queue.says).toEqual(['verify +31s', 'apply +9s', 'verify +40s', 'apply +9s', 'verify +40s']);
});

describe('Where Redis fails', () => {
  const events: Events = ['report_changed', 'relabelled', 'shown', 'rebuilt'];
  const after = { report: 'new', list: 'new', strict: 'new', label: 'stale', shop: 'new', mine: 'old' };

  test('the queue delivers all of it', async () => {
    const queue = new HandQueue();
    const { edge, other, clock, write, receipts } = await scene(events, { queue });
    edge.redis.fail('purge');
    expect((await write()).cacheStatus).toContain('detail=purge-queued');
    edge.redis.heal();
    // A part at a time: the version before, to which the queue may come too, knows no parts.
    for (const _ of events) expect(await queue.deliver(other, 'apply')).toMatchObject({ status: 200 });
    expect(queue.says).toEqual(events.map(() => 'verify +31s'));
    clock.advance(1_000);
    expect(await shown(edge, 'ann@acme')).toEqual(after);
    expect(await receipts()).toMatchObject(events.map(() => ({ events, applied_via: 'delivery' })));
  });

  test('over, and has lost the purge: the look at it half a minute later applies all of it again', async () => {
    const queue = new HandQueue();
    const { edge, other, clock, origin, store, write, receipts } = await scene(events, { queue });
    await write();
    const [{ purge_id } = {}] = await receipts();
    store.evict(`purge:${purge_id}`);
    for (const at of all) origin.on(at, { value: 'newest' });
    clock.advance(31_000);
    for (const at of all) await edge.get(at);
    expect(await queue.deliver(other, 'verify')).toMatchObject({ status: 200 });
    expect(await receipts()).toMatchObject([{ purge_id, events, applied_via: 'verification' }]);
    for (const at of ['/report/r1', '/list/a', '/strict/a', '/shop/r1'])
      expect((await other.get(at)).cacheStatus, at).toContain('detail=purged');
    expect((await other.get('/mine/a')).cacheStatus).toContain('hit');
  });

  test('and the queue has taken the first part alone: it is tried again here, all of it', async () => {
    /** QStash answers a batch message by message. */
    class TakesTheFirst extends HandQueue {
      override async publish(publications: readonly Publication[]) {
        this.taken.push(publications[0]!);
        throw new QueueError('refused');
      }
    }
    const queue = new TakesTheFirst();
    const { edge, other, clock } = await scene(events, { queue });
    edge.redis.fail('purge');
    await edge.ask('/told/r1', { method: 'PATCH', body: '{}' });
    edge.redis.heal();
    expect(await queue.deliver(other, 'apply')).toMatchObject({ status: 200 });
    await clock.asleep(1);
    clock.advance(200);
    await edge.settled();
    clock.advance(1_000);
    expect(await shown(edge, 'ann@acme')).toEqual(after);
    expect(await shown(other, 'ann@acme')).toEqual(after);
  });

  test('it is tried again here, all of it', async () => {
    const { edge, clock } = await scene(events);
    edge.redis.fail('purge');
    await edge.ask('/told/r1', { method: 'PATCH', body: '{}' });
    edge.redis.heal();
    await clock.asleep(1);
    clock.advance(200);
    await edge.settled();
    clock.advance(1);
    expect(await shown(edge, 'ann@acme')).toEqual(after);
  });
});

describe('A write that the origin', () => {
  const patch = { method: 'PATCH', body: '{}' };
  test('refuses (4xx) comes to nothing: nothing is purged', async () => {
    const { edge, origin } = await scene(['report_changed']);
    origin.on('PATCH /report/r1', () => json({}, { status: 409 }));
    await edge.get('/told/r1', patch);
    expect(await shown(edge, 'ann@acme')).toEqual(untouched);
  });

  test('refuses, and names a group all the same (RFC 9875): that is purged alone', async () => {
    const { edge, origin, receipts } = await scene(['report_changed', 'shown']);
    const headers = { 'Cache-Group-Invalidation': '"label:r1"' };
    origin.on('PATCH /report/r1', () => json({}, { status: 409, headers }));
    await edge.get('/told/r1', patch);
    expect(await shown(edge, 'ann@acme')).toEqual({ ...untouched, label: 'new' });
    expect((await receipts()).at(-1)).toMatchObject({ tags: ['label:r1'], also: [], events: [] });
  });

  test('may have carried out (5xx) may have come to it', async () => {
    const { edge, origin } = await scene(['report_changed']);
    origin.on('PATCH /report/r1', failing(500));
    await edge.get('/told/r1', patch);
    expect(await shown(edge, 'ann@acme')).toMatchObject({ report: 'new', list: 'new', strict: 'new' });
  });

  test('does not answer is purged again later, with what its events purge', async () => {
    const { edge, origin, clock } = await scene(['report_changed']);
    origin.on('PATCH /report/r1', () => {
      throw new TypeError('connection lost');
    });
    origin.on('/list/a', { value: 'old' });
    await edge.ask('/told/r1', patch);
    expect(valueIn(await edge.ask('/list/a'))).toBe('old'); // refilled before the origin carries it out
    origin.on('/list/a', { value: 'new' });
    await clock.asleep(1);
    clock.advance(5_000);
    await clock.asleep(1);
    expect(valueIn(await edge.ask('/list/a'))).toBe('new');
    clock.advance(15_000);
    await edge.settled();
  });
});

test('where the events name more than one order takes, all that the tenant has is purged', async () => {
  const ids = Array.from({ length: 64 }, (_, i) => `x${i}`);
  const six = Array.from({ length: 6 }, (_, n) => ({
    event: 'counted',
    payload: () => ({ ids: ids.map((it) => `${it}-${n}`) }),
  }));
  const { edge, write, receipts } = await scene(six);
  await write();
  expect(await shown(edge, 'ann@acme')).toEqual({
    ...{ report: 'new', list: 'new', strict: 'new', label: 'new', shop: 'old', mine: 'new' },
  });
  expect((await receipts()).at(-1)).toMatchObject({ everything: true, tags: [] });
});

describe('A payload that is not of the event’s shape: the write is not sent', () => {
  test('its parameters are the client’s: 400, named as the client knows them', async () => {
    const { edge, origin, write } = await scene(['report_changed']);
    expect(await write({ path: '/told/longer-than-8' })).toMatchObject({
      status: 400,
      json: { errors: [{ field: 'id', detail: 'must be shorter' }] },
    });
    expect(origin.count('PATCH /report/longer-than-8')).toBe(0);
    expect(edge.redis.took()).toEqual([]);
  });

  test('of a name that nothing can have, likewise', async () => {
    const { origin, write } = await scene(['starred']);
    expect(await write({ path: '/told/no-user-\u{e9}' })).toMatchObject({
      status: 400,
      json: { errors: [{ field: 'id', detail: expect.stringContaining('is not a name') }] },
    });
    expect(origin.count('PATCH /report/no-user-%C3%A9')).toBe(0);
  });

  test('of a text that is no number, likewise: whoever may write must not raise alarms', async () => {
    const { edge, write } = await scene(['numbered']);
    expect(await write()).toMatchObject({
      status: 400,
      json: { errors: [{ field: 'id', detail: 'must be a number' }] },
    });
    expect(edge.log.at(-1)).toMatchObject({ level: 'info' });
  });

  test('what suits the class and is of another type than the event’s is the code’s: 500', async () => {
    const { edge, write } = await scene(['tenfold']);
    expect(await write()).toMatchObject({ status: 500 });
    expect(edge.log.at(-1)).toMatchObject({ why: "written: the payload of 'tenfold': id: must be a number" });
  });

  test.each(['r1', 'r2'])('a schema that asks somebody else is waited for: %s', async (which) => {
    const { write } = await scene(['asked']);
    expect((await write({ path: `/told/${which}` })).status).toBe(which === 'r1' ? 200 : 400);
  });

  test.each<[string, Events[number], why: string]>([
    ['of another shape', { event: 'report_changed', payload: () => ({ id: 5 }) }, "'report_changed': id: "],
    ['none at all', { event: 'report_changed', payload: () => undefined }, "'report_changed': payload: "],
    ['whose tag comes out empty', { event: 'raw', payload: () => ({ tag: '' }) }, "'raw': tag: "],
    ['whose tag is endless', { event: 'raw', payload: () => ({ tag: 'x'.repeat(9_000) }) }, "'raw': tag: "],
    ['whose user is none', { event: 'left', payload: () => ({ user_id: '' }) }, "'left': user_id: "],
  ])('a function’s, %s, is the code’s: 500, and the log says which', async (_, event, why) => {
    const { edge, origin, write } = await scene([event]);
    expect(await write()).toMatchObject({ status: 500 });
    expect(origin.count('PATCH /report/r1')).toBe(0);
    expect(edge.log.at(-1)).toMatchObject({ why: expect.stringContaining(`the payload of ${why}`) });
  });
});
