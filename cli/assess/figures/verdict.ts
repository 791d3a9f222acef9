import type { CurvePoint, RouteAssessment, Verdict } from '../assessment.ts';
import { percent, ttlText } from './words.ts';

/** What a verdict is judged by. */
export type Judged = Pick<
  RouteAssessment,
  'route' | 'requests' | 'candidates' | 'signs' | 'change' | 'knee' | 'curve'
>;

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence. */
  readonly why: string;
}

/** Fewer candidates say nothing. */
const FEWEST = 5;
/** From this share on a sign counts for the whole route. */
const MOST = 0.5;
/** A cache that answers less than this costs every request a look-up for little. */
const LEAST_HIT_RATE = 0.1;

/** A segment that means whoever asks. */
const CALLER = /\/(me|self|myself|whoami|current[-_]user|my|profile|session|sessions)(\/|$)/i;
/** A segment under which the data of one person stand. */
const PERSON = /\/(users?|members?|people)\/[:{*]/i;
/** A segment under which the data of one tenant stand. */
const TENANT = /\/(tenants?|orgs?|organi[sz]ations?|workspaces?|teams?|accounts?|companies|company)\/[:{*]/i;
/** A file that is the same for everybody, whatever cookies browsers send along. */
const FILE = /\.(css|js|mjs|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|otf|eot|mp4|webm|pdf|txt|xml)$/i;

type Rule = (judged: Judged) => Judgement | null;

const no = (why: string): Judgement => ({ verdict: 'no', why });
const shareOf = (share: number | null): number => share ?? 0;

const nothingToStore: Rule = ({ candidates, requests }) =>
  candidates === 0
    ? no(
        `None of its ${requests} requests is a GET that was answered 200 or 304, so there is nothing to store.`,
      )
    : null;

const tooFew: Rule = ({ candidates }) =>
  candidates < FEWEST ? no(`${candidates} requests that a cache could answer are too few to tell.`) : null;

const nothingRepeats: Rule = ({ knee, curve }) =>
  knee === null
    ? no(`No key is asked for again, unchanged, within ${ttlText(curve.at(-1)?.ttl_s ?? 0)}.`)
    : null;

const setsCookies: Rule = ({ signs }) =>
  shareOf(signs.set_cookie) >= MOST
    ? no(`${percent(shareOf(signs.set_cookie))} of the answers set a cookie, which nobody else may be given.`)
    : null;

const CHANGED_BY = {
  etag: 'its ETag says',
  size: 'its size says',
  writes: 'the writes in the log say',
} as const;

const changesTooOften: Rule = ({ change }) =>
  change.by !== null && shareOf(change.share) >= MOST
    ? no(
        `It has changed at ${percent(shareOf(change.share))} of repeated requests, as ${CHANGED_BY[change.by]}.`,
      )
    : null;

const tooFewHits: Rule = ({ knee }) =>
  knee && knee.hit_rate < LEAST_HIT_RATE
    ? no(`Even a TTL of ${ttlText(knee.ttl_s)} answers only ${percent(knee.hit_rate)} of its requests.`)
    : null;

const forEverybody: Rule = ({ signs, route, knee }) =>
  knee && shareOf(signs.private) < MOST && (shareOf(signs.public) >= MOST || FILE.test(route))
    ? {
        verdict: 'cache',
        why: `${gain(knee)}, and ${shareOf(signs.public) >= MOST ? 'its answers say that anybody may be given them' : 'a file is the same for everybody'}.`,
      }
    : null;

const forOnePerson: Rule = ({ signs, route, knee }) => {
  const because = CALLER.test(route)
    ? 'its path means whoever asks'
    : PERSON.test(route)
      ? 'its path names a person'
      : shareOf(signs.private) >= MOST
        ? `${percent(shareOf(signs.private))} of its answers are marked private`
        : shareOf(signs.cookie) >= MOST && shareOf(signs.authorization) < MOST
          ? `${percent(shareOf(signs.cookie))} of its requests carry a cookie`
          : null;
  return knee && because ? { verdict: 'per-user', why: `${gain(knee)}, but ${because}.` } : null;
};

const forOneTenant: Rule = ({ signs, route, knee }) => {
  const because =
    shareOf(signs.authorization) >= MOST
      ? `${percent(shareOf(signs.authorization))} of its requests carry a credential`
      : TENANT.test(route)
        ? 'its path names a tenant'
        : null;
  return knee && because ? { verdict: 'per-tenant', why: `${gain(knee)}, but ${because}.` } : null;
};

const forAnybody: Rule = ({ signs, knee }) => {
  if (!knee) return null;
  const isSilent = Object.values(signs).every((share) => share === null);
  const caveat = isSilent
    ? 'nothing speaks against it, but the log does not say who may see its answers'
    : 'nothing says that it is for some only';
  return { verdict: 'cache', why: `${gain(knee)}; ${caveat}.` };
};

/** The first that applies decides: what must not or need not be cached, then for whom it may be. */
const rules: readonly Rule[] = [
  nothingToStore,
  tooFew,
  nothingRepeats,
  setsCookies,
  changesTooOften,
  tooFewHits,
  forEverybody,
  forOnePerson,
  forOneTenant,
  forAnybody,
];

export function judge(judged: Judged): Judgement {
  for (const rule of rules) {
    const judgement = rule(judged);
    if (judgement) return judgement;
  }
  return no('No rule applies.');
}

const gain = ({ ttl_s, hit_rate }: CurvePoint): string =>
  `A TTL of ${ttlText(ttl_s)} answers ${percent(hit_rate)} of its requests`;
