/** The only path that `routes/` may import. */

export { type Edge, type EdgeOptions, edge } from './admin/edge.ts';
export { type Worker, worker } from './admin/worker.ts';
export { type CachedOptions, cached, cacheOf, type EdgeEnv, path, query, written } from './cache/route.ts';
export type { Load, LoadContext } from './cache/subject.ts';
export { hmacScheme } from './invalidation/signature/schemes.ts';
export { eventsOf, type MapContext, type Mapped, type Source } from './invalidation/sources.ts';
export { webhooks } from './invalidation/webhooks.ts';
export type { HttpCacheOptions } from './proxy/options.ts';
export { httpCache } from './proxy/route.ts';
export { allowWhen } from './strategy/access.ts';
export { type DataClass, dataClass } from './strategy/data-class.ts';
export { defineStrategy } from './strategy/define.ts';
