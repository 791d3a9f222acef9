import type { Explained, SeenTag } from '../engine/explain.ts';
import type { Reason } from '../telemetry/outcome.ts';

/** What a person is told: why, and what to do about it if it is not what was wanted. */
export interface Words {
  readonly why: string;
  readonly next_step: string | null;
}

interface Told {
  readonly explained: Explained;
  readonly nowMs: number;
}

const seconds = (ms: number): string => {
  const s = Math.round(Math.abs(ms) / 1000);
  return s < 120 ? `${s} s` : s < 7_200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3_600)} h`;
};

/** As a purge by hand would name them. */
const named = (tags: readonly SeenTag[] | undefined, ...generations: SeenTag['generation'][]): string => {
  const all = (tags ?? []).filter(({ generation }) => generations.includes(generation)).map(targetText);
  return all.length > 0 ? all.join(', ') : 'a tag of it';
};

const kinds = {
  tag: 'the tag',
  class: 'the class',
  'class-everywhere': 'for all tenants the class',
  user: 'the user',
  everything: 'everything of',
};

const targetText = ({ kind, name }: SeenTag): string => `${kinds[kind]} ${name ?? 'the public data'}`;

/** Until when it may be shown all the same. */
function untilText({ explained: { seen }, nowMs }: Told): string {
  const { staleWhileRevalidateUntilMs: swr, staleIfErrorUntilMs: sie } = seen?.windows ?? {};
  if (swr && swr > nowMs) return `it may be shown for ${seconds(swr - nowMs)} more while it is fetched again`;
  if (sie && sie > nowMs) return `it may cover for a failing origin for ${seconds(sie - nowMs)} more`;
  return 'no window allows showing it';
}

const purgeStep =
  'If nobody meant to purge it, `purges` says who did; else nothing: the next read fetches it';

const words: Partial<Record<Reason, (told: Told) => readonly [why: string, step?: string]>> = {
  fresh: ({ explained: { seen } }) => [
    `It is stored, ${seconds(seen?.ageMs ?? 0)} old, and fresh for ${seconds(seen?.ttlMs ?? 0)} more`,
    'If it is wrong all the same, no purge has named one of its tags: compare these with what the event purges',
  ],
  'stale-while-revalidate': (told) => [
    `Its ttl ended ${seconds(told.explained.seen?.ttlMs ?? 0)} ago; ${untilText(told)}`,
    'Nothing: the next read is given it and has it fetched again in the background',
  ],
  'soft-purged': (told) => [
    `It was softly purged by ${named(told.explained.seen?.tags, 'soft')}; ${untilText(told)}`,
    'If nobody may see the older answer any more, purge it hard',
  ],
  purged: ({ explained: { seen } }) => [
    `It was purged since it was fetched: ${named(seen?.tags, 'changed')}`,
    purgeStep,
  ],
  evicted: ({ explained: { seen } }) => [
    `What it was stored under is gone from Redis: ${named(seen?.tags, 'missing')}. Redis has evicted it, or a purge found Redis full and deleted it`,
    'If it happens often, the database is too small: give it room',
  ],
  unchecked: () => [
    'The generations of its tags could not be read',
    'Look at Redis, and at the notes in the log',
  ],
  expired: (told) => [`Its ttl ended ${seconds(told.explained.seen?.ttlMs ?? 0)} ago; ${untilText(told)}`],
  stale: (told) => [`Its ttl ended ${seconds(told.explained.seen?.ttlMs ?? 0)} ago; ${untilText(told)}`],
  'uri-miss': ({ explained: { seen } }) =>
    (seen?.notes ?? []).length > 0
      ? [
          `What stands under its key cannot be used: ${seen?.notes.join(', ')}`,
          'docs/operations.md says of each note what to do',
        ]
      : [
          'Nothing is stored under its key',
          'If it was read before: evicted, or not storable; the log of that read says so',
        ],
  'vary-miss': () => ['Others of this URL are stored, none for these request headers'],
  partial: () => ['A part of it is stored, and not all of what is asked for is in it'],
  miss: () => ['Redis could not be asked'],
  'store-unavailable': () => [
    'Redis could not be asked: the next read goes to the origin, and is not stored',
    'Look at Redis; the log’s notes say how it fails',
  ],
  request: () => ['The request itself asks for more than is stored, or has a condition for the origin alone'],
  cookie: () => [
    'The request has a cookie, and what is stored, or was lately answered, is not marked as for all',
  ],
  authorization: () => [
    'The request has credentials, and what is stored, or was lately answered, is not marked as for all',
  ],
  'only-if-cached': () => [
    'The client asked for nothing but what is stored, and nothing is that it may have',
  ],
  'max-stale': () => ['It is stale, and the client said that it takes it'],
  'request-directives-ignored': () => [
    'It is stored; what the client’s Cache-Control asks for does not count on this route',
  ],
  'stale-if-error': () => [
    'The last fetch failed just now; it is stale, and covers for that',
    'Look at the origin',
  ],
  'stale-disconnected': () => [
    'The origin could not be reached just now, and nothing forbids showing it for a while',
    'Look at the origin',
  ],
  'origin-failed': () => [
    'The last fetch failed less than a second ago: the origin is not asked again yet',
    'Look at the origin',
  ],
  'origin-timeout': () => [
    'The origin did not answer in time, less than a second ago: it is not asked again yet',
    'Look at the origin',
  ],
  unavailable: () => [
    'The last fetch failed less than a second ago, and a strict class shows nothing else',
    'Look at the origin',
  ],
  forbidden: ({ explained: { access } }) => [`The access rule says no: ${access?.why ?? access?.rule ?? ''}`],
  unauthenticated: () => ['Only who shows who he is may read it: say as whom, by tenant and user'],
  'invalid-request': () => ['A parameter is not valid: the origin is not asked, and nothing is looked up'],
  'not-found': () => ['The path is not one of this route'],
};

export function wordsOf(reason: Reason, told: Told): Words {
  const [why, step = null] = words[reason]?.(told) ?? [`Cache-Status says ${reason}`];
  return { why, next_step: step };
}
