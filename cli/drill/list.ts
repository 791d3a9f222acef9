import type { Drill } from './drill.ts';
import { permissionLeak, permissionStaleRead } from './drills/access.ts';
import { purgeRace, staleReadAfterPurge, webhookRoundTrip } from './drills/freshness.ts';
import { conditionalRequests, headerPoisoning } from './drills/http.ts';
import { degradedRedis, killSwitch } from './drills/outages.ts';
import { largeStampede, stampede } from './drills/stampedes.ts';

/** In the order in which they are run: what disturbs others comes last. */
export const drills: readonly Drill[] = [
  staleReadAfterPurge,
  purgeRace,
  permissionStaleRead,
  permissionLeak,
  stampede,
  conditionalRequests,
  headerPoisoning,
  webhookRoundTrip,
  largeStampede,
  degradedRedis,
  killSwitch,
];

/** For `--list`. */
export function listOf(json: boolean): string {
  if (json)
    return `${JSON.stringify({ drills: drills.map(({ name, shows, disturbs }) => ({ name, shows, ...(disturbs && { disturbs }) })) })}\n`;
  const needs = ({ name, disturbs }: Drill) =>
    disturbs === undefined ? '' : `; needs --allow ${name}: ${disturbs}`;
  return drills.map((it) => `${it.name.padEnd(24)} ${it.shows}${needs(it)}\n`).join('');
}
