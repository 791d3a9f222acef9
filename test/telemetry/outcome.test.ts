import { describe, expect, it, test } from 'vitest';
import { cacheStatusHeader } from '../../src/http/cache-status.ts';
import { Problem } from '../../src/http/problem.ts';
import {
  type EndedRequest,
  type OutcomeName,
  outcomeFields,
  outcomeName,
  outcomeNames,
  type Reason,
  reasonOf,
  reasons,
  requestOutcome,
} from '../../src/telemetry/outcome.ts';

const className = 'report';
const hit = { kind: 'hit', layer: 'l1', ttlMs: 541_500, key: 'k' } as const;
const stale = { ...hit, ttlMs: -1_500 } as const;
const miss = { kind: 'fwd', fwd: 'uri-miss', fwdStatus: 200, stored: true } as const;
const failed = { kind: 'fwd', fwd: 'stale', stored: false, detail: 'origin-timeout' } as const;
const forbidden = new Problem('forbidden');

/** One request, its status, and all that is said of it: in `Cache-Status`, to the counters and in the log. */
const cases: readonly [
  what: string,
  request: EndedRequest,
  status: number,
  header: string,
  name: OutcomeName,
  reason: Reason,
  fields?: object,
][] = [
  ['a hit', { className, outcome: hit }, 200, 'hit; ttl=541', 'hit', 'fresh', { layer: 'l1' }],
  ['one that is confirmed', { className, outcome: hit }, 304, 'hit; ttl=541', 'hit', 'fresh'],
  ['a stale one', { className, outcome: stale }, 200, 'hit; ttl=-2', 'stale', 'stale-while-revalidate'],
  [
    'one for an origin that failed',
    { className, outcome: { ...stale, detail: 'stale-if-error' } },
    200,
    'hit; ttl=-2; detail=stale-if-error',
    'stale',
    'stale-if-error',
    { detail: 'stale-if-error' },
  ],
  [
    'one whose client asked for more',
    { className, outcome: { ...hit, detail: 'request-directives-ignored' } },
    200,
    'hit; ttl=541; detail=request-directives-ignored',
    'hit',
    'request-directives-ignored',
  ],
  ['a stored error', { className, outcome: hit }, 503, 'hit; ttl=541', 'error', 'fresh'],
  [
    'a miss',
    { className, outcome: { ...miss, collapsed: true } },
    200,
    'fwd=uri-miss; stored; fwd-status=200; collapsed',
    'miss',
    'uri-miss',
    { fwd: 'uri-miss', stored: true, fwd_status: 200, collapsed: true },
  ],
  [
    'a 404 of the origin',
    { className, outcome: { ...miss, stored: false, fwdStatus: 404 } },
    404,
    'fwd=uri-miss; fwd-status=404',
    'miss',
    'uri-miss',
  ],
  [
    'a 500 of the origin, passed on',
    { className, outcome: { ...miss, stored: false, fwdStatus: 500 } },
    500,
    'fwd=uri-miss; fwd-status=500',
    'error',
    'origin-failed',
  ],
  [
    'an origin that failed',
    { className, outcome: failed, error: new Problem('unavailable') },
    503,
    'fwd=stale; detail=origin-timeout',
    'error',
    'origin-timeout',
    { fwd: 'stale', detail: 'origin-timeout' },
  ],
  [
    'only what is stored, and nothing is',
    { className, outcome: { ...failed, detail: 'only-if-cached' }, error: new Problem('not-stored') },
    504,
    'fwd=stale; detail=only-if-cached',
    'refused',
    'only-if-cached',
  ],
  [
    'a write',
    { className, outcome: { kind: 'fwd', fwd: 'method', stored: false, fwdStatus: 201 } },
    201,
    'fwd=method; fwd-status=201',
    'bypass',
    'method',
  ],
  [
    'credentials of one client',
    { className, outcome: { kind: 'fwd', fwd: 'bypass', stored: false, detail: 'cookie' } },
    200,
    'fwd=bypass; detail=cookie',
    'bypass',
    'cookie',
  ],
  ['a refusal', { className, error: forbidden }, 403, 'detail=forbidden', 'refused', 'forbidden'],
  [
    'a handler that refuses by what it has read',
    { className, outcome: hit, error: forbidden },
    403,
    'hit; ttl=541',
    'refused',
    'forbidden',
  ],
  [
    'the same, answered by the team in its own way',
    { className, outcome: hit, error: forbidden },
    200,
    'hit; ttl=541',
    'hit',
    'fresh',
  ],
  [
    'an error in a handler that had its value',
    { className, outcome: hit, error: new TypeError('no') },
    500,
    'hit; ttl=541',
    'error',
    'internal',
  ],
  ['an error before', { className, error: new Error('no') }, 500, 'detail=refused', 'error', 'internal'],
  ['a refusal by a middleware', { className }, 429, 'detail=refused', 'refused', 'http-error'],
  ['a path that there is not', { error: new Problem('not-found') }, 404, '', 'refused', 'not-found'],
  ['the same by a handler of its own', {}, 404, '', 'refused', 'not-found'],
  ['what is not for the cache', {}, 202, '', 'bypass', 'none'],
];

describe('one outcome of each request, said in the header, to the counters and in the log', () => {
  it.each(cases)('%s', (_, request, status, header, name, reason, fields = {}) => {
    const outcome = requestOutcome(request);
    const isOfClass = outcome.kind !== 'unread' || outcome.className !== undefined;
    expect(isOfClass ? cacheStatusHeader(outcome) : '').toBe(header && `Stillfresh; ${header}`);
    expect(outcomeName(request, status)).toBe(name);
    expect(reasonOf(request, status)).toBe(reason);
    expect(reasons).toContain(reason);
    expect(outcomeFields(request, status)).toMatchObject({ outcome: name, ...fields });
  });

  test('has each of the names', () => {
    expect(new Set(cases.map(([, , , , name]) => name))).toEqual(new Set(outcomeNames));
  });
});
