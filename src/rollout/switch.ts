import type { Identity } from '../identity/identity.ts';
import { encodePart } from '../strategy/encode.ts';
import type { RolloutMode, RolloutUnit } from '../strategy/rollout-types.ts';
import { type Arm, stepName, type Trial } from '../strategy/trial.ts';
import type { DataClass } from '../strategy/types.ts';
import { bucketOf } from './bucket.ts';
import { isTried, type Standing } from './flags.ts';

/** Why a request goes straight to the origin, as `Cache-Status` has it. */
export type BypassDetail = 'off' | 'shadow' | 'kill-switch';

/** How one request is to be answered. */
export interface Decision {
  readonly mode: RolloutMode;
  /** Absent where the cache answers. */
  readonly detail?: BypassDetail;
  /** Absent where nothing is tried: the class is on for everyone, off for everyone, or killed. */
  readonly trial?: Trial;
}

export const ON: Decision = { mode: 'on' };
export const KILLED: Decision = { mode: 'off', detail: 'kill-switch' };
const OFF: Decision = { mode: 'off', detail: 'off' };

/** Of who asks, all that is decided by. */
export type Who = Pick<Identity, 'tenant' | 'user'>;

/** How a class stands, made ready to decide by. */
export interface Switch {
  readonly className: string;
  /** On for everyone, and nothing is tried: decided without a look at who asks. */
  readonly isPlain: boolean;
  readonly mode: RolloutMode;
  readonly percent: number;
  readonly unit: RolloutUnit;
  readonly allow: ReadonlySet<string>;
  readonly deny: ReadonlySet<string>;
  /** Null: nothing is tried. */
  readonly step: string | null;
}

export function switchOf(
  { name, scope, rollout }: DataClass,
  fingerprint: string,
  standing: Standing,
): Switch {
  const { mode, percent, allow, deny, sinceMs } = standing;
  // Nobody is verified who reads public data, whoever he says he is.
  const isPublic = scope === 'public';
  return {
    className: name,
    isPlain: mode === 'on' && !isTried(standing) && (isPublic || deny.length === 0),
    mode,
    percent,
    unit: rollout.unit,
    allow: new Set(isPublic ? [] : allow),
    deny: new Set(isPublic ? [] : deny),
    step: isTried(standing) ? stepName(fingerprint, sinceMs) : null,
  };
}

export function decideBy(of: Switch, identity: Who | null, key: string): Decision {
  const { className, mode, percent, unit: kind, step } = of;
  if (mode === 'off') return OFF;
  const unit = unitOf(kind, identity, key);
  const trialOf = (arm: Arm) => (step === null ? {} : { trial: { className, step, arm, unit } });
  if (mode === 'shadow') return { mode, detail: 'shadow', ...trialOf('shadow') };
  // Whoever was chosen by name says nothing of the others: he is counted in neither group.
  const listed = listedIn(of, identity);
  if (listed) return listed === 'allow' ? ON : OFF;
  return bucketOf(className, unit) < percent
    ? { mode: 'on', ...trialOf('on') }
    : { mode: 'off', detail: 'off', ...trialOf('control') };
}

/** Null: in neither list. */
export function listedIn({ allow, deny }: Switch, identity: Who | null): 'allow' | 'deny' | null {
  if (!identity || (allow.size === 0 && deny.size === 0)) return null;
  const tenant = listedPart(identity.tenant);
  const names = [tenant, `${tenant}/${listedPart(identity.user)}`];
  if (names.some((it) => deny.has(it))) return 'deny';
  return names.some((it) => allow.has(it)) ? 'allow' : null;
}

/** As lists have it (strategy/rollout.ts): `a/b` is a user of `a`, and `a%2Fb` a tenant. */
const listedPart = (name: string) => name.replace(/[%/]/g, encodeURIComponent);

/** What a percentage counts. `key`: names the entry. */
export function unitOf(kind: RolloutUnit, identity: Who | null, key: string): string {
  if (kind === 'key' || !identity) return key;
  const tenant = encodePart(identity.tenant);
  return kind === 'tenant' ? tenant : `${tenant}/${encodePart(identity.user)}`;
}
