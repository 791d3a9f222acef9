import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../dev/bundle.ts';
import { type RunningEdge, startEdge } from '../../dev/edge.ts';
import { DEV_AUDIENCE, DEV_ISSUER } from '../../dev/keys.ts';
import type { FromBackend, Ready } from './backend.ts';
import { bodyOf, type Size, sizes } from './body.ts';
import { childPids } from './cpu.ts';
import { type WorkerName, workers } from './variants.ts';

/** One Worker in its own workerd. */
export interface BenchWorker {
  readonly url: string;
  /** Of its workerd; null where it is not to be found. */
  readonly pid: number | null;
}

export interface Bed {
  readonly redis: string;
  readonly worker: Readonly<Record<WorkerName, BenchWorker>>;
  /** What the gateway got since it was asked last. */
  counts(): Promise<{ requests: number; commands: number }>;
  stop(): Promise<void>;
}

/** All that the bench runs against. Whatever was started is ended again when a part cannot start. */
export async function startBed(): Promise<Bed> {
  const child = fork(fileURLToPath(new URL('./backend.ts', import.meta.url)), {
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = once(child, 'exit');
  const edges: RunningEdge[] = [];
  const stop = async () => {
    await Promise.all(edges.map((edge) => edge.stop()));
    if (child.connected) child.send('stop');
    await ended;
  };
  const heard = async () => (await once(child, 'message'))[0] as FromBackend;
  try {
    const first = await heard();
    if (!('ready' in first)) throw new Error('failed' in first ? first.failed : 'the backend does not start');
    await store(first.ready);
    const bindings = bindingsOf(first.ready);
    const worker = {} as Record<WorkerName, BenchWorker>;
    for (const [name, entry] of Object.entries(workers)) {
      const before = new Set(childPids('workerd'));
      const script = await bundle(`test/bench/${entry}`);
      const edge = await startEdge({ script, bindings, log: (line) => console.error(`${name}: ${line}`) });
      edges.push(edge);
      const pid = childPids('workerd').find((it) => !before.has(it)) ?? null;
      worker[name as WorkerName] = { url: edge.url, pid };
    }
    const counts = async () => {
      child.send('counts');
      const said = await heard();
      return 'counts' in said ? said.counts : { requests: 0, commands: 0 };
    };
    return { redis: first.ready.redis, worker, counts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

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

/** What the hand-written Worker reads: bodies as they are. */
async function store({ gateway }: Ready): Promise<void> {
  for (const size of Object.keys(sizes) as Size[]) {
    const command = ['SET', `document:${size}:d1`, bodyOf(sizes[size]), 'EX', '3600'];
    const headers = { Authorization: `Bearer ${gateway.token}` };
    const { status } = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify(command) });
    if (status !== 200) throw new Error(`the gateway does not store: status ${status}`);
  }
}
