import { describe, expect, test } from 'vitest';
import type { RolloutReport } from '../../src/figures/rollout-report.ts';
import type { ClassView } from '../../src/rollout/view.ts';
import type { TrialFigures } from '../../src/strategy/trial.ts';
import { seedFigures } from '../support/figures.ts';
import { trialOf } from '../support/trials.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { consoleSettings, cookieOf, withCookie } from '../support/worker/console.ts';
import { aClass, world } from '../support/worker/world.ts';

type One = ClassView & { readonly report: RolloutReport | null };

/** One class in a step since now, of which `trials` were counted. */
async function scene() {
  const classes = [aClass({ rollout: { mode: 'shadow' } })];
  const tokens = {
    ...(await consoleSettings('read+rollout')),
    ADMIN_TOKENS: await adminTokens('read+rollout'),
  };
  const made = world(classes, { settings: { ...tokens, METRICS_FLUSH: 'off', REDIS_PRICE: '0.2' } });
  const { edge, store, clock } = made;
  const one = async () => (await edge.get('/-/rollout/report', asAdmin('read+rollout'))).json as One;
  return {
    ...made,
    one,
    async set(asked: unknown) {
      const more = { method: 'PUT', body: JSON.stringify(asked), headers: { 'If-Match': '*' } };
      await edge.get('/-/rollout/report', asAdmin('read+rollout', more));
    },
    move: (name: string, why: string) =>
      edge.get(
        `/-/rollout/report/${name}`,
        asAdmin('read+rollout', { method: 'POST', body: JSON.stringify({ why }) }),
      ),
    kill: () =>
      edge.get(
        '/-/rollout/kill',
        asAdmin('read+rollout', { method: 'POST', body: JSON.stringify({ kill: true, why: 'x' }) }),
      ),
    async count(...trials: ((step: Pick<TrialFigures, 'className' | 'step'>) => TrialFigures)[]) {
      const { since, fingerprint } = await one();
      const step = { className: 'report', step: `${fingerprint}@${since === null ? 0 : Date.parse(since)}` };
      const rollout = { trials: trials.map((of) => of(step)), flags: null, gone: {}, purged: [] };
      await seedFigures(store, clock.now(), { rollout });
    },
    async page() {
      return (await edge.get('/-/console/rollout/report', withCookie(await cookieOf(edge, 'read+rollout'))))
        .text;
    },
  };
}

