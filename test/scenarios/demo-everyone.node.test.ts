import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tenants, userIds } from '../../dev/origin/people.ts';
import { describeWithRedis } from '../support/redis.ts';
import { type Demo, type Person, startDemo } from './support/demo.ts';

const BEYOND_L1 = 1_500;

/** Everybody at both tenants, a stranger to them, and a tenant that nobody knows. */
const person: fc.Arbitrary<Person> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      tenant: fc.constantFrom(...tenants.map(({ id }) => id)),
      user: fc.constantFrom(...userIds),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ tenant: 'acme', user: 'zoe' }, { tenant: 'initech', user: 'ann' }),
  },
);
const month = fc
  .tuple(fc.constantFrom(2024, 2025, 2026), fc.constantFrom('01', '06', '10', '12'))
  .map(([year, month]) => `${year}-${month}`);
const isolates = [0, 1];
const edge = fc.constantFrom(...isolates);

/** Few things, so that people meet at them. */
const read = fc.record({
  does: fc.constant('read' as const),
  edge,
  who: person,
  path: fc.oneof(
    fc
      .tuple(fc.constantFrom('d1', 'd2', 'd10', 'd11'), month)
      .map(([dashboard, range]) => `/dashboards/${dashboard}/kpis?range=${range}`),
    fc.constant('/me/permissions'),
    fc.constantFrom('inv_0001', 'inv_0002', 'inv_0005', 'inv_9999').map((id) => `/invoices/${id}`),
  ),
});
const setRole = fc.record({
  does: fc.constant('setRole' as const),
  who: fc.record({
    tenant: fc.constantFrom('acme', 'globex'),
    user: fc.constantFrom('bob', 'carol', 'erin', 'finn'),
  }),
  role: fc.constantFrom('viewer', 'analyst', 'admin'),
});
const write = fc.record({
  does: fc.constant('write' as const),
  edge,
  who: person,
  invoice: fc.constantFrom('inv_0001', 'inv_0002', 'inv_0005'),
  patch: fc.oneof(
    fc.nat(1_000_000).map((amount_cents) => ({ amount_cents })),
    fc.constantFrom('draft', 'open', 'paid').map((status) => ({ status })),
  ),
});
const steps = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: read },
    { weight: 1, arbitrary: setRole },
    { weight: 2, arbitrary: write },
  ),
  { minLength: 20, maxLength: 40 },
);
type Step = (typeof steps extends fc.Arbitrary<infer S> ? S : never)[number];

const atOrigin = (path: string) => path.replace('/me/permissions', '/permissions');

