import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import type { HttpCacheOptions } from '../../src/http-cache/options.ts';
import { defineStrategy, type Edge, type EdgeEnv, httpCache, edge as makeEdge } from '../../src/index.ts';
import { world } from '../support/worker/world.ts';
import { ask, counting, get, said } from './support.ts';

const site = (options: HttpCacheOptions = {}, settings: Record<string, string> = {}) =>
  world([], {
    settings,
    routes: (app) => {
      app.all('/docs/*', httpCache({ origin: 'https://origin.test', stripPrefix: '/docs', ...options }));
      app.all('/*', httpCache({ origin: 'https://other.test', name: 'other' }));
    },
  });

const fresh = { 'Cache-Control': 'max-age=60' };
const stored = 'Stillfresh; fwd=uri-miss; stored; fwd-status=200';
const urlsOf = (origin: { requests: Request[] }) => origin.requests.map(({ url }) => url);

describe('the origin is asked without it', () => {
  test.each([
    ['/docs/a', 'https://origin.test/a'],
    ['/docs/a?b=/docs/c', 'https://origin.test/a?b=/docs/c'],
    ['/docs', 'https://origin.test/'],
    ['/docs?a', 'https://origin.test/?a'],
    ['/docs/', 'https://origin.test/'],
    ['/docs/docs/a', 'https://origin.test/docs/a'],
    ['/docs//evil.test/a', 'https://origin.test//evil.test/a'],
    ['/docs/..%2Fadmin', 'https://origin.test/..%2Fadmin'],
    ['/%64ocs/a', 'https://origin.test/a'],
    ['/docs/b/../a', 'https://origin.test/a'],
    // These are not below it.
    ['/docsx', 'https://other.test/docsx'],
    ['/docs%2Fa', 'https://other.test/docs%2Fa'],
    ['/docs/../a', 'https://other.test/a'],
    ['/docs/%2e%2e/a', 'https://other.test/a'],
  ])('%s: %s', async (path, url) => {
    const { edge, origin } = site();
    await get(edge, path);
    expect(urlsOf(origin)).toEqual([url]);
  });

  test('below a path that the origin has itself', async () => {
    const { edge, origin } = site({ origin: 'https://origin.test/app/' });
    await get(edge, '/docs/a');
    expect(urlsOf(origin)).toEqual(['https://origin.test/app/a']);
  });

  test('with a method and a body, and no word of the prefix', async () => {
    const { edge, origin } = site();
    await ask(edge, '/docs/a', { method: 'PUT', body: 'x', headers: { 'X-Forwarded-Prefix': '/evil' } });
    const { method, url, headers } = origin.requests[0]!;
    expect([method, url, headers.get('X-Forwarded-Prefix')]).toEqual(['PUT', 'https://origin.test/a', null]);
  });

  test('a path that is not the prefix as it is written, though Hono takes it for it: 404', async () => {
    const { edge, origin } = world([], {
      routes: (app) => app.all('/v1.0/*', httpCache({ origin: 'https://origin.test', stripPrefix: '/v1.0' })),
    });
    expect((await get(edge, '/v1%2E0/a')).status).toBe(404);
    expect(edge.log[0]!['why']).toBe('the path does not begin with /v1.0');
    expect(origin.count()).toBe(0);
  });
});

describe('what is stored is known by the path that clients know', () => {
  test('a hit, and a purge by the URI', async () => {
    const { edge, origin, purge, clock } = site();
    origin.on('/a', counting(fresh));
    expect(await get(edge, '/docs/a')).toMatchObject({ text: 'number 1', cacheStatus: stored });
    expect((await get(edge, '/docs/a')).cacheStatus).toBe('Stillfresh; hit; ttl=60');
    for (const [tag, text] of [
      ['uri:/a', 'number 1'],
      ['uri:/docs/a', 'number 2'],
    ] as const) {
      await purge(tag, { tenant: null });
      clock.advance(1_001);
      expect((await get(edge, '/docs/a')).text).toBe(text);
    }
  });

  test('/docs and /docs/ are two', async () => {
    const { edge, origin } = site();
    origin.on('/', counting(fresh));
    expect(await get(edge, '/docs')).toMatchObject({ text: 'number 1' });
    expect(await get(edge, '/docs/')).toMatchObject({ text: 'number 2' });
  });

  test('and by the prefix: what was stored with another, or none, is not for it', async () => {
    let options: HttpCacheOptions = {};
    const { edge, origin, anotherEdge } = world([], {
      routes: (app) => app.all('/docs/*', httpCache({ origin: 'https://origin.test', ...options })),
    });
    origin.on('/docs/a', said('with', fresh));
    origin.on('/a', said('without', fresh));
    await get(edge, '/docs/a');
    options = { stripPrefix: '/docs' };
    expect(await get(anotherEdge(), '/docs/a')).toMatchObject({ text: 'without', cacheStatus: stored });
  });
});

