import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assess, DEFAULT_TTLS_MS } from '../../../cli/assess/assess.ts';
import type { Assessment } from '../../../cli/assess/assessment.ts';
import type { LogLine } from '../../../cli/assess/log-line.ts';
import { apacheLog } from './support/apache-log.ts';
import { bruteForce } from './support/brute-force.ts';
import { lineOf, sourceOf, templatesBy } from './support/sources.ts';

const small = { mostKeys: 1_000, mostHeldBack: 1_000 };

/** Of every route and in all, for every TTL: hits and requests as the brute force has them, and said to be exact. */
function expectExact(
  found: Assessment,
  lines: readonly LogLine[],
  ttlsMs: readonly number[],
  routeOf: (path: string) => string,
) {
  for (const [at, ttlMs] of ttlsMs.entries()) {
    const truth = bruteForce(lines, ttlMs, routeOf);
    const curves = [
      ['', found.curve] as const,
      ...found.routes.map(({ route, curve }) => [route, curve] as const),
    ];
    for (const [route, curve] of curves) {
      const { hits, requests } = truth.get(route) ?? { hits: 0, requests: 0 };
      expect([route, curve[at]]).toEqual([
        route,
        {
          ttl_s: ttlMs / 1000,
          hits,
          requests,
          hit_rate: requests === 0 ? 0 : hits / requests,
          exact: true,
          error: 0,
        },
      ]);
    }
    expect(
      [...truth.keys()].filter((it) => it !== '' && !found.routes.some(({ route }) => route === it)),
    ).toEqual([]);
  }
}

describe('a real log of 10,000 lines', () => {
  const lines = apacheLog();

  test.each<[string, (path: string) => string]>([
    [
      'by first segment and extension',
      (path) => `/${path.split('/')[1] ?? ''}${/\.\w+$/.exec(path)?.[0] ?? ''}`,
    ],
    ['by path', (path) => path],
  ])('every route and TTL is as the brute force has it: %s', async (_, routeOf) => {
    const ttlsMs = [...DEFAULT_TTLS_MS, 14 * 86_400_000];
    const found = await assess([sourceOf(lines, 500)], {
      templates: templatesBy(routeOf),
      ttlsMs,
      mostKeys: 5_000,
      mostHeldBack: 20_000,
    });
    expectExact(found, lines, ttlsMs, routeOf);
    expect(found).toMatchObject({
      requests: 10_000,
      late: 0,
      from: '2015-05-17T10:05:00.000Z',
      to: '2015-05-20T21:05:59.000Z',
    });
    expect(found.routes.reduce((all, { requests }) => all + requests, 0)).toBe(10_000);
  });

  test('a few lines held back are enough to bring it into order', async () => {
    const routeOf = () => 'all';
    const found = await assess([sourceOf(lines, 500)], {
      templates: templatesBy(routeOf),
      mostKeys: 5_000,
      mostHeldBack: 500,
    });
    expectExact(found, lines, DEFAULT_TTLS_MS, routeOf);
  });
});

/** Lines that often meet: few paths, few queries, few moments, so that times are equal and keys repeat; some far out of order. */
const anyLine = fc
  .record({
    timeMs: fc.oneof(
      fc.integer({ min: 0, max: 20 }).map((it) => 1000 * it),
      fc.integer({ min: 0, max: 20_000 }),
    ),
    method: fc.constantFrom(
      'GET',
      'GET',
      'GET',
      'GET',
      'HEAD',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'PURGE',
    ),
    target: fc.constantFrom('/a', '/a?x=1', '/a?x=2', '/a?', '/b/1', '/b/2', '/b/1?x=1', '/', '/c?a=/b/1'),
    status: fc.constantFrom(200, 200, 200, 304, 206, 301, 404, 500, 201, 399, 400),
    bytes: fc.integer({ min: -1, max: 3 }),
    durationMs: fc.integer({ min: -1, max: 2000 }),
    etag: fc.constantFrom(null, '"1"', '"2"'),
  })
  .map(lineOf);
const anyTtls = fc.uniqueArray(fc.constantFrom(1, 999, 1000, 1001, 2000, 3500, 5000, 10_000, 30_000), {
  minLength: 1,
});
const routeOf = (path: string) => path.replace(/\d+/, ':id');

test('small logs, whatever is in them, are replayed as the brute force does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyLine, { maxLength: 80 }),
      anyTtls,
      fc.integer({ min: 1, max: 9 }),
      async (lines, ttls, piece) => {
        const ttlsMs = ttls.toSorted((a, b) => a - b);
        const found = await assess([sourceOf(lines, piece)], {
          templates: templatesBy(routeOf),
          ttlsMs,
          ...small,
        });
        expectExact(found, lines, ttlsMs, routeOf);
        expect(found.requests).toBe(lines.length);
        expect(found.late).toBe(0);
        for (const { route, requests, candidates, keys, methods, writes } of found.routes.map((it) => ({
          ...it,
          writes: it.change.writes,
        }))) {
          const its = lines.filter(({ target }) => routeOf(target.split('?')[0]!) === route);
          const asked = its.filter(
            ({ method, status }) => method === 'GET' && (status === 200 || status === 304),
          );
          expect([requests, candidates, keys]).toEqual([
            its.length,
            asked.length,
            new Set(asked.map(({ target }) => target)).size,
          ]);
          expect(Object.values(methods).reduce((all, it) => all + it, 0)).toBe(its.length);
          expect(writes).toBe(
            its.filter(({ method, status }) => /^(POST|PUT|PATCH|DELETE)$/.test(method) && status < 400)
              .length,
          );
        }
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});

