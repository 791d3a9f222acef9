import { describe, expect, test } from 'vitest';
import { isOfTarget } from '../../src/http/invalidation.ts';
import { FieldSet } from '../../src/http/message.ts';
import type { HttpCacheOptions } from '../../src/http-cache/options.ts';
import { byHand } from '../support/worker/origin.ts';
import { ask, get, httpWorld, said } from './support.ts';

const fresh = { 'Cache-Control': 'max-age=60' };
const itself = { ...fresh, 'Content-Location': '/a' };
const posting = { method: 'POST', body: 'x' };

/** A world whose Redis is not empty, so that there is something to capture. */
async function used(options: HttpCacheOptions = {}) {
  const made = httpWorld(options);
  made.origin.on('/warm', said('warm', fresh));
  made.origin.on('/a', said('got', fresh));
  await get(made.edge, '/warm');
  made.edge.redis.took();
  return made;
}

describe('the answer to a POST that is its target’s representation', () => {
  test('is stored by its own purge, for this isolate and others, and in no memory before', async () => {
    const { origin, edge, anotherEdge } = await used();
    origin.on('POST /a', said('posted', itself));
    expect((await ask(edge, '/a', posting)).cacheStatus).toBe(
      'Stillfresh; fwd=method; stored; fwd-status=200',
    );
    expect(edge.redis.took()).toEqual(['lookup', 'purge']);
    for (const one of [anotherEdge(), edge])
      expect(await get(one, '/a')).toMatchObject({ text: 'posted', cacheStatus: 'Stillfresh; hit; ttl=60' });
  });

  const manyTags = Array.from({ length: 40 }, (_, i) => `t${i}`).join();
  test.each<[detail: string, string, Record<string, string>, HttpCacheOptions?, Record<string, string>?]>([
    ['unkeyed', 'where an origin is shown what no key has', {}, { inputs: 'keyed' }],
    ['unkeyed', 'where no GET has told that it varies so', { Vary: 'X-A' }],
    ['unkeyed', 'where its client has a condition', {}, {}, { 'If-Match': '"secret"' }],
    ['unkeyed', 'nor one that a GET may have, too', {}, {}, { 'If-None-Match': '"secret"' }],
    ['unkeyed', 'nor one of a date', {}, {}, { 'If-Unmodified-Since': 'Tue, 15 Nov 1994 12:45:26 GMT' }],
    ['unkeyed', 'where its client asks for a range', {}, {}, { Range: 'bytes=0-1' }],
    ['cookie', 'where it may be of one person', {}, {}, { Cookie: 'id=1' }],
    ['authorization', 'nor known by a token', {}, {}, { 'X-Api-Key': 'k' }],
    [
      'no-store',
      'where its client says so',
      {},
      { requestDirectives: 'honoured' },
      { 'Cache-Control': 'no-store' },
    ],
    ['private', 'where it says that it is of one person', { 'Cache-Control': 'private, max-age=60' }],
    ['set-cookie', 'where it makes one person known', { 'Set-Cookie': 'id=1' }],
    ['vary-star', 'where nothing says what it depends on', { Vary: '*' }],
    ['too-large', 'where it is larger than the cache takes', {}, { maxBytes: 5 }],
    ['too-large', 'where it announces more than is read first', { 'Content-Length': '70000' }],
    ['too-many-tags', 'where it names more tags than are kept', { 'Cache-Tag': manyTags }],
    ['live', 'where it is an event stream', { 'Content-Type': 'text/event-stream' }],
  ])('is not (%s), %s', async (detail, _, fields, options = {}, headers = {}) => {
    const { origin, edge } = await used(options);
    const text = 'Content-Length' in fields ? 'p'.repeat(70_000) : 'posted';
    origin.on('POST /a', said(text, { ...itself, ...fields }));
    const { cacheStatus } = await ask(edge, '/a', { ...posting, headers });
    expect(cacheStatus).toBe(`Stillfresh; fwd=method; fwd-status=200; detail=${detail}`);
    expect((await get(edge, '/a')).text).toBe('got');
  });

  test('says nothing of why, where it does not say that it is for GETs', async () => {
    const { origin, edge } = await used();
    for (const headers of [
      {},
      fresh,
      { 'Content-Location': '/a' },
      { ...itself, 'Content-Location': '/b' },
    ]) {
      origin.on('POST /a', said('done', { ...headers, 'Set-Cookie': 'id=1' }));
      expect((await ask(edge, '/a', posting)).cacheStatus).toBe('Stillfresh; fwd=method; fwd-status=200');
    }
  });

  test('has nothing of the one who posted: how the request came, conditions, a range', async () => {
    const { origin, edge, anotherEdge } = await used();
    const secrets = {
      Via: '1.1 private-proxy.corp',
      'If-Range': '"s"',
      'If-None-Match': '"s"',
      Range: 'bytes=0-1',
    };
    origin.on('POST /a', (request: Request) => {
      const echo = Object.keys(secrets).map((name) => `${name}: ${request.headers.get(name)}`);
      return new Response(echo.join('; '), { headers: itself });
    });
    const { Via, ...conditional } = secrets;
    const answer = await ask(edge, '/a', { ...posting, headers: { Via } });
    expect(answer.text).toMatch(/^Via: 1\.1 stillfresh; If-Range: null; If-None-Match: null; Range: null$/);
    expect(await get(anotherEdge(), '/a')).toMatchObject({
      text: answer.text,
      cacheStatus: expect.stringMatching(/hit/),
    });
    // What no GET is given is asked for with all that its client says, and looked up is nothing.
    for (const [name, value] of Object.entries(conditional)) {
      edge.redis.took();
      const { text } = await ask(edge, '/a', { ...posting, headers: { Via, [name]: value } });
      expect(text).toContain(`Via: ${Via}, 1.1 stillfresh;`);
      expect(text).toContain(`${name}: ${value}`);
      expect(edge.redis.took()).toEqual(['purge']);
    }
  });

  describe.each([[{}], [{ 'Content-Length': '6' }]])('which comes in pieces: %j', (length) => {
    const slowly = async (thenMs: number) => {
      const made = await used();
      const body = byHand({ ...itself, ...length } as Record<string, string>);
      made.origin.on('POST /a', body.reply);
      const answered = ask(made.edge, '/a', posting);
      body.write('pos');
      await made.clock.asleep(1, 1_000);
      made.clock.advance(thenMs);
      body.write('ted');
      body.end();
      const { text, cacheStatus } = await answered;
      expect(text).toBe('posted');
      return { cacheStatus, got: (await get(made.edge, '/a')).text };
    };
    test('is, where it is complete within a second', async () => {
      const stored = 'Stillfresh; fwd=method; stored; fwd-status=200';
      expect(await slowly(900)).toEqual({ cacheStatus: stored, got: 'posted' });
    });
    test('is not, where it takes longer', async () => {
      const slow = 'Stillfresh; fwd=method; fwd-status=200; detail=too-slow';
      expect(await slowly(1_000)).toEqual({ cacheStatus: slow, got: 'got' });
    });
  });

  test('is where Redis is empty, too; and nothing is made for a URI whose answer is not', async () => {
    const { origin, edge, store } = httpWorld();
    origin.on('POST /log', said('done'));
    origin.on('POST /a', said('posted', itself));
    await ask(edge, '/log', posting);
    expect(edge.redis.took()).toEqual(['lookup', 'lease', 'purge']);
    expect(await store.lookup(['gen:@public:uri:%2Flog'])).toEqual([null]);
    await ask(edge, '/a', posting);
    expect(edge.redis.took()).toEqual(['lookup', 'purge']);
    expect((await get(edge, '/a')).text).toBe('posted');
  });

  test.each(['gen:@all:@c:http', 'gen:@public:@t', 'gen:@public:@c:http', 'last:@public'])(
    'is not, where %s is evicted meanwhile',
    async (name) => {
      const { origin, edge, store } = await used();
      const held = origin.hold('POST /a');
      const writing = ask(edge, '/a', posting);
      await held.arrived();
      store.evict(name);
      held.answer(said('posted', itself));
      expect((await writing).cacheStatus).toMatch(/; detail=purged$/);
      expect((await get(edge, '/a')).text).toBe('got');
    },
  );

  test('is not, where a purge of its URI or of a tag that it names comes before it', async () => {
    for (const tag of ['uri:/a', 'shelf:7', 'something else']) {
      const { origin, edge, purge } = await used();
      const held = origin.hold('POST /a');
      const writing = ask(edge, '/a', posting);
      await held.arrived();
      await purge(tag);
      held.answer(said('posted', { ...itself, 'Cache-Tag': 'shelf:7' }));
      expect((await writing).cacheStatus).toMatch(/; detail=purged$/);
      expect((await get(edge, '/a')).text).toBe('got');
    }
  });

  test('is, where only another URI is purged meanwhile and its own was read before', async () => {
    const { origin, edge, purge } = await used();
    await get(edge, '/a');
    const held = origin.hold('POST /a');
    const writing = ask(edge, '/a', posting);
    await held.arrived();
    await purge('uri:/b');
    held.answer(said('posted', itself));
    await writing;
    expect((await get(edge, '/a')).text).toBe('posted');
  });

  test('where it is not for others, the next POST looks nothing up', async () => {
    const { origin, clock, edge } = await used();
    origin.on('POST /a', said('done', fresh));
    const took = async () => {
      await ask(edge, '/a', posting);
      return edge.redis.took();
    };
    expect(await took()).toEqual(['lookup', 'purge']);
    expect(await took()).toEqual(['purge']);
    clock.advance(10_500);
    expect(await took()).toEqual(['lookup', 'purge']);
  });

  test('nor would store its answer, if that is for others all at once; but the one after it does', async () => {
    const { origin, edge } = await used();
    origin.on('POST /a', said('done', fresh));
    await ask(edge, '/a', posting);
    origin.on('POST /a', said('posted', itself));
    const details = [];
    for (let n = 0; n < 2; n += 1) details.push((await ask(edge, '/a', posting)).cacheStatus);
    expect(details).toEqual([
      'Stillfresh; fwd=method; fwd-status=200; detail=uncaptured',
      'Stillfresh; fwd=method; stored; fwd-status=200',
    ]);
  });

  test('and while Redis fails it is passed on, and nothing is stored', async () => {
    const { origin, edge } = await used();
    origin.on('POST /a', said('posted', itself));
    edge.redis.fail();
    const { status, cacheStatus } = await ask(edge, '/a', posting);
    expect([status, cacheStatus]).toEqual([
      200,
      'Stillfresh; fwd=method; fwd-status=200; detail=purge-pending',
    ]);
  });
});

describe('Content-Location names the target (RFC 9110 §8.7)', () => {
  const below = { requestUrl: 'https://edge.test/x', originUrl: 'https://origin.test/base' };
  test.each([
    ['/base/x', true],
    ['x', true],
    ['https://origin.test/base/x', true],
    ['https://edge.test/x', true],
    // At the origin this is another resource.
    ['/x', false],
    ['https://origin.test/x', false],
    ['https://edge.test/base/x', false],
    ['https://origin.test/base/x?', false],
  ])('before an origin below a path: %s is %s', (value, expected) => {
    expect(isOfTarget('/x', new FieldSet([['content-location', value]]), below)).toBe(expected);
  });
});
