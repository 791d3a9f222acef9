/** The only path that `routes/` may import. */

export type { Load, LoadContext } from './classes/load.ts';
export { path, query } from './classes/params.ts';
export { type CachedOptions, cached, cacheOf, written } from './classes/route.ts';
export { type Edge, type EdgeOptions, edge } from './edge/edge.ts';
export { input } from './edge/input.ts';
export { webhooks } from './edge/webhooks.ts';
export { type Worker, worker } from './edge/worker.ts';
export type { EdgeEnv } from './engine/request.ts';
export { Problem, type ProblemCode, type ProblemOptions } from './http/problem.ts';
export type { HttpCacheOptions } from './http-cache/options.ts';
export { httpCache } from './http-cache/route.ts';
export type { Identity } from './identity/identity.ts';
export { hmacScheme } from './invalidation/signature/hmac-scheme.ts';
export { eventsOf, type MapContext, type Mapped, type Source } from './invalidation/sources.ts';
export { allowWhen } from './strategy/access.ts';
export type { AlertDefinition, MeasureDefinition } from './strategy/alert-types.ts';
export { dataClass } from './strategy/data-class.ts';
export { defineStrategy } from './strategy/define.ts';
export type { DataClass } from './strategy/types.ts';
