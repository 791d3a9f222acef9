import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { cors } from 'hono/cors';
import { describe, expect, test } from 'vitest';
import { cacheOf, type EdgeEnv, Problem } from '../../src/index.ts';
import { allowWhen } from '../../src/strategy/access.ts';
import { failing } from '../support/worker/origin.ts';
import { type Answer, type Asked, aClass, type WorldOptions, world } from '../support/worker/world.ts';

const report = aClass();
const other = aClass({ name: 'other', ttl: '5s' });
const strictOne = aClass({ name: 'strict', consistency: 'strict' });
const open = { scope: 'public', access: 'public' } as const;
const news = aClass({ ...open, name: 'news', cacheControl: 'public, max-age=60, stale-while-revalidate=30' });
const prices = aClass({ ...open, name: 'prices', cacheControl: 'max-age=10' });
const secretive = aClass({ ...open, name: 'secretive', cacheControl: 'no-store' });
const ruled = aClass({ name: 'ruled', access: allowWhen('never', [], () => false) });
const classes = [ruled, report, other, strictOne, news, prices, secretive];

type Handler = (c: Context<EdgeEnv>) => Promise<Response>;

/** A handler at `/own`; each class has `r1` at the origin. */
function site(handler: Handler, options: WorldOptions = {}) {
  const it = world(classes, { routes: (app) => app.all('/own', handler), ...options });
  for (const { name } of classes) it.origin.on(`/${name}/r1`, { total: 1 });
  return { ...it, own: (asked?: Asked) => it.edge.get('/own', asked) };
}

const reading =
  (...read: (typeof report)[]): Handler =>
  async (c) => {
    const { read: by, json } = cacheOf(c);
    const values = [];
    for (const cls of read) values.push(await by(cls, { id: 'r1' }));
    return json({ values });
  };

const said = ({ headers }: Answer, ...names: string[]) => names.map((name) => headers.get(name));
const etagOf = ({ headers }: Answer) => headers.get('ETag')!;

