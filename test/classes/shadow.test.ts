import { expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { path, storable } from '../support/worker/front-ends.ts';
import { breaksOff, byHand, failing, inPieces } from '../support/worker/origin.ts';
import { armOf, compared, modesWorld, settledWith } from './shadowed.ts';

const bypass = 'Stillfresh; fwd=bypass; fwd-status=200; detail=shadow';

/** Something is stored that is a second old. */
async function stored(...of: Parameters<typeof modesWorld>) {
  const made = modesWorld(...of);
  made.origin.on(path, storable({ total: 1 }));
  await made.on.get(path);
  made.clock.advance(1_000);
  return made;
}

/** A problem without the id of its request. */
const unnamed = (text: string) => text.replace(/urn:uuid:[0-9a-f-]+/, '');

test('the origin answers, and what would have been a hit is compared with its answer', async () => {
  const { shadow, origin, clock } = await stored();
  const before = origin.count(path);
  const answer = await compared(clock, shadow, path);
  expect(answer.cacheStatus).toBe(bypass);
  expect(origin.count(path) - before).toBe(1);
  expect(shadow.redis.took(), 'one look, when the client has its answer').toEqual(['lookup']);
  expect(armOf(shadow, 'shadow')).toMatchObject({
    requests: 1,
    compared: { equal: 1 },
    saved: { hits: 1, ms: 0, bytes: answer.bytes.length, commands: 1 },
  });
});

test('what would have come from isolate memory costs no command, here as there', async () => {
  const { shadow, clock } = await stored({ l1: '5s' });
  await compared(clock, shadow, path);
  clock.advance(100);
  shadow.redis.took();
  armOf(shadow, 'shadow');
  await compared(clock, shadow, path);
  expect(shadow.redis.took()).toEqual([]);
  expect(armOf(shadow, 'shadow').saved).toMatchObject({ hits: 1, commands: 0 });
});

test('it says how long the origin took, of what would not have been asked', async () => {
  const { shadow, origin, clock } = await stored();
  const held = origin.hold(path);
  const asked = shadow.ask(path);
  await held.arrived();
  clock.advance(300);
  held.answer(storable({ total: 1 }));
  await asked;
  await settledWith(clock, shadow);
  expect(armOf(shadow, 'shadow').saved).toMatchObject({ hits: 1, ms: 300 });
});

test('a silent change differs; the guard and the log are told where, not what', async () => {
  const { shadow, origin, clock } = await stored();
  origin.on(path, storable({ total: 2, secret: 's3cret' }));
  expect((await compared(clock, shadow, path)).json).toEqual({ total: 2, secret: 's3cret' });
  expect(armOf(shadow, 'shadow')).toMatchObject({ compared: { differs: 1 }, at: ['*'] });
  const line = shadow.log.find(({ event }) => event === 'comparison');
  expect(line).toMatchObject({ result: 'differs', age_ms: 1_000, origin_path: '/report/r1' });
  expect(JSON.stringify(shadow.log)).not.toContain('s3cret');
});

test('one that is older than its readers need is stale, by its age when it would have been given', async () => {
  const { shadow, origin, clock } = await stored({ freshWithin: '3s' });
  const ages = [];
  for (const ms of [1_999, 2]) {
    clock.advance(ms);
    const held = origin.hold(path);
    const asked = shadow.ask(path);
    await held.arrived();
    // However long the origin takes.
    clock.advance(500);
    held.answer(storable({ total: 2 }));
    await asked;
    await settledWith(clock, shadow);
    clock.advance(-500 - bounds.purgeOnItsWayMs);
    ages.push(armOf(shadow, 'shadow').compared);
  }
  expect(ages).toEqual([{ differs: 1 }, { stale: 1 }]);
});

test.each([
  ['nothing is stored', async () => {}, 20_000],
  ['it is stale', async () => {}, 9_500],
  ['it was purged', async ({ purge }: Awaited<ReturnType<typeof stored>>) => purge('report:r1'), 0],
] as const)('nothing is compared, or saved, where %s', async (_, happens, laterMs) => {
  const made = await stored({ staleWhileRevalidate: '5s' });
  await happens(made);
  made.clock.advance(laterMs);
  await compared(made.clock, made.shadow, path);
  expect(armOf(made.shadow, 'shadow')).toMatchObject({ compared: {}, saved: { hits: 0 } });
});

test('nor with what another has fetched since this request began', async () => {
  const made = await stored();
  const { on, shadow, origin, clock, purge } = made;
  await purge('report:r1');
  const held = origin.hold(path);
  const asked = shadow.ask(path);
  await held.arrived();
  // The origin has answered this one, but not the other.
  origin.on(path, storable({ total: 2 }));
  clock.advance(2_000);
  await on.get(path);
  held.answer(storable({ total: 1 }));
  await asked;
  await settledWith(clock, shadow);
  expect(armOf(shadow, 'shadow')).toMatchObject({ requests: 1, compared: {}, saved: { hits: 0 } });
});

test.each(['hard', 'soft'] as const)(
  'a %s purge that comes a moment after the origin’s answer explains it',
  async (mode) => {
    const { shadow, origin, clock, purge } = await stored();
    origin.on(path, storable({ total: 2 }));
    await shadow.ask(path);
    await clock.asleep(1, bounds.purgeOnItsWayMs);
    await purge('report:r1', { mode });
    await settledWith(clock, shadow);
    expect(armOf(shadow, 'shadow').compared).toEqual({});
    expect(shadow.log.filter(({ event }) => event === 'comparison')).toEqual([]);
  },
);

test.each([
  ['an error', failing(500)],
  ['half a body', breaksOff('{"to')],
  ['one that is too large', storable({ text: 'x'.repeat(100_000) })],
] as const)('%s of the origin is the client’s, and is not compared', async (_, reply) => {
  const { shadow, off, origin, clock } = await stored({ maxBytes: 2_000 });
  origin.on(path, reply);
  const [shadowed, plain] = await Promise.all([shadow, off].map((edge) => compared(clock, edge, path)));
  expect([shadowed!.status, unnamed(shadowed!.text)]).toEqual([plain!.status, unnamed(plain!.text)]);
  // It would have been a hit all the same.
  expect(armOf(shadow, 'shadow')).toMatchObject({ compared: {}, saved: { hits: 1 } });
  expect(shadow.isolate.meter.take().counts.get('comparisons|report|failed')).toBe(1);
});

test('a body that is passed on as it comes is compared when it has ended, and the client waits for nothing', async () => {
  const { shadow, origin, clock } = await stored({ maxBytes: 100_000 });
  const body = byHand({ 'Content-Type': 'application/json' });
  origin.on(path, body.reply);
  const sending = shadow.send(path);
  body.write('{"total":');
  await clock.asleep(1, bounds.valueReadFirstMs);
  clock.advance(bounds.valueReadFirstMs);
  const reader = (await sending).body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('{"total":');
  expect(shadow.redis.took(), 'nobody looks before it has ended').toEqual([]);
  body.write('1}');
  body.end();
  while (!(await reader.read()).done);
  await settledWith(clock, shadow);
  expect(armOf(shadow, 'shadow').compared).toEqual({ equal: 1 });
});

test('a client that goes away does not end the comparison', async () => {
  const { shadow, origin, clock } = await stored();
  origin.on(path, inPieces(['{"total":', '2}']));
  const response = await shadow.send(path);
  await response.body?.cancel();
  await settledWith(clock, shadow);
  expect(armOf(shadow, 'shadow').compared).toEqual({ differs: 1 });
});

test('what shadows hold has a bound; beyond it nothing is compared', async () => {
  const { shadow, origin, clock } = await stored({}, { bounds: { shadowBytes: 22 } });
  origin.on(path, storable({ total: 2 }));
  // Each holds two bodies of 11 bytes until it is known that no purge was on its way.
  await shadow.ask(path);
  await clock.asleep(1, bounds.purgeOnItsWayMs);
  await shadow.ask(path);
  await settledWith(clock, shadow);
  expect(armOf(shadow, 'shadow')).toMatchObject({ compared: { differs: 1 }, saved: { hits: 2 } });
  await compared(clock, shadow, path);
  expect(armOf(shadow, 'shadow').compared).toEqual({ differs: 1 });
});

test('its own share fills, under the lease, and says so; the next is compared with that', async () => {
  const { edgeIn, origin, clock, chance } = modesWorld({});
  const shadow = edgeIn({ mode: 'shadow', shadowFills: '5%' });
  origin.on(path, storable({ total: 1 }));
  chance.random = () => 0.05;
  await shadow.get(path);
  expect(shadow.redis.took()).toEqual(['lookup']);
  chance.random = () => 0.049;
  expect((await shadow.get(path)).cacheStatus).toContain('fwd=bypass; stored; ');
  expect(shadow.redis.took()).toEqual(['lease', 'fill']);
  clock.advance(1_500);
  // There is something fresh by now: it is not replaced, and this one is compared as well.
  await compared(clock, shadow, path);
  expect(shadow.redis.took()).toEqual(['lease', 'release']);
  expect(armOf(shadow, 'shadow')).toMatchObject({ requests: 3, compared: { equal: 1 } });
  expect(origin.count(path)).toBe(3);
});

test('purges judge what the shadow has filled', async () => {
  const { edgeIn, on, origin, purge } = modesWorld({});
  const shadow = edgeIn({ mode: 'shadow', shadowFills: '100%' });
  origin.on(path, storable({ total: 1 }));
  await shadow.get(path);
  origin.on(path, storable({ total: 2 }));
  expect((await on.get(path)).json, 'what it has filled is a hit where the class is on').toEqual({
    total: 1,
  });
  await purge('report:r1');
  expect((await on.get(path)).json, 'for as long as memory is trusted').toEqual({ total: 1 });
  const another = edgeIn({ mode: 'on' });
  expect((await another.get(path)).json).toEqual({ total: 2 });
});

test('a purge between its lease and its fill keeps it from being stored', async () => {
  const { edgeIn, origin, purge, on } = modesWorld({});
  const shadow = edgeIn({ mode: 'shadow', shadowFills: '100%' });
  const held = origin.hold(path);
  const asked = shadow.ask(path);
  await held.arrived();
  await purge('report:r1');
  held.answer(storable({ total: 1 }));
  expect((await asked).json).toEqual({ total: 1 });
  await shadow.settled();
  origin.on(path, storable({ total: 2 }));
  expect((await on.get(path)).json).toEqual({ total: 2 });
});
