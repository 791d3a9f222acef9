import type { Api } from '../api.ts';
import type { Environment } from '../environment.ts';
import { exit, Failure } from '../failure.ts';
import { printable } from '../text.ts';
import type { ClassStand, Rollout, RolloutChange } from './shapes.ts';
import { byWords, standWords, stepWords } from './words.ts';

/** So often a change is sent again that others overtook, where what they changed is not this class. */
const TRIES = 4;

export interface Change extends RolloutChange {
  /** Only if nobody has changed the flags since these; null: since a moment ago. */
  readonly version: string | null;
}

/** Changes how a class stands, and says how it was and is. Another's change of this class is never written over unseen. */
export async function changeClass(
  api: Api,
  { version, ...change }: Change,
  json: boolean,
  { stdout }: Environment,
): Promise<void> {
  const { name } = change;
  let before = await api.rollout();
  for (let tries = 1; ; tries += 1) {
    const { is, rollout } = await api.changeRollout(
      change,
      version ?? (goesBack(change) ? null : before.version),
    );
    if (is === 'done') {
      stdout.write(json ? `${JSON.stringify(rollout)}\n` : changedLines(name, before, rollout));
      return;
    }
    const mayGoOn = version === null && tries < TRIES && isSame(before.classes[name], rollout.classes[name]);
    if (!mayGoOn) throw new Failure(exit.overtaken, overtakenWords(name, before, rollout));
    before = rollout;
  }
}

/** What shows less of the cache is done whatever somebody else has done meanwhile. */
const goesBack = ({ move }: RolloutChange) => move === 'hold' || move === 'rollback';

const isSame = (a: ClassStand | undefined, b: ClassStand | undefined) =>
  JSON.stringify(a) === JSON.stringify(b);

function changedLines(name: string, before: Rollout, after: Rollout): string {
  const [was, is] = [before.classes[name], after.classes[name]];
  if (!is) return '';
  const step = stepWords(is);
  const next =
    is.held !== null
      ? `held: ${is.held}`
      : step === null
        ? 'it stays so until somebody changes it'
        : `step ${step} of its plan: the guard sends it on, or back`;
  const lines = [`${name}: ${was ? `${standWords(was)} → ` : ''}${standWords(is)}`, `  ${next}`];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

/** Who has changed what meanwhile, as far as it is another's. */
function overtakenWords(name: string, before: Rollout, after: Rollout): string {
  const others = Object.entries(after.classes).filter(([of, stands]) => !isSame(before.classes[of], stands));
  // With --if-version it may have been before the command began, and is this class or none that is seen to have changed.
  const changed: typeof others =
    others.length > 0 ? others : Object.entries(after.classes).filter(([of]) => of === name);
  const lines = changed.map(([of, stands]) => `  ${of} is ${standWords(stands)} now, ${byWords(stands)}`);
  return [
    'somebody else has changed the flags meanwhile, and nothing was done',
    ...lines,
    '  look at it, and run the command again if it is still to be so; npx stillfresh rollout audit has all of it',
  ]
    .map(printable)
    .join('\n');
}
