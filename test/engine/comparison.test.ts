import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { httpWorld } from '../http-cache/support.ts';
import { type FrontEndOptions, frontEnds, path, storable } from '../support/worker/front-ends.ts';
import { failing, inPieces, json, type Reply, timesOut } from '../support/worker/origin.ts';
import { type Asked, aClass, TestEdge, world } from '../support/worker/world.ts';

/** What was counted of comparisons, by result, and of fetches for them. */
function countedOf(edge: TestEdge) {
  const { counts } = edge.isolate.meter.take();
  const of = (id: string) => Object.fromEntries([...counts].flatMap(([key, n]) => partOf(key, id, n)));
  return { results: of('comparisons'), fetches: of('origin_fetches')['comparison'] ?? 0 };
}

function partOf(key: string, id: string, n: number): [string, number][] {
  const [metric, , label = ''] = key.split('|');
  return metric === id ? [[label, n]] : [];
}

const linesOf = ({ log }: TestEdge) => log.filter(({ event }) => event === 'comparison');

describe.each(frontEnds)('hits of $name, compared with the origin', (frontEnd) => {
  const { name, world: make } = frontEnd;

  /** Something is stored, and nothing counted yet. */
  async function stored(options: FrontEndOptions = {}, reply: Reply = storable({ total: 1, at: 'a' })) {
    const made = make({ compare: '100%', ...options });
    made.origin.on(path, reply);
    await made.edge.get(path);
    countedOf(made.edge);
    return made;
  }

  test('what has not changed is equal, however it is written now', async () => {
    const { edge, origin } = await stored();
    origin.on(
      path,
      () =>
        new Response('{ "at": "\\u0061",\n "total": 1.0 }', {
          headers: { 'Content-Type': 'application/json', 'Cache-Control': 'max-age=10', Date: 'now' },
        }),
    );
    const answer = await edge.get(path);
    expect(answer.cacheStatus).toContain('hit');
    expect(countedOf(edge)).toEqual({ results: { equal: 1 }, fetches: 1 });
    expect(linesOf(edge)).toEqual([]);
    // What its client waited for.
    expect(edge.log.at(-1)).toMatchObject({ event: 'request', origin_requests: 0, redis_requests: 0 });
  });

  test('a silent change differs, and the log says where, not what', async () => {
    const { edge, origin, clock } = await stored();
    origin.on(path, storable({ total: 2, at: 'a', 'ann@acme.test': { secret: 's3cret' } }));
    clock.advance(700);
    expect((await edge.get(path)).json).toEqual({ total: 1, at: 'a' });
    expect(countedOf(edge)).toEqual({ results: { differs: 1 }, fetches: 1 });
    expect(linesOf(edge)).toMatchObject([
      { level: 'info', result: 'differs', at: ['total', '*'], age_ms: 700, bound_ms: 10_000, layer: 'l1' },
    ]);
    expect(JSON.stringify(linesOf(edge))).not.toMatch(/s3cret|ann@/);
  });

  test.each([
    ['', ['total', 'owners.*'], path],
    ['a-secret-of-at-least-32-characters-long!', ['*', '*.*'], undefined],
  ])(
    'nobody’s name is in the log where an answer has it as a key: LOG_HASH_IDS=%s',
    async (secret, at, originPath) => {
      const settings = secret ? { LOG_HASH_IDS: secret } : {};
      const { edge, origin } = await stored({ settings }, storable({ total: 1, owners: { alice: 1 } }));
      origin.on(path, storable({ total: 2, owners: { alice: 2 } }));
      await edge.get(path);
      expect(linesOf(edge)).toMatchObject([{ at, result: 'differs' }]);
      expect(linesOf(edge)[0]!['origin_path']).toBe(originPath);
    },
  );

  test.each([
    ['hard', 'before the hit, in another isolate, and inside the window of isolate memory'],
    ['soft', 'before the hit'],
    ['hard', 'while the origin is asked'],
  ] as const)('a %s purge %s explains it: nothing is found', async (mode, when) => {
    const { edge, origin, purge } = await stored({ staleWhileRevalidate: '60s' });
    const held = origin.hold(path);
    if (when.startsWith('before') && mode === 'hard') await purge();
    const asked = await edge.ask(path);
    expect(asked.cacheStatus).toContain('hit');
    await held.arrived();
    if (!when.startsWith('before') || mode === 'soft') await purge();
    held.answer(storable({ total: 2, at: 'b' }));
    await edge.settled();
    expect(countedOf(edge)).toEqual({ results: { dropped: 1 }, fetches: 1 });
    expect(linesOf(edge)).toEqual([]);
  });

  test('where nobody can say whether it was purged, nothing is found', async () => {
    const { edge, origin } = await stored();
    origin.on(path, storable({ total: 2 }));
    edge.redis.fail();
    await edge.get(path);
    expect(countedOf(edge)).toEqual({ results: { dropped: 1 }, fetches: 1 });
  });

  test('it stores nothing, takes no lease, and adds one command, after the answer', async () => {
    const { edge, origin, clock } = await stored();
    edge.redis.took();
    const held = origin.hold(path);
    await edge.ask(path);
    expect(edge.redis.took()).toEqual([]);
    held.answer(storable({ total: 2 }));
    await edge.settled();
    expect(edge.redis.took()).toEqual(['lookup']);
    clock.advance(1_500);
    expect((await edge.get(path)).json).toEqual({ total: 1, at: 'a' });
  });

  test.each([
    ['a 500', failing(500)],
    ['a 503', failing(503)],
    ...[301, 302, 304, 307, 400, 401, 403, 405, 406, 407, 408, 413, 421, 423, 425, 429].map((status) => [
      `status ${status}`,
      () =>
        new Response([304].includes(status) ? null : '{}', {
          status,
          headers: { Location: '/login', 'Content-Type': 'application/json' },
        }),
    ]),
    ['no connection', () => Promise.reject(new Error('lost'))],
    ['no answer in time', timesOut],
    [
      'half a body',
      () => new Response('{"to', { headers: { 'Content-Type': 'application/json', 'Content-Length': '20' } }),
    ],
  ] as readonly (readonly [string, Reply])[])(
    'an origin that fails, or says nothing of what was asked for (%s), is counted apart, and nothing is noted for the client',
    async (_, reply) => {
      const { edge, origin } = await stored();
      origin.on(path, reply);
      expect((await edge.get(path)).status).toBe(200);
      expect(countedOf(edge)).toEqual({ results: { failed: 1 }, fetches: 1 });
      expect(edge.notes).toEqual([]);
    },
  );

  test('one that does not end is given up at the origin’s deadline', async () => {
    const { edge, origin, clock } = await stored();
    const held = origin.hold(path);
    await edge.ask(path);
    await held.arrived();
    clock.advance(bounds.originMs);
    await edge.settled();
    expect(countedOf(edge).results).toEqual({ failed: 1 });
    held.answer({});
  });

  test.each([
    ['gone', () => json({ gone: true }, { status: 404 }), 'status'],
    [
      'of another type',
      () => new Response('{"total":1,"at":"a"}', { headers: { 'Content-Type': 'text/plain' } }),
      'header:content-type',
    ],
    [
      'no JSON any more',
      () => new Response('<p>', { headers: { 'Content-Type': 'application/json' } }),
      'body',
    ],
    ['larger than what is stored', () => json({ text: 'x'.repeat(3_000) }), 'body'],
  ] as const)('what is %s differs', async (_, reply, at) => {
    const { edge, origin } = await stored({ maxBytes: 2_000 });
    origin.on(path, reply);
    await edge.get(path);
    expect(countedOf(edge).results).toEqual({ differs: 1 });
    expect(linesOf(edge)[0]!['at']).toContain(at);
  });

  test('a stale hit is fetched once, to be refreshed', async () => {
    const swr = { 'Cache-Control': 'max-age=10, stale-while-revalidate=60' };
    const { edge, origin, clock } = await stored(
      { staleWhileRevalidate: '60s' },
      storable({ total: 1, at: 'a' }, swr),
    );
    origin.on(path, storable({ total: 2, at: 'b' }, swr));
    clock.advance(11_000);
    const before = origin.count(path);
    expect((await edge.get(path)).json).toEqual({ total: 1, at: 'a' });
    expect(origin.count(path) - before).toBe(1);
    expect(countedOf(edge)).toEqual({ results: {}, fetches: 0 });
    await edge.get(path);
    expect(countedOf(edge)).toEqual({ results: { equal: 1 }, fetches: 1 });
  });

  test('what the class ignores is no difference', async () => {
    const { edge, origin } = await stored({ compareIgnoring: ['at'] });
    origin.on(path, storable({ total: 1, at: 'b' }));
    await edge.get(path);
    expect(countedOf(edge).results).toEqual({ equal: 1 });
  });

  test('a share of the hits, by chance; of nothing but hits', async () => {
    const made = await stored({ compare: '0.1%' });
    const { edge, chance, origin } = made;
    for (const [random, fetches] of [
      [0.5, 0],
      [0.001, 0],
      [0.0009, 1],
    ] as const) {
      chance.random = () => random;
      await edge.get(path);
      expect(countedOf(edge).fetches, String(random)).toBe(fetches);
    }
    await made.purge();
    made.clock.advance(1_500);
    const before = origin.count(path);
    await edge.get(path);
    expect(origin.count(path) - before).toBe(1);
    expect(countedOf(edge).results).toEqual({});
  });

  test('none by default: no number is drawn, and nothing is asked', async () => {
    const made = make();
    made.origin.on(path, storable({ total: 1 }));
    await made.edge.get(path);
    countedOf(made.edge);
    let drawn = 0;
    made.chance.random = () => {
      drawn += 1;
      return 0;
    };
    if (name === 'HTTP cache') {
      await made.edge.get(path);
      expect(drawn).toBe(0);
    }
    expect(countedOf(made.edge).fetches).toBe(0);
  });

  test('so many at once, and never more', async () => {
    const { edge, origin } = await stored();
    const held = origin.hold(path);
    for (let n = 0; n < bounds.comparisonsAtOnce + 3; n += 1) await edge.ask(path);
    await held.arrived(bounds.comparisonsAtOnce);
    held.answer(storable({ total: 1, at: 'a' }));
    await edge.settled();
    expect(countedOf(edge)).toEqual({
      results: { equal: bounds.comparisonsAtOnce },
      fetches: bounds.comparisonsAtOnce,
    });
  });

  test('a bulkhead that is half taken has no room for one', async () => {
    const small = { fetchesPerIsolate: 4, fetchesPerTenant: 4, fetchesOfHttpCache: 4 };
    const { edge, origin } = await stored({ bounds: small });
    const held = ['/report/a', '/report/b'].map((other) => origin.hold(other));
    const others = ['/report/a', '/report/b'].map((other) => edge.ask(other));
    await Promise.all(held.map((it) => it.arrived()));
    await edge.ask(path);
    expect(countedOf(edge).fetches).toBe(0);
    for (const it of held) it.answer(storable({}));
    await Promise.all(others);
    await edge.get(path);
    expect(countedOf(edge).fetches).toBe(1);
  });

  test('one that is under way gives way to a fetch, and is counted as dropped', async () => {
    const small = { fetchesPerIsolate: 2, fetchesPerTenant: 2, fetchesOfHttpCache: 2 };
    const { edge, origin } = await stored({ bounds: small });
    const comparing = origin.hold(path);
    await edge.ask(path);
    await comparing.arrived();
    const others = ['/report/a', '/report/b'];
    const held = others.map((other) => origin.hold(other));
    const answers = others.map((other) => edge.ask(other));
    await Promise.all(held.map((it) => it.arrived()));
    for (const it of held) it.answer(storable({ other: true }));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
    await edge.settled();
    expect(origin.requests.filter(({ signal }) => signal.aborted)).toHaveLength(1);
    expect(countedOf(edge)).toEqual({ results: { dropped: 1 }, fetches: 1 });
    comparing.answer({});
  });

  test('a client that is gone takes nothing with it', async () => {
    const { edge, origin } = await stored(
      {},
      inPieces(['{"total":', '1}'], { 'Cache-Control': 'max-age=10' }),
    );
    origin.on(path, storable({ total: 2 }));
    const response = await edge.send(path);
    await response.body?.cancel();
    await edge.settled();
    expect(countedOf(edge).results).toEqual({ differs: 1 });
  });

  test('a HEAD, and a request with conditions or a range, are compared by all of it', async () => {
    const { edge, origin } = await stored();
    for (const asked of [
      { method: 'HEAD' },
      { headers: { 'If-None-Match': '*' } },
      { headers: { Range: 'bytes=0-1' } },
    ]) {
      const before = origin.requests.length;
      await edge.get(path, asked);
      const sent = origin.requests.slice(before);
      expect(sent.map(({ method }) => method)).toEqual(['GET']);
      expect(['if-none-match', 'range'].some((it) => sent[0]!.headers.has(it))).toBe(false);
      expect(countedOf(edge).results).toEqual({ equal: 1 });
    }
  });

  test('lines of the log have a bound, counts have none', async () => {
    const { edge, origin } = await stored();
    origin.on(path, storable({ total: 2 }));
    for (let n = 0; n < bounds.loggedComparisons + 5; n += 1) await edge.get(path);
    expect(countedOf(edge).results).toEqual({ differs: bounds.loggedComparisons + 5 });
    expect(linesOf(edge)).toHaveLength(bounds.loggedComparisons);
  });

  test('a large body that Redis has compressed', async () => {
    const value = { text: 'x'.repeat(20_000) };
    const { edge, origin, anotherEdge } = await stored({}, storable(value));
    const other = anotherEdge();
    await other.get(path);
    expect(countedOf(other).results).toEqual({ equal: 1 });
    origin.on(path, storable({ text: 'y'.repeat(20_000) }));
    await other.get(path);
    await edge.get(path);
    expect(countedOf(other).results).toEqual({ differs: 1 });
    expect(countedOf(edge).results).toEqual({ differs: 1 });
  });
});

