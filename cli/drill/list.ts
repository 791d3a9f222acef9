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
