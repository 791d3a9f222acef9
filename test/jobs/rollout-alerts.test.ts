import { expect, test } from 'vitest';
import { changeFlags } from '../../src/engine/rollout-change.ts';
import { fingerprintOf } from '../../src/rollout/fingerprint.ts';
import type { ClassFlags } from '../../src/rollout/flags.ts';
import { moves } from '../../src/rollout/moves.ts';
import { noAlerts, watchedWorld } from '../alerts/support/watched-world.ts';
import { asAdmin } from '../support/worker/admin.ts';
import { cookieOf, withCookie } from '../support/worker/console.ts';
import { aClass } from '../support/worker/world.ts';

const report = aClass();
const shadow: ClassFlags = {
  ...{ mode: 'shadow', percent: 0, allow: [], deny: [], step: 0, by: 'ops', why: 'a try', held: null },
  plan: report.rollout.plan,
  sinceMs: 0,
};
const leak = "leak: somebody else's answer, 2 of 40 compared";
const stopped = { mode: 'off', step: null, by: 'guard', held: leak } as const;

/** A deployment that watches nothing but how its one class is switched. */
async function rolloutWorld() {
  const it = await watchedWorld({ alerts: noAlerts });
  await it.minutes(1);
  return {
    ...it,
    set: (over: Partial<ClassFlags>, fingerprint = fingerprintOf(report)) =>
      changeFlags(it.anotherEdge().context, (now) => ({
        is: 'change',
        audit: [],
        flags: {
          ...now,
          classes: {
            report: {
              ...now.classes['report'],
              [fingerprint]: { ...shadow, sinceMs: it.clock.now(), ...over },
            },
          },
        },
      })),
  };
}

test('A class that is plainly on has no alert; one that is being switched on has one, which is quiet', async () => {
  const it = await rolloutWorld();
  expect(await it.rows()).toEqual([]);
  await it.set({});
  await it.minutes(1);
  expect(await it.rows()).toMatchObject([
    { name: 'rollout-report', state: 'inactive', class: 'report', value: 0, see: 'docs/rollout.md' },
  ]);
  expect(it.told()).toEqual([]);
});

test('What the guard stopped fires with the evidence, and is over when somebody has changed the flags', async () => {
  const it = await rolloutWorld();
  await it.set({});
  await it.minutes(1);
  await it.set(stopped);
  await it.minutes(3);
  expect(it.told()).toEqual(['StillfreshRolloutReport firing']);
  expect(JSON.parse([...it.queue.posts.values()][0]!.body)).toMatchObject({
    commonLabels: { alertname: 'StillfreshRolloutReport', severity: 'critical', class: 'report' },
    commonAnnotations: {
      summary: 'rollout-report: the guard has stopped it',
      description: `The guard sent it back: it is off. ${leak}`,
      see: 'docs/rollout.md',
    },
  });
  expect(await it.rows()).toMatchObject([{ state: 'firing', value: 1 }]);
  await it.set({});
  await it.minutes(3);
  expect(it.told()).toEqual(['StillfreshRolloutReport firing', 'StillfreshRolloutReport resolved']);
  expect(await it.rows()).toMatchObject([{ state: 'inactive', value: 0 }]);
});

test('A second decision is told as well, after the first is over', async () => {
  const it = await rolloutWorld();
  await it.set({ mode: 'shadow', by: 'guard', held: 'stale: 12 of 400' });
  await it.minutes(3);
  await it.set(stopped);
  await it.minutes(4);
  expect(it.told()).toEqual([
    'StillfreshRolloutReport firing',
    'StillfreshRolloutReport resolved',
    'StillfreshRolloutReport firing',
  ]);
});

test('One that is only held is a warning', async () => {
  const it = await rolloutWorld();
  await it.set({ mode: 'on', percent: 5, step: 2, by: 'guard', held: 'ratio: 9 % where 5 % should be' });
  await it.minutes(1);
  expect(await it.rows()).toMatchObject([
    { severity: 'warning', says: 'The guard holds it. ratio: 9 % where 5 % should be' },
  ]);
});

test('What an operator holds or takes back is no alert: he knows, and the guard has found nothing', async () => {
  const it = await rolloutWorld();
  await it.set({ mode: 'on', percent: 5, step: 2, by: 'guard', why: 'its time is over' });
  const now = { ...shadow, mode: 'on', percent: 5, step: 2 } as const;
  for (const name of ['hold', 'rollback'] as const) {
    const moved = moves[name](now, { by: 'ann', why: 'an incident', nowMs: it.clock.now() });
    await it.set('to' in moved ? moved.to : {});
    await it.minutes(2);
    expect(await it.rows()).toMatchObject([{ state: 'inactive', value: 0 }]);
  }
  expect(it.told()).toEqual([]);
});

test('What the guard sent back of another version fires with the evidence, though what is deployed here is plainly on, until somebody sets that', async () => {
  const it = await rolloutWorld();
  const another = 'feedfeedfeedfeed';
  await it.set(stopped, another);
  await it.minutes(1);
  expect(await it.rows()).toMatchObject([
    {
      ...{ name: 'rollout-report', state: 'firing', severity: 'critical' },
      says: `The guard sent another version of it (${another}) back: it is off. ${leak}`,
    },
  ]);
  await it.set({ mode: 'on', percent: 100, step: null });
  await it.minutes(2);
  expect(it.told()).toEqual(['StillfreshRolloutReport firing', 'StillfreshRolloutReport resolved']);
});

test('It waits for a queue that is down, and is sent once', async () => {
  const it = await rolloutWorld();
  await it.set(stopped);
  it.queue.down = true;
  await it.minutes(2);
  expect(await it.rows()).toMatchObject([{ state: 'firing', unsent: 1 }]);
  it.queue.down = false;
  await it.minutes(4);
  expect(it.told()).toEqual(['StillfreshRolloutReport firing']);
});

test("The console's page shows it among the others", async () => {
  const it = await rolloutWorld();
  await it.set(stopped);
  await it.minutes(1);
  const page = await it.edge.get('/-/console/alerts', withCookie(await cookieOf(it.edge, 'read')));
  expect(page.text).toMatch(/<strong>rollout-report<\/strong>.*?2 of 40 compared.*?firing/s);
  expect((await it.edge.get('/-/alerts', asAdmin('read'))).text).toContain('2 of 40 compared');
});
