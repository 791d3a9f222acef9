import { describe, expect, test } from 'vitest';
import { run } from '../../cli/run.ts';
import { type Answer, type DeskOptions, deskWith, EDGE, json, problem } from './desk.ts';
import { figuresOf } from './figures.ts';

const figures = figuresOf(
  {
    invoice: { hit: 100, miss: 100, error: 3 },
    analytics: { hit: 12_000, stale: 400, miss: 600 },
    'a-class-with-a-long-name': { hit: 1, more: { saved_bytes: 1_234_567, p95_ms: 30 } },
    account: {},
  },
  { hit: 12_101, stale: 400, miss: 700, error: 3 },
);

function msOf(time: string): number {
  const [hours, minutes, seconds] = time.split(':').map(Number);
  return ((hours! * 60 + minutes!) * 60 + seconds!) * 1000;
}

async function running(line: string, answer: Answer = () => json(figures), options: DeskOptions = {}) {
  const desk = deskWith(answer, options);
  const code = await run(line.split(' '), desk.environment);
  return { code, out: desk.out(), err: desk.err(), desk };
}

describe('stillfresh top', () => {
  test('without a terminal is one table, the class with the most requests first, all below', async () => {
    const { code, out, err, desk } = await running('top');
    expect([code, err]).toEqual([0, '']);
    expect(desk.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /-/figures?window=15m',
    ]);
    expect(out.split('\n')).toEqual([
      'CLASS           REQ/S  HIT% STALE  MISS ERROR   P50   P95 ORIG/S  SAVED     $/H',
      'analytics        14.5  95.3   400   600     0 1.4ms 181ms   0.67   12MB       -',
      'invoice          0.23  49.2     0   100     3 1.4ms 181ms   0.11  100kB       -',
      'a-class-with-…   0.00   100     0     0     0 1.4ms  30ms      0  1.2MB       -',
      'account             0     -     0     0     0     -     -      0     0B       -',
      'all              14.7  94.6   400   700     3 1.4ms 181ms   0.78   13MB  0.0072',
      '',
    ]);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test.each([
    ['requests', 'analytics'],
    ['hit', 'invoice'], // what nobody asked for has no rate, and is not the worst
    ['stale', 'analytics'],
    ['miss', 'analytics'],
    ['error', 'invoice'],
    ['p50', 'analytics'],
    ['p95', 'analytics'],
    ['origin', 'analytics'],
    ['saved', 'analytics'],
    ['redis', 'analytics'],
  ])('sorted by %s begins with %s', async (column, first) => {
    const { out } = await running(`top --once --sort ${column}`);
    expect(out.split('\n')[1]).toMatch(new RegExp(`^${first} `));
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^all /);
  });

  test('divides by the time that has figures: two minutes after the start by two minutes', async () => {
    const given = figuresOf({}, { hit: 1_200 });
    const buckets = Array.from({ length: 15 }, (_, i) => ({
      at: new Date(Date.parse(given.from) + i * 60_000).toISOString(),
      requests: i < 13 ? 0 : 600,
    }));
    const { out } = await running('top', () => json({ ...given, buckets }));
    expect(out).toMatch(/^all +10\.2 /m);
  });

  test.each<[object, string]>([
    [{ requests: 99_999_999, saved_bytes: 9_999_999_999_999 }, '10TB'],
    [{ requests: 900, saved_bytes: 999_999 }, '1.0MB'],
    [{ requests: 900, saved_bytes: 512 }, '512B'],
    [{ requests: 900, p95_ms: 2 ** 31 }, '2147484s'],
    [{ requests: 900, p95_ms: 0.04 }, '0ms'],
    [{ requests: 900, redis_dollars: 0.000_001 }, '<0.0001'],
    [{ requests: 900, hit_rate: 0.99999 }, '99.9'], // 100 only where nothing missed
  ])('of %j a cell is %s', async (more, cell) => {
    const { out } = await running('top', () => json(figuresOf({}, { hit: 1, more })));
    expect(out).toContain(cell);
  });

  test.each([
    ['a minute, of which half a minute is added up', '11:59:00', '12:00:00', '11:59:30', '20', '0.2880'],
    ['a day, of which six hours are', '00:00:00', '24:00:00', '06:00:00', '0.03', '0.0004'],
    ['a span that is all added up', '11:00:00', '12:00:00', '12:00:07', '0.17', '0.0024'],
    ['less than says anything', '11:59:00', '12:00:00', '11:59:01', '20', '0.2880'],
  ])('rates are of the time that is added up: %s', async (_, from, to, until, rate, dollars) => {
    const at = (time: string) => new Date(Date.parse('2026-11-24T00:00:00Z') + msOf(time)).toISOString();
    const sums = figuresOf({ kpi: { hit: 600 } }, { hit: 600, more: { redis_dollars: 0.0024 } });
    const { out } = await running('top', () =>
      json({ ...sums, from: at(from), to: at(to), rolled_up_at: at(until) }),
    );
    const [, kpi, all] = out.split('\n');
    expect(kpi!.split(/ +/)[1]).toBe(rate);
    expect(all!.split(/ +/).at(-1)).toBe(dollars);
  });

  test('says so where nothing is added up yet', async () => {
    const { code, out, err } = await running('top', () => json({ ...figuresOf({}), rolled_up_at: null }));
    expect([code, err]).toEqual([0, 'nothing is added up yet: the cron does that, once a minute\n']);
    expect(out.split('\n')[1]).toMatch(/^all +0 +- /);
  });

  test('a name with signs that a terminal would obey is shown without them', async () => {
    const { out } = await running('top', () => json(figuresOf({ 'x\u001b[2J': { hit: 1 } })));
    expect(out).toContain('x\uFFFD[2J ');
  });

  test('--json is what the edge said, once with --once, again and again without', async () => {
    const once = await running('top --json --once --window 24h');
    expect([JSON.parse(once.out), once.desk.requests[0]!.path]).toEqual([figures, '/-/figures?window=24h']);
    const on = await running('top --json --every 1m', undefined, {
      onSleep: (desk) => desk.slept.length === 2 && desk.interrupt(),
    });
    expect([on.code, on.err, on.desk.slept]).toEqual([0, '', [60_000, 60_000]]);
    expect(
      on.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([figures, figures, figures]);
  });
});

const ESC = '\u001b[';

describe('stillfresh top in a terminal', () => {
  const terminal = { rows: 12, columns: 80 };
  const untilLook = (n: number): DeskOptions => ({
    ...terminal,
    onSleep: (desk) => desk.slept.length === n && desk.interrupt(),
  });

  test('writes over what it showed, all at once, and gives the terminal back', async () => {
    const { code, out, err, desk } = await running('top', undefined, untilLook(2));
    expect([code, err, desk.slept]).toEqual([0, '', [5_000, 5_000]]);
    const [begin, ...frames] = out.split(`${ESC}H`);
    expect(begin).toBe(`${ESC}?1049h${ESC}?25l`);
    expect(frames).toHaveLength(3);
    expect(frames.every((it) => !it.includes(`${ESC}2J`))).toBe(true); // nothing is blank in between
    expect(frames[0]!.split(`${ESC}K\r\n`)[0]).toBe(
      `${EDGE}  the last 15m, added up at 11:59:58Z; Ctrl-C ends it`,
    );
    expect(out.endsWith(`${ESC}J${ESC}?25h${ESC}?1049l`)).toBe(true);
  });

  test.each<[string, Readonly<Record<string, string>>, boolean]>([
    ['inverts the names of the columns', {}, true],
    ['inverts nothing with NO_COLOR', { NO_COLOR: '1' }, false],
  ])('%s', async (_, env, inverts) => {
    const { out } = await running('top', undefined, { ...untilLook(0), env });
    expect(out.includes(`${ESC}7mCLASS`)).toBe(inverts);
    expect(out).toContain('$/H');
  });

  test('is one table where TERM is dumb', async () => {
    const { out } = await running('top', undefined, { ...terminal, env: { TERM: 'dumb' } });
    expect(out).toMatch(/^CLASS /);
  });

  test('shows no more than fits', async () => {
    const { out } = await running('top', undefined, {
      ...untilLook(0),
      rows: 5,
      columns: 40,
      env: { NO_COLOR: '1' },
    });
    const lines = out
      .slice(out.indexOf(`${ESC}H`) + 3)
      .split(`${ESC}K\r\n`)
      .slice(0, -1);
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
  });

  test('goes on with what it has while the edge does not answer, and ends when it refuses', async () => {
    let looks = 0;
    const answers = [
      () => json(figures),
      () => problem(503, { title: 'No answer' }),
      () => json(figures),
      () => problem(403, { title: 'Not allowed' }),
    ];
    const { code, out, err } = await running('top', () => answers[looks++]!(), terminal);
    expect(code).toBe(2);
    expect(out).toContain(`${ESC}K\r\ntrying again: ${EDGE} answered 503: No answer${ESC}K`);
    expect(out.split(`${ESC}H`)[2]).toContain('analytics');
    expect(out.endsWith(`${ESC}?25h${ESC}?1049l`)).toBe(true);
    expect(err).toContain('403: Not allowed');
  });
});

describe('what is no answer', () => {
  test.each<[string, string, () => Response, number, string]>([
    ['a token without the scope', 'top', () => problem(403, { title: 'No' }), 2, 'lacks the scope'],
    ['figures of another kind', 'top', () => json({ from: 'x' }), 3, 'JSON that is no figures (from: '],
    ['an edge without figures', 'top', () => problem(404, { title: 'Nothing' }), 2, '404: Nothing'],
    [
      'a window that the edge does not take',
      'top',
      () => problem(422, { title: 'Wrong', errors: [{ field: 'window', detail: 'is too long' }] }),
      2,
      '  --window: is too long',
    ],
    ['alerts of another kind', 'alerts', () => json({}), 3, 'JSON that is no list of alerts'],
    ['alerts that are HTML', 'alerts', () => new Response('<p>'), 3, 'this is not JSON'],
    [
      'metrics that are JSON',
      'metrics',
      () => json({}),
      3,
      "this is not Prometheus' text (application/json)",
    ],
    ['metrics that are HTML', 'metrics', () => new Response('<!doctype html>'), 3, "not Prometheus' text"],
    [
      'metrics with a problem',
      'metrics',
      () => problem(401, { title: 'Who?' }),
      2,
      'STILLFRESH_TOKEN is no admin token',
    ],
  ])('%s', async (_, line, answer, expected, said) => {
    const { code, out, err } = await running(`${line} --url ${EDGE}`, answer);
    expect([code, out]).toEqual([expected, '']);
    expect(err).toContain(said);
  });
});
