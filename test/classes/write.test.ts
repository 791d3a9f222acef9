import { describe, expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod';
import type { MemoryStore } from '../../src/store/memory.ts';
import { type Purge, StoreError } from '../../src/store/port.ts';
import { breaksOff, failing, inPieces, json, timesOut } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const purges = aClass({ writeThrough: 'purge' });
const stores = aClass({ writeThrough: 'store' });
const patch = { method: 'PATCH', body: '{"total":2}', headers: { 'Content-Type': 'application/json' } };

/** `r1` is cached with total 1, and PATCH makes it 2. */
async function cachedReport(cls = stores) {
  const it = world([cls]);
  it.origin.on('/report/r1', { total: 1 });
  it.origin.on('PATCH /report/r1', { total: 2 });
  await it.edge.get('/report/r1');
  it.edge.redis.took();
  return it;
}

function connectionLost(): never {
  throw new TypeError('connection lost');
}

/** What the store was asked to purge, and what it said; the first reply gets lost, or (null) is that of a full database. */
function watchPurges(store: MemoryStore, lose: (() => never) | null) {
  const asked: Purge[] = [];
  const applied: string[] = [];
  const purge = store.purge.bind(store);
  store.purge = async (ask) => {
    asked.push(ask);
    const first = asked.length === 1;
    const deletes = first && lose === null;
    if (deletes) for (const name of ask.generationNames) store.evict(name);
    const said = deletes ? ({ applied: 'deleted', stored: null } as const) : await purge(ask);
    applied.push(said.applied);
    if (first) lose?.();
    return said;
  };
  return { asked, applied };
}

test('the write reaches the origin as the verified user’s, with the edge’s secret', async () => {
  const { origin, edge } = await cachedReport();
  await edge.get('/report/r1', {
    ...patch,
    headers: { ...patch.headers, 'X-Tenant-Id': 'globex', Cookie: 'a=b' },
  });
  const sent = origin.requests.at(-1)!;
  expect(await sent.text()).toBe('{"total":2}');
  expect(Object.fromEntries(sent.headers)).toEqual({
    'content-type': 'application/json',
    'x-origin-secret': 'the-secret-of-the-edge',
    'x-tenant-id': 'acme',
    'x-user-id': 'ann',
  });
});

test('the purge is applied before the answer leaves', async () => {
  const { edge } = await cachedReport(purges);
  const purge = edge.redis.hold('purge', 'request');
  let answered = false;
  const writing = edge.get('/report/r1', patch).finally(() => {
    answered = true;
  });
  await purge.arrived();
  expect(answered).toBe(false);
  purge.release();
  expect(await writing).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
    json: { total: 2 },
  });
  expect(edge.redis.took()).toEqual(['purge']);
});

test('purged only: the next read asks the origin', async () => {
  const { origin, edge, anotherEdge } = await cachedReport(purges);
  await edge.get('/report/r1', patch);
  origin.on('/report/r1', { total: 2 });
  expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  expect(await anotherEdge().get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
});

test('stored: its own isolate and every other read the new representation, without the origin', async () => {
  const { origin, edge, anotherEdge } = await cachedReport();
  const answer = await edge.get('/report/r1', patch);
  expect(answer).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=method; stored; fwd-status=200',
    json: { total: 2 },
  });
  expect(edge.redis.took()).toEqual(['lease', 'purge']);
  for (const it of [edge, anotherEdge()]) {
    expect(await it.get('/report/r1')).toMatchObject({
      cacheStatus: 'Stillfresh; hit; ttl=10',
      json: { total: 2 },
    });
  }
  expect(origin.count('/report/r1')).toBe(1);
});

test('an isolate that trusts its copy sees the write when the trust window is over', async () => {
  const { clock, edge, anotherEdge } = await cachedReport();
  const other = anotherEdge();
  await other.get('/report/r1');
  await edge.get('/report/r1', patch);
  clock.advance(1_000);
  expect(await other.get('/report/r1')).toMatchObject({ json: { total: 2 } });
});

