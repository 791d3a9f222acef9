import type { H } from 'hono/types';
import { findTargetHandler } from 'hono/utils/handler';
import type { ClassHandler, ClassRoute } from '../classes/route.ts';
import type { Explains } from '../engine/explain.ts';
import type { HttpRoute } from '../http-cache/options.ts';
import type { HttpCacheHandler } from '../http-cache/route.ts';
import type { HookSources } from '../invalidation/webhooks.ts';

/** What the handler of a route was made of; empty for a handler of the team's own. */
export interface MadeOf {
  readonly classRoute?: ClassRoute;
  readonly httpRoute?: HttpRoute;
  readonly explains?: Explains;
  readonly hookSources?: HookSources['hookSources'];
}

/** An app that was added with an `onError` of its own wraps its handlers: what counts is the one inside. */
export const madeOf = (handler: H): MadeOf =>
  findTargetHandler(handler) as Partial<ClassHandler & HttpCacheHandler & HookSources>;
