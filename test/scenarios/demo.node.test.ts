import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import { type Demo, type Person, startDemo } from './support/demo.ts';

const KPIS = 'GET /v1/dashboards/d1/kpis?range=2026-10';
const acme: Person = { tenant: 'acme', user: 'ann' };
const globex: Person = { tenant: 'globex', user: 'ann' };

describeWithRedis('what a newcomer sees', (redis) => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await startDemo(redis);
  });
  afterAll(() => demo.stop());

  it('a miss that is stored, then a hit, and one query at the origin', async () => {
    const first = await demo.ask(0, acme, KPIS);
    expect(first.status).toBe(200);
    expect(first.headers['cache-status']).toMatch(/^Stillfresh; fwd=uri-miss; stored(;|$)/);
    expect(first.headers.age).toBeUndefined();

    const second = await demo.ask(0, acme, KPIS);
    expect(second.status).toBe(200);
    expect(second.headers['cache-status']).toMatch(/^Stillfresh; hit(;|$)/);
    expect(second.headers.age).toMatch(/^\d+$/);
    expect(second.text).toBe(first.text);
    expect(second.headers.etag).toBe(first.headers.etag);
    expect(second.headers['cache-control']).toBe('private, no-cache');

    await demo.settled();
    const elsewhere = await demo.ask(1, acme, KPIS);
    expect(elsewhere.headers['cache-status']).toMatch(/^Stillfresh; hit(;|$)/);
    expect(elsewhere.text).toBe(first.text);

    expect(await demo.stats()).toMatchObject({ 'GET /dashboards/:id/kpis': 1 });
    expect(first.json()).toEqual((await demo.atOrigin(acme, KPIS.replace('/v1', ''))).json());
  });

  it('another tenant gets its own data', async () => {
    const ours = await demo.ask(0, acme, KPIS);
    const theirs = await demo.ask(0, globex, KPIS);
    expect(theirs.status).toBe(200);
    expect(theirs.headers['cache-status']).toMatch(/^Stillfresh; fwd=uri-miss; stored/);
    expect(theirs.json()).toMatchObject({ tenant: 'globex', dashboard: 'd1' });
    expect(theirs.json()).toEqual((await demo.atOrigin(globex, KPIS.replace('/v1', ''))).json());
    expect(theirs.text).not.toBe(ours.text);
    expect(theirs.headers.etag).not.toBe(ours.headers.etag);
  });

  it('without a token: 401, and how to do better', async () => {
    const answer = await demo.ask(0, null, KPIS);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm=/);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ status: 401 });
    expect(answer.headers.etag).toBeUndefined();
  });

  it('range=nonsense: 400 that names the field', async () => {
    const answer = await demo.ask(0, acme, KPIS.replace('2026-10', 'nonsense'));
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({
      status: 400,
      errors: [{ field: 'range', detail: expect.stringContaining('month') }],
    });
  });
});
