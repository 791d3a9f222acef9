import { durationText } from '../../../../src/strategy/duration.ts';
import type { ClassFacts } from '../../facts.ts';
import { type LintFacts, ownClasses } from '../facts.ts';
import { type Fault, ofClass, type Rule } from '../finding.ts';
import { eventsReaching } from '../reach.ts';

/** What nobody purges is wrong for as long as its ttl; an hour of that wants a word of its own, which `freshWithin` is. */
const UNPURGED_TTL_MS = 3_600_000;

export const ttlWithoutEvent: Rule = {
  level: 'warning',
  finds: 'a class that no event purges, with a long ttl',
  check: (facts) =>
    ownClasses(facts).flatMap((cls) => {
      const boundMs = cls.freshWithinMs ?? UNPURGED_TTL_MS;
      if (cls.ttlMs <= boundMs || eventsReaching(facts, cls).length > 0) return [];
      return {
        place: ofClass(cls),
        why: `no event purges it, and its ttl of ${durationText(cls.ttlMs)} is above ${durationText(boundMs)}: that long a change is not seen`,
        mend: `give it an event in invalidatedBy, or a shorter ttl, or say with freshWithin that ${durationText(cls.ttlMs)} is soon enough`,
      };
    }),
};

/** Against what the definition itself calls fresh enough. */
export const staleBeyondFreshness: Rule = {
  level: 'warning',
  finds: 'a ttl or a stale window longer than the freshness that is needed (freshWithin)',
  check: ({ classes }) => classes.flatMap((cls) => tooOld(cls, windowsOf(cls))),
};

/** Of an HTTP cache the ttl is what its origin says. */
const windowsOf = ({ is, ttlMs, swrMs, sieMs }: ClassFacts): readonly Window[] =>
  is === 'http-cache'
    ? [['staleIfError', sieMs, 0]]
    : [
        ['ttl', ttlMs, 0],
        ['staleWhileRevalidate', swrMs, ttlMs],
        ['staleIfError', sieMs, ttlMs],
      ];

type Window = readonly [option: string, ms: number, afterMs: number];

/** One finding for all windows that are too long. */
function tooOld(cls: ClassFacts, windows: readonly Window[]): Fault[] {
  const boundMs = cls.freshWithinMs;
  if (boundMs === null) return [];
  const long = windows.filter(([, ms, afterMs]) => ms > 0 && afterMs + ms > boundMs);
  if (long.length === 0) return [];
  const said = long.map(
    ([option, ms, afterMs]) =>
      `${option} '${durationText(ms)}' lets an answer be ${durationText(afterMs + ms)} old`,
  );
  const bound = durationText(boundMs);
  return [
    {
      place: ofClass(cls),
      why: `${said.join(', ')}, and freshWithin says that ${bound} is the oldest that is right`,
      mend: `shorten ${long.map(([option]) => option).join(', ')} so that no answer is older than ${bound}, or raise freshWithin`,
    },
  ];
}

/** What downstream caches may keep for less time than the edge itself. */
export const maxAgeBelowTtl: Rule = {
  level: 'warning',
  finds: 'a public class whose max-age is below its ttl',
  check: (facts) =>
    ownClasses(facts).flatMap((cls) => {
      const maxAgeMs = maxAgeOf(cls.cacheControl);
      if (cls.scope !== 'public' || maxAgeMs === null || maxAgeMs >= cls.ttlMs) return [];
      return {
        place: ofClass(cls),
        why: `max-age=${maxAgeMs / 1000} lets browsers ask again while the edge would still answer the same, for ${durationText(cls.ttlMs)}`,
        mend: mendOfMaxAge(facts, cls),
      };
    }),
};

/** Of browsers; null: they may keep nothing, or must ask each time, or are told nothing. */
function maxAgeOf(cacheControl: string): number | null {
  const directives = cacheControl
    .toLowerCase()
    .split(',')
    .map((it) => it.trim());
  if (directives.some((it) => /^(no-store|no-cache)\b/.test(it))) return null;
  const [, seconds] = directives.map((it) => /^max-age="?(\d+)"?$/.exec(it)).find((it) => it !== null) ?? [];
  return seconds === undefined || Number(seconds) === 0 ? null : Number(seconds) * 1000;
}

const mendOfMaxAge = (facts: LintFacts, cls: ClassFacts) =>
  eventsReaching(facts, cls).length === 0
    ? `say max-age=${cls.ttlMs / 1000}`
    : `say max-age=${cls.ttlMs / 1000}; or, because no purge reaches browsers, no-cache, or silence this with how long they may lag`;
