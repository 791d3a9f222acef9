import { describe, expect, test } from 'vitest';
import { isOfTarget } from '../../src/http/invalidation.ts';
import { FieldSet } from '../../src/http/message.ts';
import type { HttpCacheOptions } from '../../src/http-cache/options.ts';
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

  test.each<[string, HttpCacheOptions, Record<string, string>]>([
    ['where an origin is shown what no key has', { inputs: 'keyed' }, {}],
    ['where it is larger than the cache takes', { maxBytes: 5 }, {}],
    [
      'where it names more tags than are kept',
      {},
      { 'Cache-Tag': Array.from({ length: 40 }, (_, i) => `t${i}`).join() },
    ],
  ])('is not, %s', async (_, options, headers) => {
    const { origin, edge } = await used(options);
    origin.on('POST /a', said('posted', { ...itself, ...headers }));
    expect((await ask(edge, '/a', posting)).cacheStatus).toBe('Stillfresh; fwd=method; fwd-status=200');
    expect((await get(edge, '/a')).text).toBe('got');
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
      await writing;
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
      await writing;
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
