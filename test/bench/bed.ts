import type { Plugin } from 'esbuild';
import { bundle, root } from '../../dev/bundle.ts';
import { type RunningEdge, startEdge } from '../../dev/edge.ts';
import { DEV_AUDIENCE, DEV_ISSUER } from '../../dev/keys.ts';
import type { Ready } from './backend.ts';
import { childPids } from './cpu.ts';
import type { Backend } from './start-backend.ts';
import { type WorkerName, workers } from './variants.ts';

/** One Worker in its own workerd. */
export interface BenchWorker {
  readonly url: string;
  /** Of its workerd; null where it is not to be found. */
  readonly pid: number | null;
}

/** The Workers of one checkout, before a backend that another checkout's may share. */
export interface Bed {
  worker(name: WorkerName): BenchWorker;
  readonly counts: Backend['counts'];
  /** Ends the Workers, not the backend. */
  stop(): Promise<void>;
}

/** Whatever was started is ended again when a part cannot start. `from`: the checkout whose sources are bundled, as `plugins` change them. */
export async function startBed(
  { ready, counts }: Backend,
  names: readonly WorkerName[] = Object.keys(workers) as WorkerName[],
  from = root,
  plugins: Plugin[] = [],
): Promise<Bed> {
  const edges: RunningEdge[] = [];
  const stop = async () => void (await Promise.all(edges.map((edge) => edge.stop())));
  const started = new Map<WorkerName, BenchWorker>();
  const bindings = bindingsOf(ready);
  try {
    for (const name of names) {
      const before = new Set(childPids('workerd'));
      const script = await bundle(`test/bench/${workers[name]}`, plugins, from);
      const edge = await startEdge({ script, bindings, log: (line) => console.error(`${name}: ${line}`) });
      edges.push(edge);
      const pid = childPids('workerd').find((it) => !before.has(it)) ?? null;
      started.set(name, { url: edge.url, pid });
    }
    return { worker: (name) => started.get(name)!, counts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** In a namespace of its own: another checkout may write entries that this one cannot read. */
const bindingsOf = ({ gateway, origin }: Ready) => ({
  LOG: 'problems',
  NAMESPACE: `bench-${crypto.randomUUID()}`,
  ORIGIN_URL: origin,
  ORIGIN_SECRET: 'unused-in-the-bench',
  UPSTASH_REDIS_REST_URL: gateway.url,
  UPSTASH_REDIS_REST_TOKEN: gateway.token,
  JWKS_URL: `${origin}/jwks.json`,
  JWT_ISSUER: DEV_ISSUER,
  JWT_AUDIENCE: DEV_AUDIENCE,
});