describeWithRedis('whoever reads, from whichever isolate, in whatever order', (redis) => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await startDemo(redis);
  });
  afterAll(() => demo.stop());

  async function carryOut(step: Step): Promise<void> {
    if (step.does === 'setRole') return demo.setRole(step.who, step.role);
    if (step.does === 'write') {
      const said = await demo.ask(step.edge, step.who, `PATCH /v1/invoices/${step.invoice}`, {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(step.patch),
      });
      const now = await demo.atOrigin(step.who, `GET /invoices/${step.invoice}`);
      if (said.status === 200) expect(said.json()).toEqual(now.json());
      else expect([403, 404]).toContain(said.status);
      await demo.advance(BEYOND_L1); // the other isolate may trust its copy that long
      return;
    }
    const said = await demo.ask(step.edge, step.who, `GET /v1${step.path}`);
    const meant = await demo.atOrigin(step.who, `GET ${atOrigin(step.path)}`);
    expect(said.status, said.text).toBe(meant.status);
    if (meant.status === 200) expect(said.json()).toEqual(meant.json());
    else expect(said.headers['content-type']).toBe('application/problem+json');
  }

  it('the answer is what the origin says to that person', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        for (const step of all) await carryOut(step);
      }),
      { numRuns: 25, endOnFailure: true },
    );
    // That the cache was there to be wrong.
    const hits = demo.logs.filter((line) => line.includes('"outcome":"hit"'));
    expect(hits.length).toBeGreaterThan(100);
    expect(demo.logs.filter((line) => /"level":"error"|entry-|redis-/.test(line))).toEqual([]);
  }, 120_000);

  /** Each isolate takes a wave of requests at once, small enough for every tenant's share of the bulkhead. */
  const WAVE = 12;
  const everyone = tenants.flatMap(({ id: tenant }) => userIds.map((user) => ({ tenant, user })));
  const crowd = fc.shuffledSubarray(
    everyone.flatMap((who) => isolates.map((isolate) => ({ who, isolate }))),
    { minLength: everyone.length * isolates.length },
  );

  it('and so it is when they all ask at once for what nobody has asked for', async () => {
    let dashboard = 2; // a new one each time, so that it is cold
    await fc.assert(
      fc.asyncProperty(crowd, async (all) => {
        dashboard += 1;
        const route = `GET /dashboards/d${dashboard}/kpis?range=2026-10`;
        for (let i = 0; i < all.length; i += WAVE) {
          const wave = all.slice(i, i + WAVE);
          const said = await Promise.all(
            wave.map(({ who, isolate }) => demo.ask(isolate, who, route.replace('GET ', 'GET /v1'))),
          );
          for (const [n, { who }] of wave.entries()) {
            const meant = await demo.atOrigin(who, route);
            expect(said[n]!.status, said[n]!.text).toBe(meant.status);
            if (meant.status === 200) expect(said[n]!.json()).toEqual(meant.json());
          }
        }
      }),
      { numRuns: 5, endOnFailure: true },
    );
    const shared = demo.logs.filter((line) => line.includes('"collapsed":true'));
    expect(shared.length, 'fetches were shared').toBeGreaterThan(0);
  }, 60_000);

  it('and what Redis holds is under the key of whose it is', async () => {
    await demo.settled();
    const stored = await demo.keys('*:v[0-9]*:tenant:*');
    expect(stored.length).toBeGreaterThan(20);
    for (const name of stored) {
      const { key, principal, value } = parts((await demo.command('GET', name)) as string);
      expect(key).toBe(name);
      const [, cls, tenant = '', rest = ''] = /:([a-z]+):v\d:tenant:([a-z]+):(.*)$/.exec(name)!;
      expect(principal.tenant).toBe(hashOf(tenant));
      expect(value.tenant).toBe(tenant);
      if (cls === 'permissions') {
        const user = rest.replace(/^user:/, '');
        expect(value.user).toBe(user);
        expect(principal.user).toBe(hashOf(JSON.stringify([tenant, user])));
      } else {
        const filler = [...userIds, 'zoe'].map((user) => hashOf(JSON.stringify([tenant, user])));
        expect(filler).toContain(principal.user);
      }
      if (cls === 'analytics') expect(`dashboard:${value.dashboard}:kpis:${value.range}`).toBe(rest);
      if (cls === 'invoice') {
        expect(value.id).toBe(rest);
        expect(value.status).not.toBe('draft');
      }
    }
  });

  it('and nothing in Redis lives forever, or holds a secret', async () => {
    const names = await demo.keys('*');
    for (const name of names) {
      expect(await demo.command('PTTL', name), name).not.toBe(-1);
      const text = name + String(await demo.command('GET', name));
      expect(text).not.toMatch(/Bearer|eyJ[\w-]+\.|only-the-edge-and-its-origin-know/);
      expect(text).not.toContain(demo.gateway.token);
    }
  });
});

/** What an answer of the demo may say of itself. */
interface Stored {
  readonly tenant: string;
  readonly user?: string;
  readonly dashboard?: string;
  readonly range?: string;
  readonly id?: string;
  readonly status?: string;
}

/** An entry's parts, read here on its own terms: four lines, see `src/store/wire.ts`. */
function parts(entry: string) {
  const [head = '', , meta = '', ...body] = entry.split('\n');
  expect(head).toMatch(/^SF1 /);
  const { key, principal, coding, written } = JSON.parse(meta) as Record<string, string> & {
    principal: { tenant: string; user: string };
  };
  const bytes = Buffer.from(body.join('\n'), written === 'base64' ? 'base64' : 'utf8');
  const text = (coding === 'gzip' ? gunzipSync(bytes) : bytes).toString();
  return { key, principal, value: JSON.parse(text) as Stored };
}

const hashOf = (text: string) =>
  createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
