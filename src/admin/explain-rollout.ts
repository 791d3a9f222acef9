import type { Switched } from '../rollout/switched.ts';

const units = { tenant: 'tenants', user: 'users', key: 'entries' } as const;

/** How the class stands, for whom, and why, in a sentence. */
export function saysOfRollout({ decision, standing, killedBy, listed, unit, name }: Switched): string {
  if (killedBy === 'setting') return 'The kill switch is on, by the setting KILL_SWITCH';
  if (killedBy) return `The kill switch is on: ${killedBy.why}, by ${killedBy.by}`;
  const { mode, percent, by, why, held } = standing;
  const because = by === 'strategy' ? why : `${why}, by ${by}`;
  const isHeld = held === null ? '' : `; it is held: ${held}`;
  if (mode === 'off') return `The class is off: ${because}${isHeld}`;
  if (mode === 'shadow')
    return `The class is in the shadow: ${because}; the origin answers, and the cache is filled and compared beside it${isHeld}`;
  if (listed) return `The class is on, and its list ${listed} names who asks${isHeld}`;
  if (percent === 100) return `The class is on for all${isHeld}`;
  const isIn = decision.mode === 'on' ? 'is' : 'is not';
  return `The class is on for ${percent} % of ${units[unit]}, and ${name} ${isIn} among them${isHeld}`;
}

/** As `GET /-/explain` shows it. */
export function rolloutView(switched: Switched) {
  const { decision, standing, killedBy, listed, unit, name, bucket } = switched;
  const { mode, percent, from, sinceMs, by, why, held } = standing;
  return {
    says: saysOfRollout(switched),
    ...{ mode, percent, from, by, why, held },
    since: sinceMs === 0 ? null : new Date(sinceMs).toISOString(),
    killed: killedBy !== null,
    listed,
    unit,
    name,
    bucket: Math.round(bucket * 100) / 100,
    group: decision.trial?.arm ?? null,
  };
}

/** Since when it is answered so; null: since it was deployed. */
export function switchedSinceMs({ standing, killedBy }: Switched): number | null {
  if (killedBy) return killedBy === 'setting' ? null : killedBy.atMs;
  return standing.sinceMs || null;
}