test('several logs are one, whatever their order and however their times overlap', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(anyLine, { maxLength: 40 }), { minLength: 1, maxLength: 4 }),
      async (logs) => {
        const ttlsMs = [1000, 5000];
        const sources = logs.map((lines) => sourceOf(lines, 3));
        const found = await assess(sources, { templates: templatesBy(routeOf), ttlsMs, ...small });
        expectExact(found, logs.flat(), ttlsMs, routeOf);
        expect(sources.every((it) => it.isClosed())).toBe(true);
      },
    ),
    { numRuns: 100, seed: 2 },
  );
});

describe('a log that is longer than what is held back', () => {
  const inOrder = Array.from({ length: 2_000 }, (_, at) =>
    lineOf({ timeMs: 1000 * at, target: `/${(at * 7) % 40}` }),
  );
  const held = (lines: readonly LogLine[]) =>
    assess([sourceOf(lines, 50)], {
      templates: templatesBy(routeOf),
      ttlsMs: [20_000, 100_000],
      mostKeys: 100,
      mostHeldBack: 64,
    });

  test('is exact where no line is later than half of that', async () => {
    const lines = inOrder
      .map((line, at) => ({ line, at: at + 31 * Math.abs(Math.sin(at)) }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ line }) => line);
    const found = await held(lines);
    expectExact(found, lines, [20_000, 100_000], routeOf);
    expect(found.late).toBe(0);
  });

  test('says how many lines were later, and takes them when they come', async () => {
    const found = await held([...inOrder.slice(100), ...inOrder.slice(0, 100)]);
    expect(found).toMatchObject({ requests: 2_000, late: 100, from: '1970-01-01T00:00:00.000Z' });
    expect(found.curve[0]!.requests).toBe(2_000);
  });
});

test('an empty log has no routes, and no times', async () => {
  expect(await assess([sourceOf([])], { templates: templatesBy(routeOf), ...small })).toMatchObject({
    ...{ requests: 0, malformed: 0, late: 0, from: null, to: null, routes: [] },
    total: { memory_bytes: 0, redis_commands: 0, price: 0, plan: 'Free' },
  });
});

test('a log that cannot be read ends it, and all of them are closed', async () => {
  const good = sourceOf([lineOf({})]);
  const bad = { ...sourceOf([]), next: () => Promise.reject(new Error('EIO')) };
  await expect(assess([good, bad], { templates: templatesBy(routeOf), ...small })).rejects.toThrow('EIO');
  expect(good.isClosed()).toBe(true);
});

test('progress says how many of how many bytes, and null where one source does not know', async () => {
  const seen: [number, number | null][] = [];
  const options = {
    templates: templatesBy(routeOf),
    ...small,
    onProgress: (...it: [number, number | null]) => void seen.push(it),
  };
  const lines = Array.from({ length: 10 }, (_, at) => lineOf({ timeMs: at }));
  await assess([sourceOf(lines, 5)], options);
  await assess([sourceOf(lines, 5), { ...sourceOf([]), bytes: null }], options);
  expect(seen).toContainEqual([10, 10]);
  expect(seen.at(-1)![1]).toBe(null);
});

test('a path that belongs to another route from some time on: each key stays where it was first seen', async () => {
  let asked = 0;
  const templates = { numberOf: () => (asked++ < 2 ? 0 : 1), names: () => ['before', 'after'] };
  // Of the first two paths no route is remembered any more when they come again, as in a log of a million paths.
  const paths = ['/a', '/b', ...Array.from({ length: 600_000 }, (_, at) => `/${at}`), '/a', '/b', '/b'];
  const lines = paths.map((target, at) => lineOf({ timeMs: at, target }));
  const found = await assess([sourceOf(lines, 10_000)], {
    templates,
    ttlsMs: [3_600_000],
    mostKeys: 700_000,
  });
  const [after, before] = found.routes;
  expect(before).toMatchObject({
    route: 'before',
    candidates: 5,
    keys: 2,
    curve: [{ hits: 3, requests: 5, exact: true }],
  });
  expect(after).toMatchObject({
    route: 'after',
    candidates: 600_000,
    keys: 600_000,
    curve: [{ hits: 0, requests: 600_000, exact: true }],
  });
  expect(found.curve).toMatchObject([{ hits: 3, requests: 600_005, exact: true }]);
});
