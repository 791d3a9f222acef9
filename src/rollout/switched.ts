import type { RolloutUnit } from '../strategy/rollout-types.ts';
import type { DataClass } from '../strategy/types.ts';
import { bucketOf } from './bucket.ts';
import type { KillFlag, Standing } from './flags.ts';
import type { LiveFlags } from './live-flags.ts';
import { type Decision, listedIn, unitOf, type Who } from './switch.ts';

/** How one request is switched, and by what: for who asks why. */
export interface Switched {
  readonly decision: Decision;
  readonly standing: Standing;
  readonly killedBy: 'setting' | KillFlag | null;
  readonly listed: 'allow' | 'deny' | null;
  /** What a percentage counts of it, and where in [0, 100) that falls. */
  readonly unit: RolloutUnit;
  readonly name: string;
  readonly bucket: number;
}

export function switchedFor(flags: LiveFlags, cls: DataClass, identity: Who | null, key: string): Switched {
  const kill = flags.flags?.kill;
  const name = unitOf(cls.rollout.unit, identity, key);
  return {
    decision: flags.decide(cls, identity, key),
    standing: flags.standingOf(cls),
    killedBy: flags.isKilledHere ? 'setting' : kill?.on ? kill : null,
    listed: listedIn(flags.switchOf(cls), identity),
    unit: cls.rollout.unit,
    name,
    bucket: bucketOf(cls.name, name),
  };
}
