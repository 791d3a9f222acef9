import { describe, expect, test } from 'vitest';
import { run } from '../../cli/run.ts';
import { type Desk, deskWith, json, problem, type Received } from './desk.ts';

/** As `GET /-/rollout` has a class; the desk's clock stands at 12:00 of 24 November. */
const stands = (more: object = {}) => ({
  ...{ mode: 'on', percent: 5, unit: 'tenant', allow: [], deny: [], step: 2 },
  plan: [
    { percent: 0, dwell: '10m', at_least: 500 },
    { percent: 1, dwell: '30m', at_least: 500 },
    { percent: 5, dwell: '30m', at_least: 500 },
    { percent: 100, dwell: '1h', at_least: 500 },
  ],
  ...{ since: '2026-11-24T11:50:00.123Z', by: 'ops', why: 'equal for a day', held: null, from: 'flags' },
  ...{ fingerprint: '5d0a7c1be2f34980', others: [] },
  ...more,
});

const always = stands({
  percent: 100,
  step: null,
  since: null,
  by: 'strategy',
  why: 'as the strategy says',
  from: 'strategy',
});
const noKill = { on: false, at: null, by: null, why: null, variable: false };
const view = (classes: object, more: object = {}) => ({
  version: 'v1',
  kill: false,
  kill_switch: noKill,
  classes,
  ...more,
});

const report = {
  verdict: 'stay',
  failed: null,
  why: 'waits for 188 more answers and 20 min',
  tests: [
    {
      test: 'leak',
      is: 'passes',
      value: 0,
      low: 0,
      high: 0,
      bound: 0,
      samples: 312,
      says: 'nobody saw what is another’s',
    },
    {
      test: 'stale',
      is: 'undecided',
      value: 0.003_21,
      low: 0,
      high: 0.0123,
      bound: 0.005,
      samples: 312,
      says: '1 of 312',
    },
    {
      test: 'slower',
      is: 'passes',
      value: -41.23,
      low: -60,
      high: -22,
      bound: 50,
      samples: 20_000,
      says: 'faster',
    },
    {
      test: 'ratio',
      is: 'not-judged',
      value: null,
      low: null,
      high: null,
      bound: 0.05,
      samples: 0,
      says: 'too few',
    },
  ],
  progress: { compared: 312, at_least: 500, dwell_left_ms: 1_200_000 },
  arms: {
    on: {
      ...{ requests: 1_560, errors: 1, mean_ms: 4.123, units: 12 },
      compared: { equal: 310, differs: 1, stale: 1, leak: 0 },
      saved: { hits: 0, ms: 0, bytes: 0, commands: 0, dollars: 0 },
      differences: ['$.total', '$.lines[].price'],
    },
    control: {
      ...{ requests: 30_000, errors: 20, mean_ms: 45.2, units: null },
      compared: { equal: 0, differs: 0, stale: 0, leak: 0 },
      saved: { hits: 0, ms: 0, bytes: 0, commands: 0, dollars: 0 },
      differences: [],
    },
  },
  rolled_up_at: '2026-11-24T11:59:30.000Z',
};

/** An edge with these classes, whose reports are as given. */
function edgeWith(
  classes: Readonly<Record<string, object>>,
  reports: Readonly<Record<string, object>> = {},
  more = {},
) {
  return deskWith(({ path }) => {
    const name = /^\/-\/rollout\/(.+)$/.exec(path)?.[1];
    if (name === undefined) return json(view(classes, more));
    const { classes: _, ...heads } = view({}, more);
    return json({ ...heads, class: name, ...classes[name], report: reports[name] ?? null });
  });
}

const typed = (desk: Desk, line: string) =>
  run(
    line.match(/"[^"]*"|\S+/g)!.map((it) => it.replaceAll('"', '')),
    desk.environment,
  );

