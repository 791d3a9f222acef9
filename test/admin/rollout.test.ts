import { describe, expect, test } from 'vitest';
import type { Bounds } from '../../src/bounds.ts';
import { httpCache } from '../../src/index.ts';
import type { AuditEntry } from '../../src/rollout/audit.ts';
import { newFlags } from '../../src/rollout/flags.ts';
import type { RolloutView } from '../../src/rollout/view.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { type Asked, aClass, type TestEdge, world } from '../support/worker/world.ts';

const plan = [
  { percent: '0%', dwell: '10m', atLeast: 500 },
  { percent: '5%', dwell: '1h', atLeast: 500 },
  { percent: '100%', dwell: '90s', atLeast: 1_000 },
] as const;

async function scene(settings: Record<string, string> = {}, bounds: Partial<Bounds> = {}) {
  const ADMIN_TOKENS = await adminTokens('read', 'rollout', 'purge', 'read+rollout');
  const classes = [aClass({ rollout: { mode: 'shadow', plan } }), aClass({ name: 'plain' })];
  const it = world(classes, {
    bounds,
    settings: { ADMIN_TOKENS, METRICS_FLUSH: 'off', ...settings },
    routes: (app) => app.get('/pages/*', httpCache({ origin: 'https://origin.test', name: 'pages' })),
  });
  for (const path of ['/report/r1', '/plain/p1']) it.origin.on(path, { path });
  return it;
}

const rolloutOf = (answer: { readonly json: unknown }) => answer.json as RolloutView;
const look = async (edge: TestEdge) => edge.get('/-/rollout', asAdmin('read'));
const etagOf = async (edge: TestEdge) => (await look(edge)).headers.get('ETag')!;

const body = (asked: unknown, ifMatch?: string | null, method = 'POST'): Asked =>
  asAdmin('rollout', {
    method,
    body: JSON.stringify(asked),
    headers: ifMatch == null ? {} : { 'If-Match': ifMatch },
  });
const set = (edge: TestEdge, name: string, asked: unknown, ifMatch?: string | null) =>
  edge.get(`/-/rollout/${name}`, body(asked, ifMatch, 'PUT'));
/** As whoever has just looked. */
const setNow = async (edge: TestEdge, name: string, asked: unknown) =>
  set(edge, name, asked, await etagOf(edge));
const audit = async (edge: TestEdge, query = '') =>
  (await edge.get(`/-/rollout/audit${query}`, asAdmin('read'))).json as AuditEntry[];

