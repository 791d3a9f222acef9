import './offline.ts';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { convertV4MiniflareOptions, type Miniflare, NoOpLog } from 'miniflare';
import * as z from 'zod';
import { root } from './bundle.ts';
import { WORKER_MODULE } from './sources.ts';

/** What a Worker that starts at all stays well below. */
export const START_MS = 10_000;

/** The Worker's code does not start; its message says why, in workerd's words. */
export class WorkerError extends Error {}

export type Bindings = Readonly<Record<string, string>>;

export interface Module {
  readonly type: 'ESModule';
  readonly path: string;
  readonly contents: string;
}

export const workerModule = (contents: string): Module => ({
  type: 'ESModule',
  path: WORKER_MODULE,
  contents,
});

export interface WorkerdOptions {
  readonly modules: readonly Module[];
  readonly bindings: Bindings;
  /** On 127.0.0.1; 0: a free one. */
  readonly port: number;
  readonly log: (line: string) => unknown;
}

export const workerdOptions = ({ modules, bindings, port, log }: WorkerdOptions) =>
  convertV4MiniflareOptions({
    name: 'stillfresh',
    host: '127.0.0.1',
    port: 0,
    modules: [...modules],
    compatibilityDate: compatibilityDateOf(readFileSync(`${root}/wrangler.toml`, 'utf8')),
    bindings: { ...bindings },
    cf: false,
    log: new NoOpLog(),
    unsafeDirectSockets: [{ host: '127.0.0.1', port }],
    handleStructuredLogs: ({ message }) => log(message),
  });

/** Ends it where it does not start, or not in time. `said`: what it has logged. */
export async function startsOrThrows(
  miniflare: Miniflare,
  said: readonly string[],
  withinMs: number,
): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([miniflare.ready, setTimeout(withinMs, null, over).then(() => late(withinMs))]);
  } catch (error) {
    await miniflare.dispose().catch(() => {});
    if (error instanceof WorkerError) throw error;
    if ((error as { code?: unknown }).code !== 'ERR_RUNTIME_FAILURE') throw error;
    throw new WorkerError(['the Worker does not start', ...said].join('\n'));
  } finally {
    over.abort();
  }
}

function late(withinMs: number): never {
  throw new WorkerError(
    `the Worker does not start within ${withinMs / 1000} s; does a loop outside of functions never end?`,
  );
}

/** The date that is deployed is the date that is run. */
function compatibilityDateOf(toml: string): string {
  return z.iso.date().parse(/^compatibility_date = "(.*)"$/m.exec(toml)?.[1]);
}
