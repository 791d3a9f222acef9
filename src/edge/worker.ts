import { watchedAlerts } from '../alerts/watched.ts';
import { newNotes } from '../engine/notes.ts';
import { alertsPart } from '../jobs/alerts.ts';
import { canaryPart } from '../jobs/canary.ts';
import { tick } from '../jobs/tick.ts';
import { Trace } from '../telemetry/trace.ts';
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
 * The cron trigger asks the store, so that a wrong setting or a dead database shows in the log before a user meets it,
 * looks after purges that nobody has finished, and rolls up what isolates counted.
 */
export function worker(app: Edge): Worker {
  latest = app;
  return {
    app,
    fetch: (request, env, ctx) => app.fetch(request, env, ctx),
    async scheduled({ cron }, env, ctx) {
      try {
        const { isolate, strategy, settings, log, outage } = app.ready(env);
        const notes = newNotes();
        const context = {
          isolate,
          notes,
          identity: null,
          deadlineMs: 0,
          waitUntil: (work: Promise<unknown>) => ctx.waitUntil(work),
          trace: new Trace(ctx.tracing, null),
        };
        const fromMs = isolate.clock.now();
        const { swept, rolledUp, waitedMs } = await tick(context, {
          canary: canaryPart(isolate, strategy.serviceLevel),
          alerts: alertsPart(
            watchedAlerts(strategy.alerts, isolate.canary !== null),
            settings.receivers,
            outage,
          ),
          memoryLimitBytes: settings.redisMemoryBytes,
        });
        for (const note of notes.noted) isolate.meter.add('notes', 1, note);
        const isIdle = notes.noted.size === 0 && (swept?.looked ?? 0) === 0;
        // Else the next run counts what this one did last, if the isolate is still there.
        if (!isIdle) ctx.waitUntil(isolate.flusher.tell());
        log({
          event: 'cron',
          level: swept && rolledUp ? levelOf(notes.noted) : 'error',
          cron,
          ...(swept && swept.looked > 0 && { purges: swept }),
          ...(rolledUp && { figures: rolledUp }),
          redis_ms: isolate.clock.now() - fromMs - waitedMs,
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
