import type { Context } from '../engine/context.ts';
import type { Found } from '../engine/lookup.ts';
import type { ForwardReason } from '../http/cache-status.ts';
import { memoryOf } from './memory.ts';
import type { HttpRoute } from './options.ts';
import type { ClientRequest } from './request.ts';

/** One read of one URI. */
export interface Reading {
  readonly context: Context;
  readonly route: HttpRoute;
  readonly request: ClientRequest;
  /** The fields that tell the URI's entries apart, as far as known. */
  readonly rule: readonly string[];
  /** What this request may be answered from. */
  readonly found: Found;
  readonly why: Why;
}

export interface Why {
  readonly fwd: ForwardReason;
  readonly detail?: string;
  readonly collapsed?: boolean;
}

/** By credentials too: what is private to one with them may be public to one without. */
export const unstorableKey = ({ cls }: HttpRoute, { target, anonymous }: ClientRequest) =>
  `${cls.name} ${anonymous ? 'all' : 'own'} ${target}`;

export const isUnstorable = ({ isolate }: Context, route: HttpRoute, request: ClientRequest) =>
  memoryOf(isolate).isUnstorable(unstorableKey(route, request), isolate.clock.now());