describe('beyond the bound', () => {
  /** A silent change, and hits at these ages: what each was counted as. */
  async function resultsAt(
    { clock, edge }: Pick<ReturnType<typeof world>, 'clock' | 'edge'>,
    agesMs: readonly number[],
    asked: Asked = {},
  ) {
    const fetchedMs = clock.now();
    const results = [];
    for (const ageMs of agesMs) {
      clock.advance(fetchedMs + ageMs - clock.now());
      const { cacheStatus } = await edge.get(path, asked);
      expect(cacheStatus, String(ageMs)).toContain('hit');
      results.push(countedOf(edge).results);
    }
    return results;
  }

  test.each([
    ['a class that allows less than its entries were promised', { ttl: '10s', staleIfError: '20s' }, 10_000],
    ['a class that says how fresh its readers need it', { ttl: '1h', freshWithin: '1m' }, 60_000],
  ] as const)('%s: differs, then stale', async (_, declared, boundMs) => {
    const made = world([aClass({ ttl: '1h' })]);
    made.origin.on(path, storable({ total: 1 }));
    await made.edge.get(path);
    const edge = new TestEdge([aClass({ ...declared, compare: '100%' })], {}, made);
    made.origin.on(path, storable({ total: 2 }));
    const results = await resultsAt({ ...made, edge }, [1_000, boundMs, boundMs + 1]);
    expect(results).toEqual([{ differs: 1 }, { differs: 1 }, { stale: 1 }]);
    expect(linesOf(edge).at(-1)).toMatchObject({ level: 'warn', age_ms: boundMs + 1, bound_ms: boundMs });
    made.origin.on(path, storable({ total: 1 }));
    await edge.get(path);
    expect(countedOf(edge).results, 'however old, what is equal is equal').toEqual({ equal: 1 });
  });

  test('what a client of an HTTP cache takes staler than the origin allows says nothing of the cache', async () => {
    const made = httpWorld({ compare: '100%', requestDirectives: 'honoured' }, { as: null });
    const headers = { 'Cache-Control': 'max-age=10, stale-while-revalidate=20' };
    made.origin.on(path, () => json({ total: 1 }, { headers }));
    await made.edge.get(path);
    countedOf(made.edge);
    // No refresh takes its place: what comes now may not be stored.
    made.origin.on(path, () => json({ total: 2 }, { headers: { ...headers, 'Cache-Control': 'no-store' } }));
    const asked = { headers: { 'Cache-Control': 'max-stale=60' } };
    const results = await resultsAt(made, [1_000, 30_001, 60_000], asked);
    expect(results).toEqual([{ differs: 1 }, {}, {}]);
  });
});

