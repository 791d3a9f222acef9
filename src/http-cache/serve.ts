import type { Context } from '../engine/context.ts';
import type { Found } from '../engine/lookup.ts';
import { refresh } from '../engine/refresh.ts';
import { isForOrigin } from '../http/preconditions.ts';
import { alone, withoutStore } from './alone.ts';
import { lead } from './lead.ts';
import { miss } from './miss.ts';
import type { HttpRoute } from './options.ts';
import { hit } from './outcome.ts';
import { isUnstorable, type Reading, type Why } from './reading.ts';
import { type ClientRequest, forEveryone } from './request.ts';
import { isWanted, maySee, takesStale, ttlMsOf } from './reuse.ts';
import type { Served } from './served.ts';
import { select } from './variants.ts';

/** All branching of a GET or HEAD, from what is stored to what is served. */
export async function serve(context: Context, route: HttpRoute, request: ClientRequest): Promise<Served> {
  // Most of what needs credentials is private; where that is known, it costs Redis nothing.
  if (!request.anonymous && isUnstorable(context, route, request))
    return alone(context, route, request, bypass(request));
  if (request.wishes.noStore || isForOrigin(request.fields))
    return alone(context, route, request, { fwd: 'request' });

  const { found: selected, rule } = await select(context, route, request);
  const { entry } = selected;
  const reading = { context, route, request, rule, found: selected };
  // There is one, but not for whoever asks.
  if (entry && !maySee(request, entry))
    return miss({ ...reading, found: without(selected), why: bypass(request) });

  const { verdict, layer } = selected;
  switch (verdict.is) {
    case 'fresh':
      if (isWanted(context, request, entry!, verdict.ttlMs))
        return hit(request, layer, entry!, verdict.ttlMs);
      return miss({ ...reading, why: { fwd: 'request' } });
    case 'stale':
      if (verdict.mayRevalidate && isWanted(context, request, entry!, verdict.ttlMs)) {
        refreshInBackground(reading);
        return hit(request, layer, entry!, verdict.ttlMs);
      }
      return missOrStale({ ...reading, why: { fwd: 'stale' } });
    case 'unusable':
      return missOrStale({
        ...reading,
        why: { fwd: 'stale', ...(verdict.why !== 'expired' && { detail: verdict.why }) },
      });
    case 'absent':
      return miss({ ...reading, why: { fwd: rule.length > 0 ? 'vary-miss' : 'uri-miss' } });
    case 'unknown':
      return withoutStore({ ...reading, why: { fwd: 'miss' } });
  }
}

const bypass = ({ credentials }: ClientRequest): Why => ({
  fwd: 'bypass',
  detail: credentials.cookie ? 'cookie' : 'authorization',
});

const without = (found: Found): Found => ({ ...found, entry: undefined, verdict: { is: 'absent' } });

function refreshInBackground({ context, route, request, rule, found }: Omit<Reading, 'why'>): void {
  const whole = forEveryone(request, route, rule);
  refresh(
    context,
    found,
    (again, { entry }, grant) =>
      lead(again, { route, request: whole, entry, covers: true, grant, rule }).landed,
  );
}

async function missOrStale(reading: Reading): Promise<Served> {
  const { context, request, found } = reading;
  if (!takesStale(context, request, found)) return miss(reading);
  return hit(request, found.layer, found.entry!, ttlMsOf(context, found), 'max-stale');
}
