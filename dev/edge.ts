import { Miniflare } from 'miniflare';
import type { WorkerDescription } from './description.ts';
import { sourcesIn } from './sources.ts';
import { descriptionOf, mustStart } from './trial.ts';
import { type Bindings, START_MS, startsOrThrows, workerdOptions, workerModule } from './workerd.ts';

export interface EdgeOptions {
  /** The bundled Worker. */
  readonly script: string;
  /** Vars and secrets; or what gives them for code bundled from `dev/entry.ts`, which describes itself before it is run: with null, those to do so with. */
  readonly bindings: Bindings | ((description: WorkerDescription | null) => Bindings);
  /** On 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** Code that has not started by then does not start. Without unit: milliseconds. Default: 10 s. */
  readonly startMs?: number;
  /** A line that the Worker logged. Default: dropped. */
  readonly log?: (line: string) => void;
}

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

/** Requests reach workerd itself: there is no proxy in between. */
export async function startEdge({
  script,
  bindings,
  port = 0,
  startMs = START_MS,
  log = () => {},
}: EdgeOptions): Promise<RunningEdge> {
  const runOptions = (code: string, given: Bindings, at: number) => {
    const inSources = sourcesIn(code);
    return workerdOptions({
      modules: [workerModule(code)],
      bindings: given,
      port: at,
      log: (line) => log(inSources(line)),
    });
  };
  const bindingsOf = async (code: string): Promise<Bindings> => {
    if (typeof bindings === 'function') return bindings(await descriptionOf(code, bindings(null), startMs));
    await mustStart(code, bindings, startMs);
    return bindings;
  };
  const first = typeof bindings === 'function' ? await bindingsOf(script) : bindings;
  const miniflare = new Miniflare(runOptions(script, first, port));
  await startsOrThrows(miniflare, ['what it says is above'], startMs);
  const direct = await miniflare.unsafeGetDirectURL();
  return {
    url: direct.origin,
    async scheduled() {
      const worker = await miniflare.getWorker();
      await worker.scheduled({ cron: '* * * * *', scheduledTime: new Date() });
    },
    async replace(code) {
      // Code that does not start must not take the place of what runs: miniflare would not come back from it.
      const next = await bindingsOf(code);
      await miniflare.setOptions(runOptions(code, next, Number(direct.port)));
    },
    stop: () => miniflare.dispose(),
  };
}