describe('how classes stand', () => {
  test('as the strategy says, before anybody has set anything', async () => {
    const { edge } = await scene();
    const answer = await look(edge);
    expect(answer.headers.get('ETag')).toBe('"0"');
    expect(answer.headers.get('Cache-Control')).toBe('no-store, no-transform');
    expect(rolloutOf(answer)).toMatchObject({
      version: '0',
      kill: false,
      kill_switch: { on: false, at: null, by: null, why: null, variable: false },
      classes: {
        report: {
          ...{ mode: 'shadow', percent: 0, unit: 'tenant', allow: [], deny: [], step: 0 },
          plan: [
            { percent: 0, dwell: '10m', at_least: 500 },
            { percent: 5, dwell: '1h', at_least: 500 },
            { percent: 100, dwell: '90s', at_least: 1_000 },
          ],
          ...{ since: null, by: 'strategy', held: null, from: 'strategy', others: [] },
        },
        plain: { mode: 'on', percent: 100, step: null },
        pages: { mode: 'on', percent: 100, unit: 'key' },
      },
    });
  });

  test('what is in Redis and is not of our form counts as nothing set', async () => {
    const { edge, store } = await scene();
    await store.receipts.swap({
      key: edge.isolate.names.rollout(),
      expected: null,
      value: '{"form":9}',
      lifeMs: null,
    });
    expect(rolloutOf(await look(edge)).version).toBe('0');
  });

  test('other versions of the Worker are told beside this one', async () => {
    const { edge, store, clock } = await scene();
    const flags = {
      ...newFlags('v1'),
      classes: {
        plain: {
          aaaa: null,
          bbbb: {
            ...{ mode: 'on', percent: 25, allow: [], deny: [], plan: [], step: null },
            ...{ sinceMs: clock.now(), by: 'ops', why: 'fine', held: null },
          },
        },
      },
    };
    await store.receipts.swap({
      key: edge.isolate.names.rollout(),
      expected: null,
      value: JSON.stringify(flags),
      lifeMs: null,
    });
    const { plain } = rolloutOf(await look(edge)).classes;
    expect(plain).toMatchObject({
      ...{ mode: 'shadow', percent: 0, from: 'changed', step: 0 },
      others: [
        { fingerprint: 'aaaa', mode: null, percent: null, since: null },
        { fingerprint: 'bbbb', mode: 'on', percent: 25, since: new Date(clock.now()).toISOString() },
      ],
    });
  });

  test('one class by itself; of one that there is not, which may be meant', async () => {
    const { edge } = await scene();
    const one = await edge.get('/-/rollout/report', asAdmin('rollout'));
    expect(one.headers.get('ETag')).toBe('"0"');
    expect(one.json).toMatchObject({ version: '0', kill: false, class: 'report', mode: 'shadow' });
    const none = await edge.get('/-/rollout/reprot', asAdmin('read'));
    expect(none.status).toBe(404);
    expect((none.json as { detail: string }).detail).toBe(
      'There is no class "reprot" in this Worker; did you mean "report"?',
    );
  });
});

