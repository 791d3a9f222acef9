import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { readAuditEntry } from '../../src/rollout/audit.ts';
import { fingerprintOf } from '../../src/rollout/fingerprint.ts';
import { newFlags, readFlags } from '../../src/rollout/flags.ts';
import { classFlags } from '../rollout/support.ts';
import { setFlags } from '../support/worker/flags.ts';
import { path } from '../support/worker/front-ends.ts';
import { failing, json } from '../support/worker/origin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { aClass, type TestEdge } from '../support/worker/world.ts';
import { armOf, compared, modesWorld, settledWith } from './shadowed.ts';

type World = ReturnType<typeof modesWorld>;

/** Ann's is stored, and a second old. */
async function mixed(declared: Parameters<typeof modesWorld>[0] = {}) {
  const made = modesWorld({ ttl: '1h', ...declared }, { queue: new HandQueue() });
  made.origin.on(path, (request: Request) => json({ of: request.headers.get('X-User-Id'), n: 1 }));
  await made.on.get(path);
  made.clock.advance(1_000);
  const ask = async (edge: TestEdge, as: string) => {
    const answer = await compared(made.clock, edge, path, { as: `${as}@acme` });
    made.clock.advance(10);
    return answer;
  };
  return { ...made, ask };
}

const flagsOf = async ({ store }: Pick<World, 'store'>) =>
  readFlags((await store.lookup(['rollout']))[0] ?? null);

describe('a key that mixes two users', () => {
  test('is off at once when the origin has given one answer, another, and the first again', async () => {
    const made = await mixed();
    const { shadow, ask, clock } = made;
    await ask(shadow, 'bob');
    expect(armOf(shadow, 'shadow').compared, 'it may have changed').toEqual({ differs: 1 });
    expect((await ask(shadow, 'ann')).json).toEqual({ of: 'ann', n: 1 });
    expect(armOf(shadow, 'shadow')).toMatchObject({ compared: { leak: 1 }, at: ['of'] });
    const flags = await flagsOf(made);
    expect(flags?.classes['report']?.[fingerprintOf(aClass())]).toMatchObject({
      ...{ mode: 'off', percent: 0, step: null, by: 'guard' },
      held: expect.stringMatching(/^leak: .*they differ at of$/),
    });
    expect((await ask(shadow, 'ann')).cacheStatus, 'here at once').toContain('detail=off');
    const another = made.edgeIn({ mode: 'on' });
    await another.get('/report/other');
    clock.advance(bounds.flagsRideMs);
    expect((await another.get(path)).cacheStatus, 'elsewhere with the flags').toContain('detail=off');
  });

  test('the log and the audit list say it, and no more than where', async () => {
    const made = await mixed();
    const { shadow, ask, store } = made;
    await ask(shadow, 'bob');
    await ask(shadow, 'ann');
    expect(shadow.log.filter(({ event }) => event === 'comparison')).toMatchObject([
      { result: 'differs', level: 'info', other_filler: true },
      { result: 'leak', level: 'error', at: ['of'] },
    ]);
    const told = await store.metrics.told({ stream: 'rollout:audit', after: '0', most: 10 });
    expect(told.map(({ text }) => readAuditEntry(text))).toMatchObject([
      {
        ...{ who: 'guard', class: 'report', refused: null },
        from: { mode: 'shadow' },
        to: { mode: 'off', percent: 0, step: null },
        why: expect.stringContaining('leak: '),
      },
    ]);
    expect(JSON.stringify(told)).not.toMatch(/bob|ann/);
    expect(shadow.isolate.meter.take().counts.get('comparisons|report|leak')).toBe(1);
  });

  test('is found where it is on for some, among those who are answered from the cache', async () => {
    const made = await mixed();
    const on = made.edgeIn({ mode: 'on', percent: '99.9%', unit: 'user', compareHits: '100%' });
    const bobs = await made.ask(on, 'bob');
    expect(bobs.json, 'it is on for him').toEqual({ of: 'ann', n: 1 });
    expect(armOf(on, 'on').compared).toEqual({ differs: 1 });
    await made.ask(on, 'ann');
    expect(armOf(on, 'on').compared).toEqual({ leak: 1 });
    expect((await made.ask(on, 'bob')).json).toEqual({ of: 'bob', n: 1 });
  });

  test('says nothing as long as the origin’s reads may lag behind its writes', async () => {
    const made = await mixed({ settle: '1m' });
    for (const who of ['bob', 'ann', 'bob', 'ann']) await made.ask(made.shadow, who);
    expect(armOf(made.shadow, 'shadow').compared).toEqual({ differs: 2, equal: 2 });
    made.clock.advance(60_000);
    for (const who of ['bob', 'ann']) await made.ask(made.shadow, who);
    expect(armOf(made.shadow, 'shadow').compared).toEqual({ differs: 1, leak: 1 });
  });

  test('two isolates that see it at once switch it off once', async () => {
    const made = await mixed();
    const { shadow, ask, clock, store } = made;
    const another = made.edgeIn({ mode: 'shadow', shadowFills: '0%' });
    for (const edge of [shadow, another]) await ask(edge, 'bob');
    // The flags rode with the last look of either, and do not with the next.
    await Promise.all([shadow, another].map((edge) => edge.get(path)));
    expect([shadow, another].map((edge) => armOf(edge, 'shadow').compared)).toEqual([
      { differs: 1, leak: 1 },
      { differs: 1, leak: 1 },
    ]);
    const told = await store.metrics.told({ stream: 'rollout:audit', after: '0', most: 10 });
    expect(told).toHaveLength(1);
    for (const edge of [shadow, another])
      expect((await compared(clock, edge, path)).cacheStatus).toContain('detail=off');
  });

  test('where Redis takes no change it is told again by the next that proves it', async () => {
    const made = await mixed();
    const { shadow, ask } = made;
    await ask(shadow, 'bob');
    shadow.redis.fail('purge');
    await ask(shadow, 'ann');
    expect((await flagsOf(made))?.classes['report']).toBe(undefined);
    shadow.redis.heal();
    await ask(shadow, 'bob');
    await ask(shadow, 'ann');
    expect(Object.values((await flagsOf(made))!.classes['report']!)).toMatchObject([{ mode: 'off' }]);
  });
});

