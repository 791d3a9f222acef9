import type { Hono } from 'hono';
import { cacheOf } from '../classes/route.ts';
import type { EdgeEnv } from '../engine/request.ts';
import type { AcceptOptions } from '../invalidation/accept.ts';
import type { Source } from '../invalidation/sources.ts';
import { hookRoutes } from '../invalidation/webhooks.ts';
import type { Strategy } from '../strategy/define.ts';

/** `POST /:source` for each of the sources: 202, or why not. Mount it at `/hooks`. What a mapping looks up is read through the cache. */
export const webhooks = (
  strategy: Strategy,
  sources: Readonly<Record<string, Source>>,
  { eager = true }: Partial<AcceptOptions> = {},
): Hono<EdgeEnv> =>
  hookRoutes(strategy, sources, { eager, read: (c, cls, params) => cacheOf(c).read(cls, params) });
