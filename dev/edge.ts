import './offline.ts';
import { readFileSync } from 'node:fs';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import * as z from 'zod';
import { root } from './bundle.ts';
import type { WorkerDescription } from './description.ts';
import { sourcesIn, WORKER_MODULE } from './sources.ts';

export interface EdgeOptions {
  /** The bundled Worker. */
  readonly script: string;
  /** Vars and secrets; or what gives them for code bundled from `dev/entry.ts`, which describes itself before it is run. */
  readonly bindings: Bindings | ((description: WorkerDescription) => Bindings);
  /** On 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** A line that the Worker logged. Default: dropped. */
  readonly log?: (line: string) => void;
}

type Bindings = Readonly<Record<string, string>>;

interface Module {
  readonly type: 'ESModule';
  readonly path: string;
  readonly contents: string;
}

const workerModule = (contents: string): Module => ({ type: 'ESModule', path: WORKER_MODULE, contents });

/** Runs in place of the Worker: the entry of `dev/entry.ts` that describes it. */
const DESCRIPTION: Module = {
  type: 'ESModule',
  path: 'description.mjs',
  contents: `export { Description as default } from './${WORKER_MODULE}';`,
};

/** One workerd, one isolate: several of these are several isolates, each with memory of its own. */
export interface RunningEdge {
  readonly url: string;
  /** Runs the cron trigger, which never fires by itself here. */
  scheduled(): Promise<void>;
  /** Replaces the Worker's code, on the same port. Rejects with `WorkerError`, and goes on as it was, when that does not start. */
  replace(script: string): Promise<void>;
  /** Kills it; work in `waitUntil` is lost, as in a crash. */
  stop(): Promise<void>;
}

/** The Worker's code does not start; its message says why, in workerd's words. */
export class WorkerError extends Error {}

/** Requests reach workerd itself: there is no proxy in between. */
export async function startEdge({
  script,
  bindings,
  port = 0,
  log = () => {},
}: EdgeOptions): Promise<RunningEdge> {
  const compatibilityDate = compatibilityDateOf(readFileSync(`${root}/wrangler.toml`, 'utf8'));
  const optionsOf = (
    modules: readonly Module[],
    given: Bindings,
    at: number,
    tell: (line: string) => unknown,
  ) =>
    convertV4MiniflareOptions({
      name: 'stillfresh',
      host: '127.0.0.1',
      port: 0,
      modules: [...modules],
      compatibilityDate,
      bindings: { ...given },
      cf: false,
      log: new NoOpLog(),
      unsafeDirectSockets: [{ host: '127.0.0.1', port: at }],
      handleStructuredLogs: ({ message }) => tell(message),
    });
  const runOptions = (code: string, given: Bindings, at: number) => {
    const inSources = sourcesIn(code);
    return optionsOf([workerModule(code)], given, at, (line) => log(inSources(line)));
  };
  /** Runs the code by itself, for what it says of itself and whether it starts at all. */
  const tryOut = async (code: string): Promise<Bindings> => {
    const describes = typeof bindings === 'function';
    const modules = [...(describes ? [DESCRIPTION] : []), workerModule(code)];
    // What it logs as it starts will be logged when it is run.
    const inSources = sourcesIn(code);
    const said: string[] = [];
    const trial = new Miniflare(optionsOf(modules, {}, 0, (line) => said.push(inSources(line))));
    await startsOrThrows(trial, said);
    try {
      if (!describes) return bindings;
      const answer = await fetch(await trial.unsafeGetDirectURL());
      return bindings((await answer.json()) as WorkerDescription);
    } finally {
      await trial.dispose();
    }
  };
  const first = typeof bindings === 'function' ? await tryOut(script) : bindings;
  const miniflare = new Miniflare(runOptions(script, first, port));
  await startsOrThrows(miniflare, ['what it says is above']);
  const direct = await miniflare.unsafeGetDirectURL();
  return {
    url: direct.origin,
    async scheduled() {
      const worker = await miniflare.getWorker();
      await worker.scheduled({ cron: '*/5 * * * *', scheduledTime: new Date() });
    },
    async replace(code) {
      // Code that does not start must not take the place of what runs: miniflare would not come back from it.
      const next = await tryOut(code);
      await miniflare.setOptions(runOptions(code, next, Number(direct.port)));
    },
    stop: () => miniflare.dispose(),
  };
}

async function startsOrThrows(miniflare: Miniflare, said: readonly string[]): Promise<void> {
  try {
    await miniflare.ready;
  } catch (error) {
    await miniflare.dispose().catch(() => {});
    if ((error as { code?: unknown }).code !== 'ERR_RUNTIME_FAILURE') throw error;
    throw new WorkerError(['the Worker does not start', ...said].join('\n'));
  }
}

/** The date that is deployed is the date that is run. */
function compatibilityDateOf(toml: string): string {
  return z.iso.date().parse(/^compatibility_date = "(.*)"$/m.exec(toml)?.[1]);
}
