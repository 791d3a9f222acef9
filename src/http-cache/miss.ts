import type { UnusableReason } from '../engine/judge.ts';
import type { ForwardCause } from '../engine/served.ts';
import { ttlLeftMsOf } from '../engine/served.ts';
import type { Entry } from '../store/wire.ts';
import type { FoundHttp, HttpRead } from './outcome.ts';
import type { ClientRequest } from './request.ts';
import { coverFor, isWanted, maySee } from './reuse.ts';

/** There is one, but not for whoever asks. */
export const bypass = ({ credentials }: ClientRequest): ForwardCause => ({
  fwd: 'bypass',
  detail: credentials.cookie ? 'cookie' : 'authorization',
});

/** There is one that is of no use any more. */
export const causeOfUnusable = (reason: UnusableReason): ForwardCause => ({
  fwd: 'stale',
  detail: reason === 'expired' ? undefined : reason,
});

/** As if there were none. */
export const withoutEntry = ({ subject, layer, lateNames }: FoundHttp): FoundHttp => ({
  is: 'absent',
  subject,
  layer,
  lateNames,
});

/** What is fetched instead. */
export function fetchOf({ context, route, request, rule, tagsText, found }: HttpRead) {
  const covers = found.entry !== undefined && coverFor(context, request, found, false) !== null;
  return { route, request, rule, tagsText, entry: found.entry, covers };
}

/** As `serveHttp` would have it: fresh, or stale in a window, and what the client's directives ask for. */
export function isOfUse({ context, request, found, cause }: HttpRead, entry: Entry): boolean {
  if (cause.fwd === 'request' || !maySee(request, entry)) return false;
  const leftMs = ttlLeftMsOf(entry, context.isolate.clock.now());
  const { swrMs } = found.subject.windowsOf(entry);
  return (leftMs > 0 || -leftMs < swrMs) && isWanted(context, request, entry, leftMs);
}
