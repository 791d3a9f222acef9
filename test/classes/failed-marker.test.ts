import { expect, test } from 'vitest';
import { path } from '../support/worker/front-ends.ts';
import { failures, hammer, mostInASecond } from '../support/worker/hammer.ts';
import { failing } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const strict = aClass({ consistency: 'strict' });

test.each(failures)('a strict class answers 503, whatever it was: %s', async (_what, reply) => {
  const { askedMs, answers } = await hammer(world([strict]), reply);
  expect(mostInASecond(askedMs)).toBeLessThanOrEqual(2);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  const told = answers.filter(({ headers }) => headers.get('Retry-After') === '1');
  expect(told).toHaveLength(120 - askedMs.length);
});

test('and never covers, though it holds an entry', async () => {
  const made = world([strict]);
  made.origin.on(path, { total: 1 });
  await made.edge.get(path);
  made.clock.advance(11_000);
  const { askedMs, answers } = await hammer(made, failing(500));
  expect(mostInASecond(askedMs)).toBeLessThanOrEqual(2);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
});

test.each([
  ['a redirect', () => new Response(null, { status: 302, headers: { Location: '/login' } }), 502],
  ['401: it does not accept the edge', failing(401), 502],
  ['any other 5xx', failing(507), 507],
] as const)('what is no answer to a class is a failure too: %s', async (_what, reply, status) => {
  const { askedMs, answers } = await hammer(world([aClass()]), reply);
  expect(mostInASecond(askedMs)).toBeLessThanOrEqual(2);
  expect(new Set(answers.map((it) => it.status))).toEqual(new Set([status]));
});

test('a loader that throws', async () => {
  let loads = 0;
  const load = async () => {
    loads += 1;
    throw new Error('a bug');
  };
  const made = world([aClass({ read: 'cache-aside' })], { load });
  for (let i = 0; i < 10; i += 1) expect(await made.anotherEdge().get(path)).toMatchObject({ status: 502 });
  expect(loads).toBe(2);
});

test('a write goes to the origin all the same', async () => {
  const { origin, edge } = world([aClass({ writeThrough: 'purge' })]);
  for (const route of [path, `PATCH ${path}`]) origin.on(route, failing(503));
  for (let i = 0; i < 3; i += 1) {
    await edge.get(path);
    await edge.get(path, { method: 'PATCH', body: '{}' });
  }
  expect(origin.count(path)).toBe(2);
  expect(origin.count(`PATCH ${path}`)).toBe(3);
});
