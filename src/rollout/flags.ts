import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { unitNames } from '../strategy/rollout.ts';
import { type PlanStep, rolloutModes } from '../strategy/rollout-types.ts';
import type { DataClass } from '../strategy/types.ts';
import { bucketHash } from './bucket.ts';

const text = z.string().max(bounds.rolloutWhyChars);
const ms = z.int().min(0);
const percent = z.number().min(0).max(100);

const planStep = z.object({ percent, dwellMs: ms, atLeast: z.int().min(1) });

const classFlags = z.object({
  mode: z.enum(rolloutModes),
  percent,
  allow: unitNames,
  deny: unitNames,
  plan: z.array(planStep).max(bounds.rolloutSteps),
  /** Where in the plan it is; null: it goes through none, and stays as it is. */
  step: z.int().min(0).nullable(),
  sinceMs: ms,
  /** Whoever has set it: an admin token's name, or `guard`. */
  by: text,
  why: text,
  /** Why it does not go on by itself; null: it does. */
  held: text.nullable(),
});

const kill = z.object({ on: z.boolean(), atMs: ms, by: text, why: text });

/** How every class is switched, as one value in Redis. What is not of this form is as good as missing. */
export const flagsShape = z.object({
  form: z.literal(1),
  hash: z.literal(bucketHash),
  /** Random, anew with each change. */
  version: z.string().min(1).max(64),
  kill: kill.nullable(),
  /**
   * By name, then by fingerprint: two versions of the Worker, whose class stores different things, each go by their own. Null: one that is
   * deployed, of which nobody has said anything.
   */
  classes: z.record(z.string().max(64), z.record(z.string().max(32), classFlags.nullable())),
});

type Deep<T> = T extends object ? { readonly [K in keyof T]: Deep<T[K]> } : T;
export type Flags = Deep<z.infer<typeof flagsShape>>;
export type ClassFlags = Deep<z.infer<typeof classFlags>>;
export type KillFlag = Deep<z.infer<typeof kill>>;

/** Null: there are none, or they are none of ours. */
export function readFlags(value: string | null): Flags | null {
  if (value === null) return null;
  try {
    return flagsShape.safeParse(JSON.parse(value)).data ?? null;
  } catch {
    return null;
  }
}

export const newFlags = (version: string): Flags => ({
  form: 1,
  hash: bucketHash,
  version,
  kill: null,
  classes: {},
});

/** As long as nobody has written any. */
export const noFlags: Flags = newFlags('0');

/** With this version of a class switched so. In its place: they are in the order in which they came. */
export const withClass = (flags: Flags, name: string, fingerprint: string, to: ClassFlags): Flags => ({
  ...flags,
  classes: { ...flags.classes, [name]: { ...flags.classes[name], [fingerprint]: to } },
});

/** Whom the cache answers, of 100; those in `allow` besides. */
export const percentOf = ({ mode, percent: of }: Pick<ClassFlags, 'mode' | 'percent'>): number =>
  mode === 'on' ? of : 0;

/** Who changes flags besides operators. */
export const guardName = 'guard';
export const deployName = 'deploy';

/** Whether something is tried with it: it is in the shadow, or on for some, or for all as a step of a plan. */
export const isTried = ({
  mode,
  percent: of,
  step,
}: Pick<ClassFlags, 'mode' | 'percent' | 'step'>): boolean =>
  mode === 'shadow' || (mode === 'on' && (of < 100 || step !== null));

/** What an operator holds is no finding of the guard. */
export const isHeldByGuard = ({ by, held }: ClassFlags): boolean => by === guardName && held !== null;

/** Whether the guard has sent it back. One that is on it only holds. */
export const isSentBack = (it: ClassFlags): boolean => it.mode !== 'on' && isHeldByGuard(it);

/** How a class stands. */
export interface Standing extends ClassFlags {
  /** `flags`: somebody has said so. `strategy`: nobody has. `changed`: nobody has said anything of what the class stores now, only of what it did. */
  readonly from: 'flags' | 'strategy' | 'changed';
}

export function standingOf(cls: DataClass, fingerprint: string, flags: Flags | null): Standing {
  const known = flags?.classes[cls.name] ?? {};
  const own = known[fingerprint];
  if (own) return { ...own, from: 'flags' };
  const isNew = own === undefined && Object.keys(known).length > 0;
  if (!isNew) return { ...declared(cls), from: 'strategy' };
  const latest = Object.values(known)
    .filter((it) => it !== null)
    .sort((a, b) => b.sinceMs - a.sinceMs)[0];
  if (cls.rollout.keepsOnChange === null)
    return { ...begunAnew(cls), ...(latest && leftOff(latest, cls)), from: 'changed' };
  return latest ? { ...latest, from: 'flags' } : { ...declared(cls), from: 'strategy' };
}

/** As its strategy has it. */
function declared({ rollout }: DataClass): ClassFlags {
  const { mode, percent: of, allow, deny, plan } = rollout;
  return {
    ...{ mode, allow, deny, plan, percent: of },
    step: stepAt(plan, mode, of),
    ...{ sinceMs: 0, by: 'strategy', why: 'as the strategy says', held: null },
  };
}

/** In the shadow, on however many it was before. */
function begunAnew({ rollout: { allow, deny, plan } }: DataClass): ClassFlags {
  return {
    ...{ mode: 'shadow', percent: 0, allow, deny, plan, step: stepAt(plan, 'shadow', 0) },
    ...{ sinceMs: 0, by: 'strategy', why: 'what the class stores has changed', held: null },
  };
}

/** Switched off by an operator, or by its strategy, it stays off, or its plan would put it on. What the guard has sent back may be mended by the change. */
function leftOff({ mode, by, why, held }: ClassFlags, { rollout }: DataClass): Partial<ClassFlags> | null {
  if (mode !== 'off' || by === guardName) return null;
  const isLeft = by === deployName ? rollout.mode === 'off' : true;
  return isLeft ? { mode, step: null, by, why, held } : null;
}

/** Where in its plan a class is; null: nowhere, or behind it. */
export function stepAt(
  plan: readonly PlanStep[],
  mode: ClassFlags['mode'],
  percentOn: number,
): number | null {
  if (mode === 'off' || (mode === 'on' && percentOn === 100)) return null;
  const at = plan.findIndex((step) => step.percent === (mode === 'shadow' ? 0 : percentOn));
  return at === -1 ? null : at;
}
