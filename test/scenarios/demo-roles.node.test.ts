import { afterEach, expect, it } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { describeWithRedis } from '../support/redis.ts';
import { type Demo, type Person, startDemo } from './support/demo.ts';
import type { Answer } from './support/http.ts';

const KPIS = '/v1/dashboards/d1/kpis?range=2026-10';
const GET = `GET ${KPIS}`;
const AT_ORIGIN = 'GET /dashboards/:id/kpis';
const ann: Person = { tenant: 'acme', user: 'ann' };
const bob: Person = { tenant: 'acme', user: 'bob' };
const carol: Person = { tenant: 'acme', user: 'carol' };
const isolates = [0, 1];
const TTL = 600_000;

const isHit = (answer: Answer) => /^Stillfresh; hit(;|$)/.test(answer.headers['cache-status'] as string);

/** Refused, and nothing of what is refused shows: neither what it is, nor how old, nor whether it is there. */
function expectRefused(answer: Answer): void {
  const { status, headers, text } = answer;
  expect(status, text).toBe(403);
  expect(headers['content-type']).toBe('application/problem+json');
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['cache-status']).toBe('Stillfresh; detail=forbidden');
  for (const name of ['etag', 'age', 'last-modified', 'content-encoding'])
    expect(headers[name], name).toBeUndefined();
  expect(text).not.toContain('revenue');
}

