import type { Hono } from 'hono';
import { type Explainable, explainAs } from '../admin/explain.ts';
import { purgeByHand } from '../admin/purges.ts';
import { rolloutByHand } from '../admin/rollout-by-hand.ts';
import { adminOfToken } from '../admin/token.ts';
import type { Admin } from '../admin/tokens.ts';
import { consoleApp } from '../console/console.ts';
import type { EdgeEnv } from '../engine/request.ts';
import type { Strategy } from '../strategy/define.ts';
import type { Ready } from './ready.ts';
import type { CollectingRouter } from './routing.ts';
import { type Env, settingNames } from './settings.ts';
import { shownSettings } from './shown-settings.ts';

/** The console, with this Worker's settings, and what it does through the functions of the `/-/` API. Mount it at `/-/console`. */
export const consoleOf = (
  strategy: Strategy,
  httpCaches: CollectingRouter['httpCaches'],
  ready: (env: Env) => Ready,
  explainable: Explainable,
): Hono<EdgeEnv> =>
  consoleApp({
    settingsOf(env) {
      const { settings, verifyAccess } = ready(env);
      const { development, ORIGIN_SECRET: originSecret, adminTokens: tokens, access } = settings;
      return {
        development,
        originSecret,
        tokens,
        commandPrice: settings.REDIS_PRICE / 100_000,
        nameOf: async (shown) => (await adminOfToken(tokens, shown))?.name,
        access: access && verifyAccess ? { verify: verifyAccess, scopes: access.scopes } : null,
        get shown() {
          return shownSettings(env, settingNames());
        },
      };
    },
    purge: purgeByHand(strategy, httpCaches),
    rollout: rolloutByHand,
    explain: (edge, env, admin, query) =>
      explainAs(admin as Admin, edge, explainable, explainable.logOf(env), query),
  });
