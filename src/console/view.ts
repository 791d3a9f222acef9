import type { Context as HonoContext } from 'hono';
import type { EdgeEnv } from '../engine/request.ts';
import type { Admin } from './admin.ts';
import type { ConsoleParts } from './parts.ts';

/** What a page is made of: the request, who asks, and what the console was handed. */
export interface View {
  readonly c: HonoContext<EdgeEnv>;
  readonly admin: Admin;
  readonly parts: ConsoleParts;
}
