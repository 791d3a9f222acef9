import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { allowWhen, type Load } from '../../src/index.ts';
import { json, type Reply } from '../support/worker/origin.ts';
import { aClass, type WorldOptions, world } from '../support/worker/world.ts';

const development = { ENVIRONMENT: 'development' };
const every = bounds.secondAskingEvery;

/** The origin says this of every report; `reads` of as many of them as it takes to be asked a second time. */
function scene(cls = aClass(), reply: Reply = { total: 1 }, options: WorldOptions = {}) {
  const made = world([cls], { settings: development, ...options });
  const ids = Array.from({ length: 3 * every }, (_, i) => `r${i}`);
  for (const id of ids) made.origin.on(`/report/${id}`, reply);
  const reads = async (count: number = every, who: readonly string[] = ['ann@acme']) => {
    for (const [i, id] of ids.splice(0, count).entries())
      await made.edge.get(`/report/${id}`, { as: who[i % who.length]! });
  };
  /** Bob is known to this isolate, and nothing that he asked for was fetched. */
  const meetBob = () => made.edge.get('/report/r0?refused', { as: 'bob@acme' });
  const hints = () => made.edge.remarks.filter((note) => /^(looks-personal|differs-by-user)/.test(note));
  return { ...made, reads, meetBob, hints };
}

const says = (headers: Record<string, string>) => () => json({ total: 1 }, { headers });

/** As an origin that answers each user otherwise. */
const byUser = (request: Request) => json({ of: request.headers.get('X-User-Id') });

describe('An origin that says an answer is one person’s, though the class gives it to many', () => {
  const told: readonly [headers: Record<string, string>, sign: string][] = [
    [{ 'Set-Cookie': 'sid=SECRET' }, 'Set-Cookie'],
    [{ 'Cache-Control': 'private' }, 'Cache-Control: private'],
    [{ 'Cache-Control': 'max-age=0, Private, must-revalidate' }, 'Cache-Control: private'],
    [{ 'Cache-Control': 'no-store' }, 'Cache-Control: no-store'],
  ];
  test.each(told)('%j is noted', async (headers, sign) => {
    const { edge, hints } = scene(aClass(), says(headers));
    expect(await edge.get('/report/r1')).toMatchObject({ status: 200 });
    expect(hints()).toEqual([
      `looks-personal: the origin says ${sign}${sign === 'Set-Cookie' ? ', which is dropped' : ''}, and report gives its answer to every user of the tenant; if it is one user's, set scope: 'user'`,
    ]);
    expect(edge.log[0]).toMatchObject({ failures: [{ class: 'report', origin_path: '/report/r1' }] });
    expect(JSON.stringify(edge.log)).not.toContain('SECRET');
    expect((await edge.get('/report/r1')).cacheStatus).toContain('hit');
  });

  test('of a public class it is given to everybody', async () => {
    const cls = aClass({ scope: 'public', access: 'public', cacheControl: 'no-store' });
    const { edge, hints } = scene(cls, says({ 'Set-Cookie': 'a=b' }));
    await edge.get('/report/r1');
    expect(hints()).toEqual([expect.stringContaining('report gives its answer to everybody')]);
  });

  test('so is what a loader is answered', async () => {
    const { edge, hints } = scene(aClass({ read: 'cache-aside' }), says({ 'Set-Cookie': 'a=b' }));
    await edge.get('/report/r1');
    expect(hints()).toHaveLength(1);
  });

  const storing = { writeThrough: 'store', access: 'tenant' } as const;
  const written: readonly [what: string, cls: Parameters<typeof aClass>[0], told: number, answer?: object][] =
    [
      ['that is stored for the tenant', storing, 1],
      ['that is only purged', { ...storing, writeThrough: 'purge' }, 0],
      ['that is stored for that person', { ...storing, scope: 'user', access: 'user' }, 0],
      ['that is not stored, as a 201', storing, 0, { status: 201 }],
    ];
  test.each(written)('of an answer to a write %s: %j', async (_what, cls, told, answer = {}) => {
    const { edge, origin, hints } = scene(aClass(cls));
    origin.on('PATCH /report/r1', () => json({ total: 1 }, { headers: { 'Set-Cookie': 'a=b' }, ...answer }));
    await edge.get('/report/r1', { method: 'PATCH', body: '{}' });
    expect(hints()).toHaveLength(told);
    if (told)
      expect(edge.log[0]).toMatchObject({ failures: [{ class: 'report', origin_path: '/report/r1' }] });
  });

  const silent: readonly [what: string, Parameters<typeof aClass>[0], Record<string, string>, object][] = [
    [
      'of a class that keeps it for that person',
      { scope: 'user', access: 'user' },
      { 'Set-Cookie': 'a=b' },
      {},
    ],
    ['that says nothing of the kind', {}, { 'Cache-Control': 'max-age=60', Vary: 'Accept' }, {}],
    ['in production', {}, { 'Set-Cookie': 'a=b' }, { ENVIRONMENT: 'production' }],
  ];
  test.each(silent)('not %s', async (_what, cls, headers, settings) => {
    const { edge, hints } = scene(aClass(cls), says(headers), { settings: { ...development, ...settings } });
    await edge.get('/report/r1');
    expect(hints()).toEqual([]);
  });
});

