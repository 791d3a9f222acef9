import { describe, expect, test } from 'vitest';
import type { HttpCacheOptions } from '../../src/http-cache/options.ts';
import { get, httpWorld, said } from './support.ts';

const modified = 'Mon, 05 Oct 2026 11:00:00 GMT';
const validators = { ETag: '"v1"', 'Last-Modified': modified };

/** Answers 304 to whoever has it already. */
const page = (headers: Record<string, string>) => (request: Request) => {
  const has =
    request.headers.get('If-None-Match') === '"v1"' || request.headers.get('If-Modified-Since') === modified;
  return new Response(has ? null : 'page', {
    status: has ? 304 : 200,
    headers: { ...validators, ...headers },
  });
};

/** The page was fetched once, without a condition: this isolate knows what may be stored of it. */
async function known(headers: Record<string, string>, options: HttpCacheOptions = {}) {
  const made = httpWorld(options);
  made.origin.on('/a', page(headers));
  await get(made.edge, '/a');
  const sent = () => Object.fromEntries(made.origin.requests.at(-1)!.headers);
  return { ...made, sent };
}

describe('a client’s condition goes on to the origin where nothing can be stored, and its 304 to the client', () => {
  test.each([
    ['no-store', { 'Cache-Control': 'no-store' }],
    ['private', { 'Cache-Control': 'private, max-age=60' }],
    ['Vary: *', { 'Cache-Control': 'max-age=60', Vary: '*' }],
    ['Set-Cookie', { 'Cache-Control': 'max-age=60', 'Set-Cookie': 'a=b' }],
  ])('%s', async (_what, headers) => {
    const { edge, sent } = await known(headers);
    for (const condition of [{ 'If-None-Match': '"v1"' }, { 'If-Modified-Since': modified }]) {
      const answer = await get(edge, '/a', condition);
      expect(answer).toMatchObject({
        status: 304,
        text: '',
        cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=304',
      });
      expect(answer.headers.get('ETag')).toBe('"v1"');
      const [[name, value]] = Object.entries(condition) as [[string, string]];
      expect(sent()[name.toLowerCase()]).toBe(value);
    }
    expect(await get(edge, '/a', { 'If-None-Match': '"v0"' })).toMatchObject({ status: 200, text: 'page' });
  });

  test('where the origin is shown only what it names, too', async () => {
    const { edge, sent } = await known({ 'Cache-Control': 'no-store' }, { inputs: 'keyed' });
    const answer = await get(edge, '/a', { 'If-None-Match': '"v1"', 'X-Other': '1' });
    expect(answer).toMatchObject({ status: 304, text: '' });
    expect(sent()).toMatchObject({ 'if-none-match': '"v1"' });
    expect(sent()).not.toHaveProperty('x-other');
  });

  test('with credentials too, without a word to Redis', async () => {
    const made = httpWorld();
    made.origin.on('/me', page({ 'Cache-Control': 'private' }));
    const cookie = { Cookie: 'session=1' };
    await get(made.edge, '/me', cookie);
    made.edge.redis.took();
    expect(await get(made.edge, '/me', { ...cookie, 'If-None-Match': '"v1"' })).toMatchObject({
      status: 304,
    });
    expect(made.edge.redis.took()).toEqual([]);
  });
});

describe('it stays here', () => {
  const unconditional = (sent: Record<string, string>) =>
    Object.keys(sent).filter((name) => name.startsWith('if-'));

  test('where nothing is known: all of it is asked for, which may be stored', async () => {
    const made = httpWorld();
    made.origin.on('/a', page({ 'Cache-Control': 'max-age=60' }));
    expect(await get(made.edge, '/a', { 'If-None-Match': '"v1"' })).toMatchObject({
      status: 304,
      cacheStatus: 'Stillfresh; fwd=uri-miss; stored; fwd-status=200',
    });
    expect(unconditional(Object.fromEntries(made.origin.requests[0]!.headers))).toEqual([]);
    expect((await get(made.edge, '/a')).text).toBe('page');
  });

  test('where something is stored, by which it is judged', async () => {
    const { edge, origin } = await known({ 'Cache-Control': 'max-age=60' });
    expect(await get(edge, '/a', { 'If-None-Match': '"v1"' })).toMatchObject({
      status: 304,
      cacheStatus: 'Stillfresh; hit; ttl=60',
    });
    expect(origin.count()).toBe(1);
  });

  test('after a while, so that what has become storable is stored', async () => {
    const { edge, origin, clock, sent } = await known({ 'Cache-Control': 'no-store' });
    origin.on('/a', page({ 'Cache-Control': 'max-age=60' }));
    await get(edge, '/a', { 'If-None-Match': '"v1"' });
    clock.advance(10_000);
    expect(await get(edge, '/a', { 'If-None-Match': '"v1"' })).toMatchObject({
      status: 304,
      cacheStatus: 'Stillfresh; fwd=uri-miss; stored; fwd-status=200',
    });
    expect(unconditional(sent())).toEqual([]);
  });

  test('and a 304 to nobody’s condition is no answer still', async () => {
    const { edge, origin } = await known({ 'Cache-Control': 'no-store' });
    origin.on('/a', said('', {}, 304));
    expect((await get(edge, '/a')).status).toBe(502);
  });
});
