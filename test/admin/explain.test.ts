import { expect, test, vi } from 'vitest';
import * as z from 'zod';
import { allowWhen, dataClass } from '../../src/index.ts';
import { describeWithRedis } from '../support/redis.ts';
import { failing, json } from '../support/worker/origin.ts';
import { type Asked, aClass } from '../support/worker/world.ts';
import { explained, foreseeable, redisBed, type Scene, sceneOver, withoutTrace } from './support.ts';

const windows = { staleWhileRevalidate: '5s', staleIfError: '60s' } as const;
const report = aClass({ ...windows, tags: ['report:{id}', 'shelf'] });
const plain = aClass({ name: 'plain', tags: ['plain:{id}'] });
const rights = aClass({ name: 'rights', consistency: 'strict', tags: ['rights:{id}'] });
const mine = aClass({ name: 'mine', scope: 'user', access: 'user', tags: ['mine:{id}'] });
const page = aClass({
  name: 'page',
  scope: 'public',
  access: 'public',
  cacheControl: 'no-store',
  tags: ['page:{id}'],
});
const named = aClass({ name: 'named', tagsFromAnswer: true, ...windows });
const aside = aClass({ name: 'aside', read: 'cache-aside' });
const held = dataClass({
  name: 'held',
  version: 1,
  scope: 'user',
  key: '',
  params: z.object({}),
  access: 'user',
  read: 'read-through',
  origin: '/held',
  ttl: '1h',
  consistency: 'strict',
  value: z.object({ can: z.array(z.string()) }),
  rationale: 'for a test',
});
const ruled = aClass({
  name: 'ruled',
  access: allowWhen('may read', [held], (_identity, _params, [it]) => it.can.includes('read')),
});
const classes = [report, plain, rights, mine, page, named, aside, held, ruled];

interface State {
  /** What is read. Default `/report/r1`. */
  readonly path?: string;
  readonly as?: Asked['as'];
  readonly headers?: Readonly<Record<string, string>>;
  /** Which isolate reads next. Default: the one that has filled it. */
  readonly by?: 'another';
  readonly arrange: (scene: Scene, path: string) => Promise<unknown> | unknown;
  readonly verdict: string;
  readonly reason: string;
  readonly shows?: object;
}

const fill = ({ edge }: Scene, path = '/report/r1') => edge.get(path);
const past = async (scene: Scene, ms = 1_000) => scene.clock.advance(ms);
const keyOf = ({ names }: Scene, path: string) => {
  const [, name, id] = path.split('/');
  return `${names.prefix}${name}:v1:tenant:acme${id ? `:${id}` : ''}`;
};

