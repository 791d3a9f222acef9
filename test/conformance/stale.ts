import {
  type Answer,
  type Case,
  cached,
  covered,
  down,
  either,
  fetched,
  get,
  hold,
  later,
  problem,
  release,
  settle,
  stale,
  up,
  validated,
} from './support/case.ts';
import { answer, cc, closes, fresh, hangs, inS, ok, same } from './support/values.ts';

/** RFC 9111 §4.2.4 and RFC 5861: when an answer is used though it is stale. */

const S424 = 'RFC 9111 §4.2.4';
const SWR = 'RFC 5861 §3';
const SIE = 'RFC 5861 §4';

/** Fresh for 10 seconds; asked again when it is 15 seconds old. */
const at15 = (
  id: string,
  rfc: string,
  must: string,
  first: Answer,
  second: Answer,
  expect = fetched(),
): Case => ({
  id,
  rfc,
  must,
  origin: [first, second],
  steps: [get(fetched({ stored: true })), later(15), get(expect)],
});

const refused: Case[] = [
  at15('stale-never', S424, 'without leave a stale answer is not used', fresh(10), fresh(10)),
  ...(
    [
      ['must-revalidate', 'RFC 9111 §5.2.2.2', 'max-age=10, must-revalidate'],
      ['proxy-revalidate', 'RFC 9111 §5.2.2.8', 'max-age=10, proxy-revalidate'],
      ['s-maxage', 'RFC 9111 §5.2.2.10', 's-maxage=10'],
    ] as const
  ).flatMap(([id, rfc, value]): Case[] => [
    at15(id, rfc, `${id} is never used when stale`, cc(value), fresh(10)),
    at15(`${id}-500`, rfc, `${id}: an error of the origin is passed on`, cc(value), answer(500)),
    at15(
      `${id}-closes`,
      rfc,
      `${id}: an origin that gives no answer makes an error`,
      cc(value),
      closes,
      problem([502, 504], { detail: 'origin-failed' }),
    ),
  ]),
  ...(['must-revalidate', 'proxy-revalidate'] as const).flatMap((directive): Case[] => [
    at15(
      `${directive}-swr`,
      S424,
      `${directive} wins over stale-while-revalidate`,
      cc(`max-age=10, ${directive}, stale-while-revalidate=100`),
      fresh(10),
    ),
    at15(
      `${directive}-sie`,
      S424,
      `${directive} wins over stale-if-error`,
      cc(`max-age=10, stale-if-error=100, ${directive}`),
      answer(503),
    ),
    at15(
      `${directive}-sie-closes`,
      S424,
      `${directive} wins over stale-if-error where the origin gives no answer`,
      cc(`max-age=10, stale-if-error=100, ${directive}`),
      closes,
      problem([502, 504]),
    ),
  ]),
  {
    id: 'no-cache-swr',
    rfc: S424,
    must: 'no-cache wins over stale-while-revalidate',
    origin: [cc('no-cache, stale-while-revalidate=100'), ok()],
    steps: [get(fetched()), get(fetched())],
  },
  {
    id: 'no-cache-sie',
    rfc: S424,
    must: 'no-cache wins over stale-if-error',
    origin: [cc('no-cache, stale-if-error=100', { ETag: '"a"' }), answer(500)],
    steps: [get(fetched()), get(fetched())],
  },
];

const swr = (seconds: number | string, headers = {}) =>
  cc(`max-age=10, stale-while-revalidate=${seconds}`, headers);