test('a write that another one overtook is not stored', async () => {
  const { origin, edge, anotherEdge } = await cachedReport();
  const slow = origin.hold('PATCH /report/r1');
  const first = edge.get('/report/r1', patch);
  await slow.arrived();
  // The second write is sent later and answered first.
  const fast = anotherEdge();
  origin.on('PATCH /report/r1', { total: 3 });
  expect(await fast.get('/report/r1', patch)).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=method; stored; fwd-status=200',
  });
  slow.answer({ total: 2 });
  expect(await first).toMatchObject({
    cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
    json: { total: 2 },
  });

  origin.on('/report/r1', { total: 3 });
  for (const it of [edge, fast]) expect(await it.get('/report/r1')).toMatchObject({ json: { total: 3 } });
});

test('a read under way while the write goes through is not stored', async () => {
  const { origin, clock, edge, anotherEdge } = await cachedReport(purges);
  clock.advance(10_000);
  const reading = origin.hold('/report/r1');
  const early = edge.get('/report/r1');
  await reading.arrived();
  await anotherEdge().get('/report/r1', patch);
  reading.answer({ total: 1 });
  await early;
  origin.on('/report/r1', { total: 2 });
  expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
});

describe('a read in the same isolate while the purge is on its way', () => {
  const read = { json: { total: 2 } };

  test('applied already: nothing is served from memory', async () => {
    const { origin, edge } = await cachedReport(purges);
    origin.on('/report/r1', { total: 2 });
    const purge = edge.redis.hold('purge', 'reply');
    const writing = edge.get('/report/r1', patch);
    await purge.arrived();
    expect(await edge.ask('/report/r1')).toMatchObject(read);
    purge.release();
    await writing;
  });

  test('not applied yet: what it finds is not trusted afterwards', async () => {
    const { origin, edge } = await cachedReport(purges);
    const purge = edge.redis.hold('purge', 'request');
    const writing = edge.get('/report/r1', patch);
    await purge.arrived();
    expect(await edge.ask('/report/r1')).toMatchObject({ json: { total: 1 } });
    purge.release();
    await writing;
    origin.on('/report/r1', { total: 2 });
    expect(await edge.get('/report/r1')).toMatchObject(read);
  });

  test('nor is what was being filled', async () => {
    const { origin, edge } = world([purges]);
    origin.on('/report/r1', { total: 1 });
    origin.on('PATCH /report/r1', { total: 2 });
    const fill = edge.redis.hold('fill', 'reply');
    await edge.ask('/report/r1');
    await fill.arrived();
    await edge.ask('/report/r1', patch);
    fill.release();
    await edge.settled();
    origin.on('/report/r1', { total: 2 });
    expect(await edge.get('/report/r1')).toMatchObject(read);
  });
});

describe('what is not stored', () => {
  const issued = aClass({
    writeThrough: 'store',
    value: z.object({ status: z.string() }) as z.ZodType,
    storeWhen: (value) => (value as { status: string }).status !== 'draft',
  });

  test.each<[string, () => Response]>([
    ['a value that the class refuses', () => json({ status: 'draft' })],
    ['a value of another shape', () => json({ state: 'open' })],
    ['201', () => json({ status: 'open' }, { status: 201 })],
    ['204', () => new Response(null, { status: 204 })],
  ])('%s: purged, and read from the origin', async (_what, reply) => {
    const { origin, edge } = world([issued]);
    origin.on('/report/r1', { status: 'open' });
    await edge.get('/report/r1');
    origin.on('PATCH /report/r1', reply);
    const { status } = reply();
    expect(await edge.get('/report/r1', patch)).toMatchObject({
      status,
      cacheStatus: `Stillfresh; fwd=method; fwd-status=${status}`,
    });
    await edge.get('/report/r1');
    expect(origin.count('/report/r1')).toBe(2);
  });
});

