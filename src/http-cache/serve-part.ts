import { causeOfRead } from '../engine/count-fetch.ts';
import { type Served, ttlLeftMsOf } from '../engine/served.ts';
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
  const { context, request } = read;
  if (part.entry && !maySee(request, part.entry))
    return missPart({ ...read, cause: bypass(request) }, withoutEntry(part));
  switch (part.is) {
    case 'fresh': {
      if (!isWanted(context, request, part.entry, part.leftMs))
        return missPart({ ...read, cause: { fwd: 'request' } }, part);
      const slice = sliceOf(part.entry, request.fields, context.isolate.clock.now());
      if (!slice) return missPart({ ...read, cause: { fwd: 'partial' } }, part);
      return hitOf(request, part.layer, slice, part.leftMs);
    }
    case 'stale':
      return missPart({ ...read, cause: { fwd: 'stale' } }, part);
    case 'unusable':
      return missPart({ ...read, cause: causeOfUnusable(part.reason) }, part);
    default:
      return missPart(read, part);
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
