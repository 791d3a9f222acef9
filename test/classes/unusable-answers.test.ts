import { describe, expect, test } from 'vitest';
import { json } from '../support/worker/origin.ts';
import { type Asked, aClass, world } from '../support/worker/world.ts';

const read = aClass();
const loaded = aClass({ name: 'loaded', read: 'cache-aside' });
const writes = aClass({ writeThrough: 'store' });
const patch = { method: 'PATCH', body: '{"total":2}' };

/** A way on which an answer of the origin comes to a client of a data class. */
interface Way {
  readonly by: string;
  readonly cls: typeof read;
  readonly path: string;
  /** The origin's. */
  readonly status: number;
  readonly asked?: Asked;
}

const ways: readonly Way[] = [
  { by: 'a read', cls: read, path: '/report/r1', status: 200 },
  { by: 'a refusal', cls: read, path: '/report/r1', status: 404 },
  { by: 'a loader', cls: loaded, path: '/loaded/r1', status: 200 },
  { by: 'a loader’s refusal', cls: loaded, path: '/loaded/r1', status: 404 },
  { by: 'a write', cls: writes, path: '/report/r1', status: 200, asked: patch },
  { by: 'a write’s refusal', cls: writes, path: '/report/r1', status: 409, asked: patch },
];

const routeOf = ({ path, asked }: Way) => (asked ? `${asked.method} ${path}` : path);

const problem = {
  status: 502,
  cacheStatus: expect.stringContaining('detail=origin-failed'),
  json: { type: 'urn:stillfresh:problem:origin-failed' },
};

/** Asks twice, the second time in another isolate, since nothing of the first answer may be left; why, as the log has it. */
async function refusedTwice(way: Way, reply: () => Response): Promise<string> {
  const { origin, edge, anotherEdge } = world([way.cls]);
  const route = routeOf(way);
  origin.on(route, reply);
  for (const it of [edge, anotherEdge()]) {
    const answer = await it.ask(way.path, way.asked);
    expect(answer).toMatchObject(problem);
    expect(answer.text).not.toContain('total');
    expect(it.redis.took()).not.toContain('fill');
  }
  expect(origin.count(route)).toBe(2);
  return String(edge.log.at(-1)?.['why']);
}

describe.each(ways)('$by', (way) => {
  const { cls, path, status, asked } = way;
  const answering = (headers: Record<string, string>) => () => json({ total: 1 }, { status, headers });

  test.each([
    'deflate',
    'zstd',
    'compress',
    'x-gzip',
    'GZIP',
    'gzip, gzip',
    'gzip, identity',
    'br,',
    'utf-8',
    'dcb',
  ])(
    'in the coding %j, which the platform does not take off, is 502, and the log names it',
    async (coding) => {
      const why = await refusedTwice(way, answering({ 'Content-Encoding': coding }));
      expect(why).toBe(`Content-Encoding: ${coding} cannot be read`);
    },
  );

  test.each(['gzip, chunked', 'chunked, chunked', 'gzip', 'chunked,'])(
    'in the transfer coding %j too',
    async (coding) => {
      const why = await refusedTwice(way, answering({ 'Transfer-Encoding': coding }));
      expect(why).toBe(`Transfer-Encoding: ${coding} cannot be read`);
    },
  );

  test.each([
    ['Content-Encoding', 'identity'],
    ['Content-Encoding', 'Identity, identity'],
    ['Content-Encoding', ','],
    ['Content-Encoding', 'gzip'], // taken off by the platform, which leaves the field
    ['Content-Encoding', 'br'],
    ['Transfer-Encoding', 'chunked'],
    ['Transfer-Encoding', 'Chunked'],
  ])('with %s: %s is an answer, and says nothing of a coding', async (name, coding) => {
    const { origin, edge } = world([cls]);
    origin.on(routeOf(way), answering({ [name]: coding }));
    const answer = await edge.get(path, asked);
    expect(answer).toMatchObject({ status, json: { total: 1 } });
    expect(answer.headers.get('Content-Encoding')).toBeNull();
  });
});

const switches = () => new Response(null, { status: 101, webSocket: new WebSocketPair()[0] });

describe('a status that is no answer to what was sent', () => {
  const asking = ways.filter(({ status }) => status === 200);

  test.each(asking)('101 to $by is 502', async (way) => {
    expect(await refusedTwice(way, switches)).toBe('status 101');
  });

  test.each(asking)('a 304 that nobody asked for, to $by, is 502', async (way) => {
    expect(await refusedTwice(way, () => new Response(null, { status: 304 }))).toBe('status 304');
  });
});

test('a body that is not there needs no decoding', async () => {
  const { origin, edge } = world([read]);
  origin.on('/report/r1', () => new Response(null, { status: 204, headers: { 'Content-Encoding': 'zstd' } }));
  expect((await edge.get('/report/r1')).status).toBe(204);
});

test('what cannot be read is covered for like any failure', async () => {
  const { origin, clock, edge } = world([aClass({ staleIfError: '1h' })]);
  origin.on('/report/r1', { total: 1 });
  await edge.get('/report/r1');
  clock.advance(15_000);
  origin.on('/report/r1', () => json({ total: 2 }, { headers: { 'Content-Encoding': 'zstd' } }));
  expect(await edge.get('/report/r1')).toMatchObject({ status: 200, json: { total: 1 } });
});