describe('stillfresh rollout status', () => {
  test('is a table of all, with what the guard waits for', async () => {
    const desk = edgeWith(
      {
        analytics: stands(),
        invoice: always,
        invoices: stands({
          mode: 'off',
          percent: 0,
          step: null,
          held: 'rolled back by ops: numbers look old',
        }),
        account: stands({ mode: 'shadow', percent: 0, step: 0, unit: 'key' }),
      },
      { analytics: report },
    );
    expect(await typed(desk, 'rollout status')).toBe(0);
    expect([desk.err(), desk.out().split('\n')]).toEqual([
      '',
      [
        'CLASS      MODE    PERCENT  STEP    SINCE                 GUARD',
        'analytics  on      5        3 of 4  2026-11-24T11:50:00Z  waits for 188 more answers and 20 min',
        'invoice    on      100      -       -',
        'invoices   off     5        -       2026-11-24T11:50:00Z  held: rolled back by ops: numbers look old'.replace(
          '5 ',
          '0 ',
        ),
        'account    shadow  0        1 of 4  2026-11-24T11:50:00Z',
        '',
      ],
    ]);
    // Of what stands still nothing is asked.
    expect(desk.requests.map(({ path }) => path)).toEqual([
      '/-/rollout',
      '/-/rollout/analytics',
      '/-/rollout/account',
    ]);
  });

  test('of one class says who has set it, what was counted, and what the guard finds', async () => {
    const other = { fingerprint: '0123456789abcdef', mode: 'on', percent: 100, since: null };
    const it = stands({ allow: ['acme'], deny: ['globex/bob'], others: [other] });
    const desk = edgeWith({ analytics: it }, { analytics: report });
    expect(await typed(desk, 'rollout status analytics')).toBe(0);
    expect(desk.out().split('\n')).toEqual([
      'analytics: on for 5 % of tenants, step 3 of 4 of its plan',
      '  by ops, 2026-11-24T11:50:00Z: "equal for a day"',
      '  always while it is on: acme',
      '  never: globex/bob',
      '  another version of it (0123456789abcdef) is on for everyone',
      '  guard: waits for 188 more answers and 20 min',
      '',
      'TEST    IS          VALUE     BETWEEN           BOUND  SAMPLES  IN WORDS',
      'leak    passes      0 %       0 % to 0 %        0 %    312      nobody saw what is another’s',
      'stale   undecided   0.321 %   0 % to 1.23 %     0.5 %  312      1 of 312',
      'slower  passes      -41.2 ms  -60 ms to -22 ms  50 ms  20,000   faster',
      'ratio   not-judged  -         -                 5 %    0        too few',
      '',
      'GROUP    REQUESTS  ERRORS  MEAN     UNITS  EQUAL  DIFFERS  STALE  LEAKS',
      'on       1,560     1       4.12 ms  12     310    1        1      0',
      'control  30,000    20      45.2 ms  many   0      0        0      0',
      'answers differed at $.total, $.lines[].price',
      '',
    ]);
  });

  test('of one in the shadow says what the cache would have saved', async () => {
    const saved = { hits: 1_400, ms: 63_000, bytes: 2_800_000, commands: 1_600, dollars: 0.0032 };
    const inShadow = { ...report, arms: { shadow: { ...report.arms.on, saved, differences: [] } } };
    const desk = edgeWith({ analytics: stands({ mode: 'shadow' }) }, { analytics: inShadow });
    await typed(desk, 'rollout status analytics');
    expect(desk.out().trimEnd().split('\n').at(-1)).toBe(
      'shadow: the cache would have saved 1,400 of 1,560 fetches, 63 s of waiting and 2,800,000 bytes from the origin, for 1,600 commands of Redis ($0.0032)',
    );
  });

  test('of one that nobody tries says so', async () => {
    const desk = edgeWith({ invoice: always });
    await typed(desk, 'rollout status invoice');
    expect(desk.out().split('\n').slice(0, 3)).toEqual([
      'invoice: on for everyone',
      '  by strategy: "as the strategy says"',
      '  nothing is tried, so that nothing is counted',
    ]);
  });

  test.each([
    [
      { on: true, at: '2026-11-24T11:00:00Z', by: 'eve', why: 'incident', variable: false },
      'by eve, 2026-11-24T11:00:00Z: "incident"',
    ],
    [{ ...noKill, variable: true }, 'KILL_SWITCH of the Worker'],
  ])('says that the kill switch is on', async (kill_switch, who) => {
    const desk = edgeWith({ invoice: always }, {}, { kill: true, kill_switch });
    expect(await typed(desk, 'rollout status')).toBe(0);
    expect(desk.err()).toBe(`the kill switch is on, ${who}; nothing is answered from the cache\n`);
  });

  test('with --json is what the edge said', async () => {
    const desk = edgeWith({ analytics: stands({ later: 1 }) }, { analytics: report });
    await typed(desk, 'rollout status --json');
    expect(JSON.parse(desk.out())).toEqual(view({ analytics: stands({ later: 1 }) }));
    const one = edgeWith({ analytics: stands() }, { analytics: report });
    await typed(one, 'rollout status analytics --json');
    expect(JSON.parse(one.out())).toMatchObject({ class: 'analytics', report });
  });

  test('does not obey what a name or a reason says to a terminal', async () => {
    const desk = edgeWith({ analytics: stands({ why: '\u001b[2J', held: '\u001b[31mheld' }) });
    await typed(desk, 'rollout status');
    await typed(desk, 'rollout status analytics');
    expect(desk.out()).toContain('held');
    expect(desk.out()).not.toContain('\u001b');
  });

  test.each<[string, () => Response, number, RegExp]>([
    [
      'no such class',
      () => problem(404, { title: 'Not found', detail: 'There is no class "a"; did you mean "b"?' }),
      2,
      /did you mean "b"/,
    ],
    [
      'no Redis',
      () => problem(503, { title: 'Unavailable', detail: 'deploy with KILL_SWITCH=on' }),
      3,
      /KILL_SWITCH=on/,
    ],
    ['another shape', () => json({ version: 'v1' }), 3, /JSON that is no roll-out/],
  ])('%s', async (_, answer, code, said) => {
    const desk = deskWith(answer);
    expect(await typed(desk, 'rollout status a')).toBe(code);
    expect(desk.err()).toMatch(said);
  });
});

