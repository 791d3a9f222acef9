import { expect, test } from 'vitest';
import { drilledAdmin } from '../../../cli/drill/admin.ts';
import type { Drill, Stage } from '../../../cli/drill/drill.ts';
import { killSwitch } from '../../../cli/drill/drills/outages.ts';
import { counted, drilledEdge } from '../../../cli/drill/edge.ts';
import { runDrills } from '../../../cli/drill/run.ts';
import { type Answer, type Desk, deskWith, EDGE, json, problem, TOKEN } from '../desk.ts';

const rollout = (kill: boolean) => ({
  ...{ version: 'v1', kill, classes: {} },
  kill_switch: { on: kill, at: null, by: null, why: null, variable: false },
});
const canary = () => json({ nonce: 'n', tenant: 'acme', user: 'ann' });

/** An edge whose kill switch does what `heeds` says, and the drill at it. */
function at(answer: Answer, onSleep: (desk: Desk) => void = () => {}) {
  const desk = deskWith(answer, { onSleep });
  const { environment } = desk;
  const surroundings = { ...environment, fetch: counted(environment.fetch, 100).fetch };
  const edge = drilledEdge(EDGE, surroundings);
  const admin = drilledAdmin(
    {
      at: { url: EDGE, token: TOKEN, tokenFrom: 'STILLFRESH_TOKEN' },
      ...{ edge, patienceMs: 2_000, hook: null, redisFaults: null, unbounded: environment },
    },
    surroundings,
  );
  const person = { token: 't', tenant: 'acme', user: 'ann' };
  const stage: Stage = {
    ...{ edge, admin, patienceMs: 2_000, canary: '/v1/canary', one: person },
    others: [{ ...person, user: 'bob' }],
  };
  return {
    drilled: (drill: Drill = killSwitch) => runDrills([drill], stage, { onStart() {}, onEnd() {} }),
    kills: () =>
      desk.requests
        .filter(({ path }) => path === '/-/rollout/kill')
        .map(({ body }) => (body as { kill: boolean }).kill),
  };
}

test('the kill switch is on, is heeded, and is off again', async () => {
  let isOn = false;
  const { drilled, kills } = at(({ path, body }) => {
    if (path === '/-/rollout/kill') isOn = (body as { kill: boolean }).kill;
    if (path.startsWith('/-/')) return json(rollout(isOn));
    const answer = canary();
    if (isOn) answer.headers.set('Cache-Status', 'Stillfresh; fwd=bypass; detail=kill-switch');
    return answer;
  });
  expect(await drilled()).toMatchObject({ done: [{ passed: true }], interrupted: false });
  expect(kills()).toEqual([true, false]);
});

test('a Ctrl-C while it is on: it is off again all the same', async () => {
  const never: Answer = ({ path }) => (path.startsWith('/-/') ? json(rollout(false)) : canary());
  const { drilled, kills } = at(never, (desk) => desk.interrupt());
  expect(await drilled()).toEqual({ done: [], interrupted: true });
  expect(kills()).toEqual([true, false]);
});

test('one that somebody has on is not touched', async () => {
  const { drilled, kills } = at(() => json(rollout(true)));
  expect(await drilled()).toMatchObject({
    done: [{ passed: null, why: expect.stringMatching(/on already/) }],
  });
  expect(kills()).toEqual([]);
});

test('where it is refused nothing is undone; where nobody knows, it is', async () => {
  const with403 = at(({ method }) => (method === 'POST' ? problem(403) : json(rollout(false))));
  expect(await with403.drilled()).toMatchObject({ done: [{ passed: false }] });
  expect(with403.kills()).toEqual([true]);
  const with502 = at(({ method, body }) =>
    method === 'POST' && (body as { kill: boolean }).kill ? problem(502) : json(rollout(false)),
  );
  expect(await with502.drilled()).toMatchObject({ done: [{ passed: false }] });
  expect(with502.kills()).toEqual([true, false]);
});

test('where it cannot be undone, people are told how', async () => {
  const { drilled, kills } = at(({ path, method, body }) => {
    if (method === 'POST' && !(body as { kill: boolean }).kill) return problem(503);
    return path.startsWith('/-/') ? json(rollout(false)) : problem(500);
  });
  expect(await drilled()).toMatchObject({
    done: [
      { passed: false, why: expect.stringMatching(/MAY STILL BE ON: npx stillfresh rollout kill --off/) },
    ],
  });
  expect(kills()).toEqual([true, false, false, false]);
});

test('no more is sent than may be sent', async () => {
  const { drilled } = at(canary);
  const endless: Drill = {
    ...killSwitch,
    run: async ({ edge, one }) => {
      for (;;) await edge.canary('/v1/canary/x', one);
    },
  };
  expect(await drilled(endless)).toMatchObject({
    done: [{ passed: false, why: '100 requests were sent, which is all that drills may send' }],
  });
});