/** Each state that an entry can be in, and what the next read says of it. */
const states: Readonly<Record<string, State>> = {
  'nothing is stored': {
    arrange: () => {},
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
    shows: { stored: false, would_fetch: { by: 'origin', method: 'GET', path: '/report/r1' } },
  },
  'filled just now': {
    arrange: fill,
    verdict: 'hit',
    reason: 'fresh',
    shows: {
      stored: true,
      layer: 'l1',
      age_ms: 0,
      ttl_ms: 10_000,
      bytes: 11,
      trusted: { ms: 1_000, afterwards: 'hit' },
    },
  },
  'filled, and no longer trusted in this isolate': {
    arrange: async (it) => {
      await fill(it);
      await past(it, 1_500);
    },
    verdict: 'hit',
    reason: 'fresh',
    shows: { layer: 'l1', age_ms: 1_500, ttl_ms: 8_500, trusted: null },
  },
  'filled by another isolate': {
    by: 'another',
    arrange: fill,
    verdict: 'hit',
    reason: 'fresh',
    shows: { layer: 'l2' },
  },
  'softly purged, in its window': {
    arrange: async (it) => {
      await fill(it);
      await it.purge({ tags: ['report:r1'], mode: 'soft' });
      await past(it, 3_000);
    },
    verdict: 'hit; detail=soft-purged',
    reason: 'soft-purged',
  },
  'softly purged, in the window for a failing origin alone': {
    arrange: async (it) => {
      await fill(it);
      await it.purge({ tags: ['report:r1'], mode: 'soft' });
      await past(it, 8_000);
    },
    verdict: 'fwd=stale; detail=soft-purged',
    reason: 'soft-purged',
  },
  'softly purged, of a class without windows': {
    path: '/plain/r1',
    arrange: async (it, path) => {
      await fill(it, path);
      await it.purge({ tags: ['plain:r1'], mode: 'soft' });
      await past(it);
    },
    verdict: 'fwd=stale; detail=soft-purged',
    reason: 'soft-purged',
  },
  'softly purged, of a strict class': {
    path: '/rights/r1',
    arrange: async (it, path) => {
      await fill(it, path);
      await it.purge({ tags: ['rights:r1'], mode: 'soft' });
    },
    verdict: 'fwd=stale; detail=soft-purged',
    reason: 'soft-purged',
  },
  'hard purged': {
    arrange: async (it) => {
      await fill(it);
      await past(it);
      await it.purge({ tags: ['report:r1'] });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
  },
  'softly purged, then hard': {
    arrange: async (it) => {
      await fill(it);
      await past(it);
      await it.purge({ tags: ['report:r1'], mode: 'soft' });
      await it.purge({ tags: ['report:r1'] });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
  },
  'expired, in its window': {
    arrange: async (it) => {
      await fill(it);
      await past(it, 13_000);
    },
    verdict: 'hit',
    reason: 'stale-while-revalidate',
    shows: { ttl_ms: -3_000 },
  },
  'expired, in the window for a failing origin alone': {
    arrange: async (it) => {
      await fill(it);
      await past(it, 20_000);
    },
    verdict: 'fwd=stale',
    reason: 'stale',
  },
  'expired, beyond all windows': {
    arrange: async (it) => {
      await fill(it);
      await past(it, 75_000);
    },
    verdict: 'fwd=stale; detail=expired',
    reason: 'expired',
    shows: { stored: true },
  },
  'a generation evicted': {
    arrange: async (it) => {
      await fill(it);
      await past(it);
      await it.bed.evict(await it.names.tag({ tenant: 'acme', user: '' }, 'report:r1'));
    },
    verdict: 'fwd=stale; detail=evicted',
    reason: 'evicted',
  },
  'one tag evicted, another purged': {
    arrange: async (it) => {
      await fill(it);
      await past(it);
      await it.bed.evict(await it.names.tag({ tenant: 'acme', user: '' }, 'report:r1'));
      await it.purge({ tags: ['shelf'] });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
  },
  'the entry itself evicted': {
    by: 'another',
    arrange: async (it, path) => {
      await fill(it);
      await it.bed.evict(keyOf(it, path));
    },
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
    shows: { stored: false, notes: [] },
  },
  'an entry that cannot be read': {
    by: 'another',
    arrange: async (it, path) => {
      await fill(it);
      await it.bed.write(keyOf(it, path), 'SF1 x\nnonsense');
    },
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
    shows: { stored: false, notes: ['entry-corrupt'] },
  },
  'an entry of another version': {
    by: 'another',
    arrange: async (it, path) => {
      await fill(it);
      await it.bed.write(keyOf(it, path), 'SF9 x');
    },
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
    shows: { notes: ['entry-other-version'] },
  },
  'an entry of another key': {
    by: 'another',
    arrange: async (it, path) => {
      await fill(it, '/report/r2');
      const [text] = await it.bed.store.lookup([keyOf(it, '/report/r2')]);
      await it.bed.write(keyOf(it, path), text!);
    },
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
    shows: { stored: false, notes: ['entry-of-another-key'] },
  },
  'one tag of several purged': {
    arrange: async (it) => {
      await fill(it);
      await past(it);
      await it.purge({ tags: ['shelf'] });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
    shows: {
      tags: [
        { name: 'acme', kind: 'everything', generation: 'same' },
        { name: 'report', kind: 'class', generation: 'same' },
        { name: 'report', kind: 'class-everywhere', generation: 'same' },
        { name: 'report:r1', kind: 'tag', generation: 'same' },
        { name: 'shelf', kind: 'tag', generation: 'changed' },
      ],
    },
  },
  'everything of its tenant purged': {
    arrange: async (it) => {
      await fill(it);
      await past(it);
      await it.purge({ everything: true });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
  },
  'its class purged': {
    arrange: async (it) => {
      await fill(it);
      await past(it);
      await it.purge({ classes: ['report'] });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
  },
  'its class purged for all tenants': {
    arrange: async (it) => {
      await fill(it);
      await past(it);
      await it.purge({ tenant: null, whose: 'everyone', classes: ['report'] });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
  },
  'its user purged': {
    path: '/mine/r1',
    arrange: async (it, path) => {
      await fill(it, path);
      await past(it);
      await it.purge({ users: ['ann'] });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
  },
  'another user purged': {
    path: '/mine/r1',
    arrange: async (it, path) => {
      await fill(it, path);
      await past(it);
      await it.purge({ users: ['bob'] });
    },
    verdict: 'hit',
    reason: 'fresh',
  },
  'public data, purged': {
    path: '/page/r1',
    as: null,
    arrange: async (it, path) => {
      await it.edge.get(path, { as: null });
      await past(it);
      await it.purge({ tenant: null, tags: ['page:r1'] });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
  },
  'purged elsewhere, while this isolate trusts its memory': {
    arrange: async (it) => {
      await fill(it);
      await it.purge({ tags: ['report:r1'] });
    },
    verdict: 'hit',
    reason: 'fresh',
    shows: { layer: 'l1', trusted: { ms: 1_000, afterwards: 'fwd=stale; detail=purged' } },
  },
  'purged, and filled by another isolate since': {
    arrange: async (it, path) => {
      await fill(it);
      await past(it);
      await it.purge({ tags: ['report:r1'] });
      await it.another().get(path);
    },
    verdict: 'hit',
    reason: 'fresh',
  },
  'a tag purged that only the answer has named': {
    path: '/named/r1',
    by: 'another',
    arrange: async (it, path) => {
      it.origin.on(path, () => json({ total: 1 }, { headers: { 'Cache-Tag': 'late' } }));
      await fill(it, path);
      await it.purge({ tags: ['late'] });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
  },
  'a tag that only the answer has named, unpurged': {
    path: '/named/r1',
    by: 'another',
    arrange: async (it, path) => {
      it.origin.on(path, () => json({ total: 1 }, { headers: { 'Cache-Tag': 'late' } }));
      await fill(it, path);
    },
    verdict: 'hit',
    reason: 'fresh',
  },
  'Redis does not answer': {
    arrange: async (it) => {
      await fill(it);
      await past(it);
      it.edge.redis.fail();
    },
    verdict: 'fwd=miss; detail=store-unavailable',
    reason: 'store-unavailable',
  },
  'Redis does not answer, and this isolate trusts its memory': {
    arrange: async (it) => {
      await fill(it);
      it.edge.redis.fail();
    },
    verdict: 'hit',
    reason: 'fresh',
    shows: { lock: { state: 'unchecked', failure: null } },
  },
  'Redis does not answer, to a strict class': {
    path: '/rights/r1',
    arrange: async (it, path) => {
      await fill(it, path);
      it.edge.redis.fail();
    },
    verdict: 'fwd=miss; detail=store-unavailable',
    reason: 'store-unavailable',
  },
  'Redis is not called, because it has failed often': {
    arrange: async (it) => {
      await fill(it);
      await past(it);
      it.edge.redis.fail();
      for (let i = 0; i < 20; i += 1) await it.edge.get('/plain/r1');
      it.edge.redis.heal();
    },
    verdict: 'fwd=miss; detail=store-unavailable',
    reason: 'store-unavailable',
    shows: { notes: ['redis-breaker-open'] },
  },
  'its fetch has failed twice': {
    path: '/plain/r1',
    arrange: async (it, path) => {
      it.origin.on(path, failing(500));
      for (const edge of [it.edge, it.another()]) await edge.get(path);
    },
    verdict: 'fwd=uri-miss; collapsed; detail=origin-failed',
    reason: 'origin-failed',
    shows: { status: 500, lock: { state: 'failed', failure: { code: 'origin-failed', status: 500 } } },
  },
  'its fetch has failed twice, and what is stale covers': {
    arrange: async (it, path) => {
      await fill(it);
      await past(it, 20_000);
      it.origin.on(path, failing(500));
      for (const edge of [it.another(), it.another()]) await edge.get(path);
    },
    verdict: 'hit; detail=stale-if-error',
    reason: 'stale-if-error',
    shows: { status: 200, lock: { state: 'failed' } },
  },
  'its fetch has failed twice, in a strict class': {
    path: '/rights/r1',
    arrange: async (it, path) => {
      it.origin.on(path, failing(500));
      for (const edge of [it.edge, it.another()]) await edge.get(path);
    },
    verdict: 'fwd=uri-miss; collapsed; detail=origin-failed',
    reason: 'origin-failed',
    shows: { status: 503 },
  },
  'its fetch has failed once': {
    path: '/plain/r1',
    arrange: async (it, path) => {
      it.origin.on(path, failing(500));
      await it.edge.get(path);
      it.origin.on(path, { total: 1 });
    },
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
    shows: { lock: { state: 'free', failure: { code: 'origin-failed', status: 500 } } },
  },
  'what was fetched is never stored': {
    path: '/plain/r1',
    arrange: async (it, path) => {
      it.origin.on(path, failing(404));
      await it.edge.get(path);
    },
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
    shows: { lock: { state: 'direct', failure: null } },
  },
  'a loader’s': {
    path: '/aside/r1',
    arrange: () => {},
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
    shows: { would_fetch: { by: 'loader' } },
  },
  'a client that has it': {
    headers: { 'If-None-Match': '*' },
    arrange: fill,
    verdict: 'hit',
    reason: 'fresh',
    shows: { status: 304, stored_status: 200 },
  },
  'a client that has another': {
    headers: { 'If-None-Match': '"another"', 'Accept-Encoding': 'identity' },
    arrange: fill,
    verdict: 'hit',
    reason: 'fresh',
    shows: { status: 200 },
  },
  'a client that has it, of what is not stored': {
    headers: { 'If-None-Match': '*' },
    arrange: () => {},
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
    shows: { status: null },
  },
  'a client that wants a range, which classes do not give': {
    headers: { Range: 'bytes=0-0' },
    arrange: fill,
    verdict: 'hit',
    reason: 'fresh',
    shows: { status: 200 },
  },
  'nobody asks': {
    as: null,
    arrange: fill,
    verdict: 'detail=unauthenticated',
    reason: 'unauthenticated',
    shows: { status: 401, stored: null, key: null, access: { rule: 'tenant', may_read: false } },
  },
  'another tenant asks': {
    as: 'ann@globex',
    arrange: fill,
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
  },
  'a rule allows it': {
    path: '/ruled/r1',
    arrange: async (it, path) => {
      it.origin.on('/held', { can: ['read'] });
      await fill(it, path);
    },
    verdict: 'hit',
    reason: 'fresh',
    shows: {
      access: { rule: 'may read', may_read: true, why: null },
      remarks: ['the access rule reads held: hit; ttl=3600'],
    },
  },
  'a rule forbids it': {
    path: '/ruled/r1',
    as: 'bob@acme',
    arrange: async (it, path) => {
      it.origin.on('/held', { can: ['read'] });
      await fill(it, path);
      it.origin.on('/held', { can: [] });
      await it.edge.get('/held', { as: 'bob@acme' });
    },
    verdict: 'detail=forbidden',
    reason: 'forbidden',
    shows: { status: 403, access: { rule: 'may read', may_read: false, why: 'not allowed: may read' } },
  },
  'a rule reads what would have to be fetched': {
    path: '/ruled/r1',
    as: 'bob@acme',
    arrange: async (it, path) => {
      it.origin.on('/held', { can: ['read'] });
      await fill(it, path);
    },
    verdict: 'hit',
    reason: 'fresh',
    shows: {
      access: { rule: 'may read', may_read: null, why: 'the rule reads held, which would be fetched' },
    },
  },
  'a parameter is not valid': {
    path: '/report/r1?x=1',
    arrange: () => {},
    verdict: 'detail=invalid-request',
    reason: 'invalid-request',
    shows: { status: 400, params: null, errors: [{ field: 'x', detail: 'there is no such parameter' }] },
  },
  'a path that reads like another': {
    path: '/report/%2e%2e%2fsecrets%3Fx%23y',
    arrange: () => {},
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
    shows: {
      params: { id: '../secrets?x#y' },
      would_fetch: { by: 'origin', method: 'GET', path: '/report/..%2Fsecrets%3Fx%23y' },
    },
  },
};

describeWithRedis('explain says what the next read says', (redis) => {
  test.each(Object.entries(states))('%s', async (_, state) => {
    const {
      path = '/report/r1',
      as = 'ann@acme',
      headers = {},
      by,
      arrange,
      verdict,
      reason,
      shows = {},
    } = state;
    const scene = await sceneOver(redisBed(redis), classes);
    for (const at of [
      '/report/r1',
      '/report/r2',
      '/plain/r1',
      '/rights/r1',
      '/mine/r1',
      '/page/r1',
      '/named/r1',
      '/aside/r1',
      '/ruled/r1',
    ])
      scene.origin.on(at, { total: 1 });
    await arrange(scene, path);
    const reader = by ? scene.another() : scene.edge;
    await reader.get('/-/health');
    const { view, status } = await withoutTrace(scene, reader, () =>
      explained(reader, { ...queryOf(path, as), header: linesOf(headers) }),
    );
    expect(status).toBe(200);
    expect(view).toMatchObject({ verdict, reason, ...shows });
    const next = await reader.get(path, { as, headers });
    expect(foreseeable(next.cacheStatus)).toBe(verdict);
    if (/hit/.test(verdict)) expect(next.cacheStatus).toBe(view.cache_status);
    if (view.status !== null) expect(next.status).toBe(view.status);
    const line = reader.log.findLast(({ event }) => event === 'request')!;
    if (line['layer']) expect(line['layer']).toBe(view.layer);
    expect(line['outcome']).toBe(view.outcome);
  });

  test('after a fill, a soft purge, a hard purge, its expiry and an eviction the reasons are five', () => {
    const five = [
      'filled just now',
      'softly purged, in its window',
      'hard purged',
      'expired, in its window',
      'a generation evicted',
    ];
    expect(new Set(five.map((it) => states[it]!.reason)).size).toBe(5);
    // And what Cache-Status says differs wherever the ttl does not say it already.
    expect(new Set(five.map((it) => states[it]!.verdict)).size).toBe(4);
  });

  test('while another fetches it, who comes waits for that', async () => {
    const scene = await sceneOver(redisBed(redis), classes);
    const held = scene.origin.hold('/report/r1');
    const first = scene.edge.ask('/report/r1');
    await held.arrived();
    const { view } = await explained(scene.edge, queryOf('/report/r1', 'ann@acme'));
    expect(view).toMatchObject({ verdict: 'fwd=uri-miss; collapsed', lock: { state: 'held' } });
    const { flights } = scene.edge.app.ready({}).isolate;
    const joining = Promise.withResolvers<void>();
    const get = flights.get.bind(flights);
    vi.spyOn(flights, 'get').mockImplementation((...names) => {
      joining.resolve();
      return get(...names) as never;
    });
    const second = scene.edge.ask('/report/r1');
    await joining.promise;
    held.answer({ total: 1 });
    await first;
    expect(foreseeable((await second).cacheStatus)).toBe('fwd=uri-miss; collapsed');
  });
});

const linesOf = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`);

function queryOf(path: string, as: Asked['as']): Record<string, string> {
  const [user, tenant] = as?.split('@') ?? [];
  return { path, ...(tenant && { tenant, user: user! }) };
}