describe('What was counted of a class', () => {
  test('sends nothing on that is held, and the report says so; back it goes all the same', async () => {
    const { one, set, count, clock, move, page } = await scene();
    await set({ mode: 'shadow', why: 'begin' });
    clock.advance(20 * 60_000);
    await count((step) => trialOf(step, 'shadow', { compared: { equal: 5_000 } }));
    expect((await one()).report).toMatchObject({ verdict: 'advance' });
    await move('hold', 'the fair is on');
    expect((await one()).report).toMatchObject({
      verdict: 'hold',
      why: expect.stringMatching(/^it is held; else: its time is over/),
    });
    expect(await page()).not.toContain('goes on');
    await count((step) => trialOf(step, 'shadow', { compared: { equal: 500, differs: 500 } }));
    expect((await one()).report).toMatchObject({ verdict: 'back', failed: 'differing' });
  });

  test('is judged by nobody while nothing is answered from the cache', async () => {
    const { one, set, count, clock, kill } = await scene();
    await set({ mode: 'shadow', why: 'begin' });
    clock.advance(240_000);
    await count((step) => trialOf(step, 'shadow', { compared: { equal: 10, differs: 90 } }));
    expect((await one()).report).toMatchObject({ verdict: 'back', failed: 'differing' });
    await kill();
    const { report } = await one();
    expect(report).toMatchObject({
      verdict: 'stay',
      failed: null,
      why: expect.stringContaining('kill switch'),
    });
    expect(report!.arms.shadow!.compared.differs).toBe(90);
  });

  test('in the shadow: what was compared, what it would have saved, and what the guard waits for', async () => {
    const { one, set, count, clock, page } = await scene();
    await set({ mode: 'shadow', why: 'begin' });
    clock.advance(240_000);
    await count((step) =>
      trialOf(step, 'shadow', {
        compared: { equal: 310, differs: 2 },
        saved: { hits: 312, ms: 31_200, bytes: 2_048, commands: 500_000 },
        at: ['body.total'],
      }),
    );
    const { report } = await one();
    expect(report).toMatchObject({
      verdict: 'stay',
      failed: null,
      why: expect.stringContaining('312 of 500'),
      progress: { compared: 312, at_least: 500, dwell_left_ms: 360_000 },
      arms: {
        shadow: {
          ...{ requests: 1_000, errors: 0, mean_ms: 40 },
          compared: { equal: 310, differs: 2, stale: 0, leak: 0 },
          saved: { hits: 312, ms: 31_200, bytes: 2_048, commands: 500_000, dollars: 1 },
          differences: ['body.total'],
        },
      },
    });
    expect(report!.tests.find((it) => it.test === 'differing')).toMatchObject({
      ...{ value: 2 / 312, samples: 312, bound: 0.02 },
    });
    const text = await page();
    expect(text).toContain('What it would have saved');
    expect(text).toMatch(/500 k<\/td><td class="figure">\$1\.00/);
    expect(text).toContain('<code>body.total</code>');
    expect(text).toContain('6 min left');
    expect(text).toMatch(/<svg class="dots"[\s\S]*Differing from the origin/);
  });

  test('at 5 %: both groups beside each other, each with its figures', async () => {
    const { one, set, count, page } = await scene();
    await set({ mode: 'on', percent: 5, why: 'the first' });
    await count(
      (step) =>
        trialOf(step, 'on', { requests: 400, errors: 4, meanMs: 5, units: 5, compared: { equal: 90 } }),
      (step) => trialOf(step, 'control', { requests: 8_000, errors: 80, meanMs: 60, units: 100 }),
    );
    const { report } = await one();
    expect(report!.arms).toMatchObject({
      on: { requests: 400, errors: 4, mean_ms: 5, units: 5 },
      control: { requests: 8_000, errors: 80, mean_ms: 60 },
    });
    const text = await page();
    expect(text).toContain('The cache answers 5 % of tenants.');
    expect(text).toContain('Not in the percentage');
    // That is counted in the shadow alone: zeros would say that it saves nothing.
    expect(text).not.toContain('saved');
  });

  test('a test that fails is told with its figures, before the cron has acted on it', async () => {
    const { one, set, count, page } = await scene();
    await set({ mode: 'shadow', why: 'begin' });
    await count((step) =>
      trialOf(step, 'shadow', { compared: { equal: 300, differs: 200 }, at: ['body.at'] }),
    );
    expect((await one()).report).toMatchObject({ verdict: 'back', failed: 'differing' });
    expect(await page()).toMatch(/<span class="badge bad">goes back<\/span>/);
  });

  test('of an earlier step says nothing of this one', async () => {
    const { one, set, count, clock } = await scene();
    await set({ mode: 'shadow', why: 'begin' });
    await count((step) => trialOf(step, 'shadow', { compared: { equal: 600 } }));
    clock.advance(1_000);
    await set({ mode: 'on', percent: 1, why: 'on' });
    expect((await one()).report).toMatchObject({ arms: {}, verdict: 'stay' });
  });

  test('what cannot be read is nothing counted', async () => {
    const { one, store, clock } = await scene();
    await seedFigures(store, clock.now(), { rollout: { trials: 'x' } });
    expect((await one()).report).toMatchObject({ arms: {}, verdict: 'stay' });
  });

  test('where nothing is tried there is no report', async () => {
    const { one, set, page } = await scene();
    await set({ mode: 'off', why: 'not yet' });
    expect((await one()).report).toBeNull();
    expect(await page()).toContain('Nothing is tried');
  });
});
