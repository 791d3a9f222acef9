import { exit, Failure } from '../failure.ts';
import { printable } from '../text.ts';
import type { Drill, Drilled, Stage } from './drill.ts';

/** Runs them one after the other; `onEnd` is told of each. Rejects where the edge does not answer at all. */
export async function runDrills(
  drills: readonly Drill[],
  stage: Stage,
  onStart: (drill: Drill) => void,
): Promise<readonly (Drilled & { readonly seconds: number })[]> {
  const all: (Drilled & { readonly seconds: number })[] = [];
  for (const drill of drills) {
    onStart(drill);
    const fromMs = stage.edge.now();
    const drilled = await outcomeOf(drill, stage);
    all.push({ ...drilled, seconds: (stage.edge.now() - fromMs) / 1000 });
  }
  return all;
}

async function outcomeOf({ name, run }: Drill, stage: Stage): Promise<Drilled> {
  try {
    const { figure, bound, why } = await run(stage);
    return { name, passed: figure <= bound, figure, bound, why };
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode === exit.interrupted || error.exitCode === exit.refused)
      throw error;
    // One that is not answered says nothing of the others; none of which is answered is said by each.
    return { name, passed: false, figure: null, bound: null, why: printable(error.message) };
  }
}
