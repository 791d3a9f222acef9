import type { Explained, SeenTag } from '../engine/explain.ts';
import type { Reason } from '../telemetry/outcome.ts';
import { saysOfRollout } from './explain-rollout.ts';

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
  return s < 120 ? `${s} s` : `${Math.round(s / 60)} min`;
};

const kinds = {
  tag: 'the tag',
  class: 'the class',
  'class-everywhere': 'for all tenants the class',
  user: 'the user',
  everything: 'everything of',
};

/** As a purge by hand would name them. */
const named = ({ explained: { seen } }: Told, generation: SeenTag['generation']): string =>
  (seen?.tags ?? [])
    .filter((it) => it.generation === generation)
    .map(({ kind, name }) => `${kinds[kind]} ${name ?? 'the public data'}`)
    .join(', ') || 'a tag of it';

/** Until when it may be shown all the same. */
function untilText({ explained: { seen }, nowMs }: Told): string {
  const { staleWhileRevalidateUntilMs: swr, staleIfErrorUntilMs: sie } = seen?.windows ?? {};
  if (swr && swr > nowMs) return `it may be shown for ${seconds(swr - nowMs)} more while it is fetched again`;
  if (sie && sie > nowMs) return `it may cover for a failing origin for ${seconds(sie - nowMs)} more`;
  return 'no window allows showing it';
}

type Says = (told: Told) => readonly [why: string, step?: string];

const ended: Says = (told) => [
  `Its ttl ended ${seconds(told.explained.seen?.ttlMs ?? 0)} ago; ${untilText(told)}`,
];
const failedJustNow: Says = () => [
  'Its fetch failed less than a second ago: the origin is not asked again yet',
  'Look at the origin',
];
const notForAll: Says = () => [
  'The request has credentials, and what is stored, or was lately answered, is not marked as for all',
];

const switchedOff: Says = ({ explained: { switched } }) => [
  switched ? saysOfRollout(switched) : 'The class is switched off',
  'If the cache is to answer: npx stillfresh rollout status',
];

/** For the rest docs/operations.md has the words, by what `Cache-Status` says. */
const words: Partial<Record<Reason, Says>> = {
  fresh: ({ explained: { seen } }) => [
    `It is stored, ${seconds(seen?.ageMs ?? 0)} old, and fresh for ${seconds(seen?.ttlMs ?? 0)} more`,
    'If it is wrong all the same, no purge named a tag of it: compare these with what the event purges',
  ],
  'stale-while-revalidate': ended,
  stale: ended,
  expired: ended,
  'soft-purged': (told) => [
    `It was softly purged by ${named(told, 'soft')}; ${untilText(told)}`,
    'If nobody may see it any more, purge it hard',
  ],
  purged: (told) => [
    `It was purged since it was fetched: ${named(told, 'changed')}`,
    'Nothing, if that was meant: the next read fetches it',
  ],
  evicted: (told) => [
    `What it was stored under is gone from Redis: ${named(told, 'missing')}`,
    'If it happens often, give Redis more room',
  ],
  'uri-miss': ({ explained: { seen } }) => [
    seen?.notes.length
      ? `What stands under its key cannot be used: ${seen.notes.join(', ')}`
      : 'Nothing is stored under its key',
    'If it was read before, the log of that read says whether it could be stored',
  ],
  'vary-miss': () => ['Others of this URL are stored, none for these request headers'],
  off: switchedOff,
  shadow: switchedOff,
  'kill-switch': ({ explained: { switched } }) => [
    switched ? saysOfRollout(switched) : 'The kill switch is on',
    'Nothing, if that was meant; else take it back where it was set: KILL_SWITCH, or POST /-/rollout/kill',
  ],
  'store-unavailable': () => [
    'Redis could not be asked: the next read goes to the origin, and is not stored',
    'Look at Redis, and at the log’s notes',
  ],
  cookie: notForAll,
  authorization: notForAll,
  'stale-if-error': failedJustNow,
  'origin-failed': failedJustNow,
  'origin-timeout': failedJustNow,
  forbidden: ({ explained: { access } }) => [`The access rule says no: ${access?.why ?? access?.rule}`],
  unauthenticated: () => ['It is not public: say as whom'],
  'invalid-request': () => ['A parameter is not valid'],
};

export function wordsOf(reason: Reason, told: Told): Words {
  const [why, step = null] = words[reason]?.(told) ?? [
    `docs/operations.md says what ${reason} means in Cache-Status`,
  ];
  return { why, next_step: step };
}