describe('Location and Content-Location lead to where clients find it', () => {
  test.each([
    ['/b', '/docs/b'],
    ['https://origin.test/b', '/docs/b'],
    ['https://edge.test/b', '/docs/b'],
    ['https://edge.test/docs/b', 'https://edge.test/docs/b'],
    ['https://other.test/b', 'https://other.test/b'],
  ])('%s: %s, at first and from the store', async (location, seen) => {
    const { edge, origin } = site({}, { PUBLIC_URL: 'https://edge.test' });
    origin.on('/a', said('', { Location: location, 'Content-Location': location, ...fresh }, 301));
    for (let i = 0; i < 2; i++) {
      const { headers, status } = await get(edge, '/docs/a');
      expect([status, headers.get('Location'), headers.get('Content-Location')]).toEqual([301, seen, seen]);
    }
    expect(origin.count()).toBe(1);
  });

  test('without a prefix they are as the origin says them', async () => {
    const { edge, origin } = site();
    origin.on('/a', said('', { Location: '/b', ...fresh }, 301));
    expect((await get(edge, '/a')).headers.get('Location')).toBe('/b');
  });
});

describe('what an unsafe method changes is purged by the path that clients know', () => {
  const purgedBy = async (headers: Record<string, string>, options: HttpCacheOptions = {}) => {
    const base = options.origin ? '/app' : '';
    const { edge, origin } = site(options);
    for (const path of ['/a', '/b', '/docs/b', '/c']) origin.on(base + path, counting(fresh));
    origin.on('/b', counting(fresh));
    const paths = ['/docs/a', '/docs/b', '/docs/docs/b', '/docs/c', '/b'];
    for (const path of paths) await get(edge, path);
    origin.on(`POST ${base}/a`, said('', headers, 201));
    await ask(edge, '/docs/a', { method: 'POST', body: 'x' });
    const purged: string[] = [];
    for (const path of paths) if (!(await get(edge, path)).cacheStatus?.includes('hit')) purged.push(path);
    return purged;
  };

  test.each<[string, Record<string, string>, string[]]>([
    ['its own', {}, ['/docs/a']],
    ['a path', { Location: '/b' }, ['/docs/a', '/docs/b']],
    ['a URL', { 'Content-Location': 'https://origin.test/c' }, ['/docs/a', '/docs/c']],
    ['a relative one', { Location: 'b' }, ['/docs/a', '/docs/b']],
    ['in a folder of that name', { Location: '/docs/b' }, ['/docs/a', '/docs/docs/b']],
    ['both', { Location: '/b', 'Content-Location': '/c' }, ['/docs/a', '/docs/b', '/docs/c']],
    ['another’s', { Location: 'https://other.test/b' }, ['/docs/a']],
  ])('%s', async (_what, headers, purged) => {
    expect(await purgedBy(headers)).toEqual(purged);
    const below = { origin: 'https://origin.test/app' };
    expect(await purgedBy(headers, below)).toEqual(purged);
  });

  test('and a POST’s answer that is for GETs is stored there', async () => {
    for (const [options, at] of [
      [{}, ''],
      [{ origin: 'https://origin.test/app' }, '/app'],
    ] as const) {
      const { edge, origin } = site(options);
      origin.on(`POST ${at}/a`, said('posted', { ...fresh, 'Content-Location': `${at}/a` }));
      await ask(edge, '/docs/a', { method: 'POST', body: 'x' });
      expect(await get(edge, '/docs/a')).toMatchObject({
        text: 'posted',
        cacheStatus: 'Stillfresh; hit; ttl=60',
      });
    }
  });
});

describe('what cannot hold does not start', () => {
  const at = (route: (app: Edge) => unknown) => () => route(makeEdge(defineStrategy({ classes: [] })));
  const docs = () => httpCache({ stripPrefix: '/docs' });

  test.each<[string, (app: Edge) => unknown, string]>([
    ['everything', (app) => app.all('*', docs()), "'/*' is not below it; write '/docs/*'"],
    ['another path', (app) => app.all('/help/*', docs()), "'/help/*' is not below it"],
    ['one that begins alike', (app) => app.get('/docsx/*', docs()), "'/docsx/*' is not below it"],
    ['one of several', (app) => app.on('GET', ['/docs/*', '/:any/*'], docs()), "'/:any/*' is not below it"],
    [
      'an app elsewhere',
      (app) => app.route('/help', new Hono<EdgeEnv>().all('/*', docs())),
      "'/help/*' is not below it",
    ],
  ])('at %s', (_what, route, says) => {
    expect(at(route)).toThrow(`httpCache({ stripPrefix: '/docs' }): the route ${says}`);
  });

  test.each<[string, (app: Edge) => unknown]>([
    ['all below', (app) => app.all('/docs/*', docs())],
    ['it alone', (app) => app.all('/docs', docs())],
    ['some below', (app) => app.get('/docs/:page{[a-z]+}', docs())],
    ['an app there', (app) => app.route('/docs', new Hono<EdgeEnv>().all('/*', docs()))],
  ])('at %s it does', (_what, route) => {
    expect(at(route)).not.toThrow();
  });

  test.each([
    '/',
    'docs',
    '/docs/',
    '//docs',
    '/docs//a',
    '/docs?',
    '/docs#a',
    '/../docs',
    '/.',
    '/do cs',
    '/d%6Fcs',
    '/*',
    '/:a',
    'https://x.test/docs',
    '',
  ])('a prefix that is none: %j', (stripPrefix) => {
    expect(() => httpCache({ stripPrefix })).toThrow(
      'write a path such as /docs, without a slash at its end',
    );
  });

  test('and one of several segments is one', () => {
    expect(() => httpCache({ stripPrefix: '/help/v1.0/~docs_a-b' })).not.toThrow();
  });
});
