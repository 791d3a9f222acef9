/** The only path that `routes/` may import. */

export { type CachedOptions, cached, cacheOf, type EdgeEnv, path, query, written } from './classes/route.ts';
export { type Edge, type EdgeOptions, edge } from './edge/edge.ts';
export { type Worker, worker } from './edge/worker.ts';
export type { Load, LoadContext } from './engine/subject.ts';
export type { HttpCacheOptions } from './http-cache/options.ts';
export { httpCache } from './http-cache/route.ts';
export { hmacScheme } from './invalidation/signature/schemes.ts';
export { eventsOf, type MapContext, type Mapped, type Source } from './invalidation/sources.ts';
export { webhooks } from './invalidation/webhooks.ts';
export { allowWhen } from './strategy/access.ts';
export { type DataClass, dataClass } from './strategy/data-class.ts';
export { defineStrategy } from './strategy/define.ts';
