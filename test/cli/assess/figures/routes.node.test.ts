import { describe, expect, test } from 'vitest';
import { assess } from '../../../../cli/assess/assess.ts';
import { type LogLine, Sign } from '../../../../cli/assess/log-line.ts';
import { lineOf, sourceOf, templatesBy } from '../support/sources.ts';

/** Lines, one a second unless they say when, all of one route. */
async function assessed(lines: readonly Partial<LogLine>[], tells = 0) {
  const given = lines.map((line, at) => lineOf({ timeMs: 1000 * at, target: '/a', ...line }));
  const { routes } = await assess([sourceOf(given, 3, tells)], {
    ...{ templates: templatesBy(() => 'all'), ttlsMs: [1000, 60_000], mostKeys: 100, mostHeldBack: 100 },
    assumedFetchMs: 400,
  });
  return routes[0]!;
}

describe('how often it changes', () => {
  test.each<[string, Partial<LogLine>[], object]>([
    ['one request shows nothing', [{ bytes: 1 }], { share: null, by: null, writes: 0 }],
    ['reads of unknown size show nothing', [{}, {}], { share: null, by: null, writes: 0 }],
    [
      'sizes, where there is nothing else',
      [{ bytes: 1 }, { bytes: 1 }, { bytes: 2 }],
      { share: 0.5, by: 'size', writes: 0 },
    ],
    [
      'the size of a 304 is not that of the answer',
      [{ bytes: 9 }, { status: 304, bytes: 0 }, { bytes: 9 }],
      { share: 0, by: 'size', writes: 0 },
    ],
    [
      'tags before sizes',
      [
        { etag: '"1"', bytes: 1 },
        { etag: '"1"', bytes: 2 },
      ],
      { share: 0, by: 'etag', writes: 0 },
    ],
    [
      'tags across answers that have none',
      [{ etag: '"1"' }, {}, { etag: '"2"' }],
      { share: 1, by: 'etag', writes: 0 },
    ],
    [
      'a write between two requests',
      [{ bytes: 1 }, { method: 'PUT' }, { bytes: 1 }, { bytes: 1 }],
      { share: 0.5, by: 'writes', writes: 1 },
    ],
    [
      'a write that failed is none',
      [{ bytes: 1 }, { method: 'PUT', status: 400 }, { bytes: 1 }],
      { share: 0, by: 'size', writes: 0 },
    ],
    [
      'sizes before writes that nobody met',
      [{ bytes: 1 }, { bytes: 1 }, { method: 'DELETE' }],
      { share: 0, by: 'size', writes: 1 },
    ],
    [
      'such writes where there is nothing else',
      [{}, {}, { method: 'DELETE' }],
      { share: 0, by: 'writes', writes: 1 },
    ],
    [
      'keys are not compared with each other',
      [{ bytes: 1 }, { bytes: 2, target: '/a?x' }],
      { share: null, by: null, writes: 0 },
    ],
  ])('%s', async (_, lines, change) => {
    expect((await assessed(lines)).change).toEqual(change);
  });
});

describe('signs are shares of the candidates whose log tells of them', () => {
  const none = { cookie: null, authorization: null, private: null, public: null, set_cookie: null };

  test('nothing is told', async () => {
    expect((await assessed([{}, {}])).signs).toEqual(none);
  });

  test('what is told and was not there is 0', async () => {
    const { signs } = await assessed(
      [{ signs: Sign.cookie }, {}, { method: 'HEAD', signs: Sign.cookie }],
      Sign.cookie | Sign.private,
    );
    expect(signs).toEqual({ ...none, cookie: 0.5, private: 0 });
  });

  test('a sign that was not announced counts all the same', async () => {
    const { signs } = await assessed([{ signs: Sign.authorization }, { signs: Sign.authorization }]);
    expect(signs).toEqual({ ...none, authorization: 1 });
  });
});

describe('requests that would have waited for a fetch under way', () => {
  test.each<[string, Partial<LogLine>[], object]>([
    [
      'by the durations logged',
      [{ durationMs: 2500 }, {}, {}, { durationMs: 1 }],
      { collapsed: 2, assumed_ms: null },
    ],
    [
      'who waited begins no fetch',
      [{ durationMs: 1500 }, { durationMs: 9000 }, { durationMs: 1 }],
      { collapsed: 1, assumed_ms: null },
    ],
    [
      'for another key nobody waits',
      [{ durationMs: 9000 }, { target: '/a?x', durationMs: 1 }],
      { collapsed: 0, assumed_ms: null },
    ],
    [
      'by what is assumed, to the millisecond',
      [{ timeMs: 1 }, { timeMs: 400 }, { timeMs: 401 }],
      { collapsed: 1, assumed_ms: 400 },
    ],
    // 1 − (1 − 0.4)² = 0.64 of ten that came in the same second as another.
    [
      'in logs of whole seconds by chance',
      Array.from({ length: 11 }, () => ({ timeMs: 5000 })),
      { collapsed: 6, assumed_ms: 400 },
    ],
    [
      '… but surely where a fetch takes a second',
      Array.from({ length: 11 }, () => ({ timeMs: 5000, durationMs: 1000 })),
      { collapsed: 10, assumed_ms: null },
    ],
  ])('%s', async (_, lines, stampedes) => {
    expect((await assessed(lines)).stampedes).toEqual(stampedes);
  });
});

test('what hits save, and what is stored at once, for a month of such traffic', async () => {
  const day = Array.from({ length: 25 }, (_, at) => ({
    timeMs: 3_600_000 * Math.floor(at / 5),
    bytes: 1000,
    durationMs: 100,
  }));
  const { estimate, knee, mean_bytes, repeat_ratio, keys, methods } = await assessed(day);
  // Four hours from first to last: 180 such logs a month; five fills, twenty hits.
  expect({ knee: knee?.ttl_s, mean_bytes, repeat_ratio, keys, methods }).toEqual({
    knee: 1,
    mean_bytes: 1000,
    repeat_ratio: 0.96,
    keys: 1,
    methods: { GET: 25 },
  });
  expect(estimate).toMatchObject({
    origin_requests: 180 * 5,
    origin_requests_saved: 180 * 20,
    bytes_saved: 180 * 20_000,
    plan: 'Free',
    price: 0,
  });
  expect(estimate.memory_bytes).toBeGreaterThan(1000);
  expect(estimate.memory_bytes).toBeLessThan(3000);
});

test('a 304 that fills stores what its key had last, else the mean of its route', async () => {
  const { estimate: known } = await assessed([
    { bytes: 90_000 },
    { timeMs: 3_600_000, status: 304, bytes: 0 },
  ]);
  const { estimate: mean } = await assessed([
    { target: '/a?x', bytes: 90_000 },
    { timeMs: 3_600_000, status: 304, bytes: 0 },
  ]);
  for (const { memory_bytes } of [known, mean]) {
    expect(memory_bytes).toBeGreaterThan(120_000);
    expect(memory_bytes).toBeLessThan(123_000);
  }
});
