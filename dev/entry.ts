import worker from '../routes/index.ts';
import { madeOf } from '../src/edge/route-table.ts';
import { settingNames } from '../src/edge/settings.ts';
import type { Edge, Source } from '../src/index.ts';
import { schemes } from '../src/invalidation/signature/schemes.ts';
import type { RouteEntry, WorkerDescription } from './description.ts';

/** What `npm run dev` bundles: the Worker as it is deployed, and beside it an entry of its own that says what it is made of. */
export * from '../routes/index.ts';
export default worker;

export const Description = {
  fetch: () => Response.json(descriptionOf(worker.app)),
};

function descriptionOf({ routes, strategy }: Edge): WorkerDescription {
  const sources = routes.flatMap(({ handler }) => Object.entries(madeOf(handler).hookSources ?? {}));
  return {
    routes: routes.flatMap(entryOf),
    sources: Object.fromEntries(sources.map(([name, { scheme }]) => [name, schemeOf(scheme)])),
    claims: strategy.identity.claims,
    settings: settingNames(),
  };
}

const schemeOf = (scheme: Source['scheme']) => (typeof scheme === 'string' ? schemes[scheme] : scheme);

/** Nothing for what is no endpoint of the team's: the edge's own, a middleware, the webhooks, which nobody can send unsigned. */
function entryOf({ method, path, handler }: Edge['routes'][number]): RouteEntry | [] {
  const { classRoute, httpRoute, hookSources } = madeOf(handler);
  const none = { method, path, query: [], tags: [] };
  if (classRoute) {
    const { is, cls, sources } = classRoute;
    const named = Object.entries(sources);
    const tags = (cls.definition.tags ?? []).map((tag) =>
      tag.replace(/\{(\w+)\}/g, (_, param: string) => `{${sources[param]?.name ?? param}}`),
    );
    const query = named.flatMap(([, { from, name }]) => (from === 'query' ? [name] : []));
    return { ...none, is, class: cls.name, scope: cls.scope, query, tags };
  }
  if (httpRoute) return { ...none, is: 'http-cache', class: httpRoute.cls.name };
  const isMiddleware = method === 'ALL' && path.endsWith('*');
  if (hookSources || isMiddleware || /^\/-(\/|$)/.test(path)) return [];
  return { ...none, is: 'own' };
}
