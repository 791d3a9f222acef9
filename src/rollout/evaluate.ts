import type { RolloutMode } from '../strategy/rollout-types.ts';
import type { DataClass } from '../strategy/types.ts';
import { percentOf } from './flags.ts';
import type { LiveFlags } from './live-flags.ts';
import type { Switch } from './switch.ts';
import { switchedFor } from './switched.ts';

/** For whom a class is evaluated; what is not said is null. */
export interface Target {
  readonly tenant: string | null;
  readonly user: string | null;
  /** Of a class whose units are entries: which one. */
  readonly key: string | null;
}

/** As OpenFeature has them. */
export type EvaluationReason = 'STATIC' | 'SPLIT' | 'TARGETING_MATCH' | 'DISABLED';

export interface Evaluated {
  readonly value: RolloutMode;
  readonly reason: EvaluationReason;
  readonly metadata: Readonly<Record<string, string | number>>;
}

/** `missing`: what of the target would have to be known. */
export type Evaluation = Evaluated | { readonly missing: string };

/** What the class is to whoever is asked about, by the very decision that answers requests. */
export function evaluated(cls: DataClass, live: LiveFlags, target: Target): Evaluation {
  const { tenant, user, key } = target;
  const who = tenant === null ? null : { tenant, user: user ?? '' };
  const { decision, standing, killedBy, listed, unit } = switchedFor(live, cls, who, key ?? '');
  const { mode, percent, from } = standing;
  const isSplit = mode === 'on' && percent > 0 && percent < 100;
  if (!killedBy && mode === 'on') {
    const missing = missingOf(live.switchOf(cls), isSplit, target);
    if (missing !== null) return { missing };
  }
  return {
    value: decision.mode,
    reason: killedBy
      ? 'DISABLED'
      : mode === 'on' && listed
        ? 'TARGETING_MATCH'
        : isSplit
          ? 'SPLIT'
          : 'STATIC',
    metadata: { percent: percentOf(standing), unit, from, version: live.flags?.version ?? '0' },
  };
}

/** Lists name tenants and users, whatever the units are. */
function missingOf(
  { unit, allow, deny }: Switch,
  isSplit: boolean,
  { tenant, user, key }: Target,
): string | null {
  if (!isSplit && allow.size + deny.size === 0) return null;
  if (unit === 'key') return isSplit && key === null ? 'the key of an entry, as targetingKey' : null;
  if (tenant === null) return "a tenant: targetingKey 'acme', or 'acme/ann' of a user";
  return unit === 'user' && isSplit && user === null ? "a user: targetingKey 'acme/ann'" : null;
}
