import { Miniflare } from 'miniflare';
import type { WorkerDescription } from './description.ts';
import { sourcesIn, WORKER_MODULE } from './sources.ts';
import {
  type Bindings,
  type Module,
  START_MS,
  startsOrThrows,
  type WorkerdOptions,
  WorkerError,
  workerdOptions,
  workerModule,
} from './workerd.ts';

/** Runs in place of the Worker: the entry of `dev/entry.ts` that describes it. */
const DESCRIPTION: Module = {
  type: 'ESModule',
  path: 'description.mjs',
  contents: `export { Description as default } from './${WORKER_MODULE}';`,
};

/** Whether code starts at all with these bindings, run by itself. Rejects with `WorkerError`. */
export const mustStart = (code: string, bindings: Bindings, withinMs = START_MS): Promise<void> =>
  inTrial({ modules: [workerModule(code)], bindings }, code, withinMs, async () => {});

/** What code bundled from `dev/entry.ts` says of itself, run by itself. Rejects with `WorkerError`. */
export const descriptionOf = (
  code: string,
  bindings: Bindings,
  withinMs = START_MS,
): Promise<WorkerDescription> =>
  inTrial({ modules: [DESCRIPTION, workerModule(code)], bindings }, code, withinMs, async (trial) => {
    const answer = await fetch(await trial.unsafeGetDirectURL(), { signal: AbortSignal.timeout(withinMs) });
    const text = await answer.text();
    if (!answer.ok) throw new WorkerError(`the Worker cannot say what it is made of: ${text}`);
    return JSON.parse(text) as WorkerDescription;
  });

/** With the bindings that it will have: code may read `env` of `cloudflare:workers` outside of functions. */
async function inTrial<T>(
  worker: Pick<WorkerdOptions, 'modules' | 'bindings'>,
  code: string,
  withinMs: number,
  then: (trial: Miniflare) => Promise<T>,
): Promise<T> {
  // What it logs as it starts will be logged when it is run.
  const inSources = sourcesIn(code);
  const said: string[] = [];
  const trial = new Miniflare(
    workerdOptions({ ...worker, port: 0, log: (line) => said.push(inSources(line)) }),
  );
  await startsOrThrows(trial, said, withinMs);
  try {
    return await then(trial);
  } finally {
    await trial.dispose();
  }
}
