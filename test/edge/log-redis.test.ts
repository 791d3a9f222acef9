import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { worker } from '../../src/edge/worker.ts';
import { StoreError, type StoreFailure } from '../../src/store/port.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { aClass, type TestEdge, type WorldOptions, world } from '../support/worker/world.ts';

async function scene(options: WorldOptions = {}) {
  const settings = { ADMIN_TOKENS: await adminTokens('purge'), ...options.settings };
  const made = world([aClass({ writeThrough: 'purge' })], { ...options, settings });
  made.origin.on('/report/r1', { total: 1 });
  made.origin.on('PATCH /report/r1', { total: 2 });
  /** From now on each call of Redis takes so long, and fails so. */
  const fail = (kind: StoreFailure, code: string | null = null, tookMs = 0) => {
    made.edge.redis.fail();
    made.edge.redis.failure = () => {
      made.clock.advance(tookMs);
      return new StoreError(kind, code);
    };
  };
  return { ...made, fail };
}

const purge = asAdmin('purge', {
  method: 'POST',
  body: JSON.stringify({ tenant: 'acme', tags: ['report:r1'] }),
});

/** Whatever asks Redis, and when the answer leaves: how many calls of it failed until then. */
const asking: Record<string, [ask: (edge: TestEdge) => Promise<unknown>, calls: number]> = {
  'a read': [(edge) => edge.get('/report/r1'), 1],
  'a write': [(edge) => edge.ask('/report/r1', { method: 'PATCH', body: '{}' }), 1],
  'a purge by hand': [(edge) => edge.get('/-/purge', purge), 1],
  'a look at a receipt': [(edge) => edge.get('/-/purges/pur_1', asAdmin('purge')), 1],
  'a list of receipts': [(edge) => edge.get('/-/purges', asAdmin('purge')), 1],
};

describe.each(Object.entries(asking))('%s', (_name, [ask, calls]) => {
  test('says how Redis names its refusal', async () => {
    const { edge, fail } = await scene();
    fail('refused', 'WRONGPASS');
    await ask(edge);
    const [line] = edge.log;
    expect(`${edge.remarks} ${line!['why']}`).toMatch(/(redis-|store: )refused: WRONGPASS/);
  });

  test('counts the time that it waited in vain', async () => {
    const { edge, fail } = await scene();
    fail('timeout', null, 250);
    await ask(edge);
    expect(edge.log[0]).toMatchObject({ redis_requests: calls, redis_ms: 250 * calls });
  });
});

test.each<[kind: StoreFailure, code: string | null, note: string]>([
  ['refused', 'NOPERM', 'redis-refused: NOPERM'],
  ['refused', 'max daily request limit exceeded', 'redis-refused: max daily request limit exceeded'],
  ['refused', null, 'redis-refused'],
  ['no-room', 'OOM', 'redis-no-room: OOM'],
  ['timeout', null, 'redis-timeout'],
  ['unreachable', null, 'redis-unreachable'],
  ['garbage', null, 'redis-garbage'],
])('%s %j is noted as %j', async (kind, code, note) => {
  const { edge, fail } = await scene();
  fail(kind, code);
  await edge.get('/report/r1');
  expect(edge.remarks).toContain(note);
  expect(edge.notes).toContain(note.replace(/:.*/, ''));
});

test('a purge that fails in the background, and the cron, say it too', async () => {
  const { edge, fail } = await scene({ queue: new HandQueue() });
  fail('refused', 'NOPERM');
  await edge.get('/-/purge', purge);
  expect(edge.remarks).toEqual(
    expect.arrayContaining(['receipt-failed', 'purge-failed', 'redis-refused: NOPERM']),
  );
  await edge.cron(worker(edge.app));
  expect(edge.log.at(-1)).toMatchObject({
    event: 'cron',
    notes: ['redis-refused'],
    failures: [{ note: 'redis-refused', says: 'NOPERM' }],
  });
});

describe('The breaker', () => {
  const events = ({ log }: TestEdge) => log.filter(({ event }) => event === 'breaker');

  test('tells once that it has opened, and once that it has closed', async () => {
    const { edge, clock, fail } = await scene();
    fail('refused', 'WRONGPASS');
    for (let i = 0; i < 2 * bounds.breakerCalls; i++) await edge.get('/report/r1');
    const opened = { event: 'breaker', level: 'warn', state: 'open', why: 'redis-refused: WRONGPASS' };
    expect(events(edge)).toEqual([opened]);

    // A probe that fails changes nothing.
    clock.advance(bounds.breakerOpenMs);
    await edge.get('/report/r1');
    edge.redis.heal();
    clock.advance(bounds.breakerOpenMs);
    await edge.get('/report/r1');
    await edge.get('/report/r1');
    const closed = { event: 'breaker', level: 'info', state: 'closed', open_ms: 2 * bounds.breakerOpenMs };
    expect(events(edge)).toEqual([opened, closed]);
  });

  test('tells it of each isolate, and whatever LOG leaves out of requests', async () => {
    const { edge, anotherEdge, clock, fail } = await scene({ settings: { LOG: 'problems' } });
    const other = anotherEdge();
    fail('timeout');
    for (let i = 0; i < bounds.breakerCalls; i++) await edge.get('/report/r1');
    edge.redis.heal();
    clock.advance(bounds.breakerOpenMs);
    await edge.get('/report/r1');
    await other.get('/report/r1');
    expect(events(edge).map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(events(other)).toEqual([]);
  });
});