describe('a handler’s value is answered as a cached route answers', () => {
  test('with the fields that it has, at first and as a hit', async () => {
    const { edge, own, clock } = site(async (c) =>
      cacheOf(c).json(await cacheOf(c).read(report, { id: 'r1' })),
    );
    for (const ms of [0, 3_000]) {
      clock.advance(ms);
      const [mine, cachedOne] = [await own(), await edge.get('/report/r1')];
      if (ms === 0) expect(mine.cacheStatus).toBe('Stillfresh; fwd=uri-miss; stored; fwd-status=200');
      else expect(mine.cacheStatus).toBe(cachedOne.cacheStatus);
      expect(mine.text).toBe(cachedOne.text);
      const names = ['ETag', 'Cache-Control', 'Vary', 'Content-Type', 'X-Content-Type-Options'];
      expect(said(mine, ...names)).toEqual(said(cachedOne, ...names));
      expect(mine.headers.get('Age')).toBe(ms === 0 ? null : '3');
      expect(mine.headers.get('Server-Timing')).toContain('total;dur=0');
    }
    expect(edge.log.at(-2)).toMatchObject({ outcome: 'hit', class: 'report' });
  });

  test('304 for who has it, in any form of the tag', async () => {
    const { own } = site(reading(report));
    const etag = etagOf(await own());
    for (const held of [etag, `W/${etag}`, `"x", ${etag}`, etag.replace(/"$/, '-gzip"'), '*']) {
      const answer = await own({ headers: { 'If-None-Match': held } });
      expect(answer).toMatchObject({ status: 304, text: '', cacheStatus: 'Stillfresh; hit; ttl=10' });
      expect(said(answer, 'Cache-Control', 'Content-Type')).toEqual(['private, no-cache', null]);
    }
    expect((await own({ headers: { 'If-None-Match': '"x"' } })).status).toBe(200);
  });

  test('another value has another tag, the same one the same', async () => {
    const { own, origin, clock } = site(reading(report));
    const first = etagOf(await own());
    clock.advance(20_000);
    expect(etagOf(await own())).toBe(first);
    origin.on('/report/r1', { total: 2 });
    clock.advance(20_000);
    expect(await own({ headers: { 'If-None-Match': first } })).toMatchObject({
      status: 200,
      json: { values: [{ total: 2 }] },
    });
  });

  test('HEAD has the same fields and no body', async () => {
    const { own } = site(reading(report));
    await own();
    const [got, head] = [await own(), await own({ method: 'HEAD' })];
    expect(head).toMatchObject({ status: 200, text: '', cacheStatus: got.cacheStatus });
    const names = ['ETag', 'Cache-Control', 'Vary', 'Age', 'Content-Type'];
    expect(said(head, ...names)).toEqual(said(got, ...names));
  });

  test('a large one is in gzip for who takes it, under a tag of its own', async () => {
    const { own } = site(async (c) => cacheOf(c).json('x'.repeat(5_000)));
    const [plain, gzip] = [await own(), await own({ headers: { 'Accept-Encoding': 'gzip' } })];
    expect(said(plain, 'Content-Encoding')).toEqual([null]);
    expect(said(gzip, 'Content-Encoding', 'ETag')).toEqual(['gzip', etagOf(plain).replace(/"$/, '-gzip"')]);
    const again = await own({ headers: { 'Accept-Encoding': 'gzip', 'If-None-Match': etagOf(plain) } });
    expect(again.status).toBe(304);
  });

  test('of another method it is an answer that nobody may store', async () => {
    const answer = await site(reading(news)).own({ method: 'POST', headers: { 'If-None-Match': '*' } });
    expect(answer).toMatchObject({ status: 200, json: { values: [{ total: 1 }] } });
    expect(said(answer, 'Cache-Control', 'ETag')).toEqual(['no-store', null]);
  });

  test('behind middleware that touches the answer first', async () => {
    const { own } = site(reading(report), {
      routes: (app) => app.use('/own', cors({ origin: 'https://app.test' })).get('/own', reading(report)),
    });
    const answer = await own({ headers: { Origin: 'https://app.test' } });
    expect(answer.json).toEqual({ values: [{ total: 1 }] });
    expect(said(answer, 'Access-Control-Allow-Origin', 'Cache-Control')).toEqual([
      'https://app.test',
      'private, no-cache',
    ]);
  });
});

describe('Cache-Status is that of the worst read', () => {
  const warmed = async (handler: Handler, ...warm: string[]) => {
    const it = site(handler);
    for (const name of warm) await it.edge.get(`/${name}/r1`);
    return it;
  };
  const miss = 'Stillfresh; fwd=uri-miss; stored; fwd-status=200';

  test.each<[string, Handler, string[], string, string | undefined]>([
    ['none was read', async (c) => cacheOf(c).json(1), [], 'null', undefined],
    ['a miss before a hit', reading(other, report), ['report'], miss, 'other'],
    ['a miss after a hit', reading(report, other), ['report'], miss, 'other'],
    ['two misses: the later', reading(report, other), [], miss, 'other'],
    [
      'two hits: the one with less time left',
      reading(other, report),
      ['report', 'other'],
      'Stillfresh; hit; ttl=5',
      'other',
    ],
    [
      'the same the other way around',
      reading(report, other),
      ['report', 'other'],
      'Stillfresh; hit; ttl=5',
      'other',
    ],
  ])('%s', async (_what, handler, warm, cacheStatus, named) => {
    const { own, edge } = await warmed(handler, ...warm);
    expect(String((await own()).cacheStatus)).toBe(cacheStatus);
    expect(edge.log.at(-1)!['class']).toBe(named);
  });

  test('one that failed, and for which the handler had something else', async () => {
    const it = await warmed(async (c) => {
      const { read, json } = cacheOf(c);
      const extra = await read(prices, { id: 'r1' }).catch(() => null);
      return json([extra, await read(news, { id: 'r1' })]);
    }, 'news');
    it.origin.on('/prices/r1', failing(500));
    const answer = await it.own();
    expect(answer).toMatchObject({ status: 200, json: [null, { total: 1 }] });
    expect(answer.cacheStatus).toBe('Stillfresh; fwd=uri-miss; fwd-status=500; detail=origin-failed');
    // Half of it is not for everybody's caches.
    expect(said(answer, 'Cache-Control')).toEqual(['private, no-cache']);
  });
});

describe('Cache-Control is the strictest of what was read', () => {
  const asks: Handler = async (c) => {
    const who = await cacheOf(c).identity();
    return cacheOf(c).json([who?.user ?? null, await cacheOf(c).read(news, { id: 'r1' })]);
  };
  const refused: Handler = async (c) => {
    const { read, json } = cacheOf(c);
    const own = await read(ruled, { id: 'r1' }).catch(() => null);
    return json([own, await read(news, { id: 'r1' })]);
  };
  const sets: Handler = async (c) => {
    c.header('Cache-Control', 'private, max-age=5');
    return cacheOf(c).json(await cacheOf(c).read(report, { id: 'r1' }));
  };
  const stranger = { as: null };
  test.each<[string, Handler, string, Asked?]>([
    ['none: as for one tenant', async (c) => cacheOf(c).json(1), 'private, no-cache'],
    ['of a tenant', reading(report), 'private, no-cache'],
    ['public', reading(news), 'public, max-age=60, stale-while-revalidate=30', stranger],
    ['two that are public', reading(news, prices), 'max-age=10', stranger],
    ['the same the other way around', reading(prices, news), 'max-age=10', stranger],
    ['one of which nobody may store', reading(news, secretive), 'no-store', stranger],
    ['the same, with credentials', reading(news, secretive), 'no-store'],
    ['public, and of a tenant', reading(news, strictOne), 'private, no-cache'],
    ['of a tenant, and public', reading(report, news), 'private, no-cache'],
    ['public, but who asks was looked at', asks, 'private, no-cache'],
    ['public, in place of what was refused', refused, 'private, no-cache'],
    ['said by the handler itself', sets, 'private, max-age=5'],
  ])('%s', async (_what, handler, cacheControl, asked) => {
    const { own } = site(handler);
    expect(said(await own(asked), 'Cache-Control', 'Age')).toEqual([cacheControl, null]);
  });

  const looks: Handler = async (c) => {
    const { read, json } = cacheOf(c);
    const seen = [getCookie(c, 'session'), c.req.header('Authorization'), c.req.header('X-API-Key')];
    return json([seen.map(String), await read(news, { id: 'r1' })]);
  };
  test.each([
    ['Cookie', 'session=ann'],
    ['Authorization', 'Bearer of-ann'],
    ['Authorization', 'Basic YTpi'],
    ['X-API-Key', 'of-ann'],
    ['X-Auth-Token', 'of-ann'],
  ])('public, to a request with %s: %s', async (name, value) => {
    const { own, clock } = site(looks);
    await own(stranger);
    clock.advance(2_000);
    const answer = await own({ ...stranger, headers: { [name]: value } });
    expect(said(answer, 'Cache-Control', 'Age')).toEqual(['private, no-cache', '2']);
    const again = await own({ ...stranger, headers: { [name]: value, 'If-None-Match': etagOf(answer) } });
    expect(again.status).toBe(304);
    expect(said(again, 'Cache-Control')).toEqual(['private, no-cache']);
  });

  const gives =
    (give: (c: Context<EdgeEnv>) => void): Handler =>
    async (c) => {
      give(c);
      return cacheOf(c).json(await cacheOf(c).read(news, { id: 'r1' }));
    };
  test.each<[string, Handler, string]>([
    ['by setCookie', gives((c) => setCookie(c, 'session', 'x')), 'private, no-cache'],
    ['by c.header', gives((c) => c.header('Set-Cookie', 'a=1')), 'private, no-cache'],
    [
      'with a Cache-Control of its own',
      gives((c) => {
        c.header('Set-Cookie', 'a=1');
        c.header('Cache-Control', 'public, max-age=5');
      }),
      'public, max-age=5',
    ],
  ])('public, but it sets a cookie: %s', async (_what, handler, cacheControl) => {
    expect(said(await site(handler).own(stranger), 'Cache-Control')).toEqual([cacheControl]);
  });

  test('a public one counts from when it is sent, beside the age of the oldest', async () => {
    const { own, edge, clock } = site(reading(news, prices));
    await edge.get('/news/r1');
    clock.advance(4_000);
    await edge.get('/prices/r1');
    clock.advance(1_000);
    expect(said(await own(stranger), 'Age', 'Cache-Control')).toEqual(['5', 'max-age=15']);
  });
});

describe('a status of the handler’s own is that of this request alone', () => {
  const statusOf =
    (status: 200 | 201 | 202 | 204 | 205 | 404, cacheControl?: string): Handler =>
    async (c) => {
      c.status(status);
      if (cacheControl) c.header('Cache-Control', cacheControl);
      return cacheOf(c).json(await cacheOf(c).read(news, { id: 'r1' }));
    };
  const body = '{"total":1}';
  test.each<[string, Handler, Asked, number, string, (string | null)[]]>([
    ['POST', statusOf(201), { method: 'POST' }, 201, body, ['no-store', null]],
    ['PUT, as it is', statusOf(200), { method: 'PUT' }, 200, body, ['no-store', null]],
    ['DELETE', statusOf(204), { method: 'DELETE' }, 204, '', ['no-store', null]],
    ['another without a body', statusOf(205), { method: 'POST' }, 205, '', ['no-store', null]],
    ['GET', statusOf(202), {}, 202, body, ['no-store', null]],
    [
      'GET, whatever is held',
      statusOf(404),
      { headers: { 'If-None-Match': '*' } },
      404,
      body,
      ['no-store', null],
    ],
    ['HEAD', statusOf(404), { method: 'HEAD' }, 404, '', ['no-store', null]],
    ['GET, said', statusOf(404, 'max-age=5'), {}, 404, body, ['max-age=5', null]],
  ])('%s', async (_what, handler, asked, status, text, fields) => {
    const answer = await site(handler).own(asked);
    expect(answer).toMatchObject({ status, text });
    expect(said(answer, 'Cache-Control', 'ETag')).toEqual(fields);
    expect(said(answer, 'Content-Type')).toEqual([
      status === 204 || status === 205 ? null : 'application/json',
    ]);
  });
});

test('headers that the handler has set go with it, but none that say what its bytes are', async () => {
  const { own } = site(async (c) => {
    c.header('X-Total-Count', '7');
    c.header('Vary', 'Accept-Language');
    c.header('Content-Type', 'application/vnd.acme+json');
    c.header('Set-Cookie', 'a=1');
    c.header('Set-Cookie', 'b=2', { append: true });
    c.header('ETag', '"mine"');
    c.header('Content-Length', '1');
    return cacheOf(c).json({ a: 1 });
  });
  const answer = await own();
  expect(said(answer, 'X-Total-Count', 'Vary', 'Content-Type')).toEqual([
    '7',
    'Accept-Encoding, Accept-Language',
    'application/vnd.acme+json',
  ]);
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(etagOf(answer)).not.toBe('"mine"');
  expect(answer.json).toEqual({ a: 1 });
});

test.each<[string, unknown, string]>([
  ['a Map', new Map(), 'TypeError: cacheOf(c).json was given an instance of Map, which JSON cannot hold'],
  ['nothing', undefined, 'TypeError: cacheOf(c).json was given undefined'],
  ['a BigInt further in', { id: 1n }, 'TypeError: cacheOf(c).json was given a bigint at id'],
  ['a promise', Promise.resolve(1), 'TypeError: cacheOf(c).json was given an instance of Promise'],
])('what JSON cannot hold is 500, and the log says what to give: %s', async (_what, value, why) => {
  const { own, edge } = site(async (c) => cacheOf(c).json(value));
  expect((await own()).status).toBe(500);
  expect(edge.log[0]).toMatchObject({ problem: 'internal', why: expect.stringContaining(why) });
});

describe('who asks', () => {
  const who: Handler = async (c) => c.json(await cacheOf(c).identity());
  test.each<[string, Asked, number, unknown]>([
    ['as verified', {}, 200, { tenant: 'acme', user: 'ann' }],
    ['nobody', { as: null }, 200, null],
    ['credentials that prove nothing', { as: null, headers: { Authorization: 'Bearer abc' } }, 401, {}],
  ])('%s', async (_what, asked, status, json) => {
    const answer = await site(who).own(asked);
    expect(answer.status).toBe(status);
    if (json === null) expect(answer.json).toBeNull();
    else expect(answer.json).toMatchObject(json as object);
  });

  test('costs nothing where a read has asked already, and a handler may refuse by it', async () => {
    const { own, edge } = site(async (c) => {
      await cacheOf(c).read(report, { id: 'r1' });
      const identity = await cacheOf(c).identity();
      if (!identity?.roles.includes('owner')) throw new Problem('forbidden', { detail: 'Ask an owner' });
      return c.text('in');
    });
    expect(await own()).toMatchObject({ status: 403, json: { detail: 'Ask an owner' } });
    expect(edge.log[0]).toMatchObject({ tenant: 'acme', problem: 'forbidden' });
  });
});