describe('for whom the origin is asked', () => {
  test('who was served, though somebody else filled it: the line says so', async () => {
    const { edge, origin } = world([aClass({ compare: '100%' })]);
    origin.on(path, (request: Request) => json({ for: request.headers.get('X-User-Id') }));
    await edge.get(path);
    countedOf(edge);
    await edge.get(path);
    expect(countedOf(edge).results).toEqual({ equal: 1 });
    await edge.get(path, { as: 'bob@acme' });
    expect(origin.requests.at(-1)!.headers.get('X-User-Id')).toBe('bob');
    expect(countedOf(edge).results).toEqual({ differs: 1 });
    expect(linesOf(edge)).toMatchObject([{ at: ['*'], other_filler: true }]);
    expect(JSON.stringify(linesOf(edge))).not.toMatch(/bob|ann/);
  });

  test('by the loader of a class that has one', async () => {
    const made = world([aClass({ read: 'cache-aside', compare: '100%' })]);
    made.origin.on(path, { total: 1 });
    await made.edge.get(path);
    countedOf(made.edge);
    made.origin.on(path, { total: 2 });
    await made.edge.get(path);
    expect(countedOf(made.edge)).toEqual({ results: { differs: 1 }, fetches: 1 });
    made.origin.on(path, failing(500));
    await made.edge.get(path);
    expect(countedOf(made.edge).results).toEqual({ failed: 1 });
  });

  test('a header that the class passes on counts', async () => {
    const made = world([aClass({ compare: '100%', passHeaders: ['X-Total-Count'] })]);
    made.origin.on(path, storable({}, { 'X-Total-Count': '1' }));
    await made.edge.get(path);
    countedOf(made.edge);
    made.origin.on(path, storable({}, { 'X-Total-Count': '2' }));
    await made.edge.get(path);
    expect(linesOf(made.edge)).toMatchObject([{ at: ['header:x-total-count'] }]);
  });

  test.each(['all', 'keyed'] as const)('with what selects its variant, under inputs: %s', async (inputs) => {
    const { edge, origin } = httpWorld({ compare: '100%', inputs }, { as: null });
    origin.on(path, (request: Request) =>
      json(
        { in: request.headers.get('accept-language') },
        { headers: { 'Cache-Control': 'max-age=10', Vary: 'Accept-Language' } },
      ),
    );
    const german = { headers: { 'Accept-Language': 'de' } };
    await edge.get(path, german);
    await edge.get(path, { headers: { 'Accept-Language': 'en' } });
    countedOf(edge);
    await edge.get(path, german);
    expect(countedOf(edge).results).toEqual({ equal: 1 });
  });

  const zipped = async (text: string, level: number) => {
    const bytes = await new Response(
      new Response(text).body!.pipeThrough(new CompressionStream('gzip')),
    ).bytes();
    // RFC 1952 §2.3.1: the time of a file, which says nothing of its content.
    bytes[4] = level;
    return bytes;
  };
  const coded = (coding: string, body: Uint8Array) => () =>
    new Response(body, {
      encodeBody: 'manual',
      headers: { 'Content-Type': 'text/html', 'Content-Encoding': coding, 'Cache-Control': 'max-age=10' },
    });

  test.each([
    ['another gzip of it', 'gzip', 'page', 'gzip', 'page', 'equal'],
    ['a gzip of something else', 'gzip', 'page', 'gzip', 'other', 'differs'],
    ['no gzip any more', 'gzip', 'page', 'br', 'page', 'failed'],
  ] as const)('%s', async (_, codingBefore, before, coding, now, result) => {
    const { edge, origin } = httpWorld({ compare: '100%' }, { as: null });
    const asked = { headers: { 'Accept-Encoding': 'gzip, br' } };
    origin.on(path, coded(codingBefore, await zipped(before, 1)));
    await edge.get(path, asked);
    countedOf(edge);
    origin.on(path, coded(coding, await zipped(now, 2)));
    await edge.get(path, asked);
    expect(countedOf(edge).results).toEqual({ [result]: 1 });
  });

  const answered = (status: number, location: string) => () =>
    new Response(status === 200 ? 'page' : null, {
      status,
      headers: { 'Content-Type': 'text/html', 'Cache-Control': 'max-age=10', Location: location },
    });

  test.each([
    [301, '/a', 301, '/a', 'equal'],
    [301, '/a', 301, '/b', 'differs'],
    [301, '/a', 308, '/a', 'differs'],
    [301, '/a', 200, '/a', 'differs'],
    [301, '/a', 403, '/a', 'failed'],
    [404, '/a', 404, '/a', 'equal'],
    [404, '/a', 410, '/a', 'differs'],
    [404, '/a', 200, '/a', 'differs'],
    [404, '/a', 302, '/login', 'failed'],
    [404, '/a', 401, '/a', 'failed'],
    [405, '/a', 405, '/a', 'equal'],
  ])('stored as %s to %s, now %s to %s: %s', async (status, location, now, elsewhere, result) => {
    const { edge, origin } = httpWorld({ compare: '100%' }, { as: null });
    origin.on(path, answered(status, location));
    await edge.get(path);
    countedOf(edge);
    origin.on(path, answered(now, elsewhere));
    await edge.get(path);
    expect(countedOf(edge)).toEqual({ results: { [result]: 1 }, fetches: 1 });
  });
});