describe('stillfresh rollout plan', () => {
  const lines = async (it: object, ofGuard?: object) => {
    const desk = edgeWith({ analytics: it }, ofGuard ? { analytics: ofGuard } : {});
    expect(await typed(desk, 'rollout plan analytics')).toBe(0);
    return desk.out().split('\n');
  };

  test('shows the steps, how far the present one is, and when it could be over', async () => {
    expect(await lines(stands(), report)).toEqual([
      'STEP  PERCENT  DWELL  AT LEAST  IS',
      '1     shadow   10m    500       done',
      '2     1 %      30m    500       done',
      '3     5 %      30m    500       now; 312 of 500 answers compared, 20 min left',
      '4     100 %    1h     500       next',
      'analytics: on for 5 % of tenants, by ops, 2026-11-24T11:50:00Z: "equal for a day"',
      'over at 2026-11-24T13:20:00Z at the earliest',
      '',
    ]);
  });

  test.each([
    [stands({ held: 'by ops: the fair' }), 'held, so that it does not go on by itself: by ops: the fair'],
    [always, 'it has gone through its plan, or needs none'],
    [stands({ mode: 'off', percent: 0, step: null }), 'it is in no step of the plan, and stays as it is'],
  ])('says why it does not go on', async (it, said) => {
    expect((await lines(it)).at(-2)).toBe(said);
  });

  test('with --json has each step, and when it is over', async () => {
    const desk = edgeWith({ analytics: stands() }, { analytics: report });
    await typed(desk, 'rollout plan analytics --json');
    const { plan, over_at } = JSON.parse(desk.out());
    expect(plan.map((it: { is: string }) => it.is)).toEqual(['done', 'done', 'now', 'next']);
    expect(over_at).toBe('2026-11-24T13:20:00.000Z');
  });
});

/** An edge whose flags others change: before each of the first changes that come, `meanwhile` does. */
function contended(
  meanwhile: readonly ((classes: Record<string, object>) => object)[] = [],
  refuse?: () => Response,
) {
  let classes: Record<string, object> = { analytics: stands(), invoice: always };
  let version = 1;
  const others = [...meanwhile];
  const changed = (request: Received): Response => {
    const other = others.shift();
    if (other) {
      classes = { ...classes, ...other(classes) };
      version += 1;
    }
    const now = () => view(classes, { version: `v${version}` });
    if (request.ifMatch !== undefined && request.ifMatch !== `"v${version}"`)
      return problem(412, { title: 'Precondition failed', ...now() });
    if (refuse) return refuse();
    const body = request.body as object;
    const name = request.path.split('/')[3]!;
    classes = { ...classes, [name]: stands({ ...body, plan: stands().plan, by: 'me', step: null }) };
    version += 1;
    return json(now());
  };
  return deskWith((request) =>
    request.method === 'GET' ? json(view(classes, { version: `v${version}` })) : changed(request),
  );
}

const sent = ({ requests }: Desk) =>
  requests
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path, ifMatch, body }) => [method, path, ifMatch ?? null, body]);

