import { type Bounds, bounds } from '../../../src/bounds.ts';
import { realPlatform } from '../../../src/edge/isolate.ts';
import { defineStrategy, edge, httpCache, type Worker, worker } from '../../../src/index.ts';
import { settled, until, watched } from './background.ts';

/** What the test decides of an edge: the binding `CONFORMANCE`, as JSON. */
export interface Setup {
  readonly origin: string;
  /** The clock's first reading. */
  readonly nowMs: number;
  /** Instead of those of `src/bounds.ts`. */
  readonly bounds?: Partial<Bounds>;
  readonly options: Partial<Parameters<typeof httpCache>[0]>;
}

/** Time passes only when a test says so: then ages and lifetimes are exact. */
let nowMs = 0;
const clock = { ...realPlatform.clock, now: () => nowMs };

function makeEdge({ origin, options, ...setup }: Setup): Worker {
  nowMs = setup.nowMs;
  const app = edge(defineStrategy({ classes: [] }), {
    clock,
    log: () => {},
    bounds: { ...bounds, ...setup.bounds },
  });
  app.all('*', httpCache({ origin, name: 'http', ...options }));
  return worker(app);
}

/** Requests whose answer has not begun. */
let inside = 0;

const control: Record<string, (parameters: URLSearchParams) => unknown> = {
  '/__advance': (parameters) => {
    nowMs += Number(parameters.get('ms'));
  },
  '/__settled': (parameters) => settled(parameters.get('of') ?? ''),
  '/__inside': (parameters) => until(() => inside >= Number(parameters.get('count'))),
};

let made: Worker | undefined;

export default {
  async fetch(request: Request, env: Record<string, unknown>, ctx: ExecutionContext): Promise<Response> {
    made ??= makeEdge(JSON.parse(String(env['CONFORMANCE'])) as Setup);
    const url = new URL(request.url);
    const act = control[url.pathname];
    if (act) {
      await act(url.searchParams);
      return new Response(null, { status: 204 });
    }
    inside += 1;
    try {
      return await made.fetch(request, env, watched(ctx, url.pathname.split('/')[1]!));
    } finally {
      inside -= 1;
    }
  },
};
