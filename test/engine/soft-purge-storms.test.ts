import { describe, expect, test } from 'vitest';
import { httpWorld } from '../http-cache/support.ts';
import { path } from '../support/worker/front-ends.ts';
import { json } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

/** How often is softly purged, how long the origin takes, and for how long a stale answer may be served. */
interface Storm {
  readonly purgeEveryMs: number;
  readonly originMs: number;
  readonly windowS: number;
}

/** Requests come to each of two isolates. */
const askEveryMs = 300;
/** In fetches of the origin, one after the other. */
const lasts = 5;

const frontEnds = [
  {
    name: 'classes',
    start: (windowS: number) => {
      const staleWhileRevalidate = `${windowS}s` as const;
      const made = world([aClass({ ttl: '60s', ...(windowS > 0 && { staleWhileRevalidate }) })]);
      return { ...made, purge: () => made.purge('report:r1', { mode: 'soft' }) };
    },
  },
  {
    name: 'HTTP cache',
    start: (windowS: number) => {
      const made = httpWorld({}, { as: null });
      return { ...made, purge: () => made.purge(`uri:${path}`, 'soft'), windowS };
    },
  },
];

/** What was served while it lasted, each with its age: how long before the answer the origin had read its data. */
async function weather(storm: Storm, start: (typeof frontEnds)[number]['start']) {
  const { purgeEveryMs, originMs, windowS } = storm;
  const stepMs = Math.min(purgeEveryMs, 100);
  const { clock, origin, edge, anotherEdge, purge } = start(windowS);
  const edges = [edge, anotherEdge()];
  const cacheControl = `max-age=60${windowS > 0 ? `, stale-while-revalidate=${windowS}` : ''}`;
  origin.on(path, async () => {
    const readMs = clock.now();
    await clock.sleep(originMs);
    return json({ readMs }, { headers: { 'Cache-Control': cacheControl } });
  });
  const answers: { readonly readMs: number; readonly ageMs: number; readonly cacheStatus: string | null }[] =
    [];
  const asked: Promise<void>[] = [];
  for (let ms = 0; ms < lasts * originMs; ms += stepMs) {
    if (ms % purgeEveryMs === 0) await purge();
    if (ms % askEveryMs === 0)
      for (const one of edges)
        asked.push(
          one.ask(path).then(({ status, json: body, cacheStatus }) => {
            expect(status).toBe(200);
            const { readMs } = body as { readMs: number };
            answers.push({ readMs, ageMs: clock.now() - readMs, cacheStatus });
          }),
        );
    // What a step sets off must be over before the next, or a busy machine would look like a slow origin.
    for (let i = 0; i < stepMs / 5; i += 1) await scheduler.wait(0);
    clock.advance(stepMs);
  }
  while (asked.length > 0) {
    const left = Promise.all(asked.splice(0)).then(() => true);
    while (!(await Promise.race([left, scheduler.wait(0)]))) clock.advance(stepMs);
  }
  return { answers, edges, originRequests: origin.count(path) };
}

describe.each(frontEnds)('$name: soft purges without end', ({ start }) => {
  test.each([
    ['one a second, an origin of 1.5 s', { purgeEveryMs: 1_000, originMs: 1_500, windowS: 4 }, 3_000],
    [
      'one a second, an origin of 1.5 s, a long window',
      { purgeEveryMs: 1_000, originMs: 1_500, windowS: 60 },
      3_000,
    ],
    [
      'one a second, a window shorter than the fetch',
      { purgeEveryMs: 1_000, originMs: 1_500, windowS: 1 },
      3_000,
    ],
    ['50 a second, an origin of 5 s', { purgeEveryMs: 20, originMs: 5_000, windowS: 7 }, 6_000],
    [
      '50 a second, a window shorter than the fetch',
      { purgeEveryMs: 20, originMs: 5_000, windowS: 2 },
      6_000,
    ],
  ] as const)('%s', { timeout: 60_000 }, async (_what, storm, beyondMs) => {
    const { answers, edges } = await weather(storm, start);
    const oldestMs = Math.max(...answers.map(({ ageMs }) => ageMs));
    expect(oldestMs).toBeLessThanOrEqual(storm.windowS * 1_000 + beyondMs);
    const notes = edges.flatMap((one) => one.notes);
    expect(notes).toContain('fill-stale');
    expect(notes).not.toContain('fill-purged');
    // The first value does not stay: what is fetched meanwhile takes its place.
    expect(new Set(answers.map(({ readMs }) => readMs)).size).toBeGreaterThanOrEqual(3);
    const isServedStale = storm.windowS * 1_000 + storm.purgeEveryMs > storm.originMs;
    expect(answers.some(({ cacheStatus }) => cacheStatus?.includes('hit; ttl=-'))).toBe(isServedStale);
  });

  test('where nothing may be stale, each fetch is refused, and who waited for it is answered by it', {
    timeout: 60_000,
  }, async () => {
    const storm = { purgeEveryMs: 500, originMs: 1_500, windowS: 0 };
    const { answers, edges } = await weather(storm, start);
    expect(Math.max(...answers.map(({ ageMs }) => ageMs))).toBeLessThanOrEqual(3_000);
    const notes = edges.flatMap((one) => one.notes);
    expect(notes).toContain('fill-purged');
    expect(notes).not.toContain('fill-stale');
  });
});

/** As both front ends have it: fresh for an hour, and to be shown for so long while it is fetched again, or where that fails. */
const declared = { ttl: '1h', staleWhileRevalidate: '60s', staleIfError: '60s' } as const;
const said = 'max-age=3600, stale-while-revalidate=60, stale-if-error=60';
const worlds = [
  {
    name: 'classes',
    start: () => {
      const made = world([aClass(declared)]);
      return { ...made, purge: () => made.purge('report:r1', { mode: 'soft' }) };
    },
  },
  {
    name: 'HTTP cache',
    start: () => {
      const made = httpWorld({}, { as: null });
      return { ...made, purge: () => made.purge(`uri:${path}`, 'soft') };
    },
  },
];

describe.each(worlds)('$name: a copy that is known to be softly purged', ({ start }) => {
  async function purged() {
    const made = start();
    made.origin.on(path, () => json({ total: 1 }, { headers: { 'Cache-Control': said } }));
    await made.edge.get(path);
    await made.purge();
    made.clock.advance(2_000);
    made.origin.on(path, () => new Response(null, { status: 503 }));
    expect((await made.edge.get(path)).cacheStatus).toMatch(/hit; ttl=-/);
    return made;
  }

  test('covers for an origin that fails no longer than that, also while Redis cannot be reached', async () => {
    const { clock, edge } = await purged();
    edge.redis.fail();
    clock.advance(30_000);
    expect(await edge.get(path)).toMatchObject({ status: 200, json: { total: 1 } });
    clock.advance(1_800_000);
    expect(await edge.get(path)).toMatchObject({ status: 503 });
  });

  test('is looked for in Redis once in a while, not at each hit', async () => {
    const { clock, edge } = await purged();
    edge.redis.took();
    let bodies = 0;
    for (let i = 0; i < 40; i += 1) {
      await edge.get(path);
      clock.advance(100);
      const looks = edge.redis.tookWithNames().filter(({ verb }) => verb === 'lookup');
      bodies += looks.flatMap(({ names }) => names).filter((name) => name.includes(':v1:tenant:')).length;
    }
    expect(bodies).toBeGreaterThanOrEqual(3);
    expect(bodies).toBeLessThanOrEqual(4);
  });
});