test('the origin refuses one whom the cache would give a colleague’s answer: that is a leak too', async () => {
  const made = await mixed();
  const { shadow, ask, origin } = made;
  origin.on(path, (request: Request) =>
    request.headers.get('X-User-Id') === 'bob' ? failing(403)() : json({ of: 'ann', n: 1 }),
  );
  expect((await ask(shadow, 'bob')).status).toBe(403);
  expect(armOf(shadow, 'shadow')).toMatchObject({
    compared: { differs: 1 },
    at: expect.arrayContaining(['status']),
  });
  await ask(shadow, 'ann');
  expect(armOf(shadow, 'shadow').compared).toEqual({ leak: 1 });
  expect(Object.values((await flagsOf(made))!.classes['report']!)).toMatchObject([{ mode: 'off' }]);
});

test('whom the origin refuses what it gave himself before says nothing of others', async () => {
  const { shadow, ask, origin } = await mixed();
  origin.on(path, failing(403));
  await ask(shadow, 'ann');
  expect(armOf(shadow, 'shadow').compared).toEqual({});
});

test('what was purged meanwhile proves no leak, though this isolate still trusts its copy', async () => {
  const { shadow, ask, origin, purge } = await mixed({ l1: '1m' });
  await ask(shadow, 'bob');
  expect(armOf(shadow, 'shadow').compared).toEqual({ differs: 1 });
  // What was wrong at the origin is put right, and purged.
  origin.on(path, { of: 'ann', n: 1 });
  await purge('report:r1');
  await ask(shadow, 'cat');
  expect(armOf(shadow, 'shadow').compared).toEqual({});
});

test('what an earlier step has proved is no evidence in a later one, though nothing was purged', async () => {
  const { shadow, ask, origin, store, clock } = await mixed();
  for (const who of ['bob', 'ann']) await ask(shadow, who);
  expect(armOf(shadow, 'shadow').compared).toEqual({ differs: 1, leak: 1 });
  origin.on(path, { of: 'ann', n: 1 });
  const anew = classFlags({ mode: 'shadow', percent: 0, sinceMs: clock.now() });
  await setFlags(store, { ...newFlags('v2'), classes: { report: { [fingerprintOf(aClass())]: anew } } });
  clock.advance(bounds.flagsAskMs + bounds.flagsRideMs);
  await ask(shadow, 'ann');
  armOf(shadow, 'shadow');
  for (const who of ['cat', 'bob']) await ask(shadow, who);
  expect(armOf(shadow, 'shadow').compared).toEqual({ equal: 2 });
});

