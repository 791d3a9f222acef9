import {
  type Case,
  cached,
  covered,
  type Fields,
  fetched,
  get,
  later,
  problem,
  stale,
  validated,
} from './support/case.ts';
import { cc, fresh, ok, same } from './support/values.ts';

/** RFC 9111 §5.2.1: what a request says of caching. By default a shared cache before an API does not let strangers decide. */

const withETag = (seconds: number) => fresh(seconds, { ETag: '"a"' });
const says = (value: string): Fields => ({ 'Cache-Control': value });

const mattering = [
  'no-cache',
  'NO-CACHE',
  'no-store',
  'max-age=0',
  'max-age=5',
  'min-fresh=1000',
  'only-if-cached',
  'no-cache, no-store, max-age=0',
] as const;

const ignored: Case[] = [
  ...mattering.map(
    (value, i): Case => ({
      id: `ignored-${i + 1}`,
      rfc: 'RFC 9111 §5.2.1',
      must: `${value} is ignored, and the hit says so`,
      origin: [withETag(60)],
      steps: [
        get(fetched()),
        later(10),
        get(cached(1, { detail: 'request-directives-ignored' }), says(value)),
      ],
    }),
  ),
  ...(['no-transform', 'x-mine=1', 'stale-if-error=60'] as const).map(
    (value, i): Case => ({
      id: `irrelevant-${i + 1}`,
      rfc: 'RFC 9111 §5.2.1',
      must: `${value} changes nothing, and nothing is said of it`,
      origin: [fresh(60)],
      steps: [get(fetched()), get(cached(1, { detail: null }), says(value))],
    }),
  ),
  {
    id: 'ignored-without',
    rfc: 'RFC 9111 §5.2.1',
    must: 'without a directive nothing is said of directives',
    origin: [fresh(60)],
    steps: [get(fetched()), get(cached(1, { detail: null }))],
  },
  {
    id: 'ignored-max-stale',
    rfc: 'RFC 9111 §5.2.1.2',
    must: 'max-stale does not make a stale answer usable',
    origin: [fresh(10), fresh(10)],
    steps: [get(fetched()), later(15), get(fetched({ fwd: 'stale' }), says('max-stale'))],
  },
  {
    id: 'ignored-max-stale-fresh',
    rfc: 'RFC 9111 §5.2.1.2',
    must: 'max-stale changes nothing of a hit',
    origin: [fresh(10)],
    steps: [get(fetched()), get(cached(1), says('max-stale=100'))],
  },
  {
    id: 'ignored-pragma',
    rfc: 'RFC 9111 §5.4',
    must: 'Pragma: no-cache changes nothing',
    origin: [fresh(60)],
    steps: [get(fetched()), get(cached(1), { Pragma: 'no-cache' })],
  },
  {
    id: 'ignored-reload',
    rfc: 'RFC 9111 §5.2.1.4',
    must: 'a reload, as browsers say it, changes nothing',
    origin: [fresh(60)],
    steps: [get(fetched()), get(cached(1), { Pragma: 'no-cache', 'Cache-Control': 'no-cache' })],
  },
  {
    id: 'ignored-no-store-miss',
    rfc: 'RFC 9111 §5.2.1.5',
    must: 'no-store does not keep an answer from being stored',
    origin: [fresh(60)],
    steps: [get(fetched({ stored: true }), says('no-store')), get(cached(1, { detail: null }))],
  },
  {
    id: 'ignored-only-if-cached-miss',
    rfc: 'RFC 9111 §5.2.1.7',
    must: 'only-if-cached does not keep a request from the origin',
    origin: [fresh(60)],
    steps: [get(fetched(), says('only-if-cached'))],
  },
  {
    id: 'ignored-no-cache-miss',
    rfc: 'RFC 9111 §5.2.1.4',
    must: 'no-cache on a miss is a miss',
    origin: [fresh(60)],
    steps: [get(fetched({ fwd: 'uri-miss', stored: true }), says('no-cache')), get(cached(1))],
  },
];

const NO_CACHE = 'RFC 9111 §5.2.1.4';
const MAX_AGE = 'RFC 9111 §5.2.1.1';
const MIN_FRESH = 'RFC 9111 §5.2.1.3';
const MAX_STALE = 'RFC 9111 §5.2.1.2';
const ONLY = 'RFC 9111 §5.2.1.7';

