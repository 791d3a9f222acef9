import { expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { path, storable } from '../support/worker/front-ends.ts';
import { armOf, compared, modesWorld, settledWith } from './shadowed.ts';

/** On for half of the users, with something stored that is a second old; Ann is one of those. */
async function half(rollout: NonNullable<Parameters<typeof modesWorld>[0]>['rollout'] = {}, compare = '0%') {
  const made = modesWorld({ ttl: '1h', compare: compare as '0%' });
  const edge = made.edgeIn({ mode: 'on', percent: '50%', unit: 'user', compareHits: '100%', ...rollout });
  made.origin.on(path, storable({ total: 1 }));
  await made.on.get(path);
  made.clock.advance(1_000);
  const ask = (as = 'ann@acme') => compared(made.clock, edge, path, { as });
  return { ...made, edge, ask };
}

const comparisons = ({ edge }: Awaited<ReturnType<typeof half>>) =>
  edge.isolate.meter.take().counts.get('origin_fetches|report|comparison') ?? 0;

test('hits of who is in the percentage are compared, and the guard is told; others are the control group', async () => {
  const made = await half();
  const names = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay'];
  const statuses = [];
  for (const name of names) statuses.push((await made.ask(`${name}@acme`)).cacheStatus);
  const on = statuses.filter((it) => it?.startsWith('Stillfresh; hit')).length;
  const [figures, control] = [made.edge.isolate.tally.take(), statuses.length - on];
  const of = (arm: string) => figures.find((it) => it.arm === arm);
  expect([of('on')?.requests, of('on')?.compared.equal]).toEqual([on, on]);
  expect([of('control')?.requests, of('control')?.compared.equal]).toEqual([control, 0]);
  expect(on * control).toBeGreaterThan(0);
});

test.each([
  ['20%', '0%', 0.199, 1],
  ['20%', '0%', 0.2, 0],
  ['20%', '30%', 0.299, 1],
  ['20%', '30%', 0.3, 0],
] as const)(
  'of compareHits %s and compare %s the larger counts: at %s',
  async (compareHits, compare, random, count) => {
    const made = await half({ compareHits, percent: '99.9%' }, compare);
    made.chance.random = () => random;
    await made.ask();
    expect(comparisons(made)).toBe(count);
  },
);

test('who was chosen by name is compared as the class says, and counted in no group', async () => {
  const made = await half({ percent: '0%', allow: ['acme/ann'] });
  expect((await made.ask()).cacheStatus).toContain('hit');
  expect(comparisons(made)).toBe(0);
  expect(made.edge.isolate.tally.take()).toEqual([]);
});

test('a purge that comes a moment after the origin’s answer explains it', async () => {
  const { edge, origin, clock, purge } = await half({ percent: '99.9%' });
  origin.on(path, storable({ total: 2 }));
  await edge.ask(path);
  await clock.asleep(1, bounds.purgeOnItsWayMs);
  await purge('report:r1');
  await settledWith(clock, edge);
  expect(armOf(edge, 'on').compared).toEqual({});
  expect(edge.isolate.meter.take().counts.get('comparisons|report|dropped')).toBe(1);
});

test('who waits for such a purge holds no place at the origin', async () => {
  const made = await half({ percent: '99.9%' });
  const { edge, origin, clock } = made;
  origin.on(path, storable({ total: 2 }));
  const many = bounds.comparisonsAtOnce + 2;
  for (let n = 1; n <= many; n += 1) {
    await edge.ask(path);
    await clock.asleep(n, bounds.purgeOnItsWayMs);
  }
  await settledWith(clock, edge);
  expect(comparisons(made)).toBe(many);
  expect(armOf(edge, 'on').compared).toEqual({ differs: many });
});
