import type { Found } from '../engine/lookup.ts';
import { failed } from '../engine/origin-call.ts';
import {
  type ForwardCause,
  forwarded,
  type Served,
  type ServedProblem,
  servedHit,
  servedNothing,
} from '../engine/served.ts';
import { formatEntityTag } from '../http/etag.ts';
import type { Forward } from '../telemetry/outcome.ts';
import type { ClassBegun, ClassEnd } from './fetch.ts';
import type { OriginAnswer } from './origin.ts';
import type { ClassSubject } from './subject.ts';

export type FoundClass = Found<ClassSubject>;

/** How a fetch ended, as an answer; a stale entry covers for an origin that failed, where the class allows it. */
export function servedEnd(found: FoundClass, cause: ForwardCause, end: ClassBegun | ClassEnd): Served {
  const outcomeOf = (fwdStatus: number, stored: boolean) => forwarded(cause, { fwdStatus, stored });
  switch (end.is) {
    case 'entry':
      return { is: 'entry', entry: end.entry, outcome: outcomeOf(end.entry.status, end.stored) };
    case 'begun':
      return servedPassing({ ...end.answer, body: end.body }, outcomeOf(end.answer.status, end.stored));
    case 'passing':
      return servedPassing(end.answer, outcomeOf(end.answer.status, false));
    case 'unshared':
      return covered(found, false) ?? servedNothing(failed('unshared'), cause);
    case 'overloaded':
      return covered(found, false) ?? servedNothing(end, cause);
    case 'failed':
      return covered(found, !cause.collapsed) ?? strictly(found, servedNothing(end, cause));
  }
}

function servedPassing({ status, headers, etag, body }: OriginAnswer, outcome: Forward): Served {
  const tagged = etag === null ? headers : [...headers, ['etag', formatEntityTag(etag)] as const];
  return { is: 'passing', status, headers: tagged, body, outcome };
}

function covered(found: FoundClass, isInVain: boolean): Served | null {
  if (found.is !== 'stale' || !found.mayCover) return null;
  return { ...servedHit('l1', found.entry, found.leftMs, 'stale-if-error'), isInVain };
}

/** Whoever reads a strict class needs to know whether he may rely on the answer, and no is no. */
function strictly({ subject }: FoundClass, problem: ServedProblem): Served {
  return subject.cls.consistency === 'strict'
    ? { ...problem, code: 'unavailable', status: undefined }
    : problem;
}