const honoured: Case[] = [
  {
    id: 'no-cache',
    rfc: NO_CACHE,
    must: 'no-cache makes the cache validate what it has',
    origin: [withETag(60), same()],
    steps: [
      get(fetched()),
      get(validated(1, { fwd: 'request', seen: { headers: { 'If-None-Match': '"a"' } } }), says('no-cache')),
      get(cached(1)),
    ],
  },
  {
    id: 'no-cache-without-validator',
    rfc: NO_CACHE,
    must: 'no-cache makes the cache ask again, and store what it gets',
    origin: [fresh(60), fresh(60)],
    steps: [get(fetched()), get(fetched({ fwd: 'request', stored: true }), says('no-cache')), get(cached(2))],
  },
  {
    id: 'no-cache-case',
    rfc: 'RFC 9111 §5.2',
    must: 'directives of requests are case-insensitive',
    origin: [fresh(60), fresh(60)],
    steps: [get(fetched()), get(fetched({ fwd: 'request' }), says('No-Cache'))],
  },
  {
    id: 'no-store',
    rfc: 'RFC 9111 §5.2.1.5',
    must: 'no-store keeps the answer from being stored',
    origin: [fresh(60), fresh(60)],
    steps: [
      get(fetched({ stored: false }), says('no-store')),
      get(fetched({ stored: true })),
      get(cached(2)),
    ],
  },
  {
    id: 'max-age-younger',
    rfc: MAX_AGE,
    must: 'max-age takes an answer that is not older',
    origin: [fresh(60)],
    steps: [get(fetched()), later(4), get(cached(1), says('max-age=5'))],
  },
  {
    id: 'max-age-older',
    rfc: MAX_AGE,
    must: 'max-age does not take an answer that is older',
    origin: [fresh(60), fresh(60)],
    steps: [get(fetched()), later(6), get(fetched({ fwd: 'request' }), says('max-age=5')), get(cached(2))],
  },
  {
    id: 'max-age-0',
    rfc: MAX_AGE,
    must: 'max-age=0 makes the cache validate what has an age',
    origin: [withETag(60), same()],
    steps: [get(fetched()), later(1), get(validated(1, { fwd: 'request' }), says('max-age=0'))],
  },
  {
    id: 'max-age-arrival',
    rfc: MAX_AGE,
    must: 'the age on arrival counts',
    origin: [fresh(60, { Age: '20' }), fresh(60)],
    steps: [get(fetched()), get(fetched({ fwd: 'request' }), says('max-age=10'))],
  },
  {
    id: 'min-fresh-enough',
    rfc: MIN_FRESH,
    must: 'min-fresh takes an answer that stays fresh for so long',
    origin: [fresh(60)],
    steps: [get(fetched()), later(20), get(cached(1), says('min-fresh=30'))],
  },
  {
    id: 'min-fresh-not-enough',
    rfc: MIN_FRESH,
    must: 'min-fresh does not take an answer that stays fresh for less',
    origin: [fresh(60), fresh(60)],
    steps: [get(fetched()), later(40), get(fetched({ fwd: 'request' }), says('min-fresh=30'))],
  },
  {
    id: 'max-stale-any',
    rfc: MAX_STALE,
    must: 'max-stale without a value takes an answer however stale',
    origin: [withETag(10)],
    steps: [
      get(fetched()),
      later(100),
      get(stale(1, { ttl: -90, headers: { Age: '100' } }), says('max-stale')),
    ],
  },
  {
    id: 'max-stale-within',
    rfc: MAX_STALE,
    must: 'max-stale takes an answer that is not staler',
    origin: [withETag(10)],
    steps: [get(fetched()), later(20), get(stale(1, { ttl: -10 }), says('max-stale=20'))],
  },
  {
    id: 'max-stale-beyond',
    rfc: MAX_STALE,
    must: 'max-stale does not take an answer that is staler',
    origin: [withETag(10), same()],
    steps: [get(fetched()), later(40), get(validated(1), says('max-stale=20'))],
  },
  ...(['must-revalidate', 'proxy-revalidate'] as const).map(
    (directive): Case => ({
      id: `max-stale-${directive}`,
      rfc: MAX_STALE,
      must: `${directive} of the answer wins over max-stale`,
      origin: [cc(`max-age=10, ${directive}`, { ETag: '"a"' }), same()],
      steps: [get(fetched()), later(20), get(validated(1), says('max-stale'))],
    }),
  ),
  {
    id: 'max-stale-no-cache',
    rfc: MAX_STALE,
    must: 'no-cache of the answer wins over max-stale',
    origin: [cc('no-cache, max-age=60', { ETag: '"a"' }), same()],
    steps: [get(fetched()), get(validated(1), says('max-stale'))],
  },
  {
    id: 'only-if-cached-miss',
    rfc: ONLY,
    must: 'only-if-cached gives 504 where nothing is stored',
    origin: [],
    steps: [get(problem(504), says('only-if-cached'))],
  },
  {
    id: 'only-if-cached-hit',
    rfc: ONLY,
    must: 'only-if-cached gives what is stored',
    origin: [fresh(60)],
    steps: [get(fetched()), get(cached(1), says('only-if-cached'))],
  },
  {
    id: 'only-if-cached-stale',
    rfc: ONLY,
    must: 'only-if-cached gives 504 where what is stored is stale',
    origin: [fresh(10)],
    steps: [get(fetched()), later(20), get(problem(504), says('only-if-cached'))],
  },
  {
    id: 'only-if-cached-variant',
    rfc: ONLY,
    must: 'only-if-cached gives 504 where another variant is stored',
    origin: [fresh(60, { Vary: 'X-A' })],
    steps: [get(fetched(), { 'X-A': '1' }), get(problem(504), { 'X-A': '2', ...says('only-if-cached') })],
  },
  {
    id: 'no-cache-error',
    rfc: NO_CACHE,
    must: 'an error on a validation that was asked for is the answer, or covered where the answer allows it',
    origin: [cc('max-age=60, stale-if-error=60', { ETag: '"a"' }), ok({}, { status: 503 })],
    steps: [get(fetched()), get({ ...covered(1), shows: null, status: [200, 503] }, says('no-cache'))],
  },
  {
    id: 'without',
    rfc: 'RFC 9111 §5.2.1',
    must: 'without a directive a hit is a hit',
    origin: [fresh(60)],
    steps: [get(fetched()), get(cached(1, { detail: null }))],
  },
].map((it: Case): Case => ({ ...it, id: `honoured-${it.id}`, on: 'honoured' }));

export const requestDirectives: readonly Case[] = [...ignored, ...honoured];
