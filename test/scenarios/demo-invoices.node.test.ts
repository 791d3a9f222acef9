import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import { type Demo, type Person, startDemo } from './support/demo.ts';
import type { Answer } from './support/http.ts';

const BEYOND_L1 = 1_500;
const ann: Person = { tenant: 'acme', user: 'ann' };
const bob: Person = { tenant: 'acme', user: 'bob' };
const theirs: Person = { tenant: 'globex', user: 'ann' };
const isolates = [0, 1];
const json = { 'Content-Type': 'application/json' };

const cacheStatus = (answer: Answer) => answer.headers['cache-status'] as string;

describeWithRedis('invoices', (redis) => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await startDemo(redis);
  });
  afterAll(() => demo.stop());

  const read = (edge: number, id: string, who = ann) => demo.ask(edge, who, `GET /v1/invoices/${id}`);
  const patch = (edge: number, id: string, body: object, who = ann) =>
    demo.ask(edge, who, `PATCH /v1/invoices/${id}`, { headers: json, body: JSON.stringify(body) });
  const reads = async () => (await demo.stats())['GET /invoices/:id'] ?? 0;

  /** From now on every isolate says so, the writer's at once and the others when their trust window is over. */
  async function everyoneReads(id: string, expected: object): Promise<void> {
    await demo.advance(BEYOND_L1);
    for (const edge of [1, 0]) expect((await read(edge, id)).json()).toMatchObject(expected);
  }

  it('a draft is never stored: each read reaches the origin, and Redis has no key of it', async () => {
    for (const edge of [0, 1, 0]) {
      const draft = await read(edge, 'inv_0005');
      expect(draft.json()).toMatchObject({ status: 'draft' });
      expect(cacheStatus(draft)).toMatch(/^Stillfresh; fwd=uri-miss; fwd-status=200(;|$)/);
      await demo.settled();
    }
    expect(await reads()).toBe(3);
    expect(await demo.keys('invoice:*inv_0005*')).toEqual([]);
  });

  it('issued, it is stored; a draft again, it is gone', async () => {
    const issued = await patch(0, 'inv_0005', { status: 'open' });
    expect(cacheStatus(issued)).toMatch(/^Stillfresh; fwd=method; stored/);
    await everyoneReads('inv_0005', { status: 'open' });
    const [hit] = await Promise.all([read(1, 'inv_0005')]);
    expect(cacheStatus(hit)).toMatch(/^Stillfresh; hit/);

    const back = await patch(1, 'inv_0005', { status: 'draft' });
    expect(cacheStatus(back)).toMatch(/^Stillfresh; fwd=method; fwd-status=200/);
    await everyoneReads('inv_0005', { status: 'draft' });
    expect(cacheStatus(await read(0, 'inv_0005'))).toMatch(/^Stillfresh; fwd=/);
    await demo.settled();
  });

  it('a write through the edge is read at once by its writer, and soon by everyone', async () => {
    for (const edge of isolates) await read(edge, 'inv_0001');
    await demo.settled();
    for (const edge of isolates) expect(cacheStatus(await read(edge, 'inv_0001'))).toMatch(/hit/);
    const before = await reads();
    for (const amount_cents of [111, 222, 333]) {
      const writer = amount_cents % 2;
      const said = await patch(writer, 'inv_0001', { amount_cents });
      expect(said.json()).toMatchObject({ amount_cents });
      const own = await read(writer, 'inv_0001');
      expect(own.json()).toMatchObject({ amount_cents });
      expect(own.headers.etag).toBe(said.headers.etag);
      await everyoneReads('inv_0001', { amount_cents });
    }
    expect(await reads(), 'the answer of the write is what is read').toBe(before);
  });

  it('another tenant’s invoice of the same number is another', async () => {
    const other = await read(0, 'inv_0001', theirs);
    expect(other.json()).toEqual((await demo.atOrigin(theirs, 'GET /invoices/inv_0001')).json());
    await patch(0, 'inv_0001', { amount_cents: 777 });
    expect((await read(0, 'inv_0001', theirs)).json()).toEqual(other.json());
  });

  it('a write that the origin refuses changes nothing and drops nothing', async () => {
    await read(0, 'inv_0002');
    await demo.settled();
    expect((await patch(0, 'inv_0002', { amount_cents: 1 }, bob)).status).toBe(403);
    expect((await patch(0, 'inv_0002', { amount_cents: -1 })).status).toBe(422);
    expect((await patch(0, 'inv_0002', { colour: 'red' })).status).toBe(422);
    expect(cacheStatus(await read(0, 'inv_0002'))).toMatch(/^Stillfresh; hit/);
    const unknown = await patch(0, 'inv_9999', { amount_cents: 1 });
    expect(unknown.status).toBe(404);
    expect(unknown.headers['content-type']).toBe('application/problem+json');
  });

  it('a write through the edge shows in the list: at once in its isolate, soon in every other, and nowhere else', async () => {
    const list = (edge: number, who = ann) => demo.ask(edge, who, 'GET /v1/invoices');
    const amount = async (edge: number) => {
      const { invoices } = (await list(edge)).json() as { invoices: { id: string; amount_cents: number }[] };
      return invoices.find(({ id }) => id === 'inv_0004')?.amount_cents;
    };
    for (const edge of isolates) for (const who of [ann, theirs]) await list(edge, who);
    await demo.settled();
    for (const amount_cents of [1_111, 2_222]) {
      const writer = amount_cents % 2;
      expect((await patch(writer, 'inv_0004', { amount_cents })).status).toBe(200);
      expect(await amount(writer)).toBe(amount_cents);
      await demo.settled();
      await demo.advance(BEYOND_L1);
      expect(await amount(1 - writer)).toBe(amount_cents);
    }
    expect(cacheStatus(await list(0, theirs))).toMatch(/^Stillfresh; hit/);
    expect((await demo.stats())['GET /invoices'], 'two of each tenant’s first, and one for each write').toBe(
      4,
    );
  });

  it('the list outlives the origin', async () => {
    await demo.faults({ status: 503 });
    await demo.advance(301_000);
    const kept = await demo.ask(0, ann, 'GET /v1/invoices');
    await demo.faults({});
    expect(cacheStatus(kept)).toMatch(/^Stillfresh; hit; ttl=-.*detail=stale-if-error/);
  });

  describe('over the wire', () => {
    const KPIS = '/v1/dashboards/d1/kpis?range=2026-10';
    const get = (path: string, headers: Record<string, string> = {}) =>
      demo.ask(0, ann, `GET ${path}`, { headers });
    const gzip = { 'Accept-Encoding': 'gzip' };

    it('the origin’s entity tag is kept, and 304 has it and no body', async () => {
      const whole = await get('/v1/invoices/inv_0003');
      expect(whole.headers.etag).toBe((await demo.atOrigin(ann, 'GET /invoices/inv_0003')).headers.etag);
      const etag = whole.headers.etag!;
      for (const held of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const unchanged = await get('/v1/invoices/inv_0003', { 'If-None-Match': held });
        expect(unchanged.status, held).toBe(304);
        expect(unchanged.body.length).toBe(0);
        expect(unchanged.headers).toMatchObject({
          etag,
          'cache-control': 'private, no-cache',
          vary: expect.stringContaining('Accept-Encoding'),
          'cache-status': expect.stringMatching(/^Stillfresh; hit/),
        });
      }
      for (const held of ['"other"', ''])
        expect((await get('/v1/invoices/inv_0003', { 'If-None-Match': held })).status).toBe(200);

      await patch(0, 'inv_0003', { amount_cents: 5 });
      const changed = await get('/v1/invoices/inv_0003', { 'If-None-Match': etag });
      expect(changed.status).toBe(200);
      expect(changed.json()).toMatchObject({ amount_cents: 5 });
    });

    it('a stored answer leaves compressed as it is stored, for those who take it', async () => {
      const miss = await get(KPIS, gzip);
      await demo.settled();
      for (const edge of isolates) {
        const ask = (headers: Record<string, string>) => demo.ask(edge, ann, `GET ${KPIS}`, { headers });
        const packed = await ask(gzip);
        expect(packed.headers['content-encoding']).toBe('gzip');
        expect(packed.headers['content-type']).toBe('application/json');
        expect(packed.headers.vary).toContain('Accept-Encoding');
        expect(packed.body.length).toBeLessThan(miss.body.length);
        const unpacked = gunzipSync(packed.body).toString();

        const plain = await ask({});
        expect(plain.headers['content-encoding']).toBeUndefined();
        expect(plain.text).toBe(unpacked);
        expect(JSON.parse(unpacked)).toEqual((await demo.atOrigin(ann, `GET ${KPIS.slice(3)}`)).json());
        const refused = await ask({ 'Accept-Encoding': 'gzip;q=0, br' });
        expect(refused.headers['content-encoding']).toBeUndefined();
        expect(refused.text).toBe(unpacked);

        // RFC 9110 §8.8.3.3: a coding of its own has a strong tag of its own.
        expect(packed.headers.etag).not.toBe(plain.headers.etag);
        for (const held of [packed.headers.etag!, plain.headers.etag!])
          for (const coding of [gzip, { 'Accept-Encoding': 'identity' }])
            expect((await ask({ 'If-None-Match': held, ...coding })).status).toBe(304);
      }
    });

    it('HEAD says what GET says, without the body', async () => {
      for (const [path, headers] of [
        [KPIS, {}],
        [KPIS, gzip],
        ['/v1/invoices/inv_0003', {}],
        ['/v1/me/permissions', {}],
      ] as const) {
        await get(path);
        await demo.settled();
        const whole = await get(path, headers);
        const head = await demo.ask(0, ann, `HEAD ${path}`, { headers });
        expect(head.status).toBe(200);
        expect(head.body.length).toBe(0);
        for (const name of ['etag', 'content-type', 'content-encoding', 'cache-control', 'vary'])
          expect(head.headers[name], `${path} ${name}`).toBe(whole.headers[name]);
      }
    });
  });
});