test('where the flags in Redis are lost a leak is written into the last good ones: a kill and other classes stay', async () => {
  const made = await mixed();
  const { shadow, ask, store } = made;
  const others = { other: { f: classFlags({ mode: 'off' }) } };
  await setFlags(store, { ...newFlags('v1'), classes: others });
  // The first look brings them.
  for (const who of ['ann', 'bob']) await ask(shadow, who);
  await store.receipts.remove(['rollout']);
  await ask(shadow, 'ann');
  const flags = await flagsOf(made);
  expect(Object.values(flags!.classes['report']!)).toMatchObject([{ mode: 'off' }]);
  expect(flags!.classes['other']).toEqual(others.other);
});

describe('other classes that are broken', () => {
  test('a missed purge: it differs, for everyone from then on, and is no leak', async () => {
    const { shadow, ask, origin } = await mixed();
    origin.on(path, { of: 'nobody', n: 2 });
    for (const who of ['bob', 'ann', 'bob', 'ann']) await ask(shadow, who);
    expect(armOf(shadow, 'shadow').compared).toEqual({ differs: 4 });
  });

  test('a ttl that is far too long: what differs is older than its readers need', async () => {
    const { shadow, ask, origin, clock } = await mixed({ freshWithin: '1m' });
    origin.on(path, { of: 'ann', n: 2 });
    clock.advance(30 * 60_000);
    await ask(shadow, 'ann');
    expect(armOf(shadow, 'shadow')).toMatchObject({ compared: { stale: 1 }, at: ['n'] });
  });

  test('a loader that changes on every call: it differs each time, whoever asks, and is no leak', async () => {
    let calls = 0;
    const load = () => {
      calls += 1;
      return Promise.resolve({ calls, at: 'a' });
    };
    const { on, shadow, clock } = modesWorld({ read: 'cache-aside' }, { load });
    await on.get(path);
    clock.advance(1);
    for (const who of ['ann', 'bob', 'ann', 'bob'])
      await compared(clock, shadow, path, { as: `${who}@acme` });
    expect(armOf(shadow, 'shadow')).toMatchObject({ compared: { differs: 4 }, at: ['calls'] });
    expect(calls, 'each once').toBe(5);
  });
});

/** What happens: somebody reads, here or where the class is on; or the value changes, and is purged at once or a moment later. */
const step = fc.oneof(
  fc.record({
    is: fc.constant('read' as const),
    who: fc.constantFrom('ann', 'bob', 'cat'),
    fills: fc.boolean(),
  }),
  fc.record({
    is: fc.constant('write' as const),
    value: fc.integer({ min: 0, max: 1 }),
    isLate: fc.boolean(),
  }),
);

test('ordinary writes and purges: whatever is read between, everything is equal, and nothing leaks', {
  timeout: 60_000,
}, async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
      const { on, shadow, origin, clock, purge } = modesWorld({ ttl: '1h', l1: '1ms' });
      origin.on(path, { value: 0 });
      let owed = false;
      for (const it of steps) {
        clock.advance(5);
        if (it.is === 'write') {
          if (owed) await purge('report:r1');
          origin.on(path, { value: it.value });
          owed = it.isLate;
          if (!owed) await purge('report:r1');
          continue;
        }
        if (it.fills) {
          await on.get(path, { as: `${it.who}@acme` });
          continue;
        }
        await shadow.ask(path, { as: `${it.who}@acme` });
        if (owed) await purge('report:r1');
        owed = false;
        await settledWith(clock, shadow);
      }
      const { compared: results } = armOf(shadow, 'shadow');
      found += results['equal'] ?? 0;
      expect(Object.keys(results).filter((result) => result !== 'equal')).toEqual([]);
    }),
    { numRuns: 60 },
  );
  expect(found).toBeGreaterThan(15);
});
