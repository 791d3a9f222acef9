import type { Asking } from '../engine/context.ts';
import type { Found } from '../engine/lookup.ts';
import { refresh } from '../engine/refresh.ts';
import { isForOrigin } from '../http/preconditions.ts';
import { alone, withoutStore } from './alone.ts';
import { lead } from './lead.ts';
import { miss } from './miss.ts';
import type { HttpRoute } from './options.ts';
import { hit } from './outcome.ts';
import { isUnstorable, type Reading, type Why } from './reading.ts';
import { type Asked, forEveryone } from './request.ts';
import { isWanted, maySee, takesStale, ttlMsOf } from './reuse.ts';
import type { Served } from './served.ts';
import { select } from './variants.ts';

/** All branching of a GET or HEAD, from what is stored to what is served. */
export async function serve(asking: Asking, route: HttpRoute, asked: Asked): Promise<Served> {
  // Most of what needs credentials is private; where that is known, it costs Redis nothing.
  if (!asked.anonymous && isUnstorable(asking, route, asked))
    return alone(asking, route, asked, bypass(asked));
  if (asked.wishes.noStore || isForOrigin(asked.fields))
    return alone(asking, route, asked, { fwd: 'request' });

  const { found: selected, rule } = await select(asking, route, asked);
  const { entry } = selected;
  const reading = { asking, route, asked, rule, found: selected };
  // There is one, but not for whoever asks.
  if (entry && !maySee(asked, entry))
    return miss({ ...reading, found: without(selected), why: bypass(asked) });

  const { verdict, layer } = selected;
  switch (verdict.is) {
    case 'fresh':
      if (isWanted(asking, asked, entry!, verdict.ttlMs)) return hit(asked, layer, entry!, verdict.ttlMs);
      return miss({ ...reading, why: { fwd: 'request' } });
    case 'stale':
      if (verdict.mayRevalidate && isWanted(asking, asked, entry!, verdict.ttlMs)) {
        refreshInBackground(reading);
        return hit(asked, layer, entry!, verdict.ttlMs);
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

const bypass = ({ credentials }: Asked): Why => ({
  fwd: 'bypass',
  detail: credentials.cookie ? 'cookie' : 'authorization',
});

const without = (found: Found): Found => ({ ...found, entry: undefined, verdict: { is: 'absent' } });

function refreshInBackground({ asking, route, asked, rule, found }: Omit<Reading, 'why'>): void {
  const whole = forEveryone(asked, route, rule);
  refresh(
    asking,
    found,
    (again, { entry }, grant) =>
      lead(again, { route, asked: whole, entry, covers: true, grant, rule }).landed,
  );
}

async function missOrStale(reading: Reading): Promise<Served> {
  const { asking, asked, found } = reading;
  if (!takesStale(asking, asked, found)) return miss(reading);
  return hit(asked, found.layer, found.entry!, ttlMsOf(asking, found), 'max-stale');
}