const whileRevalidate: Case[] = [
  {
    id: 'swr',
    rfc: SWR,
    must: 'within the window the stale answer is used, and refreshed in the background',
    origin: [swr(30), fresh(10)],
    steps: [
      get(fetched()),
      later(15),
      get(stale(1, { ttl: -5, headers: { Age: '15' } })),
      settle(1),
      get(cached(2)),
    ],
  },
  {
    id: 'swr-once',
    rfc: SWR,
    must: 'while a refresh is under way no other is begun',
    origin: [swr(30), fresh(10)],
    steps: [
      get(fetched()),
      later(15),
      hold,
      get(stale()),
      get(stale()),
      get(stale()),
      release,
      settle(1),
      get(cached(2)),
    ],
  },
  {
    id: 'swr-first-second',
    rfc: SWR,
    must: 'the window begins with the end of freshness',
    origin: [swr(30), fresh(10)],
    steps: [
      get(fetched()),
      later(9),
      get(cached(1, { ttl: 1 })),
      later(1),
      get(stale(1, { ttl: 0 })),
      settle(1),
    ],
  },
  {
    id: 'swr-last-second',
    rfc: SWR,
    must: 'the window lasts as long as it says',
    origin: [swr(30), fresh(10)],
    steps: [get(fetched()), later(39), get(stale(1, { ttl: -29 })), settle(1), get(cached(2))],
  },
  {
    id: 'swr-outside',
    rfc: SWR,
    must: 'beyond the window the answer is not used',
    origin: [swr(30), fresh(10)],
    steps: [get(fetched()), later(41), get(fetched({ fwd: 'stale' })), get(cached(2))],
  },
  {
    id: 'swr-0',
    rfc: SWR,
    must: 'a window of no length is none',
    origin: [swr(0), fresh(10)],
    steps: [get(fetched()), later(10), get(fetched())],
  },
  {
    id: 'swr-max-age-0',
    rfc: SWR,
    must: 'an answer that is never fresh is used within its window',
    origin: [cc('max-age=0, stale-while-revalidate=30'), fresh(10)],
    steps: [get(fetched({ stored: true })), later(5), get(stale()), settle(1), get(cached(2))],
  },
  {
    id: 'swr-s-maxage',
    rfc: SWR,
    must: 's-maxage with stale-while-revalidate says both, and both count',
    origin: [cc('s-maxage=10, stale-while-revalidate=30'), fresh(10)],
    steps: [get(fetched()), later(15), get(stale()), settle(1), get(cached(2))],
  },
  {
    id: 'swr-expires',
    rfc: SWR,
    must: 'the window follows whatever made the answer fresh',
    origin: [cc('stale-while-revalidate=30', { Expires: inS(10) }), fresh(10)],
    steps: [get(fetched()), later(15), get(stale()), settle(1), get(cached(2))],
  },
  {
    id: 'swr-quoted',
    rfc: 'RFC 9111 §5.2',
    must: 'a window in quotes is a window',
    origin: [swr('"30"'), fresh(10)],
    steps: [get(fetched()), later(15), get(stale()), settle(1)],
  },
  ...(['abc', '-1', '1.5', ''] as const).map(
    (value, i): Case => ({
      id: `swr-malformed-${i + 1}`,
      rfc: SWR,
      must: `a window of "${value}" is none`,
      origin: [swr(value), fresh(10)],
      steps: [get(fetched()), later(15), get(fetched())],
    }),
  ),
  {
    id: 'swr-etag',
    rfc: 'RFC 9111 §4.3.1',
    must: 'the refresh in the background is conditional',
    origin: [swr(30, { ETag: '"a"' }), same({ 'Cache-Control': 'max-age=10' })],
    steps: [
      get(fetched()),
      later(15),
      get(stale()),
      settle(1, { method: 'GET', headers: { 'If-None-Match': '"a"' } }),
      get(cached(1, { ttl: 10 })),
    ],
  },
  {
    id: 'swr-error',
    rfc: SWR,
    must: 'a refresh that fails leaves the stale answer in its place',
    origin: [swr(30), answer(500), fresh(10)],
    spare: true,
    steps: [get(fetched()), later(12), get(stale()), settle(1), later(5), get(stale(1, { ttl: -7 }))],
  },
  {
    id: 'swr-closes',
    rfc: SWR,
    must: 'a refresh that gets no answer leaves the stale answer in its place',
    origin: [swr(30), closes, fresh(10)],
    spare: true,
    steps: [get(fetched()), later(12), get(stale()), settle(1), later(5), get(stale(1, { ttl: -7 }))],
  },
  {
    id: 'swr-404',
    rfc: SWR,
    must: 'a refresh that finds nothing ends the stale answer',
    origin: [swr(30), answer(404, { 'Cache-Control': 'max-age=10' })],
    steps: [get(fetched()), later(15), get(stale()), settle(1), get(cached(2, { status: 404 }))],
  },
  {
    id: 'swr-vary',
    rfc: 'RFC 9111 §4.1',
    must: 'the refresh in the background asks for the variant that was stale',
    origin: [swr(30, { Vary: 'X-A' }), fresh(10, { Vary: 'X-A' })],
    steps: [
      get(fetched(), { 'X-A': '1' }),
      later(15),
      get(stale(), { 'X-A': '1' }),
      settle(1, { headers: { 'X-A': '1' } }),
      get(cached(2), { 'X-A': '1' }),
    ],
  },
  {
    id: 'swr-other-variant',
    rfc: SWR,
    must: 'a stale answer to GET is no answer to another variant',
    origin: [swr(30, { Vary: 'X-A' }), fresh(10, { Vary: 'X-A' })],
    steps: [get(fetched(), { 'X-A': '1' }), later(15), get(fetched(), { 'X-A': '2' })],
  },
];

