import type { Context } from '../engine/context.ts';
import { countRead } from '../engine/count-read.ts';
import { decide, keepFlagsFresh } from '../engine/rollout.ts';
import type { Served } from '../engine/served.ts';
import type { Decision } from '../rollout/live-flags.ts';
import type { HttpRoute } from './options.ts';
import type { Requested } from './outcome.ts';
import { wantsPart } from './parts.ts';
import { passThrough } from './pass-through.ts';
import type { ClientRequest } from './request.ts';
import { causeBefore, serveSelected } from './serve.ts';
import { serveInShadow } from './shadow.ts';
import { type HttpSubject, select } from './variants.ts';

/** A GET or HEAD, as its class stands: from the cache, or straight from the origin. Counted as what it comes to. */
export async function serveHttp(context: Context, route: HttpRoute, request: ClientRequest): Promise<Served> {
  const requested = { context, route, request };
  const counted = (served: Served, subject: HttpSubject | null = null) =>
    countRead(context, route.cls.name, subject, served);
  const before = decide(context, route.cls, request.target);
  if (before.mode !== 'on') return counted(await serveByOrigin(requested, before));
  const early = causeBefore(requested);
  if (early) {
    tryAs(context, before);
    return counted(await passThrough({ ...requested, cause: early }));
  }
  const selected = await select(context, route, request, wantsPart(request));
  // The MGET may have brought other flags.
  const decision = decide(context, route.cls, request.target);
  if (decision.mode !== 'on') return counted(await serveByOrigin(requested, decision));
  tryAs(context, decision);
  return counted(await serveSelected(requested, selected), selected.found.subject);
}

/** Whatever is stored. */
function serveByOrigin(requested: Requested, decision: Decision): Promise<Served> {
  const { context } = requested;
  tryAs(context, decision);
  keepFlagsFresh(context, context.isolate.clock.now());
  const passing = { ...requested, cause: { fwd: 'bypass', detail: decision.detail } } as const;
  return decision.mode === 'shadow' ? serveInShadow(passing) : passThrough(passing);
}

function tryAs(context: Context, { trial }: Decision): void {
  if (trial) context.trial = trial;
}
