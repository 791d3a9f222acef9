import { bounds } from '../../../src/bounds.ts';
import type { CurvePoint, RouteAssessment, Verdict } from '../assessment.ts';
import { percent, ttlText } from './words.ts';

/** What a verdict is judged by. */
export type Judged = Pick<
  RouteAssessment,
  'route' | 'requests' | 'candidates' | 'mean_bytes' | 'repeat_ratio' | 'signs' | 'change' | 'knee' | 'curve'
>;

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence. */
  readonly why: string;
}

/** Fewer candidates say nothing, nor do fewer repeats of how often it changes. */
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
/** A file that is the same for everybody, whatever cookies browsers send along; templates call several of them `:file`. */
const FILE =
  /(\/:file|\.(css|js|mjs|map|png|jpe?g|gif|webp|avif|svg|ico|woff2?|ttf|otf|eot|mp4|webm|pdf|txt|xml))$/i;

const share = (it: number | null): number => it ?? 0;
const isMost = (it: number | null): boolean => share(it) >= MOST;

/** Why it must not be cached, or need not. */
const against: readonly ((judged: Judged) => string | null)[] = [
  function nothingToStore({ candidates, requests }) {
    return candidates === 0
      ? `None of its requests (${requests}) is a GET that was answered 200 or 304, so there is nothing to store.`
      : null;
  },
  function tooFew({ candidates, requests }) {
    return candidates < FEWEST
      ? `A cache could answer ${candidates} of its requests (${requests}), too few to tell.`
      : null;
  },
  function tooLarge({ mean_bytes }) {
    return mean_bytes !== null && mean_bytes > bounds.maxBytesLimit
      ? `Its answers are too large to be stored, ${(mean_bytes / 2 ** 20).toFixed(1)} MiB on average.`
      : null;
  },
  function nothingRepeats({ knee, curve }) {
    return knee === null
      ? `No key is asked for again, unchanged, within ${ttlText(curve.at(-1)!.ttl_s)}.`
      : null;
  },
  function setsCookies({ signs }) {
    return isMost(signs.set_cookie)
      ? `${percent(share(signs.set_cookie))} of its answers set a cookie, which nobody else may be given.`
      : null;
  },
  function changesTooOften({ change, candidates, repeat_ratio }) {
    return change.by !== null && isMost(change.share) && repeat_ratio * candidates >= FEWEST
      ? `It had changed at ${percent(share(change.share))} of its repeated requests, as ${SHOWN_BY[change.by]}.`
      : null;
  },
  function tooFewHits({ knee }) {
    return knee && knee.hit_rate < LEAST_HIT_RATE
      ? `Even a TTL of ${ttlText(knee.ttl_s)} answers only ${percent(knee.hit_rate)} of its requests.`
      : null;
  },
];

const SHOWN_BY = {
  etag: 'their entity tags show',
  size: 'their sizes show',
  writes: 'the writes in the log show',
} as const;

interface ForWhom {
  readonly verdict: Verdict;
  readonly because: string;
}

/** For whom it may be cached. */
const audiences: readonly ((judged: Judged) => ForWhom | null)[] = [
  function saidToBePublic({ signs }) {
    return isMost(signs.public) && !isMost(signs.private)
      ? { verdict: 'cache', because: 'its answers say that anybody may be given them' }
      : null;
  },
  function aFile({ route, signs }) {
    return FILE.test(route) && !isMost(signs.private)
      ? { verdict: 'cache', because: 'a file is the same for everybody' }
      : null;
  },
  function ofTheCaller({ route }) {
    return CALLER.test(route) ? { verdict: 'per-user', because: 'its path means whoever asks' } : null;
  },
  function ofAPerson({ route }) {
    return PERSON.test(route) ? { verdict: 'per-user', because: 'its path names a person' } : null;
  },
  function saidToBePrivate({ signs }) {
    return isMost(signs.private)
      ? { verdict: 'per-user', because: `${percent(share(signs.private))} of its answers are marked private` }
      : null;
  },
  function withCredentials({ signs }) {
    return isMost(signs.authorization)
      ? {
          verdict: 'per-tenant',
          because: `${percent(share(signs.authorization))} of its requests carry a credential`,
        }
      : null;
  },
  function withCookies({ signs }) {
    return isMost(signs.cookie)
      ? { verdict: 'per-user', because: `${percent(share(signs.cookie))} of its requests carry a cookie` }
      : null;
  },
  function ofATenant({ route }) {
    return TENANT.test(route) ? { verdict: 'per-tenant', because: 'its path names a tenant' } : null;
  },
  function unknown({ signs }) {
    return Object.values(signs).every((it) => it === null)
      ? {
          verdict: 'cache',
          because: 'nothing speaks against it, though the log does not say who may see its answers',
        }
      : null;
  },
];

/** The first that applies decides: what must not or need not be cached; then for whom it may be. */
export function judge(judged: Judged): Judgement {
  for (const rule of against) {
    const why = rule(judged);
    if (why !== null) return { verdict: 'no', why };
  }
  const found = audiences.map((rule) => rule(judged)).find((it) => it !== null);
  const { verdict, because } = found ?? {
    verdict: 'cache',
    because: 'nothing says that it is for some only',
  };
  return { verdict, why: `${gain(judged.knee!)}; ${because}.` };
}

const gain = ({ ttl_s, hit_rate }: CurvePoint): string =>
  `A TTL of ${ttlText(ttl_s)} answers ${percent(hit_rate)} of its requests`;