const sie = (seconds: number | string, headers = {}) => cc(`max-age=10, stale-if-error=${seconds}`, headers);

const ifError: Case[] = [
  ...[500, 502, 503, 504].map((status) =>
    at15(
      `sie-${status}`,
      SIE,
      `within the window the stale answer covers for ${status}`,
      sie(30),
      answer(status),
      covered(1, { headers: { Age: '15' } }),
    ),
  ),
  ...[400, 401, 403, 404, 410, 429, 501].map((status) =>
    at15(`sie-${status}`, SIE, `${status} is an answer, and nothing covers for it`, sie(30), answer(status)),
  ),
  at15('sie-200', SIE, 'where the origin answers, its answer is used', sie(30), fresh(10)),
  at15('sie-closes', SIE, 'it covers for an origin that closes the connection', sie(30), closes, covered()),
  at15(
    'sie-junk',
    SIE,
    'it covers for an origin that does not speak HTTP',
    sie(30),
    { raw: 'junk\r\n\r\n' },
    covered(),
  ),
  {
    ...at15('sie-hangs', SIE, 'it covers for an origin that does not answer', sie(30), hangs, covered()),
    on: 'impatient',
  },
  {
    id: 'sie-down',
    rfc: SIE,
    must: 'it covers for an origin that accepts no connection',
    origin: [sie(30), fresh(10)],
    steps: [
      get(fetched()),
      later(15),
      down,
      get(either({ shows: 1, headers: { Age: '15' } })),
      up,
      get(fetched()),
    ],
  },
  {
    id: 'sie-window',
    rfc: SIE,
    must: 'the window lasts as long as it says',
    origin: [sie(30), answer(500), answer(500)],
    steps: [get(fetched()), later(39), get(covered(1, { headers: { Age: '39' } })), later(2), get(fetched())],
  },
  {
    id: 'sie-again',
    rfc: SIE,
    must: 'an error does not take the place of what covers for it',
    origin: [sie(30), answer(500), answer(503), fresh(10)],
    steps: [
      get(fetched()),
      later(15),
      get(covered()),
      later(5),
      get(covered()),
      later(5),
      get(fetched()),
      get(cached(4)),
    ],
  },
  {
    id: 'sie-stored-error',
    rfc: SIE,
    must: 'an error that may be stored does not cover itself',
    origin: [sie(30), answer(503, { 'Retry-After': '9' }), fresh(10)],
    steps: [
      get(fetched()),
      later(15),
      get(covered(1, { headers: { 'Retry-After': null } })),
      later(5),
      get(fetched()),
    ],
  },
  at15('sie-quoted', 'RFC 9111 §5.2', 'a window in quotes is a window', sie('"30"'), answer(500), covered()),
  ...(['abc', '-1', ''] as const).map((value, i) =>
    at15(`sie-malformed-${i + 1}`, SIE, `a window of "${value}" is none`, sie(value), answer(500)),
  ),
  {
    id: 'sie-fresh',
    rfc: SIE,
    must: 'a fresh answer needs no cover',
    origin: [sie(30)],
    steps: [get(fetched()), later(5), get(cached())],
  },
  {
    id: 'sie-swr',
    rfc: SIE,
    must: 'beyond stale-while-revalidate, stale-if-error still covers',
    origin: [cc('max-age=10, stale-while-revalidate=5, stale-if-error=100'), answer(500)],
    steps: [get(fetched()), later(20), get(covered(1, { headers: { Age: '20' } }))],
  },
  {
    id: 'sie-conditional',
    rfc: SIE,
    must: 'it covers for an error on validation',
    origin: [sie(30, { ETag: '"a"' }), answer(502), same()],
    steps: [get(fetched()), later(15), get(covered()), later(5), get(validated())],
  },
  {
    id: 'sie-vary',
    rfc: 'RFC 9111 §4.1',
    must: 'it covers for its own variant only',
    origin: [sie(30, { Vary: 'X-A' }), answer(500)],
    steps: [get(fetched(), { 'X-A': '1' }), later(15), get(fetched({ status: 500 }), { 'X-A': '2' })],
  },
  {
    id: 'sie-outside-closes',
    rfc: SIE,
    must: 'an answer beyond its window is not even used where nothing else is to be had',
    origin: [sie(5), closes],
    steps: [get(fetched()), later(20), get(problem(502, { detail: 'origin-failed' }))],
  },
];

