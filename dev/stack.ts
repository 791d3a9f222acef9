import { randomBytes } from 'node:crypto';
import { settingNames } from '../src/edge/settings.ts';
import { bundleWorker } from './describe.ts';
import type { WorkerDescription } from './description.ts';
import { type RunningEdge, startEdge } from './edge.ts';
import { DEV_AUDIENCE, DEV_ISSUER } from './keys.ts';
import { type Queue, startQueue } from './queue.ts';
import { Refusal } from './refusal.ts';
import {
  adminToken,
  givenHookSecrets,
  hookSecrets,
  madeAppSecret,
  SecretError,
  sourceOf,
  strayHookSecrets,
} from './secrets.ts';
import { bindingsFor, databaseOf, devDefaults, type Given, storeOfSettings } from './settings.ts';
import { startStore } from './store.ts';
import { startUpstream } from './upstream.ts';
import { mustAnswer, mustBeFree, runCron, withoutOwnLook } from './worker-at.ts';
import { WorkerError } from './workerd.ts';

export interface StackOptions {
  /** The Worker's; the origin's is one more, the Redis gateway's two more, QStash's three more. */
  readonly port: number;
  /** Default: what `STORE` says, else Redis where there is one, else memory. `redis`: it is an error when there is none. */
  readonly store?: 'memory' | 'redis';
  readonly given: Given;
  /** What is going on, for people. */
  readonly say: (line: string) => void;
  /** What the Worker logs. */
  readonly log: (line: string) => void;
}

export interface Stack extends Pick<Queue, 'standIn'> {
  readonly edge: RunningEdge;
  readonly origin: string;
  /** Whether that is the demo's, whose data are known. */
  readonly isDemo: boolean;
  /** Where Redis is, for people; or why there is none. */
  readonly store: string;
  /** Of the gateway to Redis, which takes faults; null: there is none. */
  readonly gateway: string | null;
  readonly originSecret: string;
  /** Where the queue is, for people. */
  readonly queue: string;
  /** May do all that an admin token may. */
  readonly adminToken: string;
  /** `iss` and `aud` that the Worker wants of a token. */
  readonly issuer: string;
  readonly audience: string;
  /** Of the Worker as it runs now. */
  readonly description: WorkerDescription;
  /** `HOOK_SECRET_<SOURCE>` of its sources, by name. */
  readonly hookSecrets: Readonly<Record<string, string>>;
  /** Takes up what was edited. Rejects, and goes on as it was, when that does not start. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** All that a Worker needs on this machine. Whatever was started is ended again when a part cannot start. */
export async function startStack({ port, given, say, log, ...options }: StackOptions): Promise<Stack> {
  const { settings } = given;
  const ending: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of ending.splice(0).reverse()) await end();
  };
  try {
    const asked = storeOfSettings(settings);
    const store = options.store ?? asked;
    const database = store === 'memory' ? null : databaseOf(settings);
    const isDemo = !settings['ORIGIN_URL'];
    for (const at of [port, ...(isDemo ? [port + 1] : []), port + 2, port + 3]) await mustBeFree(at);
    const originSecret = settings['ORIGIN_SECRET'] || randomBytes(24).toString('base64url');
    const demoSecrets = { HOOK_SECRET_APP: settings['HOOK_SECRET_APP'] || madeAppSecret() };
    const admin = adminToken(settings, settings['ADMIN_TOKENS']);
    const { origin, jwks } = await startUpstream(
      { port, settings, originSecret, hookSecret: demoSecrets.HOOK_SECRET_APP, say, log },
      ending,
    );
    const redis = database
      ? {
          bindings: { STORE: 'redis' },
          says: `${database.url}, as UPSTASH_REDIS_REST_URL says`,
          gateway: null,
        }
      : await startStore({ ...(store && { store }), env: settings, gatewayPort: port + 2, say }, ending);
    const queue = await startQueue({ port: port + 3, settings, say, log }, ending);

    let description: WorkerDescription | undefined;
    let hooks: Readonly<Record<string, string>> = isDemo ? demoSecrets : {};
    const told = new Set<string>();
    const sayOnce = (line: string) => {
      if (!told.has(line)) say(line);
      told.add(line);
    };
    const learn = (described: WorkerDescription) => {
      hooks = described.known
        ? hookSecrets(described.sources, settings, hooks)
        : { ...hooks, ...givenHookSecrets(settings) };
      description = described;
      if (!described.known) sayOnce(NOT_KNOWN);
      for (const name of described.known ? strayHookSecrets(described.sources, settings) : [])
        sayOnce(`${name} is set, and no source ${sourceOf(name)} is in routes/`);
    };
    const bindings = (described: WorkerDescription | null) => {
      if (described) learn(described);
      return bindingsFor(described ?? { settings: settingNames() }, given, {
        defaults: { ...devDefaults, PUBLIC_URL: `http://127.0.0.1:${port}` },
        parts: {
          ENVIRONMENT: 'development',
          ORIGIN_URL: origin,
          ORIGIN_SECRET: originSecret,
          JWKS_URL: jwks,
          ADMIN_TOKENS: admin.setting,
          ...(described ? hooks : { ...hooks, ...givenHookSecrets(settings) }),
          ...queue.bindings,
          ...redis.bindings,
        },
      });
    };
    say('starting the Worker in workerd');
    const logged = Promise.withResolvers<void>();
    const tell = withoutOwnLook(log);
    const edge = await startEdge({
      script: await bundleWorker(),
      port,
      log: (line) => {
        tell(line);
        logged.resolve();
      },
      bindings,
    });
    ending.push(() => edge.stop());
    await mustAnswer(edge.url, logged.promise);
    ending.push(runCron(edge));
    return {
      edge,
      origin,
      isDemo,
      originSecret,
      store: redis.says,
      gateway: redis.gateway,
      queue: queue.says,
      standIn: queue.standIn,
      adminToken: admin.token,
      issuer: settings['JWT_ISSUER'] || DEV_ISSUER,
      audience: settings['JWT_AUDIENCE'] || DEV_AUDIENCE,
      get description() {
        return description!;
      },
      get hookSecrets() {
        return hooks;
      },
      reload: async () => edge.replace(await bundleWorker()),
      stop,
    };
  } catch (error) {
    await stop();
    const explained = error instanceof WorkerError || error instanceof SecretError;
    throw explained ? new Refusal(error.message) : error;
  }
}

const NOT_KNOWN =
  'routes/index.ts does not export worker(app), nor anything around one: its routes, sources and claims are not known here, so that none is printed, no HOOK_SECRET_<SOURCE> is made up, and tokens have the claims of development';
