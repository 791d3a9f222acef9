import { exit, Failure } from '../failure.ts';
import { printable } from '../text.ts';
import {
  type Drill,
  type Drilled,
  type PathStage,
  type Seen,
  Skipped,
  type Stage,
  type Timed,
} from './drill.ts';

/** Who watches, for people. */
export interface Watcher {
  onStart(drill: Drill): void;
  onEnd(drilled: Timed): void;
}

/** One after the other. A Ctrl-C ends them: what was seen until then is given, and `interrupted`. */
export async function runDrills(
  drills: readonly Drill[],
  stage: Stage | PathStage,
  { onStart, onEnd }: Watcher,
): Promise<{ readonly done: readonly Timed[]; readonly interrupted: boolean }> {
  const done: Timed[] = [];
  for (const drill of drills) {
    onStart(drill);
    const fromMs = stage.edge.now();
    const drilled = await outcomeOf(drill, stage);
    if (drilled === 'interrupted') return { done, interrupted: true };
    const timed = { ...drilled, seconds: (stage.edge.now() - fromMs) / 1000 };
    onEnd(timed);
    done.push(timed);
  }
  return { done, interrupted: false };
}

async function outcomeOf(drill: Drill, stage: Stage | PathStage): Promise<Drilled | 'interrupted'> {
  const { name } = drill;
  try {
    const { figure, bound, why } = await seenBy(drill, stage);
    return { name, passed: figure <= bound, figure, bound, why: inOneLine(why) };
  } catch (error) {
    const none = { name, figure: null, bound: null, why: inOneLine((error as Error).message) };
    if (error instanceof Skipped) return { ...none, passed: null };
    if (!(error instanceof Failure)) throw error;
    // What could not be carried through has shown nothing: it has not passed.
    return error.exitCode === exit.interrupted ? 'interrupted' : { ...none, passed: false };
  }
}

function seenBy(drill: Drill, stage: Stage | PathStage): Promise<Seen> {
  if ('canary' in stage) return drill.run(stage);
  if (drill.runOnPath) return drill.runOnPath(stage);
  throw new Skipped('it needs the canary, which the deployment lacks: docs/drill.md says how to add it');
}

const inOneLine = (text: string): string => printable(text.split(/\n\s*/).join('; '));
