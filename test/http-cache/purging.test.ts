import { describe, expect, test } from 'vitest';
import { ask, counting, get, httpWorld, said } from './support.ts';

const fresh = { 'Cache-Control': 'max-age=60' };

describe('a purge', () => {
  test.each(['uri:/a', 'shelf:7', 'group:origin.test:group one', 'key-1', 'x-1'])(
    'by the tag %s makes it unusable',
    async (tag) => {
      const { origin, clock, edge, purge } = httpWorld();
      origin.on(
        '/a',
        counting({
          ...fresh,
          'Cache-Tag': 'shelf:7, other',
          'Cache-Groups': '"group one"',
          'Surrogate-Key': 'key-1 key-2',
          xkey: 'x-1',
        }),
      );
      await get(edge, '/a');
      clock.advance(1_500);
      expect((await get(edge, '/a')).text).toBe('number 1');
      await purge(tag);
      clock.advance(1_500);
      expect(await get(edge, '/a')).toMatchObject({
        text: 'number 2',
        cacheStatus: 'Stillfresh; fwd=stale; stored; fwd-status=200; detail=purged',
      });
    },
  );

  test('of every variant, by its URI', async () => {
    const { origin, clock, edge, purge } = httpWorld();
    origin.on('/a', counting({ ...fresh, Vary: 'Accept-Language' }));
    const languages = ['de', 'fr', 'it'].map((it) => ({ 'Accept-Language': it }));
    for (const headers of languages) await get(edge, '/a', headers);
    await purge('uri:/a');
    clock.advance(1_500);
    for (const headers of languages) expect((await get(edge, '/a', headers)).text).not.toMatch(/ [123]$/);
  });

  test('of what is to be validated: its validator is not trusted any more', async () => {
    const { origin, clock, edge, purge } = httpWorld();
    const tagged = { 'Cache-Control': 'max-age=10', ETag: '"same"' };
    origin.on('/a', said('old', tagged));
    await get(edge, '/a');
    clock.advance(20_000);
    // Found expired and good to be validated; the purge comes before the lease.
    const held = edge.redis.hold('lookup', 'reply');
    const reading = ask(edge, '/a');
    await held.arrived();
    await purge('uri:/a');
    origin.on('/a', (request: Request) =>
      request.headers.has('If-None-Match')
        ? new Response(null, { status: 304, headers: tagged })
        : new Response('new', { headers: tagged }),
    );
    held.release();
    expect((await reading).text).toBe('new');
    await edge.settled();
    expect((await get(edge, '/a')).text).toBe('new');
  });

  test('that is soft: served stale while it is validated', async () => {
    const { origin, clock, edge, purge } = httpWorld();
    const tagged = { 'Cache-Control': 'max-age=600, stale-while-revalidate=60', ETag: '"1"' };
    origin.on('/a', said('a', tagged));
    await get(edge, '/a');
    clock.advance(1_500);
    await purge('uri:/a', 'soft');
    clock.advance(1_500);
    origin.on('/a', said('', tagged, 304));
    expect((await get(edge, '/a')).cacheStatus).toBe('Stillfresh; hit; ttl=-2; detail=soft-purged');
    expect(origin.requests.at(-1)!.headers.get('If-None-Match')).toBe('"1"');
    expect((await get(edge, '/a')).cacheStatus).toBe('Stillfresh; hit; ttl=600');
  });

  test('by an unsafe method is seen at once here, and elsewhere after the trust window', async () => {
    const { origin, clock, edge, anotherEdge } = httpWorld();
    const other = anotherEdge();
    origin.on('/a', counting(fresh));
    origin.on('PUT /a', said('done'));
    for (const one of [edge, other]) await get(one, '/a');
    expect((await ask(edge, '/a', { method: 'PUT', body: 'x' })).cacheStatus).toBe(
      'Stillfresh; fwd=method; fwd-status=200',
    );
    expect((await get(edge, '/a')).text).toBe('number 2');
    clock.advance(1_500);
    expect((await get(other, '/a')).text).toBe('number 2');
  });

  test('that cannot be applied: the write stands, and says so', async () => {
    const { origin, edge } = httpWorld();
    origin.on('PUT /a', said('done'));
    edge.redis.fail();
    const { status, cacheStatus } = await ask(edge, '/a', { method: 'PUT', body: 'x' });
    expect([status, cacheStatus]).toEqual([
      200,
      'Stillfresh; fwd=method; fwd-status=200; detail=purge-pending',
    ]);
  });

  test('is owed where an unsafe request got no answer: it may have been carried out', async () => {
    const { origin, clock, edge } = httpWorld();
    origin.on('/a', counting(fresh));
    await get(edge, '/a');
    origin.on('PUT /a', () => Promise.reject(new Error('Network connection lost.')));
    expect((await ask(edge, '/a', { method: 'PUT', body: 'x' })).status).toBe(502);
    clock.advance(1_500);
    expect((await ask(edge, '/a')).text).toBe('number 2');
  });
});

