import type { Figures } from '../../cli/figures.ts';

/** What a class is asked for, by what was counted lately. */
export interface Load {
  readonly requestsPerMinute: number;
  /** Of these, what the cache has answered: the origin has them as well while the class is in the shadow. */
  readonly hitsPerMinute: number;
}

/** Of how long the figures are: a day has its busy hours in it, and its quiet ones. */
export const LOAD_WINDOW = '24h';

/** Null: nothing was counted of it. */
export function loadOf({ from, to, rolled_up_at, summary }: Figures, name: string): Load | null {
  const found = summary.classes.find((it) => it.name === name);
  if (!found || found.requests === 0) return null;
  const endMs = Math.min(Date.parse(to), Date.parse(rolled_up_at ?? to));
  const minutes = Math.max(60_000, endMs - Date.parse(from)) / 60_000;
  const { hit = 0, stale = 0 } = found.by_outcome;
  return { requestsPerMinute: found.requests / minutes, hitsPerMinute: (hit + stale) / minutes };
}
