import site from '../../../routes/index.ts';

/**
 * The Worker that is deployed, with a clock that a test moves: who waits for a second or more waits for that clock. `/__settled` answers once nothing is
 * under way but such waiting, so that the clock is never moved while a call is in flight.
 */
let aheadMs = 0;
const realNow = Date.now;
Date.now = () => realNow() + aheadMs;

const LOOK_MS = 5;
const { setTimeout: realTimeout, clearTimeout: realClear } = globalThis;
/** When who waits is due, by the timer that looks again and again: what moves the clock is another request, which may wake nobody. */
const dueTimes = new Map<unknown, number>();

globalThis.setTimeout = ((work: () => void, ms = 0) => {
  if (ms < 1_000) return realTimeout(work, ms);
  const dueMs = Date.now() + ms;
  const timer = setInterval(() => {
    if (Date.now() < dueMs) return;
    clearTimeout(timer);
    work();
  }, LOOK_MS);
  dueTimes.set(timer, dueMs);
  return timer;
}) as typeof setTimeout;

globalThis.clearTimeout = ((timer: number) => {
  dueTimes.delete(timer);
  realClear(timer);
}) as typeof clearTimeout;

let flying = 0;
const realFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  flying += 1;
  try {
    const answer = await realFetch(input, init);
    return answer.body === null ? answer : new Response(await answer.arrayBuffer(), answer);
  } finally {
    flying -= 1;
  }
};

const isStill = () => flying === 0 && [...dueTimes.values()].every((dueMs) => dueMs > Date.now());

async function still(): Promise<void> {
  for (let looks = 0; looks < 5; looks = isStill() ? looks + 1 : 0)
    await new Promise((done) => realTimeout(done as () => void, LOOK_MS));
}

export default {
  ...site,
  async fetch(request: Request, env: Record<string, unknown>, ctx: ExecutionContext): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/__settled') await still();
    else if (pathname === '/__advance') aheadMs += Number(searchParams.get('ms'));
    else return site.fetch(request, env, ctx);
    return new Response(null, { status: 204 });
  },
};
