import { describe, expect, test } from 'vitest';
import { path, storable } from '../support/worker/front-ends.ts';
import { hammer, mostInASecond, unreachable } from '../support/worker/hammer.ts';
import { failing, type Reply } from '../support/worker/origin.ts';
import { httpWorld } from './support.ts';

const anonymous = { bounds: {}, as: null } as const;
/** The origin has failed twice just now. */
async function failedTwice(options = {}, reply: Reply = failing(503)) {
  const made = httpWorld(options, anonymous);
  made.origin.on(path, reply);
  for (let i = 0; i < 2; i += 1) await made.edge.get(path);
  expect(await made.edge.get(path)).toMatchObject({ json: { status: 503 } });
  return made;
}

test.each([
  ['HEAD of what is not stored', 'HEAD', {}],
  ['a part of what is not stored', 'GET', { Range: 'bytes=0-1' }],
  ['credentials', 'GET', { Cookie: 'id=1' }],
  ['no-store', 'GET', { 'Cache-Control': 'no-store' }],
  ['a condition for the origin', 'GET', { 'If-Match': '"a"' }],
  ['a write', 'POST', {}],
])('what is not shared asks as ever: %s', async (_what, method, headers) => {
  const { origin, edge } = await failedTwice({ requestDirectives: 'honoured' });
  const before = origin.count();
  for (const route of [path, `${method} ${path}`]) origin.on(route, () => new Response('ok'));
  const { status } = await edge.get(path, { method, headers });
  expect(status).toBe('Range' in headers ? 206 : 200);
  expect(origin.count()).toBe(before + 1);
});

test('an error that answers somebody’s credentials says nothing to others', async () => {
  const { origin, edge, anotherEdge } = httpWorld({}, anonymous);
  origin.on(path, ({ headers }: Request) =>
    headers.has('Cookie') ? failing(500)() : storable({ total: 1 })(),
  );
  for (let i = 0; i < 3; i += 1) await edge.get(path, { headers: { Cookie: 'id=1' } });
  expect(await anotherEdge().get(path)).toMatchObject({ status: 200 });
  expect(origin.count()).toBe(4);
});

test('but a refresh is everybody’s, whoever came upon the stale entry', async () => {
  const made = httpWorld({}, anonymous);
  const forAll = { 'Cache-Control': 'public, max-age=10, stale-while-revalidate=60' };
  made.origin.on(path, storable({ total: 1 }, forAll));
  await made.edge.get(path);
  made.clock.advance(12_000);
  const { askedMs, answers } = await hammer(made, failing(500), { headers: { Cookie: 'id=1' } });
  expect(mostInASecond(askedMs)).toBeLessThanOrEqual(2);
  expect(answers.map(({ text }) => text)).toEqual(Array(120).fill('{"total":1}'));
});

test('an error with a lifetime is stored, and is no failure', async () => {
  const { askedMs, answers } = await hammer(
    httpWorld({}, anonymous),
    failing(503, { 'Cache-Control': 'max-age=60' }),
  );
  expect(askedMs).toHaveLength(1);
  expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['the origin says no']));
});

test('but where it would take the place of what covers for it, it is one', async () => {
  const made = httpWorld({}, anonymous);
  made.origin.on(path, storable({ total: 1 }, { 'Cache-Control': 'max-age=10, stale-if-error=3600' }));
  await made.edge.get(path);
  made.clock.advance(15_000);
  const { askedMs, answers } = await hammer(made, failing(503, { 'Cache-Control': 'max-age=60' }));
  expect(mostInASecond(askedMs)).toBeLessThanOrEqual(2);
  expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['{"total":1}']));
});

test('who will have nothing without the origin’s word is told of the failure; others have the fresh entry', async () => {
  const made = httpWorld({ requestDirectives: 'honoured' }, anonymous);
  const { origin, edge, anotherEdge } = made;
  origin.on(path, storable({ total: 1 }, { 'Cache-Control': 'max-age=60, stale-if-error=60' }));
  await edge.get(path);
  origin.on(path, failing(503));
  const reload = { headers: { 'Cache-Control': 'no-cache' } };
  const answers = [];
  for (let i = 0; i < 10; i += 1) answers.push(await anotherEdge().get(path, reload));
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(503));
  expect(origin.count()).toBe(3);
  expect(await anotherEdge().get(path)).toMatchObject({ json: { total: 1 } });
});

test('a HEAD that validates an entry, and fails, is a failure', async () => {
  const { origin, clock, edge, anotherEdge } = httpWorld({}, anonymous);
  origin.on(path, storable({ total: 1 }));
  await edge.get(path);
  clock.advance(15_000);
  origin.on(`HEAD ${path}`, failing(503));
  for (let i = 0; i < 5; i += 1) await anotherEdge().get(path, { method: 'HEAD' });
  expect(origin.count(`HEAD ${path}`)).toBe(2);
});

test('one that could not be reached is covered for as long as it cannot, by who did not ask too', async () => {
  const { origin, clock, edge, anotherEdge } = httpWorld({}, anonymous);
  origin.on(path, storable({ total: 1 }));
  await edge.get(path);
  clock.advance(15_000);
  origin.on(path, unreachable);
  for (let i = 0; i < 5; i += 1)
    expect((await anotherEdge().get(path)).cacheStatus).toContain('detail=stale-disconnected');
  expect(origin.count()).toBe(3);
});

describe('an error that one client may have provoked', () => {
  /** The origin cannot bear that field. */
  const provoked = (name: string) => (request: Request) =>
    request.headers.has(name) ? failing(500)() : storable({ total: 1 })();

  test.each([['X-Bad'], ['X-Debug'], ['Expect-Ct'], ['Next-Action']])(
    'by %s says nothing to others',
    async (name) => {
      const { origin, edge, anotherEdge } = httpWorld({}, anonymous);
      origin.on(path, provoked(name));
      const headers = { [name]: 'x' };
      for (const one of [edge, anotherEdge(), edge, anotherEdge()])
        expect(await one.get(path, { headers })).toMatchObject({ status: 500 });
      expect(await anotherEdge().get(path)).toMatchObject({ status: 200, json: { total: 1 } });
    },
  );

  test.each([
    [
      'what every browser sends',
      {},
      { 'User-Agent': 'x', 'Accept-Language': 'de', 'Sec-Fetch-Mode': 'cors' },
    ],
    ['a field that is in no key, under keyed', { inputs: 'keyed' }, { 'X-Bad': 'x' }],
  ] as const)('is everybody’s, if it answers %s', async (_what, options, headers) => {
    const { origin, edge, anotherEdge } = httpWorld(options, anonymous);
    origin.on(path, failing(500));
    for (const one of [edge, anotherEdge()]) await one.get(path, { headers });
    expect(await anotherEdge().get(path)).toMatchObject({ status: 500 });
    expect(origin.count()).toBe(2);
  });
});

test('a part that has expired spares an origin that fails, too', async () => {
  const made = httpWorld({}, anonymous);
  const part = () =>
    new Response('01', {
      status: 206,
      headers: {
        'Cache-Control': 'max-age=10',
        ETag: '"a"',
        'Content-Range': 'bytes 0-1/9',
        'Content-Length': '2',
      },
    });
  const asked = { headers: { Range: 'bytes=0-1' } };
  made.origin.on(path, part);
  await made.edge.get(path, asked);
  made.clock.advance(12_000);
  const { askedMs, answers } = await hammer(made, failing(503), asked);
  expect(mostInASecond(askedMs)).toBeLessThanOrEqual(2);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
});
