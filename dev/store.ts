import { findRedis } from './redis/find.ts';
import { startGateway } from './redis/gateway.ts';
import { Refusal } from './refusal.ts';

export interface StoreOptions {
  /** Default: Redis where there is one, else memory. `redis`: it is an error when there is none. */
  readonly store?: 'memory' | 'redis';
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the gateway to Redis. Default: a free one. */
  readonly gatewayPort?: number;
  /** What is going on, for people. */
  readonly say: (line: string) => void;
}

export interface RunningStore {
  readonly bindings: Readonly<Record<string, string>>;
  /** Where it is, for people; or why it is in memory. */
  readonly says: string;
  /** The gateway's URL; null: there is none. */
  readonly gateway: string | null;
}

/** What it starts is put into `ending` at once, so that nothing is left when a later part fails. */
export async function startStore(
  { store, env, gatewayPort = 0, say }: StoreOptions,
  ending: (() => Promise<void>)[],
): Promise<RunningStore> {
  if (store === 'memory') return inMemory('memory, as asked');
  say('looking for Redis');
  const found = await findRedis({ env, log: say, onLoss: say }).catch((error: unknown) => {
    throw new Refusal((error as Error).message);
  });
  if (found.kind === 'none') {
    if (store === 'redis') throw new Refusal(`${found.why}; set REDIS_URL, or use --store memory`);
    return inMemory(`memory, because there is ${found.why}`);
  }
  ending.push(() => found.stop());
  const gateway = await startGateway({ redisUrl: found.url, port: gatewayPort });
  ending.push(() => gateway.close());
  const bindings = {
    STORE: 'redis',
    UPSTASH_REDIS_REST_URL: gateway.url,
    UPSTASH_REDIS_REST_TOKEN: gateway.token,
  };
  return { bindings, says: `${gateway.url} over ${found.describe}`, gateway: gateway.url };
}

const inMemory = (says: string): RunningStore => ({ bindings: { STORE: 'memory' }, says, gateway: null });
