import { expect, test } from 'vitest';
import type { HttpCacheOptions } from '../../src/http-cache/options.ts';
import { httpCache } from '../../src/index.ts';
import { said } from '../http-cache/support.ts';
import { describeWithRedis } from '../support/redis.ts';
import { failing } from '../support/worker/origin.ts';
import { explained, foreseeable, redisBed, type Scene, sceneOver, withoutTrace } from './support.ts';

interface State {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly by?: 'another';
  readonly options?: HttpCacheOptions;
  readonly arrange: (scene: Scene) => unknown;
  readonly verdict: string;
  readonly reason: string;
  /** What the origin's answer adds: why it is not stored. */
  readonly refused?: string;
  readonly shows?: object;
}

const lasting = { 'Cache-Control': 'max-age=10, stale-while-revalidate=5' };
const german = { 'Accept-Language': 'de' };
const varying = { ...lasting, Vary: 'Accept-Language' };
const get = ({ edge }: Scene, path = '/a', headers: Record<string, string> = {}) =>
  edge.get(path, { as: null, headers });
const past = async ({ clock }: Scene, ms = 1_000) => clock.advance(ms);

const states: Readonly<Record<string, State>> = {
  'nothing is stored': { arrange: () => {}, verdict: 'fwd=uri-miss', reason: 'uri-miss' },
  'filled just now': {
    arrange: (it) => get(it),
    verdict: 'hit',
    reason: 'fresh',
    shows: { layer: 'l1', bytes: 1, class: 'http', route: '/*' },
  },
  'filled by another isolate': {
    by: 'another',
    arrange: (it) => get(it),
    verdict: 'hit',
    reason: 'fresh',
    shows: { layer: 'l2' },
  },
  'expired, in its window': {
    arrange: async (it) => {
      await get(it);
      await past(it, 12_000);
    },
    verdict: 'hit',
    reason: 'stale-while-revalidate',
  },
  'expired, beyond its window': {
    arrange: async (it) => {
      await get(it);
      await past(it, 20_000);
    },
    verdict: 'fwd=stale',
    reason: 'stale',
    shows: { would_fetch: { by: 'origin', method: 'GET', path: '/a' } },
  },
  'expired, and its origin can say whether it still holds': {
    arrange: async (it) => {
      it.origin.on('/a', said('a', { ...lasting, ETag: '"1"' }));
      await get(it);
      await past(it, 20_000);
    },
    verdict: 'fwd=stale',
    reason: 'stale',
    shows: { would_fetch: { by: 'origin', method: 'GET', path: '/a', conditional: true } },
  },
  'softly purged, in its window': {
    arrange: async (it) => {
      await get(it);
      await it.purge({ tenant: null, tags: ['uri:/a'], mode: 'soft' });
      await past(it, 2_000);
    },
    verdict: 'hit; detail=soft-purged',
    reason: 'soft-purged',
  },
  'softly purged, beyond its window': {
    arrange: async (it) => {
      await get(it);
      await it.purge({ tenant: null, tags: ['uri:/a'], mode: 'soft' });
      await past(it, 7_000);
    },
    verdict: 'fwd=stale; detail=soft-purged',
    reason: 'soft-purged',
  },
  'hard purged': {
    arrange: async (it) => {
      await get(it);
      await past(it);
      await it.purge({ tenant: null, tags: ['uri:/a'] });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
  },
  'its generation evicted': {
    arrange: async (it) => {
      await get(it);
      await past(it);
      await it.bed.evict(await it.names.tag(null, 'uri:/a'));
    },
    verdict: 'fwd=stale; detail=evicted',
    reason: 'evicted',
  },
  'a tag purged that only the answer has named': {
    by: 'another',
    arrange: async (it) => {
      it.origin.on('/a', said('a', { ...lasting, 'Cache-Tag': 'late' }));
      await get(it);
      await it.purge({ tenant: null, tags: ['late'] });
    },
    verdict: 'fwd=stale; detail=purged',
    reason: 'purged',
  },
  'another variant is stored': {
    headers: german,
    arrange: async (it) => {
      it.origin.on('/a', said('a', varying));
      await get(it, '/a', { 'Accept-Language': 'en' });
    },
    verdict: 'fwd=vary-miss',
    reason: 'vary-miss',
    shows: { remarks: ['variants of this URL are told apart by accept-language'] },
  },
  'this variant is stored': {
    headers: german,
    by: 'another',
    arrange: async (it) => {
      it.origin.on('/a', said('a', varying));
      for (const language of ['en', 'de']) await get(it, '/a', { 'Accept-Language': language });
    },
    verdict: 'hit',
    reason: 'fresh',
  },
  'a cookie, for what is not marked as for all': {
    headers: { Authorization: 'Bearer x' },
    arrange: (it) => get(it),
    verdict: 'fwd=bypass; detail=authorization',
    reason: 'authorization',
    shows: { access: { rule: 'public', may_read: false } },
  },
  'a cookie, for what is': {
    headers: { Cookie: 'a=1' },
    arrange: async (it) => {
      it.origin.on('/a', said('a', { 'Cache-Control': 'public, max-age=10' }));
      await get(it);
    },
    verdict: 'hit',
    reason: 'fresh',
  },
  'credentials, for what lately could not be stored': {
    headers: { Cookie: 'a=1' },
    arrange: async (it) => {
      it.origin.on('/a', said('a', { 'Cache-Control': 'private' }));
      await get(it, '/a', { Cookie: 'a=1' });
    },
    verdict: 'fwd=bypass; detail=cookie',
    reason: 'cookie',
    shows: { remarks: ['what such a request was answered less than 10 s ago could not be stored'] },
  },
  'a path that can be read in two ways, with credentials': {
    path: '/a%2F..%2Fb',
    headers: { Cookie: 'a=1' },
    arrange: ({ origin }) => origin.on('/a%2F..%2Fb', said('a', { 'Cache-Control': 'public, max-age=10' })),
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
    refused: 'ambiguous-path',
    shows: { remarks: ['the path can be read in two ways: with credentials its answer is not stored'] },
  },
  'a path that is written otherwise': {
    path: '/%61',
    arrange: (it) => get(it),
    verdict: 'hit',
    reason: 'fresh',
  },
  'a path with dot segments': {
    path: '/b/../a',
    arrange: (it) => get(it),
    verdict: 'hit',
    reason: 'fresh',
  },
  'a client that wants it anew, on a route that heeds it': {
    options: { requestDirectives: 'honoured' },
    headers: { 'Cache-Control': 'no-cache' },
    arrange: (it) => get(it),
    verdict: 'fwd=request',
    reason: 'request',
  },
  'the same, on a route that does not': {
    headers: { 'Cache-Control': 'no-cache' },
    arrange: (it) => get(it),
    verdict: 'hit; detail=request-directives-ignored',
    reason: 'request-directives-ignored',
  },
  'a client that takes it stale': {
    options: { requestDirectives: 'honoured' },
    headers: { 'Cache-Control': 'max-stale=60' },
    arrange: async (it) => {
      await get(it);
      await past(it, 20_000);
    },
    verdict: 'hit; detail=max-stale',
    reason: 'max-stale',
  },
  'a client that wants nothing else': {
    options: { requestDirectives: 'honoured' },
    headers: { 'Cache-Control': 'only-if-cached' },
    arrange: () => {},
    verdict: 'fwd=uri-miss; detail=only-if-cached',
    reason: 'only-if-cached',
    shows: { status: 504 },
  },
  'a condition for the origin alone': {
    headers: { 'If-Match': '"1"' },
    arrange: (it) => get(it),
    verdict: 'fwd=request',
    reason: 'request',
  },
  'a part, and nothing is stored': {
    headers: { Range: 'bytes=0-1' },
    arrange: () => {},
    verdict: 'fwd=uri-miss',
    reason: 'uri-miss',
  },
  'a part of what is stored': {
    headers: { Range: 'bytes=0-0' },
    arrange: (it) => get(it),
    verdict: 'hit',
    reason: 'fresh',
    shows: { status: 206, stored_status: 200 },
  },
  'a part that there is not': {
    headers: { Range: 'bytes=5-' },
    arrange: (it) => get(it),
    verdict: 'hit',
    reason: 'fresh',
    shows: { status: 416 },
  },
  'a part of another version': {
    headers: { Range: 'bytes=0-0', 'If-Range': '"another"' },
    arrange: (it) => get(it),
    verdict: 'hit',
    reason: 'fresh',
    shows: { status: 200 },
  },
  'a client that has it': {
    headers: { 'If-None-Match': '*', Range: 'bytes=0-0' },
    arrange: (it) => get(it),
    verdict: 'hit',
    reason: 'fresh',
    shows: { status: 304 },
  },
  'a client that has it since': {
    headers: { 'If-Modified-Since': new Date(Date.now() + 86_400_000).toUTCString() },
    arrange: (it) => get(it),
    verdict: 'hit',
    reason: 'fresh',
  },
  'a client that has another': {
    headers: { 'If-None-Match': '"another"' },
    arrange: (it) => get(it),
    verdict: 'hit',
    reason: 'fresh',
    shows: { status: 200 },
  },
  'Redis does not answer': {
    arrange: async (it) => {
      await get(it);
      await past(it);
      it.edge.redis.fail();
    },
    verdict: 'fwd=miss; detail=store-unavailable',
    reason: 'store-unavailable',
  },
  'its fetch has failed twice': {
    arrange: async (it) => {
      it.origin.on('/a', failing(500));
      for (const edge of [it.edge, it.another()]) await edge.get('/a', { as: null });
    },
    verdict: 'fwd=uri-miss; collapsed; detail=origin-failed',
    reason: 'origin-failed',
  },
  'below a prefix that is stripped': {
    options: { stripPrefix: '/docs' },
    path: '/docs/a',
    arrange: (it) => get(it, '/docs/a'),
    verdict: 'hit',
    reason: 'fresh',
    shows: { would_fetch: { by: 'origin', method: 'GET', path: '/a' } },
  },
  'shown to the origin only what it names': {
    options: { inputs: 'keyed' },
    headers: german,
    by: 'another',
    arrange: async (it) => {
      it.origin.on('/a', said('a', varying));
      await get(it, '/a', german);
    },
    verdict: 'hit',
    reason: 'fresh',
  },
};

const scene = (redis: Parameters<typeof redisBed>[0], options: HttpCacheOptions = {}) =>
  sceneOver(redisBed(redis), [], {
    routes: (app) => {
      const at = options.stripPrefix ? `${options.stripPrefix}/*` : '*';
      app.all(at, httpCache({ origin: 'https://origin.test', ...options }));
    },
  });

describeWithRedis('explain of an HTTP cache says what the next read says', (redis) => {
  test.each(Object.entries(states))('%s', async (_, state) => {
    const { path = '/a', headers = {}, by, options, arrange, verdict, reason, refused, shows = {} } = state;
    const it = await scene(redis, options);
    it.origin.on('/a', said('a', lasting));
    await arrange(it);
    const reader = by ? it.another() : it.edge;
    await reader.get('/-/health');
    const header = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const { view, status } = await withoutTrace(it, reader, () => explained(reader, { path, header }));
    expect(status).toBe(200);
    expect(view).toMatchObject({ verdict, reason, ...shows });
    const next = await reader.get(path, { as: null, headers });
    expect(foreseeable(next.cacheStatus)).toBe(refused ? `${verdict}; detail=${refused}` : verdict);
    if (/hit/.test(verdict)) expect(next.cacheStatus).toBe(view.cache_status);
    if (view.status !== null) expect(next.status).toBe(view.status);
    const line = reader.log.findLast(({ event }) => event === 'request')!;
    if (line['layer']) expect(line['layer']).toBe(view.layer);
    expect(line['outcome']).toBe(view.outcome);
  });

  test.each([
    ['a URL', '/a', {}],
    ['a variant', '/v', german],
    ['a variant without the header', '/v', {}],
    ['one with a query', '/q?x=1&y=:', {}],
  ])('by its key, as Cache-Status has it: %s', async (_, path, headers) => {
    const it = await scene(redis);
    it.origin.on(path, said('a', path === '/v' ? varying : lasting));
    await get(it, path, headers);
    const header = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const { view } = await explained(it.edge, { path, header });
    expect(view).toMatchObject({ verdict: 'hit', stored: true });
    for (const key of [view.key, view.key.slice(it.names.prefix.length)])
      expect((await explained(it.edge, { key })).view).toMatchObject({ ...view, route: null });
  });
});
