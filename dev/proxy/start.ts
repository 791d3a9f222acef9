import { randomBytes } from 'node:crypto';
import { startEdge } from '../edge.ts';
import { Refusal } from '../refusal.ts';
import { adminToken, SecretError } from '../secrets.ts';
import { startStore } from '../store.ts';
import { mustAnswer, mustBeFree, runCron, withoutOwnLook } from '../worker-at.ts';
import { WorkerError } from '../workerd.ts';
import type { ProxyOptions } from './options.ts';
import { mustBeAnother, whyUnreachable } from './origin.ts';
import { bundleProxy } from './worker.ts';

export interface StartOptions extends ProxyOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What is going on, for people. */
  readonly say: (line: string) => void;
  /** What the Worker logs. */
  readonly log: (line: string) => void;
}

export interface RunningProxy {
  readonly url: string;
  /** Where Redis is, for people; or why there is none. */
  readonly store: string;
  /** May do all that an admin token may. */
  readonly adminToken: string;
  /** Why the origin could not be reached just now; null when it could. */
  readonly originFault: string | null;
  stop(): Promise<void>;
}

/** Whatever was started is ended again when a part cannot start. */
export async function startProxy(options: StartOptions): Promise<RunningProxy> {
  const { origin, port, store, env, say, log } = options;
  const ending: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ending.splice(0).reverse()) await end();
  };
  try {
    const admin = adminToken(env);
    await mustBeAnother(origin, port);
    await mustBeFree(port, `choose another: npm run proxy -- --origin ${origin} --port N`);
    const kept = await startStore({ ...(store && { store }), env, say }, ending);
    say('starting the Worker in workerd');
    const logged = Promise.withResolvers<void>();
    const tell = withoutOwnLook(log);
    const edge = await startEdge({
      script: await bundleProxy(options),
      port,
      log: (line) => {
        tell(line);
        logged.resolve();
      },
      bindings: {
        ENVIRONMENT: 'development',
        ORIGIN_URL: origin,
        // Every Worker must have one. The proxy shows it to nobody.
        ORIGIN_SECRET: randomBytes(24).toString('base64url'),
        // Nobody: the proxy asks nobody who they are.
        API_KEYS: '{}',
        ADMIN_TOKENS: admin.setting,
        // It has no cron that would take up what is told.
        METRICS_FLUSH: 'off',
        // What the origin is told as X-Forwarded-Host, so that the links it makes lead here.
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        ...kept.bindings,
      },
    });
    ending.push(() => edge.stop());
    await mustAnswer(edge.url, logged.promise);
    ending.push(runCron(edge));
    const originFault = await whyUnreachable(origin);
    return { url: edge.url, store: kept.says, adminToken: admin.token, originFault, stop };
  } catch (error) {
    await stop();
    const explained = error instanceof WorkerError || error instanceof SecretError;
    throw explained ? new Refusal(error.message) : error;
  }
}