describe('An origin that answers users of one tenant differently', () => {
  const differs = expect.stringContaining('differs-by-user: the origin answers another user of the tenant');

  test('is found out by asking now and then as another, after the answer', async () => {
    const { edge, origin, hints, meetBob, reads } = scene(aClass(), byUser);
    await meetBob();
    await reads(every - 1);
    expect([hints(), origin.count()]).toEqual([[], every - 1]);
    await reads(1);
    expect(hints()).toEqual([differs]);
    expect(edge.log.at(-1)).toMatchObject({ event: 'background', failures: [{ class: 'report' }] });
    // Asked as Bob, and once more as Ann.
    expect(origin.count()).toBe(every + 2);
    const users = origin.requests.slice(-3).map(({ headers }) => headers.get('X-User-Id'));
    expect(users).toEqual(['ann', 'bob', 'ann']);
    expect(edge.log.findLast(({ event }) => event === 'request')).toMatchObject({ origin_requests: 1 });
  });

  test('and where it refuses one whom the class would give it to', async () => {
    const { hints, meetBob, reads } = scene(aClass(), (request) =>
      request.headers.get('X-User-Id') === 'bob' ? json({}, { status: 403 }) : json({ total: 1 }),
    );
    await meetBob();
    await reads();
    expect(hints()).toEqual([expect.stringContaining('with status 403')]);
  });

  const cases: readonly [what: string, Parameters<typeof scene>, second: number][] = [
    ['where the answer is the same', [aClass()], 1],
    ['where it differs by time', [aClass(), () => json({ at: Math.random() })], 2],
    ['where an access rule decides whom it refuses', [ruled(), refusingBob], 1],
    ['for a class that keeps it for each user', [aClass({ scope: 'user', access: 'user' }), byUser], 0],
    [
      'for a public class, whose origin is not told who asks',
      [aClass({ scope: 'public', access: 'public', cacheControl: 'no-store' })],
      0,
    ],
    ['in production', [aClass(), byUser, { settings: { ENVIRONMENT: 'production' } }], 0],
    // What it does by a `fetch` of its own, or to a database, would be done twice.
    ['of what a loader gives', [aClass({ read: 'cache-aside' }), byUser], 0],
    ['of a loader that writes', [aClass({ read: 'cache-aside' }), byUser, { load: posting }], 0],
  ];
  test.each(cases)('nothing is said %s', async (_what, given, second) => {
    const { origin, hints, meetBob, reads } = scene(...given);
    await meetBob();
    const before = origin.count();
    await reads();
    expect([hints(), origin.count() - before]).toEqual([[], every + second]);
  });

  test('nobody is asked for who is of another tenant, or not known', async () => {
    const { edge, origin, reads } = scene(aClass(), byUser);
    await edge.get('/report/r0?refused', { as: 'bob@globex' });
    const before = origin.count();
    await reads(2 * every);
    expect(origin.count() - before).toBe(2 * every);
  });
});

function ruled() {
  return aClass({ access: allowWhen('is ann', [], ({ user }) => user === 'ann') });
}

function refusingBob(request: Request): Response {
  return request.headers.get('X-User-Id') === 'bob' ? json({}, { status: 403 }) : json({ total: 1 });
}

const posting: Load = async ({ origin, params }) => {
  await origin.fetch(`/report/${params['id']}`, { method: 'POST' });
  return {};
};
