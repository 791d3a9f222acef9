import { newOutage, type Outage } from '../alerts/outage.ts';
import type { Isolate } from '../engine/context.ts';
import type { AccessVerifier } from '../identity/cloudflare-access.ts';
import type { Identify } from '../identity/resolve.ts';
import { howToSet } from '../invalidation/how-to-set.ts';
import type { Strategy } from '../strategy/define.ts';
import type { Log } from '../telemetry/log.ts';
import { accessVerifierOf, createIsolate, identifierOf, type Platform } from './isolate.ts';
import { LogIds } from './log-ids.ts';
import { strayHookSecrets } from './misspelt.ts';
import { type CollectingRouter, patternOf } from './routing.ts';
import { type Env, misspeltIn, parseSettings, type Settings, SettingsError } from './settings.ts';

/** Everything that one isolate makes from its settings, at the first request. */
export interface Ready {
  readonly strategy: Strategy;
  readonly settings: Settings;
  readonly isolate: Isolate;
  readonly identify: Identify;
  /** Null: Cloudflare Access is not in front of the console. */
  readonly verifyAccess: AccessVerifier | null;
  readonly log: Log;
  /** What its cron remembers while Redis cannot. */
  readonly outage: Outage;
  /** Null: ids stand in the log as they are. */
  readonly logIds: LogIds | null;
  /** Known when all routes are. */
  readonly httpCaches: CollectingRouter['httpCaches'];
}

/** Made once; throws `SettingsError`, each time the same. */
export function createReady(
  strategy: Strategy,
  platform: Platform,
  log: Log,
  router: Pick<CollectingRouter, 'hookSources' | 'httpCaches' | 'match'>,
): (env: Env) => Ready {
  let made: Ready | SettingsError | undefined;
  return (env) => {
    made ??= readyOrError(env, strategy, platform, log, router);
    if (made instanceof SettingsError) throw made;
    return made;
  };
}

function readyOrError(
  env: Env,
  strategy: Strategy,
  platform: Platform,
  log: Log,
  router: Parameters<typeof createReady>[3],
): Ready | SettingsError {
  const { hookSources, httpCaches } = router;
  try {
    const settings = parseSettings(env);
    const isolate = createIsolate(settings, platform, log);
    mustSettle(strategy, isolate, env);
    // Those that production refuses are here in development alone.
    const faults = [...misspeltIn(env), ...strayHookSecrets(env, [...hookSources])];
    if (faults.length > 0) log({ event: 'settings', level: 'warn', faults });
    const verify = identifierOf(settings, strategy, platform);
    const identify = isolate.colleagues?.watching(verify) ?? verify;
    const verifyAccess = accessVerifierOf(settings, platform);
    const { LOG_HASH_IDS: key } = settings;
    const logIds =
      key === undefined
        ? null
        : new LogIds(key, isolate.bounds.hashedIds, (method, path) => patternOf(router, method, path));
    return {
      strategy,
      settings,
      isolate,
      identify,
      verifyAccess,
      log,
      outage: newOutage(),
      logIds,
      httpCaches,
    };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    // Once for each isolate: every request of it fails alike.
    log({ event: 'settings', level: 'error', faults: error.faults });
    return error;
  }
}

/** A purge that is due later needs somebody to remember it until then. */
function mustSettle({ settleMs, classes }: Strategy, { queue }: Isolate, env: Env): void {
  if (settleMs === 0 || queue) return;
  const named = [...classes.values()].filter((cls) => cls.settleMs > 0).map(({ name }) => name);
  const says = `is missing, and the settle of ${named.join(', ')} needs QStash; ${howToSet('QSTASH_TOKEN', 'secret', env)}`;
  throw new SettingsError([{ setting: 'QSTASH_TOKEN', says }]);
}