const errors: Case[] = [
  ...[500, 502, 503, 504].map((status) =>
    at15(
      `error-${status}`,
      S424,
      `without leave ${status} is passed on as it is`,
      fresh(10),
      { status, headers: { 'Retry-After': '7' }, body: 'sorry' },
      fetched({ body: 'sorry', headers: { 'Retry-After': '7' }, fwd: 'stale', fwdStatus: status }),
    ),
  ),
  at15(
    'error-closes',
    S424,
    'a cache that is cut off from its origin may use what is stale, for a while',
    fresh(10),
    closes,
    covered(1, { detail: 'stale-disconnected' }),
  ),
  {
    ...at15(
      'error-hangs',
      S424,
      'an origin that does not answer is as good as none',
      fresh(10),
      hangs,
      covered(1, { detail: 'stale-disconnected' }),
    ),
    on: 'impatient',
  },
  ...['must-revalidate', 'proxy-revalidate', 'no-cache'].map(
    (directive): Case => ({
      id: `error-closes-${directive}`,
      rfc: S424,
      must: `with ${directive} an origin that gives no answer makes a 502`,
      origin: [cc(`max-age=10, ${directive}`, { ETag: '"a"' }), closes],
      steps: [get(fetched()), later(20), get(problem(502, { detail: 'origin-failed' }))],
    }),
  ),
  {
    id: 'error-closes-s-maxage',
    rfc: 'RFC 9111 §5.2.2.10',
    must: 'with s-maxage too',
    origin: [cc('s-maxage=10'), closes],
    steps: [get(fetched()), later(20), get(problem(502, { detail: 'origin-failed' }))],
  },
  {
    id: 'error-closes-for-long',
    rfc: S424,
    must: 'and with no directive, once it is stale for ten minutes',
    origin: [fresh(10), closes],
    steps: [get(fetched()), later(611), get(problem(502, { detail: 'origin-failed' }))],
  },
  {
    id: 'error-then-well',
    rfc: S424,
    must: 'an error is not remembered',
    origin: [closes, fresh(10)],
    steps: [get(problem(502)), get(fetched({ stored: true })), get(cached(2))],
  },
  {
    id: 'error-stored',
    rfc: 'RFC 9111 §3',
    must: 'an error with explicit freshness is used while it is fresh, and no longer',
    origin: [answer(503, { 'Cache-Control': 'max-age=10' }), fresh(10)],
    steps: [
      get(fetched({ status: 503 })),
      later(9),
      get(cached(1, { status: 503 })),
      later(1),
      get(fetched({ status: 200 })),
    ],
  },
];

export const staleness: readonly Case[] = [...refused, ...whileRevalidate, ...ifError, ...errors];
