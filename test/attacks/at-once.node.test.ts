import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../scenarios/support/http.ts';
import { type Barrier, barrier } from '../scenarios/support/scripted-origin.ts';
import type { Reply, Script } from './support/node/origin.ts';
import { startWorld, type World } from './support/node/world.ts';

/**
 * Requests for one page at the same time may share one fetch. What came for one of them alone is not for those who waited.
 * The query is the page's `Cache-Control`; every answer of the origin has a number of its own.
 */
let answers = 0;
let held: ReturnType<typeof barrier> | null = null;

/** The first request from now on waits at the origin. */
function hold(): Barrier {
  held = barrier();
  return held;
}

const origin: Script = async ({ target, headers, method }): Promise<Reply> => {
  const first = held;
  held = null;
  await first?.arrive();
  answers += 1;
  const [path, says = ''] = decodeURIComponent(target).split('?');
  const who = headers.cookie ?? headers.authorization ?? 'nobody';
  return {
    ...(path?.startsWith('/missing') && { status: 404 }),
    headers: {
      'Cache-Control': says,
      ...(path?.startsWith('/session') && { 'Set-Cookie': `session=${answers}` }),
    },
    body: method === 'HEAD' ? '' : `number ${answers} for ${who}`,
  };
};

type Fields = Readonly<Record<string, string>>;
const ann: Fields = { Cookie: 'session=ann' };
const bob: Fields = { Cookie: 'session=bob' };
const token: Fields = { Authorization: 'Bearer ann-token' };
const nobody: Fields = {};

describe.each(['all', 'keyed'] as const)('inputs: %s', (cache) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(origin, { cache });
  });
  afterAll(() => world.stop());

  let pages = 0;
  const pageOf = (name: string, says: string) => {
    pages += 1;
    return `/${name}-${pages}?${encodeURIComponent(says)}`;
  };

  /** The first is at the origin when the others ask; it is let go when the last of them has been sent. */
  async function atOnce(page: string, first: Fields, others: readonly Fields[], method = 'GET') {
    const { reached, release } = hold();
    const led = world.send(`${method} ${page}`, { headers: first });
    await reached;
    const rest = others.map((headers) => world.send(`GET ${page}`, { headers }));
    // By the time this is answered, those before it have arrived.
    await world.send('GET /other?no-store');
    release();
    return { led: await led, rest: await Promise.all(rest) };
  }

  const many = Array.from({ length: 8 }, () => nobody);
  const texts = (all: readonly Answer[]) => all.map(({ text }) => text);
  const distinct = (all: readonly string[]) => new Set(all).size === all.length;

  it('a page that may be stored is fetched once', async () => {
    const { led, rest } = await atOnce(pageOf('page', 'max-age=600'), nobody, many);
    expect(new Set(texts([led, ...rest])).size).toBe(1);
  });

  it.each(['private', 'no-store', 'private, max-age=600', 'no-store, max-age=600', ''])(
    'each has his own, where the origin says: %j',
    async (says) => {
      const { led, rest } = await atOnce(pageOf('page', says), nobody, many);
      expect(distinct(texts([led, ...rest]))).toBe(true);
    },
  );

  it('each has his own session', async () => {
    const { led, rest } = await atOnce(pageOf('session', 'public, max-age=600'), nobody, many);
    const cookies = [led, ...rest].map(({ headers }) => String(headers['set-cookie']));
    expect(distinct(cookies)).toBe(true);
    expect(distinct(texts([led, ...rest]))).toBe(true);
  });

  it.each<[string, Fields]>([
    ['a cookie', ann],
    ['a token', token],
  ])('nobody is given what %s brought', async (_, first) => {
    for (const says of ['max-age=600', 'private', '']) {
      const page = pageOf('page', says);
      const { led, rest } = await atOnce(page, first, [nobody, bob, nobody]);
      expect(led.text).toMatch(/ann/);
      expect(texts(rest).filter((text) => text.includes('ann'))).toEqual([]);
      await world.settled();
      expect((await world.send(`GET ${page}`)).text).toMatch(/nobody/);
    }
  });

  it('whoever identifies himself does not wait for what nobody brought', async () => {
    const { rest } = await atOnce(pageOf('page', 'max-age=600'), nobody, [ann, bob, token]);
    expect(texts(rest).map((text) => text.replace(/.* for /, ''))).toEqual([
      'session=ann',
      'session=bob',
      'Bearer ann-token',
    ]);
  });

  it.each<[string, Fields, string]>([
    ['HEAD', {}, 'HEAD'],
    ['a part', { Range: 'bytes=0-1' }, 'GET'],
    ['a condition', { 'If-None-Match': '"v1"' }, 'GET'],
  ])('those who wait for %s have the whole', async (_, first, method) => {
    const { rest } = await atOnce(pageOf('page', 'max-age=600'), first, many, method);
    for (const { status, text } of rest) {
      expect(status).toBe(200);
      expect(text).toMatch(/^number \d+ for nobody$/);
    }
  });

  it('a session that came with a page is stored with nobody', async () => {
    for (const says of [
      'public, max-age=600',
      'max-age=600',
      's-maxage=600',
      'no-cache="set-cookie", max-age=600',
    ]) {
      const page = pageOf('session', says);
      await world.send(`GET ${page}`);
      await world.settled();
      const { headers, text } = await world.send(`GET ${page}`);
      const own = /number (\d+)/.exec(text)?.[1];
      // Without a session, or with that of its own answer.
      if (headers['set-cookie']) expect(headers['set-cookie'], says).toEqual([`session=${own}`]);
      if (/; hit/.test(String(headers['cache-status']))) expect(headers['set-cookie'], says).toBeUndefined();
    }
  });

  it('whoever is the first to ask has the session that came for him', async () => {
    for (const says of [
      'public, max-age=600',
      'no-cache="set-cookie", max-age=600',
      'private="set-cookie", max-age=600',
    ]) {
      const { headers } = await world.send(`GET ${pageOf('session', says)}`);
      expect(headers['set-cookie'], says).toHaveLength(1);
    }
  });
});
