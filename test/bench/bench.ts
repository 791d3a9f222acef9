import { availableParallelism, cpus } from 'node:os';
import type { Plugin } from 'esbuild';
import { signDevToken } from '../../dev/keys.ts';
import { type Bed, startBed } from './bed.ts';
import { startBackend } from './start-backend.ts';
import type { WorkerName } from './variants.ts';

/** What every way of measuring runs on. */
export interface Bench {
  readonly machine: { readonly cores: number; readonly cpu: string; readonly redis: string };
  readonly token: string;
  /** `names`: default all. `from`: default this checkout. `plugins`: what is bundled otherwise. */
  startBed(names?: readonly WorkerName[], from?: string, plugins?: Plugin[]): Promise<Bed>;
}

/** Starts what stands behind the Workers, and ends all that was started, also on a signal. */
export async function withBench<T>(use: (bench: Bench) => Promise<T>): Promise<T> {
  const started: (() => Promise<void>)[] = [];
  const end = async () => {
    for (const stop of started.splice(0).reverse()) await stop();
  };
  process.once('SIGINT', () => void end().then(() => process.exit(130)));
  process.once('SIGTERM', () => void end().then(() => process.exit(143)));
  try {
    const backend = await startBackend();
    started.push(backend.stop);
    const claims = { tenant: 'acme', user: 'ann', roles: ['admin'] };
    const { redis } = backend.ready;
    return await use({
      machine: { cores: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown', redis },
      token: await signDevToken(claims, { nowMs: Date.now(), expiresInMs: 86_400_000 }),
      async startBed(names, from, plugins) {
        const bed = await startBed(backend, names, from, plugins);
        started.push(bed.stop);
        return bed;
      },
    });
  } finally {
    await end();
  }
}

/** Progress: the result alone goes to standard output. */
export const say = (line: string) => console.error(`… ${line}`);
