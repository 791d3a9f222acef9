import type { RolloutMode } from '../strategy/rollout-types.ts';
import type { DataClass } from '../strategy/types.ts';
import { fingerprintOf } from './fingerprint.ts';
import { standingOf } from './flags.ts';
import type { LiveFlags } from './live-flags.ts';

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
export function evaluated(cls: DataClass, live: LiveFlags, { tenant, user, key }: Target): Evaluation {
  const { flags } = live;
  const stands = standingOf(cls, fingerprintOf(cls), flags);
  const { unit } = cls.rollout;
  const { mode, percent, allow, deny, from } = stands;
  const isKilled = live.isKilledBySetting || flags?.kill?.on === true;
  const isListing = allow.length + deny.length > 0;
  const isSplit = percent > 0 && percent < 100;
  if (!isKilled && mode === 'on' && (isSplit || isListing)) {
    const missing = missingOf(unit, isSplit, { tenant, user, key });
    if (missing !== null) return { missing };
  }
  const who = tenant === null ? null : { tenant, user: user ?? '' };
  const { mode: value } = live.decide(cls, who, key ?? '');
  const isNamed = [tenant, `${tenant}/${user}`].some(
    (it) => it !== null && (allow.includes(it) || deny.includes(it)),
  );
  const metadata = { percent: mode === 'on' ? percent : 0, unit, from, version: flags?.version ?? '0' };
  if (isKilled) return { value, reason: 'DISABLED', metadata };
  if (mode !== 'on') return { value, reason: 'STATIC', metadata };
  if (isNamed) return { value, reason: 'TARGETING_MATCH', metadata };
  return { value, reason: isSplit ? 'SPLIT' : 'STATIC', metadata };
}

/** Lists name tenants and users, whatever the units are. */
function missingOf(unit: string, isSplit: boolean, { tenant, user, key }: Target): string | null {
  if (unit === 'key') return isSplit && key === null ? 'the key of an entry, as targetingKey' : null;
  if (tenant === null) return "a tenant: targetingKey 'acme', or 'acme/ann' of a user";
  return unit === 'user' && isSplit && user === null ? "a user: targetingKey 'acme/ann'" : null;
}