describe('a write that is answered by a redirect', () => {
  test.each([
    [300, '/report/r1/versions'],
    [301, 'https://origin.test/report/r1'],
    [302, '/report/r1'],
    [303, '/report/r1?created=1'],
    [303, 'https://elsewhere.test/r1#here'],
    [307, '/report/r1'],
    [308, '../r1'],
  ])('%i to %s: passed on as it is, not followed, purged, and not stored', async (status, Location) => {
    const { origin, edge } = await cachedReport();
    origin.on('PATCH /report/r1', () => json({ see: 'there' }, { status, headers: { Location } }));
    const answer = await edge.get('/report/r1', patch);
    expect(answer).toMatchObject({
      status,
      cacheStatus: `Stillfresh; fwd=method; fwd-status=${status}`,
      json: { see: 'there' },
    });
    expect(answer.headers.get('Location')).toBe(Location);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(edge.redis.took()).toEqual(['lease', 'purge']);
    expect(origin.count()).toBe(2);
    origin.on('/report/r1', { total: 2 });
    expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test('one without a body, and one that comes slowly', async () => {
    const { origin, edge } = await cachedReport(purges);
    const headers = { Location: '/report/r1' };
    origin.on('PATCH /report/r1', () => new Response(null, { status: 303, headers }));
    expect(await edge.get('/report/r1', patch)).toMatchObject({ status: 303, text: '' });
    origin.on('PATCH /report/r1', () => new Response('x'.repeat(2_000_000), { status: 303, headers }));
    expect((await edge.get('/report/r1', patch)).bytes.length).toBe(2_000_000);
    expect(edge.redis.took()).toEqual(['purge', 'purge']);
  });

  test.each([301, 302, 303, 307, 308])('a read or a loader has no value by a %i: 502', async (status) => {
    const loaded = aClass({ name: 'loaded', read: 'cache-aside' });
    const { origin, edge } = world([purges, loaded]);
    const away = () => new Response(null, { status, headers: { Location: '/report/r2' } });
    for (const path of ['/report/r1', '/loaded/r1']) {
      origin.on(path, away);
      expect(await edge.get(path)).toMatchObject({ status: 502 });
    }
    expect(origin.count()).toBe(2);
  });

  test('304, which is no answer to a write, is 502: it may have been carried out, so it is purged', async () => {
    const { origin, edge } = await cachedReport();
    origin.on('PATCH /report/r1', () => new Response(null, { status: 304 }));
    expect(await edge.get('/report/r1', patch)).toMatchObject({ status: 502 });
    expect(edge.redis.took()).toEqual(['lease', 'purge']);
  });
});

describe('a write that fails', () => {
  test.each([400, 404, 409, 422])('%i: nothing was changed, so nothing is purged', async (status) => {
    const { origin, edge } = await cachedReport();
    origin.on('PATCH /report/r1', () => json({ error: 'no' }, { status }));
    expect(await edge.get('/report/r1', patch)).toMatchObject({
      status,
      cacheStatus: `Stillfresh; fwd=method; fwd-status=${status}`,
      json: { error: 'no' },
    });
    expect(edge.redis.took()).not.toContain('purge');
    expect(await edge.get('/report/r1')).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=10' });
  });

  test.each([
    ['5xx', failing(500), 500, 'Stillfresh; fwd=method; fwd-status=500; detail=origin-failed'],
    ['no answer in time', timesOut, 504, 'Stillfresh; fwd=method; detail=origin-timeout'],
    ['no connection', connectionLost, 502, 'Stillfresh; fwd=method; detail=origin-failed'],
    [
      'a body that breaks off',
      breaksOff('{"to'),
      502,
      'Stillfresh; fwd=method; fwd-status=200; detail=origin-failed',
    ],
  ])('%s: it may have been carried out, so it is purged', async (_what, reply, status, cacheStatus) => {
    const { origin, edge } = await cachedReport();
    origin.on('PATCH /report/r1', reply);
    expect(await edge.ask('/report/r1', patch)).toMatchObject({ status, cacheStatus });
    expect(edge.redis.took()).toEqual(['lease', 'purge']);
    origin.on('/report/r1', { total: 2 });
    expect(await edge.ask('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test.each([
    ['no answer in time', timesOut],
    ['no connection', connectionLost],
  ])(
    '%s: purged again later, for the origin may carry it out after the first purge',
    async (_what, reply) => {
      const { origin, clock, edge, anotherEdge } = await cachedReport();
      origin.on('PATCH /report/r1', reply);
      await edge.ask('/report/r1', patch);
      const other = anotherEdge();
      // A read refills the older value; then the origin carries the write out.
      expect(await other.get('/report/r1')).toMatchObject({ json: { total: 1 } });
      origin.on('/report/r1', { total: 2 });
      await clock.asleep(1);
      clock.advance(5_000);
      await clock.asleep(1);
      expect(await other.get('/report/r1')).toMatchObject({ json: { total: 2 } });
      clock.advance(15_000);
      await edge.settled();
      expect(edge.redis.took()).toEqual(['lease', 'purge', 'purge', 'purge']);
      expect(edge.notes).toContain('purged-again');
    },
  );

  test('with a status, the origin is done with it: one purge is enough', async () => {
    const { origin, edge } = await cachedReport();
    origin.on('PATCH /report/r1', failing(500));
    await edge.get('/report/r1', patch);
    expect(edge.redis.took()).toEqual(['lease', 'purge']);
  });

  test('the origin says when to try again, and so does the answer', async () => {
    const { origin, edge } = await cachedReport();
    origin.on('PATCH /report/r1', failing(503, { 'Retry-After': '7' }));
    const answer = await edge.get('/report/r1', patch);
    expect(answer).toMatchObject({ status: 503, cacheStatus: expect.stringContaining('fwd-status=503') });
    expect(answer.headers.get('Retry-After')).toBe('7');
  });

  test('the origin is overloaded: it was not sent, so nothing is purged', async () => {
    const { origin, edge } = world([stores], { bounds: { fetchesPerTenant: 0 } });
    const answer = await edge.get('/report/r1', patch);
    expect(answer).toMatchObject({ status: 503, cacheStatus: 'Stillfresh; fwd=method; detail=overloaded' });
    expect(answer.headers.get('Retry-After')).toBe('1');
    expect(edge.redis.took()).not.toContain('purge');
    expect(origin.count()).toBe(0);
  });
});

describe('a purge that fails', () => {
  test('the write stands, the answer says so, and the purge is tried again', async () => {
    const { origin, clock, edge, anotherEdge } = await cachedReport();
    const other = anotherEdge();
    await other.get('/report/r1');
    edge.redis.fail('purge');
    expect(await edge.ask('/report/r1', patch)).toMatchObject({
      status: 200,
      cacheStatus: 'Stillfresh; fwd=method; fwd-status=200; detail=purge-pending',
      json: { total: 2 },
    });
    expect(edge.notes).toContain('purge-failed');

    await clock.asleep(1);
    clock.advance(200);
    await clock.asleep(1);
    edge.redis.heal();
    clock.advance(1_000);
    await edge.settled();
    expect(edge.redis.took()).toEqual(['lease', 'purge', 'purge', 'purge']);
    origin.on('/report/r1', { total: 2 });
    expect(await other.get('/report/r1')).toMatchObject({ json: { total: 2 } });
  });

  test('for good: the log says that it is lost', async () => {
    const { clock, edge } = await cachedReport();
    edge.redis.fail('purge');
    await edge.ask('/report/r1', patch);
    for (const ms of [200, 1_000, 5_000, 15_000]) {
      await clock.asleep(1);
      clock.advance(ms);
    }
    await edge.settled();
    expect(edge.notes).toContain('purge-lost');
  });

  test('applied, and its answer lost: tried again by the same id, and found applied already', async () => {
    const { clock, edge, store } = await cachedReport(purges);
    const { asked, applied } = watchPurges(store, () => {
      throw new StoreError('timeout');
    });
    await edge.ask('/report/r1', patch);
    await clock.asleep(1);
    clock.advance(200);
    await edge.settled();
    expect(applied).toEqual(['now', 'already']);
    expect(new Set(asked.map(({ receipt }) => receipt.id)).size).toBe(1);
    expect(new Set(asked.map(({ nonce }) => nonce)).size).toBe(2);
    expect(edge.notes).not.toContain('purge-lost');
  });

  test('no room, so the generations were deleted: applied again by the same id', async () => {
    const { clock, edge, store } = await cachedReport(purges);
    const { asked, applied } = watchPurges(store, null);
    expect(await edge.ask('/report/r1', patch)).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=method; fwd-status=200; detail=purge-pending',
    });
    await clock.asleep(1);
    clock.advance(200);
    await edge.settled();
    expect(applied).toEqual(['deleted', 'now']);
    expect(new Set(asked.map(({ receipt }) => receipt.id)).size).toBe(1);
  });

  test('an open breaker does not keep a purge from being tried', async () => {
    const { origin, edge } = await cachedReport(purges);
    origin.on('/report/r2', { total: 1 });
    edge.redis.fail();
    for (let i = 0; i < 20; i++) await edge.get('/report/r2');
    edge.redis.heal();
    edge.redis.took();
    expect(await edge.get('/report/r1', patch)).toMatchObject({
      cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
    });
    expect(edge.redis.took()).toEqual(['purge']);
  });
});

test('without Redis before the write: sent, not stored', async () => {
  const { edge } = await cachedReport();
  edge.redis.fail('lease');
  expect(await edge.get('/report/r1', patch)).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
  });
});

