import { coverableErrors } from '../http/freshness.ts';
import type { HttpBegun, HttpEnd } from './fetch.ts';
import { memoryOf } from './memory.ts';
import type { Requested } from './outcome.ts';

/** By credentials too: what is private to one with them may be public to one without. */
const unstorableKey = ({ route, request }: Requested, isPart: boolean) =>
  `${route.cls.name}${isPart ? ' part' : ''} ${request.anonymous ? 'all' : 'own'} ${request.target}`;

/** An isolate remembers for a while what it could not store: nobody waits for another's fetch of it. */
export const isUnstorable = (requested: Requested, isPart = false) => {
  const { isolate } = requested.context;
  return memoryOf(isolate).isUnstorable(unstorableKey(requested, isPart), isolate.clock.now());
};

/** What the next request of this URI may expect. */
export function learned<T extends HttpEnd | HttpBegun>(read: Requested, end: T, isPart = false): T {
  if (read.request.method === 'HEAD' || (end.is !== 'entry' && end.is !== 'begun')) return end;
  // Another's answer may be stored: this one was refused for what the origin was shown, or for want of the lease.
  if (end.refused === 'unkeyed' || end.refused === 'lease') return end;
  const status = end.is === 'begun' ? end.answer.status : end.fwdStatus;
  // So may another part: a smaller one, one that is there, or one for a client who has none of it yet.
  const isOfRange = end.refused === 'too-large' || (status !== 200 && status !== 206);
  if (isPart && end.refused !== null && (isOfRange || read.request.fields.has('if-range'))) return end;
  // An error says nothing of what is answered without it.
  if (end.refused !== null && coverableErrors.has(status)) return end;
  const { clock, bounds } = read.context.isolate;
  const untilMs = end.refused === null ? null : clock.now() + bounds.unstorableMs;
  memoryOf(read.context.isolate).setUnstorable(unstorableKey(read, isPart), untilMs);
  return end;
}