describeWithRedis('roles', (redis) => {
  let demo: Demo;
  afterEach(() => demo.stop());

  const asOrigin = async (who: Person) => {
    const { json } = await demo.atOrigin(who, GET.replace('/v1', ''));
    return json();
  };

  /** Both isolates hold the KPIs and this person's permissions in memory. */
  async function warm(who: Person): Promise<Answer> {
    for (const edge of isolates) {
      expect((await demo.ask(edge, who, GET)).status).toBe(200);
      await demo.settled();
    }
    for (const edge of isolates) expect(isHit(await demo.ask(edge, who, GET))).toBe(true);
    return demo.ask(0, who, GET);
  }

  it('a role taken away counts on the next request, in every isolate, however warm', async () => {
    demo = await startDemo(redis);
    await warm(carol);
    const before = await demo.stats();

    // What decides is the purge: the origin alone cannot be heard.
    await demo.atOrigin(ann, 'PATCH /users/carol?silent=1', { role: 'viewer' });
    for (const edge of isolates) expect(isHit(await demo.ask(edge, carol, GET))).toBe(true);
    await demo.purgeUser(carol);

    for (const edge of isolates) {
      expectRefused(await demo.ask(edge, carol, GET));
      expectRefused(await demo.ask(edge, carol, GET));
      const permissions = await demo.ask(edge, carol, 'GET /v1/me/permissions');
      expect(permissions.json()).toMatchObject({ role: 'viewer' });
    }
    expect((await demo.stats())[AT_ORIGIN], 'nobody asked for the KPIs again').toBe(before[AT_ORIGIN]);
    // The others keep theirs.
    for (const edge of isolates) expect((await demo.ask(edge, ann, GET)).status).toBe(200);

    await demo.setRole(carol, 'analyst');
    for (const edge of isolates) {
      const again = await demo.ask(edge, carol, GET);
      expect(again.status).toBe(200);
      expect(isHit(again), 'what is stored was never hers alone').toBe(true);
    }
  });

  it('the same name at another tenant is another person', async () => {
    demo = await startDemo(redis);
    const theirs: Person = { tenant: 'globex', user: 'carol' };
    await warm(carol);
    await warm(theirs);
    await demo.setRole(carol, 'viewer');
    const reads = (await demo.stats())['GET /permissions'];
    for (const edge of isolates) {
      expectRefused(await demo.ask(edge, carol, GET));
      expect((await demo.ask(edge, theirs, GET)).json()).toMatchObject({ tenant: 'globex' });
    }
    expect((await demo.stats())['GET /permissions'], 'only hers were read again').toBe(reads! + 1);
  });

  it('a role given counts on the next request', async () => {
    demo = await startDemo(redis);
    for (const edge of isolates) expectRefused(await demo.ask(edge, bob, GET));
    await demo.setRole(bob, 'analyst');
    for (const edge of isolates) {
      const now = await demo.ask(edge, bob, GET);
      expect(now.status).toBe(200);
      expect(now.json()).toEqual(await asOrigin(bob));
    }
  });

  /** Everything that Bob may try, in every isolate. */
  async function bobTries(known?: Answer): Promise<void> {
    const etag = known?.headers.etag ?? '"guessed"';
    const tries: [string, Record<string, string>][] = [
      [GET, {}],
      [GET, { 'Accept-Encoding': 'gzip' }],
      [GET, { 'If-None-Match': etag }],
      [GET, { 'If-None-Match': `W/${etag}` }],
      [GET, { 'If-None-Match': '*' }],
      [GET, { Range: 'bytes=0-99' }],
      [GET, { 'Cache-Control': 'only-if-cached' }],
      [GET, { 'Cache-Control': 'no-cache' }],
      [GET, { 'X-Tenant-Id': 'acme', 'X-User-Id': 'carol', 'X-Origin-Secret': 'guessed' }],
      [`HEAD ${KPIS}`, {}],
      [`HEAD ${KPIS}`, { 'If-None-Match': etag }],
      [`GET ${KPIS.replace('range', '%72ange')}`, {}],
    ];
    for (const edge of isolates)
      for (const [route, headers] of tries) expectRefused(await demo.ask(edge, bob, route, { headers }));
  }

  it('a colleague without the right never sees what is stored', async () => {
    demo = await startDemo(redis);
    await bobTries(); // before anybody

    await demo.ask(0, carol, 'GET /v1/me/permissions');
    await demo.faults({ latency_ms: 1, route: AT_ORIGIN });
    const held = demo.hold();
    const reading = demo.ask(0, carol, GET);
    await held.reached;
    await bobTries(); // while Carol's fetch is under way
    await demo.faults({});
    held.release();
    expect((await reading).status).toBe(200);

    await bobTries(await warm(carol)); // while it is fresh, everywhere

    await demo.advance(TTL + 1_000);
    const stale = await demo.ask(1, carol, GET);
    expect(stale.headers['cache-status']).toMatch(/^Stillfresh; hit; ttl=-/);
    await bobTries(stale);
    await demo.settled();

    await demo.faults({ status: 500, route: AT_ORIGIN });
    await demo.advance(TTL + 120_000);
    const covered = await demo.ask(0, carol, GET);
    expect(covered.headers['cache-status']).toMatch(/hit; ttl=-\d+; detail=stale-if-error/);
    await bobTries(covered);
  });

  it('and would if access were not asked', async () => {
    demo = await startDemo(redis, { without: 'access' });
    const known = await warm(carol);
    await expect(bobTries(known)).rejects.toThrow('expected 200 to be 403');
  });

  it('one who may not read puts nothing into the cache', async () => {
    demo = await startDemo(redis);
    await demo.ask(0, bob, GET);
    await demo.settled();
    expect(await demo.keys('analytics:*')).toEqual([]);
    expect((await demo.stats())[AT_ORIGIN]).toBeUndefined();
  });

  it('permissions that cannot be had allow nothing, whatever is stored', async () => {
    demo = await startDemo(redis);
    await warm(carol);
    await demo.purgeUser(carol);
    for (const fault of [{ status: 500 }, { truncate: true }]) {
      await demo.faults({ ...fault, route: 'GET /permissions' });
      for (const edge of isolates) {
        const answer = await demo.ask(edge, carol, GET);
        expect(answer.status).toBe(503);
        expect(answer.text).not.toContain('revenue');
        expect(answer.headers.etag).toBeUndefined();
      }
      await demo.settled();
      // The second for which a failing origin is spared ends by itself; here at once.
      for (const name of await demo.keys('lock:*')) await demo.command('DEL', name);
    }
    await demo.faults({ status: 404, route: 'GET /permissions' });
    for (const edge of isolates) expectRefused(await demo.ask(edge, carol, GET));
    await demo.faults({});
    for (const edge of isolates) expect((await demo.ask(edge, carol, GET)).status).toBe(200);
  });

  it('permissions are asked of Redis every time, and nothing is trusted that was not validated', async () => {
    demo = await startDemo(redis);
    await warm(carol);
    demo.gateway.resetCounts();
    for (let i = 0; i < 3; i++) for (const edge of isolates) await demo.ask(edge, carol, GET);
    expect(demo.gateway.counts()).toMatchObject({ requests: 6, commands: 6, byCommand: { MGET: 6 } });

    demo.gateway.onRequest = () => ({ respond: { status: 500, body: '{"error":"ERR gone"}' } });
    const reads = (await demo.stats())['GET /permissions']!;
    for (const edge of isolates) expect((await demo.ask(edge, carol, GET)).status).toBe(200);
    expect((await demo.stats())['GET /permissions'], 'asked of the origin instead').toBe(reads + 2);
    await demo.faults({ status: 500, route: 'GET /permissions' });
    for (const edge of isolates) expect((await demo.ask(edge, carol, GET)).status).toBe(503);
    await demo.faults({});
    await demo.atOrigin(ann, 'PATCH /users/carol?silent=1', { role: 'viewer' });
    for (const edge of isolates) expectRefused(await demo.ask(edge, carol, GET));

    demo.gateway.onRequest = undefined;
    await demo.purgeUser(carol);
    await demo.advance(bounds.breakerOpenMs + 1);
    for (const edge of isolates) expectRefused(await demo.ask(edge, carol, GET));
  });
});
