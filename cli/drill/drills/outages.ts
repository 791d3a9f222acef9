import { exit, Failure } from '../../failure.ts';
import { bounds } from '../bounds.ts';
import type { Drill, Stage } from '../drill.ts';

export const killSwitch: Drill = {
  name: 'kill-switch',
  shows: 'the kill switch takes every request past the cache within 30 s, and gives it back',
  disturbs: 'for up to a minute no class is answered from the cache',
  async run(stage) {
    const { edge } = stage;
    const isBypass = async () =>
      /fwd=bypass/.test((await edge.canary(`${stage.canary}/${edge.probe()}`, stage.one)).cacheStatus);
    const fromMs = edge.now();
    await edge.kill(true);
    let tookMs: number;
    try {
      tookMs = await until(stage, isBypass, fromMs);
    } finally {
      await edge.kill(false);
    }
    const backMs = await until(stage, async () => !(await isBypass()), edge.now());
    return {
      figure: Math.max(tookMs, backMs),
      bound: edge.patienceMs,
      why: 'ms until the kill switch was heeded, on and off: the longer of both',
    };
  },
};

/** Until it has held three times in a row, since isolates may take turns; beyond the bound where it does not. */
async function until({ edge }: Stage, holds: () => Promise<boolean>, fromMs: number): Promise<number> {
  for (let inRow = 0, firstMs = 0; edge.now() < fromMs + edge.patienceMs + bounds.lookMs; ) {
    inRow = (await holds()) ? inRow + 1 : 0;
    if (inRow === 1) firstMs = edge.now() - fromMs;
    if (inRow === 3) return firstMs;
    await edge.pause(bounds.lookMs);
  }
  return edge.patienceMs + 1;
}

export const degradedRedis: Drill = {
  name: 'degraded-redis',
  shows: 'while Redis does not answer, requests are answered all the same',
  disturbs: 'Redis answers nobody for some seconds; it needs --redis-faults, which the demo’s gateway has',
  async run({ edge, canary, one, redisFaults }) {
    if (redisFaults === null)
      throw new Failure(
        exit.refused,
        'degraded-redis: name the gateway of Redis that can fail with --redis-faults URL; npm run dev has one at its port + 2',
      );
    await edge.canary(`${canary}/${edge.probe()}`, one);
    await edge.redisFaults(redisFaults, { hang: true });
    let slowestMs = 0;
    try {
      for (let i = 0; i < 5; i++) {
        const fromMs = edge.now();
        await edge.canary(`${canary}/${edge.probe()}`, one);
        slowestMs = Math.max(slowestMs, edge.now() - fromMs);
      }
    } finally {
      await edge.redisFaults(redisFaults, {});
    }
    return {
      figure: slowestMs,
      bound: bounds.degradedMs,
      why: 'ms that the slowest of 5 reads took while Redis did not answer',
    };
  },
};
