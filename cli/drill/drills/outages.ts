import { exit, Failure } from '../../failure.ts';
import { bounds } from '../bounds.ts';
import { type Drill, type PathStage, Skipped, type Stage } from '../drill.ts';
import { type Answer, saidBy } from '../edge.ts';

export const killSwitch: Drill = {
  name: 'kill-switch',
  shows: 'the kill switch takes every request past the cache, and gives it back',
  disturbs: 'no class is answered from the cache until it is over, some seconds to two times --patience',
  run: heeded,
  runOnPath: heeded,
};

async function heeded(stage: Stage | PathStage) {
  const { edge, admin, patienceMs } = stage;
  // Whoever has it on for a reason of their own would have it off afterwards.
  if (await admin.isKilled()) throw new Skipped('the kill switch is on already, and stays as it is');
  const isPast = async () => /fwd=bypass/.test((await answered(stage)).cacheStatus);
  const onMs = await admin.whileKilled(() => untilThrice(isPast));
  const offMs = onMs === null ? null : await untilThrice(async () => !(await isPast()));
  if (onMs === null || offMs === null)
    throw new Failure(
      exit.notDone,
      `within ${patienceMs / 1000} s the kill switch was not heeded ${onMs === null ? 'when it was on' : 'when it was off again'}`,
    );
  return {
    figure: Math.max(onMs, offMs),
    bound: patienceMs,
    why: 'ms until the kill switch was heeded, on and off: the longer of both',
  };

  /** Since isolates may take turns. Gives the ms until it held for the first of three times in a row. */
  async function untilThrice(holds: () => Promise<boolean>): Promise<number | null> {
    const fromMs = edge.now();
    let firstMs = 0;
    let inRow = 0;
    const ended = await edge.until(fromMs + patienceMs, async () => {
      inRow = (await holds()) ? inRow + 1 : 0;
      if (inRow === 1) firstMs = edge.now() - fromMs;
      return inRow === 3;
    });
    return ended === null ? null : firstMs;
  }
}

export const degradedRedis: Drill = {
  name: 'degraded-redis',
  shows: 'while Redis does not answer, requests are answered all the same',
  disturbs: 'Redis answers nobody for some seconds; it needs --redis-faults, which the demo’s gateway has',
  async run(stage) {
    const { edge, admin, patienceMs } = stage;
    const isWithoutRedis = async () => /detail=store-/.test((await answered(stage)).cacheStatus);
    const fails = (why: string) => new Failure(exit.notDone, why);
    // The breaker may be open still, of a drill before.
    if ((await edge.until(edge.now() + patienceMs, async () => !(await isWithoutRedis()))) === null)
      throw fails('Redis does not answer the edge, before anything was done to it');
    const reads = await admin.whileRedisHangs(async () => {
      const all: { ms: number; isWithout: boolean }[] = [];
      for (let i = 0; i < bounds.rounds; i++) {
        const fromMs = edge.now();
        const isWithout = await isWithoutRedis();
        all.push({ ms: edge.now() - fromMs, isWithout });
      }
      return all;
    });
    if (!reads.some(({ isWithout }) => isWithout))
      throw new Skipped('Redis was not missed by any read: is --redis-faults the gateway of this edge?');
    return {
      figure: Math.max(...reads.map(({ ms }) => ms)),
      bound: bounds.degradedMs,
      why: `ms that the slowest of ${reads.length} reads took while Redis did not answer`,
    };
  },
};

/** An answer to the one token, of the canary a new one. */
async function answered(stage: Stage | PathStage): Promise<Answer> {
  if ('canary' in stage) return stage.edge.canary(`${stage.canary}/${stage.edge.probe()}`, stage.one);
  const answer = await stage.edge.read(stage.path, stage.one);
  if (answer.status < 500) return answer;
  throw new Failure(exit.notDone, `GET ${stage.path}: ${saidBy(answer)}`);
}
