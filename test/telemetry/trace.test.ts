import { describe, expect, test } from 'vitest';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { failing } from '../support/worker/origin.ts';
import { SpanRecorder } from '../support/worker/recorder.ts';
import { type Asked, aClass, type WorldOptions, world } from '../support/worker/world.ts';

const ADMIN_TOKENS = await adminTokens('purge');
const report = aClass({ writeThrough: 'purge', staleWhileRevalidate: '1m' });

function scene(tracing: unknown = new SpanRecorder(), options: WorldOptions = {}) {
  const made = world([report], { settings: { ADMIN_TOKENS }, tracing, ...options });
  made.origin.on('/report/r1', { total: 1 });
  made.origin.on('PATCH /report/r1', { total: 2 });
  return made;
}

const patch: Asked = { method: 'PATCH', body: '{}' };
const purge = asAdmin('purge', {
  method: 'POST',
  body: JSON.stringify({ tenant: 'acme', tags: ['report:r1'] }),
});

/** What one request is recorded as: after a first read, `before` the second. */
const cases: readonly [
  what: string,
  path: string,
  asked: Asked,
  before: (made: ReturnType<typeof scene>) => unknown,
  spans: readonly [name: string, attributes: object][],
][] = [
  [
    'a purge by hand',
    '/-/purge',
    purge,
    () => {},
    [
      ['purge', { result: 'now' }],
      ['answer', { outcome: 'bypass', reason: 'none', status: 202 }],
    ],
  ],
  [
    'a write',
    '/report/r1',
    patch,
    () => {},
    [
      ['origin', { class: 'report', status: 200, result: 'answered' }],
      ['purge', { result: 'now' }],
      ['answer', { outcome: 'bypass', reason: 'method', status: 200, class: 'report' }],
    ],
  ],
  [
    'a Redis that is down, and an origin that fails',
    '/report/r2',
    {},
    ({ edge, origin }) => {
      edge.redis.fail();
      origin.on('/report/r2', failing(500));
    },
    [
      ['lookup', { result: 'failed' }],
      ['origin', { class: 'report', status: 500, result: 'origin-failed' }],
      ['answer', { outcome: 'error', reason: 'origin-failed', status: 500 }],
    ],
  ],
  [
    'a stale one, and its refresh',
    '/report/r1',
    {},
    ({ clock }) => clock.advance(11_000),
    [
      ['lookup', { names: expect.any(Number), result: 'answered' }],
      ['lease', { class: 'report', result: 'granted' }],
      ['answer', { outcome: 'stale', reason: 'stale-while-revalidate', layer: 'l2' }],
      ['origin', { class: 'report', status: 200 }],
      ['fill', { class: 'report', result: 'stored' }],
    ],
  ],
];

const saidOf = (recorder: SpanRecorder) =>
  recorder
    .took()
    .map(({ name, attributes }) => [
      name.replace('stillfresh.', ''),
      Object.fromEntries(
        Object.entries(attributes).map(([key, value]) => [key.replace('stillfresh.', ''), value]),
      ),
    ]);

describe('Spans', () => {
  test('of a miss: what it waits for, and how it was answered', async () => {
    const recorder = new SpanRecorder();
    const { edge } = scene(recorder);
    await edge.get('/report/r1');
    expect(recorder.spans.every(({ hasEnded }) => hasEnded)).toBe(true);
    expect(saidOf(recorder)).toEqual([
      ['lookup', { names: expect.any(Number), result: 'answered' }],
      ['lease', { class: 'report', result: 'granted' }],
      ['origin', { class: 'report', status: 200, result: 'answered' }],
      ['fill', { class: 'report', result: 'stored' }],
      ['answer', { class: 'report', outcome: 'miss', reason: 'uri-miss', status: 200 }],
    ]);
  });

  test('of a hit: none from isolate memory, one lookup from Redis', async () => {
    const recorder = new SpanRecorder();
    const { edge, anotherEdge } = scene(recorder);
    await edge.get('/report/r1');
    recorder.took();
    await edge.get('/report/r1');
    expect(recorder.took()).toEqual([]);
    await anotherEdge().get('/report/r1');
    expect(saidOf(recorder)).toEqual([
      ['lookup', { names: expect.any(Number), result: 'answered' }],
      ['answer', { class: 'report', outcome: 'hit', reason: 'fresh', layer: 'l2', status: 200 }],
    ]);
  });

  test.each(cases)('of %s', async (_what, path, asked, before, spans) => {
    const recorder = new SpanRecorder();
    const made = scene(recorder);
    await made.edge.get('/report/r1');
    recorder.took();
    await before(made);
    await made.edge.get(path, asked);
    expect(saidOf(recorder)).toMatchObject(spans);
  });

  test('of a purge that fails', async () => {
    const recorder = new SpanRecorder();
    const { edge } = scene(recorder);
    edge.redis.fail();
    await edge.get('/-/purge', purge);
    expect(saidOf(recorder)).toMatchObject([
      ['purge', { result: 'failed' }],
      ['answer', { outcome: 'error' }],
    ]);
  });

  test('name no tenant, user, key, path or secret', async () => {
    const recorder = new SpanRecorder();
    const made = scene(recorder);
    for (const [, path, asked, prepare] of cases) {
      await prepare(made);
      await made.edge.get(path, asked);
      made.edge.redis.heal();
    }
    await made.anotherEdge().get('/report/r1');
    const spans = recorder.took();
    expect(spans.length).toBeGreaterThan(10);
    const names = new Set(spans.flatMap(({ attributes }) => Object.keys(attributes)));
    const allowed = ['class', 'layer', 'names', 'outcome', 'reason', 'result', 'status'];
    expect([...names].toSorted()).toEqual(allowed.map((name) => `stillfresh.${name}`));
    expect(JSON.stringify(spans)).not.toMatch(/acme|ann|r[12]\b|eyJ|secret|v1/);
  });

  test.each([
    ['without tracing', undefined],
    ['with another one', { startSpan: () => ({}) }],
    ['with what is none', { enterSpan: 'later' }],
  ])('are none in a runtime %s', async (_what, tracing) => {
    const { edge } = scene(tracing);
    expect(await edge.get('/report/r1')).toMatchObject({ status: 200 });
  });

  test('say nothing where nobody records them', async () => {
    const recorder = new SpanRecorder(false);
    const { edge } = scene(recorder);
    await edge.get('/report/r1');
    expect(recorder.took().flatMap(({ attributes }) => Object.keys(attributes))).toEqual([]);
  });
});

test('The platform’s own tracing is taken as it is', async () => {
  const { tracing } = await import('cloudflare:workers');
  const { edge } = scene(tracing);
  expect(await edge.get('/report/r1')).toMatchObject({ status: 200 });
});