describe('a soft purge', () => {
  const soft = async (cacheControl: string) => {
    const made = httpWorld();
    made.origin.on('/a', counting({ 'Cache-Control': cacheControl }));
    await get(made.edge, '/a');
    made.clock.advance(1_500);
    await made.purge('uri:/a', 'soft');
    made.clock.advance(1_500);
    return made;
  };

  test.each(['max-age=600', 'max-age=600, stale-if-error=600', 'max-age=600, must-revalidate'])(
    'of what says %s: the origin is asked',
    async (cacheControl) => {
      const { edge } = await soft(cacheControl);
      expect((await get(edge, '/a')).text).toBe('number 2');
    },
  );

  test('covers for an origin that fails, as the end of freshness does', async () => {
    const { origin, edge } = await soft('max-age=600, stale-if-error=600');
    origin.on('/a', said('busy', {}, 503));
    expect((await get(edge, '/a')).cacheStatus).toBe('Stillfresh; hit; ttl=-2; detail=stale-if-error');
  });

  test('and does not without stale-if-error', async () => {
    const { origin, edge } = await soft('max-age=600');
    origin.on('/a', said('busy', {}, 503));
    expect((await get(edge, '/a')).status).toBe(503);
  });
});

describe('a purge that an unsafe method owes', () => {
  test('is applied before its answer leaves', async () => {
    const { origin, edge } = httpWorld();
    origin.on('/a', counting(fresh));
    origin.on('PUT /a', said('done'));
    await get(edge, '/a');
    const held = edge.redis.hold('purge', 'request');
    let answered = false;
    const writing = ask(edge, '/a', { method: 'PUT', body: 'x' }).then((answer) => {
      answered = true;
      return answer;
    });
    await held.arrived();
    for (let turn = 0; turn < 100; turn += 1) await new Promise((done) => setTimeout(done, 0));
    expect(answered).toBe(false);
    held.release();
    expect((await writing).status).toBe(200);
  });

  test('is kept alive though its client goes away', async () => {
    const { origin, edge } = httpWorld();
    const held = origin.hold('PUT /a');
    const writing = ask(edge, '/a', { method: 'PUT', body: 'x' });
    await held.arrived();
    let settled = false;
    const background = edge.settled().then(() => {
      settled = true;
    });
    for (let turn = 0; turn < 100; turn += 1) await new Promise((done) => setTimeout(done, 0));
    expect(settled).toBe(false);
    held.answer(said('done'));
    await Promise.all([writing, background]);
  });

  test('leaves no receipt where nothing was ever asked for', async () => {
    const { origin, edge, store } = httpWorld();
    origin.on('POST /log', said('done'));
    for (let n = 0; n < 3; n += 1) await ask(edge, '/log', { method: 'POST', body: 'x' });
    const list = { list: 'purges:@all', beforeMs: Number.MAX_SAFE_INTEGER, skip: 0, sinceMs: 0, most: 10 };
    expect(await store.receipts.page(list)).toEqual([]);
    await edge.settled();
  });
});

test('a refused fill of what varies leaves its late names where the next isolate finds them', async () => {
  const { origin, edge, anotherEdge, purge } = httpWorld();
  const other = anotherEdge();
  for (const one of [edge, other]) {
    const held = origin.hold('/a');
    const reading = ask(one, '/a');
    await held.arrived();
    await purge('something else');
    held.answer(said('a', { ...fresh, Vary: 'Accept', 'Cache-Tag': 'shelf:7' }));
    await reading;
    await one.settled();
  }
  expect(edge.notes).toContain('fill-late-tags-raced');
  expect(other.notes).not.toContain('fill-late-tags-raced');
  expect((await get(anotherEdge(), '/a')).cacheStatus).toBe('Stillfresh; hit; ttl=60');
});
