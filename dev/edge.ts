import './offline.ts';
import { readFileSync } from 'node:fs';
import { convertV4MiniflareOptions, Miniflare, NoOpLog } from 'miniflare';
import * as z from 'zod';
import { root } from './bundle.ts';

export interface EdgeOptions {
  /** The bundled Worker. */
  readonly script: string;
  /** Vars and secrets. */
  readonly bindings: Readonly<Record<string, string>>;
  /** On 127.0.0.1. Default: a free one. */
  readonly port?: number;
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

/** The Worker's code does not start; workerd has printed why. */
export class WorkerError extends Error {}

/** Requests reach workerd itself: there is no proxy in between. */
export async function startEdge({
  script,
  bindings,
  port = 0,
  log = () => {},
}: EdgeOptions): Promise<RunningEdge> {
  const compatibilityDate = compatibilityDateOf(readFileSync(`${root}/wrangler.toml`, 'utf8'));
  const options = (code: string, at: number) =>
    convertV4MiniflareOptions({
      name: 'stillfresh',
      host: '127.0.0.1',
      port: 0,
      modules: [{ type: 'ESModule', path: 'worker.mjs', contents: code }],
      compatibilityDate,
      bindings: { ...bindings },
      cf: false,
      log: new NoOpLog(),
      unsafeDirectSockets: [{ host: '127.0.0.1', port: at }],
      handleStructuredLogs: ({ message }) => log(message),
    });
  const miniflare = new Miniflare(options(script, port));
  await startsOrThrows(miniflare);
  const direct = await miniflare.unsafeGetDirectURL();
  return {
    url: direct.origin,
    async scheduled() {
      const worker = await miniflare.getWorker();
      await worker.scheduled({ cron: '*/5 * * * *', scheduledTime: new Date() });
    },
    async replace(code) {
      // Code that does not start must not take the place of what runs: miniflare would not come back from it.
      const trial = new Miniflare(options(code, 0));
      await startsOrThrows(trial);
      await trial.dispose();
      await miniflare.setOptions(options(code, Number(direct.port)));
    },
    stop: () => miniflare.dispose(),
  };
}

async function startsOrThrows(miniflare: Miniflare): Promise<void> {
  try {
    await miniflare.ready;
  } catch (error) {
    await miniflare.dispose().catch(() => {});
    if ((error as { code?: unknown }).code !== 'ERR_RUNTIME_FAILURE') throw error;
    throw new WorkerError('the Worker does not start; what it says is above');
  }
}

/** The date that is deployed is the date that is run. */
function compatibilityDateOf(toml: string): string {
  return z.iso.date().parse(/^compatibility_date = "(.*)"$/m.exec(toml)?.[1]);
}
