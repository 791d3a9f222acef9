import { bounds } from '../bounds.ts';
import type { RolloutMode } from '../strategy/rollout-types.ts';
import { type ClassFlags, isTried, percentOf, stepAt } from './flags.ts';

/** Who changes how a class stands, and why. */
export interface Mover {
  readonly by: string;
  readonly why: string;
  readonly nowMs: number;
}

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** What somebody sets; what is left out stays as it is. */
export interface Wanted extends Optional<Pick<ClassFlags, 'allow' | 'deny' | 'plan'>> {
  readonly mode: RolloutMode;
  /** Of `on` alone: in the other modes nobody is answered from the cache. */
  readonly percent: number;
}

/** How the class stands then, or why it does not come to that. */
export type Moved = { readonly to: ClassFlags } | { readonly refused: string };

export const moveNames = ['advance', 'hold', 'rollback'] as const;
export type MoveName = (typeof moveNames)[number];

/** What operators do in one word, from the shell and in the console alike. */
export const moves: Readonly<Record<MoveName, (now: ClassFlags, mover: Mover) => Moved>> = {
  /** On to the next step of the plan, whatever the guard waits for. */
  advance(now, { by, why, nowMs }) {
    const { mode, plan, step } = now;
    if (mode === 'on' && percentOf(now) === 100 && step === null)
      return { refused: 'it is on for everyone, and there is no step after that' };
    if (plan.length === 0) return { refused: 'it has no plan to go through; set a mode and a percentage' };
    const anew = { by, why, held: null, sinceMs: nowMs };
    if (step === plan.length - 1) return { to: { ...now, ...anew, mode: 'on', percent: 100, step: null } };
    const next = nextStep(now);
    const { percent } = plan[next]!;
    return { to: { ...now, ...anew, mode: percent === 0 ? 'shadow' : 'on', percent, step: next } };
  },

  /** It stays where it is: the guard may send it back, and nobody sends it on but an operator. */
  hold(now, { by, why }) {
    if (now.held !== null) return { refused: `it is held already: ${now.held}` };
    if (now.step === null)
      return { refused: 'it is in no step of a plan, so that nothing goes on by itself' };
    return { to: { ...now, by, why, held: cut(`by ${by}: ${why}`) } };
  },

  /** To the last safe mode, where it stays until somebody sets another. */
  rollback(now, { by, why, nowMs }) {
    if (now.mode === 'off') return { refused: 'it is off already' };
    const mode = now.mode === 'on' ? 'shadow' : 'off';
    const step = stepAt(now.plan, mode, 0);
    const held = cut(`rolled back by ${by}: ${why}`);
    return { to: { ...now, mode, percent: 0, step, sinceMs: nowMs, by, why, held } };
  },
};

/** Whatever held it does not any more. What was counted counts on where nothing has changed that it was counted of. */
export function setTo(now: ClassFlags, wanted: Wanted, { by, why, nowMs }: Mover): ClassFlags {
  const { mode, allow = now.allow, deny = now.deny, plan = now.plan } = wanted;
  const percent = mode === 'on' ? wanted.percent : 0;
  const isSame = now.held === null && mode === now.mode && percent === percentOf(now);
  // What nobody has set yet has no beginning, and of what is not tried nothing was counted.
  const sinceMs = isSame && isTried(now) && now.sinceMs > 0 ? now.sinceMs : nowMs;
  return {
    mode,
    percent,
    allow,
    deny,
    plan,
    step: stepAt(plan, mode, percent),
    sinceMs,
    by,
    why,
    held: null,
  };
}

function nextStep({ mode, plan, step, percent }: ClassFlags): number {
  if (mode === 'off') return 0;
  if (step !== null) return step + 1;
  // It was set to what is no step; the last step is of 100, and it has not come so far.
  return plan.findIndex((it) => it.percent > percentOf({ mode, percent }));
}

const cut = (text: string) => text.slice(0, bounds.rolloutWhyChars);
