import { causeOfRead } from '../engine/count-fetch.ts';
import { type ForwardCause, type Served, type ServedEntry, ttlLeftMsOf } from '../engine/served.ts';
import { share } from '../engine/share.ts';
import type { Entry } from '../store/wire.ts';
import { fetchHttp, type HttpBegun, type HttpEnd } from './fetch.ts';
import { bypass, causeOfUnusable, fetchOf, isOfUse, withoutEntry } from './miss.ts';
import { type FoundHttp, type HttpRead, hitOf, outcomeOf } from './outcome.ts';
import { partFetch, sliceOf } from './parts.ts';
import { onlyIfCached, passThrough, withoutRedis } from './pass-through.ts';
import { isWanted, maySee } from './reuse.ts';
import { isUnstorable, learned } from './unstorable.ts';
import type { HttpSubject } from './variants.ts';

/** A range of what is not stored completely: RFC 9111 §3.3, of the part that is. */
export function servePart(read: HttpRead, part: FoundHttp): Promise<Served> | Served {
  const step = partStep(read, part);
  return step.is === 'entry' ? step : missPart(step.read, step.part);
}

/** What it comes to by the part that is stored, before anything is fetched. */
export function partStep(
  read: HttpRead,
  part: FoundHttp,
): ServedEntry | { readonly is: 'part'; readonly read: HttpRead; readonly part: FoundHttp } {
  const { context, request } = read;
  const miss = (cause: ForwardCause, of = part) =>
    ({ is: 'part', read: { ...read, cause }, part: of }) as const;
  if (part.entry && !maySee(request, part.entry)) return miss(bypass(request), withoutEntry(part));
  switch (part.is) {
    case 'fresh': {
      if (!isWanted(context, request, part.entry, part.leftMs)) return miss({ fwd: 'request' });
      const slice = sliceOf(part.entry, request.fields, context.isolate.clock.now());
      return slice ? hitOf(request, part.layer, slice, part.leftMs) : miss({ fwd: 'partial' });
    }
    case 'stale':
      return miss({ fwd: 'stale', detail: part.reason });
    case 'unusable':
      return miss(causeOfUnusable(part.reason));
    default:
      return miss(read.cause);
  }
}

/** Nobody waits for another's range: it is fetched under the lease, to be stored, or by each for itself. */
async function missPart(read: HttpRead, part: FoundHttp): Promise<Served> {
  const { context, request, cause, found } = read;
  if (request.directives.onlyIfCached) return onlyIfCached(cause);
  if (isUnstorable(read, true)) return passThrough(read);
  const { clock } = context.isolate;
  const sought = { ...part, lateNames: [...part.lateNames, ...found.lateNames] };
  const sliceOfPart = (entry: Entry) => sliceOf(entry, request.fields, clock.now());
  let held = part.entry;
  const shared = await share<HttpSubject, HttpBegun, HttpEnd>(context, sought, {
    lead: (_, grant) => {
      const part = partFetch(request, { held, replaces: found.entry });
      return fetchHttp(context, { ...fetchOf(read), entry: undefined, part }, grant, causeOfRead(cause));
    },
    sharesUnstored: false,
    suits: (entry) => {
      // Another isolate's, who has more of it, or later.
      if (maySee(request, entry)) held = entry;
      return isOfUse(read, entry) && sliceOfPart(entry) !== null;
    },
    mayWait: () => false,
    mayBeTold: () => request.anonymous,
  });
  switch (shared.is) {
    case 'stored':
      return hitOf(request, 'l2', sliceOfPart(shared.entry)!, ttlLeftMsOf(shared.entry, clock.now()));
    case 'leads':
      return outcomeOf(read, learned(read, await shared.first, true));
    case 'joined':
      return outcomeOf({ ...read, cause: { ...cause, collapsed: true } }, shared.end);
    case 'store-unavailable':
      return withoutRedis(read);
    default:
      return passThrough(read);
  }
}