test('the client goes away: the write and its purge are anchored past it', async () => {
  const { origin, clock, edge, anotherEdge } = await cachedReport();
  const held = origin.hold('PATCH /report/r1');
  // Its context ends with the client, and only what was handed to waitUntil goes on.
  void edge.send('/report/r1', patch);
  await held.arrived();
  held.answer({ total: 2 });
  await edge.settled();
  expect(edge.redis.took()).toEqual(['lease', 'purge']);
  clock.advance(1_000);
  expect(await anotherEdge().get('/report/r1')).toMatchObject({ json: { total: 2 } });
});

test('a class that fails to say whether it stores: not stored, but purged all the same', async () => {
  const odd = aClass({
    writeThrough: 'store',
    storeWhen: () => {
      throw new Error('a bug in the class');
    },
  });
  const { origin, edge } = world([odd]);
  origin.on('PATCH /report/r1', { total: 2 });
  expect(await edge.get('/report/r1', patch)).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
  });
  expect(edge.redis.took()).toEqual(['lease', 'purge']);
  expect(edge.notes).toContain('store-when-failed');
  origin.on('/report/r1', { total: 2 });
  expect(await edge.get('/report/r1')).toMatchObject({ status: 200, json: { total: 2 } });
});

test('an exception while its answer is made an entry costs neither the answer nor the purge', async () => {
  const { origin, edge } = await cachedReport();
  origin.on('PATCH /report/r1', () => {
    const digest = vi.spyOn(crypto.subtle, 'digest').mockRejectedValueOnce(new Error('no digest'));
    onTestFinished(() => digest.mockRestore());
    return json({ total: 2 });
  });
  expect(await edge.get('/report/r1', patch)).toMatchObject({
    status: 200,
    cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
    json: { total: 2 },
  });
  expect(edge.redis.took()).toEqual(['lease', 'purge']);
  expect(edge.notes).toContain('fill-failed');
  origin.on('/report/r1', { total: 2 });
  expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 2 } });
});

