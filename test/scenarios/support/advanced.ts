import { type BackgroundContext, settled, watched } from './background.ts';

type Fetch<C> = (request: Request, env: Record<string, unknown>, ctx: C) => Response | Promise<Response>;

/** By its path. */
type Control = Readonly<Record<string, (url: URL) => unknown>>;

let aheadMs = 0;
const realNow = Date.now;

/** A clock that a test can advance. */
export const now = (): number => realNow() + aheadMs;

const common: Control = {
  '/__advance': ({ searchParams }) => {
    aheadMs += Number(searchParams.get('ms'));
  },
  '/__settled': settled,
};

/** A Worker as a test has it at hand: `/__advance?ms=N` moves its clock, `/__settled` answers once nothing runs in its background. */
export function advanced<C extends BackgroundContext>(
  fetch: Fetch<C>,
  more: Control = {},
): { fetch: Fetch<C> } {
  const control: Control = { ...common, ...more };
  return {
    async fetch(request, env, ctx) {
      // A path that cannot be read is the Worker's to answer.
      const url = URL.parse(request.url);
      const does = url && control[url.pathname];
      if (!does) return fetch(request, env, watched(ctx));
      await does(url);
      return new Response(null, { status: 204 });
    },
  };
}
