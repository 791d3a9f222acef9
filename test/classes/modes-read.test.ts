import { expect, test } from 'vitest';
import * as z from 'zod';
import { cacheOf } from '../../src/index.ts';
import { allowWhen } from '../../src/strategy/access.ts';
import type { RolloutMode } from '../../src/strategy/rollout-types.ts';
import { aClass, TestEdge, world } from '../support/worker/world.ts';
import { armOf, compared } from './shadowed.ts';

const path = '/report/r1';

/** Rights, and reports that only those may read who have them; each in a mode of its own. A handler reads both at `/own`. */
function office(modes: { readonly rights: RolloutMode; readonly report: RolloutMode }) {
  const classesIn = (different: Partial<typeof modes>) => {
    const rollout = (of: keyof typeof modes) =>
      ({ mode: different[of] ?? modes[of], shadowFills: '0%' }) as const;
    const rights = aClass({
      name: 'rights',
      rollout: rollout('rights'),
      value: z.object({ can: z.string() }),
      ttl: '1h',
    });
    // Without parameters a rule may read it.
    const held = {
      ...rights.definition,
      key: '',
      params: z.object({}),
      tags: [],
      origin: '/rights/{user_id}',
    };
    const mine = aClass({ ...held, scope: 'user', access: 'user' } as never);
    const report = aClass({
      rollout: rollout('report'),
      ttl: '1h',
      access: allowWhen(
        'can report',
        [mine as never],
        (_identity, _params, [it]) => (it as { can: string }).can === 'report',
      ),
    });
    return { mine, report };
  };
  const { mine, report } = classesIn({});
  const own = world([report, mine], {
    routes: (app) =>
      app.get('/own', async (c) => cacheOf(c).json(await cacheOf(c).read(report, { id: 'r1' }))),
  });
  const filled = classesIn({ rights: 'on', report: 'on' });
  const on = new TestEdge([filled.report, filled.mine], {}, own);
  own.origin.on('/rights/ann', { can: 'report' });
  own.origin.on('/rights/bob', { can: 'nothing' });
  own.origin.on(path, { total: 1 });
  return { ...own, on };
}

test.each([
  ['off', 'off'],
  ['shadow', 'off'],
  ['off', 'shadow'],
  ['shadow', 'shadow'],
  ['on', 'shadow'],
  ['shadow', 'on'],
] as const)(
  'the rule decides where rights are %s and reports are %s, by what the origin says of what is not on',
  async (rights, report) => {
    const { edge, on, origin, clock } = office({ rights, report });
    await on.get(path);
    clock.advance(1_000);
    origin.on('/rights/ann', { can: 'nothing' });
    const isAllowed = rights === 'on';
    const answer = await compared(clock, edge, path);
    expect(answer.status).toBe(isAllowed ? 200 : 403);
    expect((await compared(clock, edge, path, { as: 'bob@acme' })).status).toBe(403);
  },
);

test('a handler is given the origin’s value of what is in the shadow, and that is compared', async () => {
  const { edge, on, origin, clock } = office({ rights: 'on', report: 'shadow' });
  await on.get(path);
  clock.advance(1_000);
  origin.on(path, { total: 2 });
  const before = origin.count(path);
  const answer = await compared(clock, edge, '/own');
  expect([answer.json, answer.cacheStatus]).toEqual([
    { total: 2 },
    'Stillfresh; fwd=bypass; fwd-status=200; detail=shadow',
  ]);
  expect(origin.count(path) - before).toBe(1);
  expect(armOf(edge, 'shadow')).toMatchObject({ compared: { differs: 1 }, saved: { hits: 1 } });
});

test('one MGET for what is on; what is in the shadow is looked up after it', async () => {
  const { edge, on, clock } = office({ rights: 'on', report: 'shadow' });
  await on.get(path);
  clock.advance(1_500);
  await edge.get(path);
  const lookups = edge.redis.tookWithNames();
  const [first, second] = lookups.map(({ names }) => names.map((name) => name.split(':')[0]));
  expect(lookups.map(({ verb }) => verb)).toEqual(['lookup', 'lookup']);
  expect(first).toContain('rights');
  expect(first).not.toContain('report');
  // When its client has its answer.
  expect(second).toContain('report');
});

test('the guard is told of what a handler and a rule read: each read is a request of its class, with its errors and its time', async () => {
  const { edge, origin, clock } = office({ rights: 'shadow', report: 'shadow' });
  const told = () =>
    edge.isolate.tally
      .take()
      .map(({ className, requests, errors, sumMs }) => ({ className, requests, errors, sumMs }));
  origin.on('/rights/ann', () => {
    clock.advance(30);
    return Response.json({ can: 'report' });
  });
  expect((await compared(clock, edge, '/own')).status).toBe(200);
  expect(told()).toEqual([
    { className: 'rights', requests: 1, errors: 0, sumMs: 30 },
    { className: 'report', requests: 1, errors: 0, sumMs: 30 },
  ]);
  origin.on(path, () => new Response(null, { status: 500 }));
  expect((await compared(clock, edge, '/own')).status).toBe(500);
  expect(told()).toMatchObject([
    { className: 'rights', requests: 1, errors: 0 },
    { className: 'report', requests: 1, errors: 1 },
  ]);
  // Its route answers with the class itself, and counts it once.
  expect((await compared(clock, edge, path)).status).toBe(500);
  expect(told()).toMatchObject([
    { className: 'rights', requests: 1, errors: 0 },
    { className: 'report', requests: 1, errors: 1 },
  ]);
});