describe('stillfresh rollout set', () => {
  test('sends what is given, if nobody has changed it since, and says how it was and is', async () => {
    const desk = contended();
    const line =
      'rollout set analytics --mode on --percent 25 --allow acme,globex/ann --deny - --steps 0:10m:500,25:2h:1000,100:1h:500 --why "equal for a week"';
    expect(await typed(desk, line)).toBe(0);
    const plan = [
      { percent: 0, dwell: '10m', at_least: 500 },
      { percent: 25, dwell: '2h', at_least: 1_000 },
      { percent: 100, dwell: '1h', at_least: 500 },
    ];
    const body = {
      mode: 'on',
      percent: 25,
      allow: ['acme', 'globex/ann'],
      deny: [],
      plan,
      why: 'equal for a week',
    };
    expect(sent(desk)).toEqual([['PUT', '/-/rollout/analytics', '"v1"', body]]);
    expect(desk.out()).toBe(
      'analytics: on for 5 % of tenants → on for 25 % of tenants\n  it stays so until somebody changes it\n',
    );
  });

  test.each([
    ['--mode shadow --steps strategy', { mode: 'shadow', plan: null }],
    ['--mode off --steps none', { mode: 'off', plan: [] }],
    ['--mode on --percent 0.5%', { mode: 'on', percent: 0.5 }],
  ])('%s', async (flags, body) => {
    const desk = contended();
    expect(await typed(desk, `rollout set analytics ${flags} --why x --json`)).toBe(0);
    expect(sent(desk)[0]![3]).toEqual({ ...body, why: 'x' });
    expect(JSON.parse(desk.out())).toMatchObject({ version: 'v2' });
  });

  test('somebody else has changed the class meanwhile: nothing is done, and it says who, what and why', async () => {
    const eve = stands({ percent: 100, step: null, by: 'eve', why: 'black friday' });
    const desk = contended([() => ({ analytics: eve })]);
    expect(await typed(desk, 'rollout set analytics --mode on --percent 25 --why x')).toBe(6);
    expect([desk.out(), desk.err().split('\n')]).toEqual([
      '',
      [
        'stillfresh: somebody else has changed the flags meanwhile, and nothing was done',
        '  analytics is on for everyone now, by eve, 2026-11-24T11:50:00Z: "black friday"',
        '  look at it, and run the command again if it is still to be so; npx stillfresh rollout audit has all of it',
        '',
      ],
    ]);
    const other = contended([() => ({ analytics: eve })]);
    await typed(other, 'rollout set analytics --mode off --why x --json');
    expect(JSON.parse(other.err()).error).toMatchObject({
      exit_code: 6,
      details: [/analytics is on/, /look at it/].map((it) => expect.stringMatching(it)),
    });
  });

  test('another class was changed meanwhile: it is sent again, four times at most', async () => {
    const others = (n: number) => () => ({ invoice: stands({ percent: n }) });
    const desk = contended([others(1), others(2), others(3)]);
    expect(await typed(desk, 'rollout set analytics --mode off --why x')).toBe(0);
    expect(sent(desk).map(([, , ifMatch]) => ifMatch)).toEqual(['"v1"', '"v2"', '"v3"', '"v4"']);
    const busy = contended([1, 2, 3, 4, 5].map(others));
    expect(await typed(busy, 'rollout set analytics --mode off --why x')).toBe(6);
    expect(sent(busy)).toHaveLength(4);
  });

  test('--if-version: not even where another class was changed', async () => {
    const desk = contended([() => ({ invoice: stands() })]);
    expect(await typed(desk, 'rollout set analytics --mode off --why x --if-version v1')).toBe(6);
    expect(desk.err()).toContain('  invoice is on for 5 % of tenants now');
    expect(sent(desk)).toHaveLength(1);
  });

  test('what is not valid names the flag', async () => {
    const errors = [
      { field: 'allow.0', detail: 'write a tenant' },
      { field: 'mode', detail: 'must be on' },
    ];
    const desk = contended([], () => problem(422, { title: 'Not valid', errors }));
    expect(await typed(desk, 'rollout set analytics --mode off --allow a//b --why x')).toBe(2);
    expect(desk.err()).toContain('\n  --allow: write a tenant\n  --mode: must be on\n');
  });

  test.each([
    ['set', 'which class? npx stillfresh rollout set CLASS'],
    ['set a --mode off', '--why is missing: say why you set'],
    ['set a --why x', '--mode is missing'],
    ['set a --why x --mode on', '--percent is missing'],
    ['set a --why x --mode on --percent 101', '--percent 101: give a number from 0 to 100'],
    ['hold a', '--why is missing: say why you hold'],
    ['kill', '--why is missing'],
    ['kill a --why x', 'kill is of all classes; of one: npx stillfresh rollout set a --mode off'],
    ['status --why x', '--why is of set, advance, hold, rollback or kill; leave it out of status'],
    ['audit --limit 0', '--limit 0: give a whole number from 1 to 999'],
    [
      'advanec a',
      'ACTION advanec: give status, plan, set, advance, hold, rollback, kill or audit; did you mean advance?',
    ],
  ])('%s', async (line, said) => {
    const desk = contended();
    expect(await typed(desk, `rollout ${line}`)).toBe(2);
    expect(desk.err()).toContain(said);
    expect(desk.requests).toEqual([]);
  });
});