describe('setting a class', () => {
  test('to 5 %: the next request goes by it, and the answer is how things are now', async () => {
    const { edge, clock } = await scene();
    const answer = await setNow(edge, 'report', {
      mode: 'on',
      percent: 5,
      allow: ['acme'],
      why: ' equal for a day ',
    });
    expect(answer.status).toBe(200);
    const { version, classes } = rolloutOf(answer);
    expect(answer.headers.get('ETag')).toBe(`"${version}"`);
    expect(classes['report']).toMatchObject({
      ...{ mode: 'on', percent: 5, allow: ['acme'], deny: [], step: 1, held: null },
      ...{ since: new Date(clock.now()).toISOString(), by: 'rollout', why: 'equal for a day', from: 'flags' },
    });
    await edge.get('/report/r1');
    expect((await edge.get('/report/r1')).cacheStatus).toContain('hit');
    expect(await audit(edge)).toEqual([
      {
        ...{ at: new Date(clock.now()).toISOString(), who: 'rollout', class: 'report' },
        from: { mode: 'shadow', percent: 0, step: 0 },
        to: { mode: 'on', percent: 5, step: 1 },
        ...{ also: 'allow: acme', why: 'equal for a day', refused: null },
      },
    ]);
  });

  test('what is left out stays; a plan of its own goes before the strategy’s, and null brings that back', async () => {
    const { edge } = await scene();
    const own = [
      { percent: 50, dwell: '1h', at_least: 10 },
      { percent: 100, dwell: '1h', at_least: 10 },
    ];
    await setNow(edge, 'report', {
      mode: 'on',
      percent: 50,
      allow: ['acme'],
      deny: ['globex/bob'],
      plan: own,
      why: 'x',
    });
    const { report } = rolloutOf(await setNow(edge, 'report', { mode: 'shadow', why: 'y' })).classes;
    expect(report).toMatchObject({
      mode: 'shadow',
      percent: 0,
      allow: ['acme'],
      deny: ['globex/bob'],
      step: 0,
    });
    expect(report!.plan.map((it) => it.percent)).toEqual([0, 50, 100]);
    const none = rolloutOf(
      await setNow(edge, 'report', { mode: 'on', percent: 50, plan: [], allow: [], why: 'z' }),
    );
    expect(none.classes['report']).toMatchObject({ plan: [], step: null, allow: [], deny: ['globex/bob'] });
    const back = rolloutOf(await setNow(edge, 'report', { mode: 'on', percent: 5, plan: null, why: 'z' }));
    expect(back.classes['report']).toMatchObject({ step: 1 });
    expect((await audit(edge))[0]).toMatchObject({ also: 'plan: 0 %, 5 %, 100 %' });
  });

  test('an HTTP cache is a class as any other', async () => {
    const { edge } = await scene();
    const { pages } = rolloutOf(await setNow(edge, 'pages', { mode: 'off', why: 'wrong variant' })).classes;
    expect(pages).toMatchObject({ mode: 'off', percent: 0, step: null, by: 'rollout' });
    expect((await edge.get('/pages/1')).cacheStatus).toMatch(/fwd=bypass;.*detail=off/);
  });

  test.each([
    [{ mode: 'on', why: 'x' }, 'percent', 'is missing: say of how many of 100 the cache answers'],
    [{ mode: 'half', why: 'x' }, 'mode', 'must be off or shadow or on'],
    [{ mode: 'on', percent: 101, why: 'x' }, 'percent', 'must be a number from 0 to 100, such as 5'],
    [{ mode: 'on', percent: '5%', why: 'x' }, 'percent', 'must be a number from 0 to 100, such as 5'],
    [{ mode: 'off' }, 'why', 'say why, in 1 to 300 characters'],
    [{ mode: 'off', why: '  ' }, 'why', 'say why, in 1 to 300 characters'],
    [{ mode: 'off', why: 'x'.repeat(301) }, 'why', 'say why, in 1 to 300 characters'],
    [{ mode: 'off', why: 'x', allow: ['a/b/c'] }, 'allow.0', /write a tenant, such as 'acme'/],
    [{ mode: 'off', why: 'x', step: 3 }, 'step', 'there is no such field'],
    [
      { mode: 'off', why: 'x', plan: [{ percent: 5, dwell: '1h', at_least: 5 }] },
      'plan',
      /end with a step of 100 %/,
    ],
    [
      { mode: 'off', why: 'x', plan: [{ percent: 100, dwell: 'soon', at_least: 5 }] },
      'plan.0.dwell',
      /must be a duration up to 30d/,
    ],
    [{ mode: 'off', why: 'x', plan: [5] }, 'plan.0', 'must be {"percent":5,"dwell":"1h","at_least":500}'],
  ])('%j is refused by field', async (asked, field, detail) => {
    const { edge } = await scene();
    const { status, json } = await setNow(edge, 'report', asked);
    expect(status).toBe(422);
    const { errors } = json as { errors: { field: string; detail: string }[] };
    expect(errors).toEqual([
      { field, detail: detail instanceof RegExp ? expect.stringMatching(detail) : detail },
    ]);
    expect(await audit(edge)).toEqual([]);
  });
});

test('flags that every isolate reads do not grow without bound: what makes them too long is named; going back is not refused', async () => {
  const { edge } = await scene({}, { rolloutFlagsChars: 2_000 });
  const names = (count: number) => Array.from({ length: count }, (_, i) => `tenant-${i}`.padEnd(40, 'x'));
  const full = { mode: 'on', percent: 5, allow: names(20), why: 'x' };
  await setNow(edge, 'report', full);
  const before = rolloutOf(await look(edge)).version;
  const { status, json } = await setNow(edge, 'plain', { ...full, allow: [], deny: names(20) });
  expect([status, json]).toMatchObject([
    422,
    { errors: [{ field: 'deny', detail: expect.stringMatching(/longer than 2000 characters.*shorten it/) }] },
  ]);
  expect(rolloutOf(await look(edge)).version).toBe(before);
  expect((await audit(edge))[0]).toMatchObject({ class: 'plain', refused: 'the flags would be too long' });
  // Such as when the bound was another one.
  const smaller = { ...edge.isolate.bounds, rolloutFlagsChars: 100 };
  Object.assign(edge.isolate, { bounds: smaller });
  for (const [asked, expected] of [
    [{ mode: 'off', why: 'an incident' }, 200],
    [{ mode: 'shadow', allow: names(19), why: 'x' }, 200],
    [{ mode: 'shadow', allow: names(21), why: 'x' }, 422],
  ] as const)
    expect((await setNow(edge, 'report', asked)).status).toBe(expected);
});

