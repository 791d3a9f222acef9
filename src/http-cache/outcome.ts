import type { Context } from '../engine/context.ts';
import type { Found } from '../engine/lookup.ts';
import { coverableErrors } from '../http/freshness.ts';
import type { HeaderList } from '../http/headers.ts';
import type { Entry } from '../store/wire.ts';
import type { Forward } from '../telemetry/outcome.ts';
import type { Refused } from './entry.ts';
import type { Landed, Streaming } from './lead.ts';
import { letGo, overloaded } from './pass.ts';
import type { Reading, Why } from './reading.ts';
import type { ClientRequest } from './request.ts';
import { covering, ttlMsOf } from './reuse.ts';
import type { Served } from './served.ts';

/** `ttlMs` is negative for a stale answer; `why`, in a word, where it is not plainly fresh. */
export function hit(
  request: ClientRequest,
  layer: Found['layer'],
  entry: Entry,
  ttlMs: number,
  why?: string,
): Served {
  const detail = why ?? (request.ignored ? 'request-directives-ignored' : undefined);
  const said = detail !== undefined && { detail };
  return { is: 'entry', entry, outcome: { kind: 'hit', layer, ttlMs, ...said } };
}

/** How a fetch ended, as an answer; a stale entry covers for an origin that failed, where it is allowed to. */
export function landed({ context, request, found, why }: Reading, it: Landed | Streaming): Served {
  const outcome = (rest: Partial<Forward> = {}): Forward => ({ kind: 'fwd', stored: false, ...why, ...rest });
  switch (it.is) {
    case 'entry': {
      const { entry, own, refused, fwdStatus } = it;
      const mine =
        own.length > 0 && !why.collapsed ? { ...entry, headers: [...entry.headers, ...pairs(own)] } : entry;
      return (
        covered(context, request, found, fwdStatus) ?? {
          ...{ is: 'entry', entry: mine, outcome: outcome({ fwdStatus, ...admitted(refused, why) }) },
        }
      );
    }
    case 'streaming': {
      const { answer, body, refused } = it;
      const { status, statusText, headers } = answer;
      const cover = covered(context, request, found, status);
      if (cover) letGo(body);
      const said = outcome({ fwdStatus: status, ...admitted(refused, why) });
      return cover ?? { is: 'passing', status, statusText, headers, body, outcome: said };
    }
    case 'streamed':
      return {
        is: 'problem',
        code: 'origin-failed',
        why: 'streamed',
        outcome: outcome({ detail: 'streamed' }),
      };
    case 'overloaded':
      return covered(context, request, found, undefined) ?? overloaded(outcome());
    case 'failed':
      return (
        covered(context, request, found, it.status) ?? {
          ...{ is: 'problem', code: it.code, why: it.why, outcome: outcome({ detail: it.code }) },
        }
      );
  }
}

const pairs = (list: HeaderList) => list.map(([name, value]): [string, string] => [name, value]);

function admitted(refused: Refused | null, { detail }: Why): Partial<Forward> {
  if (refused === null) return { stored: true };
  return refused === 'lease' ? {} : { detail: detail ?? refused };
}

/** `status`: the origin's; undefined where there is none. */
export function covered(
  context: Context,
  request: ClientRequest,
  found: Found,
  status: number | undefined,
): Served | null {
  if (status !== undefined && !coverableErrors.has(status)) return null;
  const why = covering(context, request, found, status === undefined);
  return why && hit(request, found.layer, found.entry!, ttlMsOf(context, found), why);
}