describe('stillfresh rollout, in one word', () => {
  test.each([
    ['advance', '"v1"'],
    ['hold', null],
    ['rollback', null],
  ])('%s', async (move, ifMatch) => {
    const desk = contended();
    expect(await typed(desk, `rollout ${move} analytics --why x`)).toBe(0);
    expect(sent(desk)).toEqual([['POST', `/-/rollout/analytics/${move}`, ifMatch, { why: 'x' }]]);
    expect(desk.out()).toMatch(/^analytics: on for 5 % of tenants → /);
  });

  test('what goes back is done whatever somebody else has changed', async () => {
    const desk = contended([() => ({ analytics: stands({ percent: 100, by: 'guard' }) })]);
    expect(await typed(desk, 'rollout rollback analytics --why x')).toBe(0);
  });

  test('that does not fit is refused, and says why', async () => {
    const desk = contended([], () =>
      problem(409, { title: 'Conflict', detail: 'analytics: it is off already.' }),
    );
    expect(await typed(desk, 'rollout rollback analytics --why x')).toBe(2);
    expect(desk.err()).toContain('analytics: it is off already.');
  });

  test.each([
    [
      'kill --why x',
      true,
      'the kill switch is on, by me, 2026-11-24T12:00:00Z: "x"; nothing is answered from the cache\n',
    ],
    ['kill --off --why x', false, 'the kill switch is off: classes are as they are switched\n'],
  ])('%s', async (line, kill, said) => {
    const desk = deskWith(({ body }) => {
      const { kill: on } = body as { kill: boolean };
      return json(
        view(
          {},
          { kill: on, kill_switch: { on, at: '2026-11-24T12:00:00Z', by: 'me', why: 'x', variable: false } },
        ),
      );
    });
    expect(await typed(desk, `rollout ${line}`)).toBe(0);
    expect([sent(desk), desk.out()]).toEqual([[['POST', '/-/rollout/kill', null, { kill, why: 'x' }]], said]);
  });
});

test('stillfresh rollout audit shows what was done and what was refused', async () => {
  const at = '2026-11-24T11:58:00.123Z';
  const on = (percent: number) => ({ mode: 'on', percent, step: null });
  const list = [
    {
      at,
      who: 'bob',
      class: 'analytics',
      from: on(5),
      to: on(25),
      why: 'x',
      refused: 'somebody else had changed the flags',
    },
    {
      at,
      who: 'ops',
      class: 'analytics',
      from: { mode: 'shadow', percent: 0, step: 0 },
      to: on(5),
      also: 'allow: acme',
      why: 'equal',
      refused: null,
    },
    { at, who: 'eve', class: null, from: false, to: true, why: 'incident', refused: null },
    { at, who: 'guard', class: 'old', from: null, to: null, why: 'gone', refused: null },
  ];
  const desk = deskWith(() => json(list));
  expect(await typed(desk, 'rollout audit analytics --limit 5')).toBe(0);
  expect(desk.requests[0]!.path).toBe('/-/rollout/audit?limit=5&class=analytics');
  expect(desk.out().split('\n')).toEqual([
    'AT                    WHO    CLASS        FROM    TO       WHY',
    '2026-11-24T11:58:00Z  bob    analytics    on 5 %  on 25 %  x REFUSED: somebody else had changed the flags',
    '2026-11-24T11:58:00Z  ops    analytics    shadow  on 5 %   equal (allow: acme)',
    '2026-11-24T11:58:00Z  eve    kill switch  off     on       incident',
    '2026-11-24T11:58:00Z  guard  old          -       -        gone',
    '',
  ]);
  const none = deskWith(() => json([]));
  await typed(none, 'rollout audit');
  expect([none.out(), none.err()]).toEqual(['', 'nothing was changed yet\n']);
});
