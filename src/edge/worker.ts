import { newNotes } from '../engine/notes.ts';
import { noteStoreFailure } from '../engine/store-call.ts';
import { sweep } from '../jobs/sweep.ts';
import type { Edge } from './edge.ts';
import { levelOf } from './log-line.ts';
import { type Env, SettingsError } from './settings.ts';

/** What the platform calls. */
export interface Worker {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response>;
  scheduled(controller: ScheduledController, env: Env, ctx: ExecutionContext): Promise<void>;
  /** For tools: its routes and its strategy. The platform calls neither. */
  readonly app: Edge;
}

let latest: Edge | null = null;

/** For tools: the app of the latest `worker()`. A default export that is wrapped around one hides it. */
export const latestApp = (): Edge | null => latest;

/**
 * The cron trigger asks the store, so that a wrong setting or a dead database shows in the log before a user meets it, and
 * looks after purges that nobody has finished.
 */
export function worker(app: Edge): Worker {
  latest = app;
  return {
    app,
    fetch: (request, env, ctx) => app.fetch(request, env, ctx),
    async scheduled({ cron }, env, ctx) {
      try {
        const { isolate, log } = app.ready(env);
        const notes = newNotes();
        const context = {
          isolate,
          notes,
          identity: null,
          deadlineMs: 0,
          waitUntil: (work: Promise<unknown>) => ctx.waitUntil(work),
        };
        const fromMs = isolate.clock.now();
        // Whatever the breaker says: an isolate that serves nothing but failing reads must still finish purges.
        const swept = await sweep(context).catch((error: unknown) => noteStoreFailure(notes, error));
        log({
          event: 'cron',
          level: swept ? levelOf(notes.noted) : 'error',
          cron,
          ...(swept && swept.looked > 0 && { purges: swept }),
          redis_ms: isolate.clock.now() - fromMs,
          notes: [...notes.noted],
          failures: notes.failures,
        });
      } catch (error) {
        // Already logged, with the setting's name.
        if (!(error instanceof SettingsError)) throw error;
      }
    },
  };
}
