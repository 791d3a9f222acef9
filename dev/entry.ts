import { findTargetHandler } from 'hono/utils/handler';
import * as entry from '../routes/index.ts';
import { isNearlyGated } from '../src/admin/gate.ts';
import { nameOfEvent } from '../src/classes/write-event.ts';
import { madeOf } from '../src/edge/route-table.ts';
import { settingNames } from '../src/edge/settings.ts';
import { latestApp } from '../src/edge/worker.ts';
import type { Edge, Source } from '../src/index.ts';
import { schemes } from '../src/invalidation/signature/schemes.ts';
import { basisOf, fingerprintOf } from '../src/rollout/fingerprint.ts';
import type { DataClass } from '../src/strategy/types.ts';
import type { ClassEntry, RouteEntry, WorkerDescription } from './description.ts';
import { withExamples } from './strategy/examples.ts';
import { factsOf } from './strategy/facts-of.ts';

/** What `npm run dev` bundles: the Worker as it is deployed, and beside it an entry of its own that says what it is made of. */
export * from '../routes/index.ts';
export { default } from '../routes/index.ts';

export const Description = {
  fetch: async () => Response.json(await descriptionOf(appOf(entry.default))),
};

/** Of `worker(app)` itself, of what is wrapped around one, or of the app alone. */
function appOf(exported: unknown): Edge | null {
  const { app = exported } = (exported ?? {}) as { readonly app?: unknown };
  const isEdge = (it: unknown): it is Edge => typeof it === 'object' && it !== null && 'strategy' in it;
  return isEdge(app) ? app : latestApp();
}

async function descriptionOf(app: Edge | null): Promise<WorkerDescription> {
  const settings = settingNames();
  if (!app) return { known: false, routes: [], sources: {}, settings };
  const { routes, strategy } = app;
  const sources = routes.flatMap(({ handler }) => Object.entries(madeOf(handler).hookSources ?? {}));
  const caches = httpCachesOf(routes).map(([, cls]) => cls);
  return {
    known: true,
    routes: routes.flatMap((it, at) => entryOf(it, routes.slice(at + 1))),
    sources: Object.fromEntries(
      sources.map(([name, { scheme, events }]) => [
        name,
        { scheme: schemeOf(scheme), events: Object.keys(events) },
      ]),
    ),
    classes: [...new Map([...strategy.classes, ...httpCachesOf(routes)]).values()].map(classEntry),
    claims: strategy.identity.claims,
    strategy: await withExamples(factsOf(strategy, caches, Object.fromEntries(sources)), [
      ...strategy.classes.values(),
      ...caches,
    ]),
    alerts: strategy.alerts,
    settings,
  };
}

const schemeOf = (scheme: Source['scheme']) => (typeof scheme === 'string' ? schemes[scheme] : scheme);

type Route = Edge['routes'][number];

function httpCachesOf(routes: readonly Route[]): readonly (readonly [name: string, cls: DataClass])[] {
  const made = routes.flatMap(({ handler }) => madeOf(handler).httpRoute ?? []);
  // One may be at several routes.
  return [...new Set(made.map(({ cls }) => cls))].map((cls) => [cls.name, cls]);
}

function classEntry(cls: DataClass): ClassEntry {
  const { mode, percent, plan, keepsOnChange } = cls.rollout;
  const rollout = { mode, percent, plan, keepsOnChange };
  return { name: cls.name, fingerprint: fingerprintOf(cls), basis: basisOf(cls), rollout };
}

/** Nothing for what is no endpoint of the team's: the edge's own, a middleware, the webhooks, which nobody can send unsigned. */
function entryOf(route: Route, later: readonly Route[]): RouteEntry | [] {
  const { method, path, handler } = route;
  const { classRoute, httpRoute, hookSources } = madeOf(handler);
  const none = { method, path, query: [], tags: [] };
  if (classRoute) {
    const { is, cls, sources, events } = classRoute;
    const named = Object.entries(sources);
    const tags = (cls.definition.tags ?? []).map((tag) =>
      tag.replace(/\{(\w+)\}/g, (_, param: string) => `{${sources[param]?.name ?? param}}`),
    );
    const query = named.flatMap(([, { from, name }]) => (from === 'query' ? [name] : []));
    const told = events.length > 0 ? { events: events.map(nameOfEvent) } : {};
    return { ...none, is, class: cls.name, scope: cls.scope, query, tags, ...told };
  }
  if (httpRoute) return { ...none, is: 'http-cache', class: httpRoute.cls.name };
  if (hookSources || isMiddleware(route, later) || isNearlyGated(path)) return [];
  return { ...none, is: 'own' };
}

/** What takes `next`: for every method, or before another handler of its route. */
function isMiddleware({ method, path, handler }: Route, later: readonly Route[]): boolean {
  const takesNext = findTargetHandler(handler).length > 1;
  return takesNext && (method === 'ALL' || later.some((it) => it.method === method && it.path === path));
}
