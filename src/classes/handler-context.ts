import type { Context } from 'hono';

/** What is needed of Hono's context, whatever variables a team's own app has in it. */
export type HandlerContext = Pick<Context, 'req' | 'executionCtx' | 'newResponse'>;