test('a plan that the step in the shadow makes too long is refused, and not written where nobody could read it', async () => {
  const { edge } = await scene();
  const plan = Array.from({ length: 12 }, (_, i) => ({
    percent: i < 11 ? i + 1 : 100,
    dwell: '1h',
    at_least: 5,
  }));
  const { status, json } = await setNow(edge, 'report', { mode: 'shadow', plan, why: 'x' });
  expect([status, json]).toMatchObject([422, { errors: [{ field: 'plan' }] }]);
  const longest = await setNow(edge, 'report', { mode: 'shadow', plan: plan.slice(1), why: 'x' });
  expect(rolloutOf(longest).classes['report']!.plan).toHaveLength(12);
  expect(rolloutOf(await look(edge))).toMatchObject({ version: rolloutOf(longest).version });
});

describe('two operators at once', () => {
  test('the second is told how things are now, and the audit list has both', async () => {
    const { edge, anotherEdge } = await scene();
    const other = anotherEdge();
    const seen = await etagOf(edge);
    await setNow(other, 'plain', { mode: 'shadow', why: 'first' });
    const { status, json, headers } = await set(
      edge,
      'report',
      { mode: 'on', percent: 100, why: 'second' },
      seen,
    );
    expect(status).toBe(412);
    const now = await look(edge);
    expect(headers.get('ETag')).toBe(now.headers.get('ETag'));
    expect(headers.get('Content-Type')).toBe('application/problem+json');
    expect(json).toMatchObject({ type: 'urn:stillfresh:problem:precondition-failed', ...rolloutOf(now) });
    expect(rolloutOf(now).classes['report']).toMatchObject({ mode: 'shadow' });
    expect(await audit(edge)).toMatchObject([
      {
        class: 'report',
        to: { mode: 'on', percent: 100 },
        why: 'second',
        refused: 'somebody else had changed the flags',
      },
      { class: 'plain', to: { mode: 'shadow' }, why: 'first', refused: null },
    ]);
  });

  test('a race between reading and writing is seen as well: only one of two equal tags wins', async () => {
    const { edge, anotherEdge } = await scene();
    const other = anotherEdge();
    const seen = await etagOf(edge);
    const both = await Promise.all([
      set(edge, 'report', { mode: 'off', why: 'one' }, seen),
      set(other, 'report', { mode: 'on', percent: 5, why: 'two' }, seen),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    expect((await audit(edge)).map(({ refused }) => refused === null).toSorted()).toEqual([false, true]);
  });

  test('without If-Match nothing is set; one that is no tag is told; the platform’s weak one counts', async () => {
    const { edge } = await scene();
    const asked = { mode: 'off', why: 'x' };
    const without = await set(edge, 'report', asked);
    expect([without.status, (without.json as { detail: string }).detail]).toEqual([
      428,
      'Send If-Match with the ETag that GET /-/rollout answered.',
    ]);
    const { status, json } = await set(edge, 'report', asked, '0');
    expect([status, json]).toMatchObject([400, { errors: [{ field: 'If-Match' }] }]);
    expect((await set(edge, 'report', asked, 'W/"0"')).status).toBe(200);
    expect((await set(edge, 'report', asked, '*')).status).toBe(200);
  });
});

describe('in one word', () => {
  const move = (edge: TestEdge, name: string, asked: unknown = { why: 'x' }, ifMatch?: string) =>
    edge.get(`/-/rollout/report/${name}`, body(asked, ifMatch));

  test('a class advances through its plan to its end, and no further', async () => {
    const { edge } = await scene();
    const seen: unknown[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { classes } = rolloutOf(await move(edge, 'advance', { why: 'x' }, await etagOf(edge)));
      const { mode, percent, step } = classes['report']!;
      seen.push([mode, percent, step]);
    }
    expect(seen).toEqual([
      ['on', 5, 1],
      ['on', 100, 2],
      ['on', 100, null],
    ]);
    const { status, json } = await move(edge, 'advance', { why: 'x' }, await etagOf(edge));
    expect([status, json]).toMatchObject([
      409,
      {
        detail: 'report: it is on for everyone, and there is no step after that.',
        version: expect.any(String),
      },
    ]);
    expect((await audit(edge))[0]).toMatchObject({
      to: null,
      refused: expect.stringMatching(/on for everyone/),
    });
  });

  test('two who advance at once go one step and not two; who goes back needs no tag', async () => {
    const { edge } = await scene();
    const seen = await etagOf(edge);
    expect((await move(edge, 'advance', { why: 'x' }, seen)).status).toBe(200);
    expect((await move(edge, 'advance', { why: 'x' }, seen)).status).toBe(412);
    expect((await move(edge, 'advance')).status).toBe(428);
    expect((await move(edge, 'rollback', { why: 'x' }, seen)).status).toBe(412);
    const { report } = rolloutOf(await move(edge, 'rollback', { why: 'tickets' })).classes;
    expect(report).toMatchObject({ mode: 'shadow', step: 0, held: 'rolled back by rollout: tickets' });
    const off = rolloutOf(await move(edge, 'rollback')).classes['report'];
    expect(off).toMatchObject({ mode: 'off', step: null });
    expect((await move(edge, 'rollback')).status).toBe(409);
  });

  test('what is held stays until somebody sets or advances it', async () => {
    const { edge } = await scene();
    const held = rolloutOf(await move(edge, 'hold', { why: 'Black Friday' })).classes['report'];
    expect(held).toMatchObject({ mode: 'shadow', step: 0, held: 'by rollout: Black Friday' });
    expect((await move(edge, 'hold')).status).toBe(409);
    const again = rolloutOf(await setNow(edge, 'report', { mode: 'shadow', why: 'over' }));
    expect(again.classes['report']).toMatchObject({ held: null, step: 0 });
    expect((await edge.get('/-/rollout/plain/hold', body({ why: 'x' }))).json).toMatchObject({
      detail: 'plain: it is in no step of a plan, so that nothing goes on by itself.',
    });
  });
});

describe('the kill switch', () => {
  const kill = (edge: TestEdge, asked: unknown) => edge.get('/-/rollout/kill', body(asked));

  test('nothing is answered from the cache until it is ended; who did it is told', async () => {
    const { edge, clock } = await scene();
    await edge.get('/plain/p1');
    const on = rolloutOf(await kill(edge, { kill: true, why: 'strange figures' }));
    expect(on).toMatchObject({
      kill: true,
      kill_switch: {
        on: true,
        at: new Date(clock.now()).toISOString(),
        by: 'rollout',
        why: 'strange figures',
        variable: false,
      },
    });
    expect((await edge.get('/plain/p1')).cacheStatus).toMatch(/fwd=bypass;.*detail=kill-switch/);
    expect(rolloutOf(await kill(edge, { kill: false, why: 'a wrong clock' })).kill).toBe(false);
    expect((await edge.get('/plain/p1')).cacheStatus).toContain('hit');
    expect(await audit(edge)).toMatchObject([
      { class: null, from: true, to: false, why: 'a wrong clock' },
      { class: null, from: false, to: true, why: 'strange figures' },
    ]);
  });

  test('the setting kills too, and no flag ends that', async () => {
    const { edge } = await scene({ KILL_SWITCH: 'on' });
    const off = rolloutOf(await kill(edge, { kill: false, why: 'x' }));
    expect(off).toMatchObject({ kill: true, kill_switch: { on: false, variable: true } });
    expect(await audit(edge)).toEqual([]);
  });

  test.each([
    [{ why: 'x' }, 'kill'],
    [{ kill: 'yes', why: 'x' }, 'kill'],
    [{ kill: true }, 'why'],
  ])('%j is refused', async (asked, field) => {
    const { edge } = await scene();
    const { status, json } = await kill(edge, asked);
    expect([status, json]).toMatchObject([422, { errors: [{ field }] }]);
  });
});

test('without Redis nothing is changed, and the answer says what still works', async () => {
  const { edge } = await scene();
  edge.redis.fail('lookup');
  for (const answer of [
    await look(edge),
    await edge.get('/-/rollout/report', asAdmin('read')),
    await set(edge, 'report', { mode: 'off', why: 'x' }, '"0"'),
    await edge.get('/-/rollout/kill', body({ kill: true, why: 'x' })),
  ]) {
    expect(answer.status).toBe(503);
    expect((answer.json as { detail: string }).detail).toContain('deploy with KILL_SWITCH=on');
  }
});

describe('where the flags in Redis are lost', () => {
  const ways = ['evicted', 'overwritten'] as const;
  async function lostAfter(how: (typeof ways)[number], done: 'kill' | 'off') {
    const it = await scene();
    const { edge, store } = it;
    if (done === 'kill') await edge.get('/-/rollout/kill', body({ kill: true, why: 'an incident' }));
    await setNow(edge, 'plain', { mode: 'off', why: 'broken' });
    const key = edge.isolate.names.rollout();
    store.evict(key);
    if (how === 'overwritten')
      await store.receipts.swap({ key, expected: null, value: '{"form":9}', lifeMs: null });
    return it;
  }

  test.each(ways)('(%s) a change brings the others back, and a kill goes on', async (how) => {
    const { edge, anotherEdge } = await lostAfter(how, 'kill');
    const shown = await look(edge);
    expect(rolloutOf(shown)).toMatchObject({
      kill: true,
      classes: { plain: { mode: 'off', why: 'broken' } },
    });
    const done = await set(edge, 'report', { mode: 'off', why: 'too' }, shown.headers.get('ETag'));
    expect([done.status, rolloutOf(done)]).toMatchObject([
      200,
      { kill: true, classes: { plain: { mode: 'off' }, report: { mode: 'off' } } },
    ]);
    const other = rolloutOf(await look(anotherEdge()));
    expect(other).toMatchObject({ kill: true, classes: { plain: { mode: 'off' } } });
    expect(await audit(edge, '?limit=3')).toMatchObject([
      { who: 'rollout', class: 'report' },
      { who: 'guard', class: 'plain', to: { mode: 'off' }, why: expect.stringContaining('lost') },
      { who: 'guard', class: null, to: true, why: expect.stringContaining('lost') },
    ]);
  });

  test.each(ways)('(%s) so does the kill switch itself, and one that ends nothing', async (how) => {
    const { edge, anotherEdge } = await lostAfter(how, 'off');
    const ended = await edge.get('/-/rollout/kill', body({ kill: false, why: 'was it on?' }));
    expect(rolloutOf(ended)).toMatchObject({ kill: false, classes: { plain: { mode: 'off' } } });
    await edge.get('/-/rollout/kill', body({ kill: true, why: 'an incident' }));
    const other = rolloutOf(await look(anotherEdge()));
    expect(other).toMatchObject({ kill: true, classes: { plain: { mode: 'off' } } });
  });
});

test('the audit list is of one class, and of so many, by its query', async () => {
  const { edge } = await scene();
  for (const name of ['report', 'plain', 'report']) await setNow(edge, name, { mode: 'off', why: name });
  expect((await audit(edge, '?class=plain')).map((it) => it.class)).toEqual(['plain']);
  expect(await audit(edge, '?limit=2')).toHaveLength(2);
  expect((await edge.get('/-/rollout/audit?limit=0', asAdmin('read'))).status).toBe(400);
});
