import * as z from 'zod';
import { bounds } from '../../../src/bounds.ts';
import { realPlatform } from '../../../src/edge/isolate.ts';
import { cached, dataClass, defineStrategy, edge, path } from '../../../src/index.ts';

/** One small class, on a clock that stands still until a test moves it: who sleeps looks again and again whether it has come so far. */
let aheadMs = 0;
const startMs = Date.now();
const dueMs = new Set<{ readonly ms: number; readonly isTelling: boolean }>();
const turn = () => new Promise<void>((done) => setTimeout(done, 1));
const clock = {
  now: () => startMs + aheadMs,
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const due = { ms: clock.now() + ms, isTelling: ms === bounds.flushAfterMs };
    dueMs.add(due);
    while (clock.now() < due.ms && !signal?.aborted) await turn();
    dueMs.delete(due);
  },
};
const asleep = () => [...dueMs].filter(({ ms }) => ms > clock.now());

const page = dataClass({
  name: 'page',
  version: 1,
  scope: 'public',
  key: '{id}',
  params: z.object({ id: z.string() }),
  access: 'public',
  tags: ['page:{id}'],
  read: 'read-through',
  origin: '/page/{id}',
  cacheControl: 'no-cache',
  ttl: '1h',
  rationale: 'told',
});
const app = edge(defineStrategy({ classes: [page] }), {
  clock,
  // The time that a busy machine takes is not the subject.
  bounds: { ...bounds, redisReadMs: 10_000, redisWriteMs: 10_000 },
  fetch: realPlatform.fetch,
});
app.get('/page/:id', cached(page, { params: { id: path('id') } }));

const background = new Set<Promise<unknown>>();
let asleepAtMost = 0;

const control: Readonly<Record<string, (url: URL) => unknown>> = {
  /** Time passes, and whoever does not sleep then has ended. Answers how many ever waited at once to tell what was counted. */
  async '/__passes'({ searchParams }) {
    aheadMs += Number(searchParams.get('ms'));
    do await turn();
    while (background.size > asleep().length);
    return asleepAtMost;
  },
};

export default {
  async fetch(request: Request, env: Record<string, unknown>, ctx: ExecutionContext): Promise<Response> {
    const url = new URL(request.url);
    const does = control[url.pathname];
    if (does) return Response.json(await does(url));
    const watched = {
      props: ctx.props,
      passThroughOnException: () => ctx.passThroughOnException(),
      waitUntil(work: Promise<unknown>) {
        const settled: Promise<unknown> = work.finally(() => background.delete(settled));
        background.add(settled);
        ctx.waitUntil(settled);
        asleepAtMost = Math.max(asleepAtMost, asleep().filter(({ isTelling }) => isTelling).length);
      },
    };
    return app.fetch(request, env, watched as unknown as ExecutionContext);
  },
};