describe('an answer larger than the class stores', () => {
  const large = { total: 2, text: 'x'.repeat(2_000) };
  const small = { writeThrough: 'store', maxBytes: 1_024 } as const;

  test.each([
    ['of a length announced', () => json(large)],
    ['in pieces', inPieces([JSON.stringify(large).slice(0, 1_500), JSON.stringify(large).slice(1_500)])],
  ])('%s: purged, passed on whole, not stored', async (_what, reply) => {
    const { origin, edge } = await cachedReport(aClass(small));
    origin.on('PATCH /report/r1', reply);
    expect(await edge.get('/report/r1', patch)).toMatchObject({
      status: 200,
      cacheStatus: 'Stillfresh; fwd=method; fwd-status=200',
      json: large,
    });
    expect(edge.redis.took()).toEqual(['lease', 'purge']);
    expect(edge.notes).toContain('too-large');
    origin.on('/report/r1', { total: 3 });
    expect(await edge.get('/report/r1')).toMatchObject({ json: { total: 3 } });
  });
});

describe('fields of the request', () => {
  test('conditions, preferences and what describes the body reach the origin', async () => {
    const { origin, edge } = await cachedReport();
    const headers = {
      'If-Match': '"a-gzip", W/"b"',
      'If-None-Match': '"c-gzip"',
      'If-Unmodified-Since': 'Wed, 21 Oct 2015 07:28:00 GMT',
      'Idempotency-Key': '"8e03978e"',
      Prefer: 'return=minimal',
      'Content-Encoding': 'br',
      'Content-Language': 'de',
      'X-Other': 'not passed on',
    };
    await edge.get('/report/r1', { ...patch, headers: { ...patch.headers, ...headers } });
    const sent = origin.requests.at(-1)!.headers;
    // The edge added `-gzip` to the tag of what it sent compressed; the origin does not know it by that name.
    expect(Object.fromEntries(sent)).toMatchObject({
      'if-match': '"a", W/"b"',
      'if-none-match': '"c"',
      'if-unmodified-since': headers['If-Unmodified-Since'],
      'idempotency-key': headers['Idempotency-Key'],
      prefer: 'return=minimal',
      'content-encoding': 'br',
      'content-language': 'de',
    });
    expect(sent.has('x-other')).toBe(false);
  });

  test('`*` stays `*`', async () => {
    const { origin, edge } = await cachedReport();
    await edge.get('/report/r1', { ...patch, headers: { 'If-Match': '*' } });
    expect(origin.requests.at(-1)!.headers.get('If-Match')).toBe('*');
  });

  test.each([
    ['If-Match', 'a'],
    ['If-Match', ','],
    ['If-None-Match', '"a'],
  ])(
    '%s: %s is refused, and not sent: without its condition it would be another write',
    async (field, value) => {
      const { origin, edge } = await cachedReport();
      expect(await edge.get('/report/r1', { ...patch, headers: { [field]: value } })).toMatchObject({
        status: 400,
        json: { errors: [{ field }] },
      });
      expect(origin.count('PATCH /report/r1')).toBe(0);
    },
  );

  test('a condition that the origin finds false: 412, and nothing is purged', async () => {
    const { origin, edge } = await cachedReport();
    origin.on('PATCH /report/r1', () => json({ error: 'changed meanwhile' }, { status: 412 }));
    expect(await edge.get('/report/r1', { ...patch, headers: { 'If-Match': '"a"' } })).toMatchObject({
      status: 412,
      json: { error: 'changed meanwhile' },
    });
    expect(edge.redis.took()).not.toContain('purge');
  });
});

test.each([200, 201])(
  '%i: where the origin put it reaches the client, and no later reader',
  async (status) => {
    const { origin, edge } = await cachedReport();
    const headers = { Location: '/report/r2', 'Content-Location': '/report/r1' };
    origin.on('PATCH /report/r1', () => json({ total: 2 }, { status, headers }));
    origin.on('/report/r1', () => json({ total: 2 }, { headers }));
    const answer = await edge.get('/report/r1', patch);
    expect(answer.headers.get('Location')).toBe('/report/r2');
    expect(answer.headers.get('Content-Location')).toBe('/report/r1');
    const read = await edge.get('/report/r1');
    expect(read).toMatchObject({ status: 200, json: { total: 2 } });
    expect(read.headers.has('Location')).toBe(false);
    expect(read.headers.has('Content-Location')).toBe(false);
  },
);
