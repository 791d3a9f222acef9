import { describe, expect, test } from 'vitest';
import { fresh, frontEnds, path, storable, times } from '../support/worker/front-ends.ts';
import { failing } from '../support/worker/origin.ts';

const hit = 'Stillfresh; hit; ttl=10';
/** Fresh for 10 s, and to be served stale for 60 s while it is fetched again. */
const report = (total: number, headers: Record<string, string> = {}) =>
  storable({ total }, { 'Cache-Control': 'max-age=10, stale-while-revalidate=60', ...headers });

describe.each(frontEnds)('$name', ({ world, expired }) => {
  /** Its first report is stored, by this isolate. */
  async function stored() {
    const made = world({ staleWhileRevalidate: '60s' });
    made.origin.on(path, report(1));
    await made.edge.get(path);
    made.edge.redis.took();
    return made;
  }

  test('serves the stale entry at once, and fetches a new one in the background', async () => {
    const { origin, clock, edge } = await stored();
    clock.advance(12_500);
    const held = origin.hold(path);
    const stale = await edge.ask(path);
    expect(stale).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=-3', json: { total: 1 } });
    expect(stale.headers.get('Age')).toBe('12');
    await held.arrived();
    held.answer(report(2));
    await edge.settled();
    expect(edge.redis.took()).toEqual(['lookup', 'lease', 'fill']);
    const { cacheStatus, json } = await edge.get(path);
    expect(cacheStatus).toMatch(/^Stillfresh; hit; ttl=(10|9)$/); // a Date has no milliseconds
    expect(json).toEqual({ total: 2 });
    expect(origin.count()).toBe(2);
  });

  test('50 at once are all served stale, by one refresh', async () => {
    const { origin, clock, edge } = await stored();
    clock.advance(11_000);
    const held = origin.hold(path);
    const answers = await times(50, () => edge.ask(path));
    expect(new Set(answers.map(({ cacheStatus }) => cacheStatus))).toEqual(
      new Set(['Stillfresh; hit; ttl=-1']),
    );
    held.answer(report(2));
    await edge.settled();
    expect(origin.count()).toBe(2);
    expect(edge.redis.took().filter((verb) => verb !== 'lookup')).toEqual(['lease', 'fill']);
    expect(await edge.get(path)).toMatchObject({ cacheStatus: hit, json: { total: 2 } });
  });

  test.each([
    ['of announced length', { 'Content-Length': '200000' }],
    ['of unknown length', {}],
  ])('a large body that a refresh brings waits for no client: %s', async (_what, headers) => {
    const { origin, clock, edge } = await stored();
    const large = 'x'.repeat(200_000);
    origin.on(path, () => new Response(large, { headers: { ...fresh, ...headers } }));
    clock.advance(11_000);
    expect(await edge.ask(path)).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=-1' });
    await edge.settled();
    expect(edge.app.ready({}).isolate.unsent.bytes).toBe(0);
    expect(await edge.get(path)).toMatchObject({ cacheStatus: hit, text: large });
  });

  test('while another isolate refreshes, stale hits here ask for the lease once a second', async () => {
    const { origin, clock, edge, anotherEdge } = await stored();
    const other = anotherEdge();
    clock.advance(11_000);
    const held = origin.hold(path);
    await edge.ask(path);
    await held.arrived();
    other.redis.took();
    for (let i = 0; i < 5; i++) await other.get(path);
    expect(other.redis.took().filter((verb) => verb === 'lease')).toEqual(['lease']);
    clock.advance(1_000);
    await other.get(path);
    expect(other.redis.took().filter((verb) => verb === 'lease')).toEqual(['lease']);
    held.answer(report(2));
    await edge.settled();
    clock.advance(1_000);
    expect(await other.get(path)).toMatchObject({ json: { total: 2 } });
  });

  test('two isolates meet the same stale entry: one of them refreshes', async () => {
    const { origin, clock, edge, anotherEdge } = await stored();
    const other = anotherEdge();
    clock.advance(11_000);
    const held = origin.hold(path);
    await edge.ask(path);
    await held.arrived();
    expect(await other.get(path)).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=-1' });
    held.answer(report(2));
    await edge.settled();
    // It asks again a second later, and finds what the other fetched.
    clock.advance(1_000);
    expect(await other.get(path)).toMatchObject({ json: { total: 2 } });
    expect(origin.count()).toBe(2);
  });

  test('a refresh that fails leaves the entry to be served stale, and is tried again later', async () => {
    const { origin, clock, edge } = await stored();
    clock.advance(11_000);
    origin.on(path, failing(500));
    await edge.get(path);
    clock.advance(2_000);
    origin.on(path, report(2));
    expect(await edge.get(path)).toMatchObject({ cacheStatus: 'Stillfresh; hit; ttl=-3' });
    expect(await edge.get(path)).toMatchObject({ json: { total: 2 } });
  });

  test('beyond the window it waits for the origin', async () => {
    const { origin, clock, edge } = await stored();
    clock.advance(70_000);
    origin.on(path, report(2));
    expect(await edge.get(path)).toMatchObject({ cacheStatus: expired, json: { total: 2 } });
  });

  test('a refresh from a trusted copy captures its late tags: another purge does not discard it', async () => {
    const { origin, clock, edge, purge } = world({ staleWhileRevalidate: '60s', tagsFromAnswer: true });
    const tagged = { 'Cache-Tag': 'team:red, area:north' };
    origin.on(path, report(1, tagged));
    await edge.get(path);
    clock.advance(9_500);
    await edge.get(path); // validated: trusted for a second
    clock.advance(600);
    const held = origin.hold(path);
    await edge.ask(path);
    await held.arrived();
    await purge('unrelated');
    held.answer(report(2, tagged));
    await edge.settled();
    expect(edge.notes).toEqual([]);
    expect(await edge.get(path)).toMatchObject({ json: { total: 2 } });
  });
});
