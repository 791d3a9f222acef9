import {
  ask,
  type Case,
  cached,
  collapsed,
  covered,
  fetched,
  get,
  head,
  later,
  problem,
  settle,
  stale,
  together,
  validated,
} from './support/case.ts';
import { answer, cc, closes, fresh, ok, same } from './support/values.ts';

/** RFC 9211: what an answer says of where it came from. That the field parses and ends in our member, every case sees to. */

const FWD = 'RFC 9211 §2.2';

const own: Case[] = [
  {
    id: 'miss',
    rfc: FWD,
    must: 'where nothing is stored it is a uri-miss, with the status of the origin',
    origin: [fresh(60)],
    steps: [get(fetched({ fwd: 'uri-miss', stored: true, fwdStatus: 200, collapsed: false, detail: null }))],
  },
  {
    id: 'hit',
    rfc: 'RFC 9211 §2.1',
    must: 'from the store it is a hit, and says nothing of an origin',
    origin: [fresh(60)],
    steps: [
      get(fetched()),
      get(cached(1, { fwdStatus: null, stored: false, collapsed: false, detail: null })),
    ],
  },
  {
    id: 'ttl',
    rfc: 'RFC 9211 §2.4',
    must: 'ttl is the freshness that is left',
    origin: [fresh(60)],
    steps: [get(fetched()), get(cached(1, { ttl: 60 })), later(10), get(cached(1, { ttl: 50 }))],
  },
  {
    id: 'ttl-age',
    rfc: 'RFC 9211 §2.4',
    must: 'ttl takes the age on arrival into account',
    origin: [fresh(60, { Age: '20' })],
    steps: [get(fetched()), later(10), get(cached(1, { ttl: 30 }))],
  },
  {
    id: 'ttl-negative',
    rfc: 'RFC 9211 §2.4',
    must: 'ttl of a stale answer is negative',
    origin: [cc('max-age=10, stale-while-revalidate=60'), fresh(60)],
    steps: [get(fetched()), later(30), get(stale(1, { ttl: -20 })), settle(1), get(cached(2, { ttl: 60 }))],
  },
  {
    id: 'stale',
    rfc: FWD,
    must: 'where what is stored is stale it is fwd=stale',
    origin: [fresh(10), fresh(10)],
    steps: [get(fetched()), later(10), get(fetched({ fwd: 'stale', fwdStatus: 200, stored: true }))],
  },
  {
    id: 'validated',
    rfc: 'RFC 9211 §2.3',
    must: 'a validation is fwd=stale with the status of the origin, 304',
    origin: [fresh(10, { ETag: '"a"' }), same()],
    steps: [get(fetched()), later(10), get(validated(1, { fwd: 'stale', fwdStatus: 304 }))],
  },
  {
    id: 'no-cache',
    rfc: FWD,
    must: 'what must be validated at each use is fwd=stale',
    origin: [cc('no-cache', { ETag: '"a"' }), same()],
    steps: [get(fetched({ fwd: 'uri-miss' })), get(validated(1, { fwd: 'stale' }))],
  },
  {
    id: 'covered',
    rfc: 'RFC 9211 §2.3',
    must: 'a stale answer that covers for an error is not passed off as fresh',
    origin: [cc('max-age=10, stale-if-error=60'), answer(503)],
    steps: [get(fetched()), later(30), get(covered(1, { ttl: -20 }))],
  },
  {
    id: 'vary-miss',
    rfc: FWD,
    must: 'where another variant is stored it is a vary-miss',
    origin: [fresh(60, { Vary: 'X-A' }), fresh(60, { Vary: 'X-A' })],
    steps: [
      get(fetched({ fwd: 'uri-miss' }), { 'X-A': '1' }),
      get(fetched({ fwd: 'vary-miss' }), { 'X-A': '2' }),
    ],
  },
  ...(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND'] as const).map(
    (method): Case => ({
      id: `method-${method.toLowerCase()}`,
      rfc: FWD,
      must: `${method} is fwd=method, and stores nothing`,
      origin: [fresh(60)],
      steps: [ask(method, fetched({ fwd: 'method', stored: false, fwdStatus: 200 }))],
    }),
  ),
  {
    id: 'head-miss',
    rfc: FWD,
    must: 'HEAD for what is not stored is a uri-miss, and stores nothing',
    origin: [fresh(60)],
    steps: [head(fetched({ fwd: 'uri-miss', stored: false }))],
  },
  {
    id: 'request',
    rfc: FWD,
    must: 'where the request asks for it, it is fwd=request',
    on: 'honoured',
    origin: [fresh(60), fresh(60)],
    steps: [
      get(fetched()),
      get(fetched({ fwd: 'request', fwdStatus: 200 }), { 'Cache-Control': 'no-cache' }),
    ],
  },
  ...[204, 301, 404, 500].map(
    (status): Case => ({
      id: `fwd-status-${status}`,
      rfc: 'RFC 9211 §2.3',
      must: `fwd-status is that of the origin: ${status}`,
      origin: [answer(status)],
      steps: [get(fetched({ fwdStatus: status, stored: false }))],
    }),
  ),
  {
    id: 'no-fwd-status',
    rfc: 'RFC 9211 §2.3',
    must: 'an origin that gave no answer gave no status',
    origin: [closes],
    steps: [get(problem(502, { fwd: 'uri-miss', fwdStatus: null, stored: false, detail: 'origin-failed' }))],
  },
  {
    id: 'collapsed',
    rfc: 'RFC 9211 §2.6',
    must: 'requests at once become one, and say so',
    origin: [fresh(60)],
    steps: [
      together(
        { expect: fetched({ collapsed: false, stored: true }) },
        { expect: collapsed() },
        { expect: collapsed() },
      ),
      get(cached()),
    ],
  },
  {
    id: 'collapsed-not',
    rfc: 'RFC 9211 §2.6',
    must: 'requests for several resources do not become one',
    origin: [fresh(60, { Vary: 'X-A' }), fresh(60, { Vary: 'X-A' })],
    steps: [get(fetched({ collapsed: false }), {}, '/a'), get(fetched({ collapsed: false }), {}, '/b')],
  },
  {
    id: 'origins',
    rfc: 'RFC 9211 §2',
    must: 'our member stands behind those of caches nearer to the origin',
    origin: [fresh(60, { 'Cache-Status': 'Upstream; hit; ttl=5' })],
    steps: [
      get(fetched({ headers: { 'Cache-Status': /^Upstream\s*;\s*hit\s*;\s*ttl=5\s*,\s*Stillfresh\s*;/ } })),
    ],
  },
  {
    id: 'origins-lines',
    rfc: 'RFC 9211 §2',
    must: 'our member stands behind several of others',
    origin: [ok({ 'Cache-Status': ['A; hit', '"B"; fwd=miss'] })],
    steps: [get(fetched({ headers: { 'Cache-Status': /^A.*,.*B.*,\s*Stillfresh/ } }))],
  },
  {
    id: 'origins-hit',
    rfc: 'RFC 9211 §2',
    must: 'on a hit our member is the last too',
    origin: [fresh(60, { 'Cache-Status': 'Upstream; fwd=miss' })],
    steps: [get(fetched()), get(cached(1, { headers: { 'Cache-Status': /Stillfresh\s*;\s*hit[^,]*$/ } }))],
  },
];

const FULL = { Range: 'bytes=0-3' };

/** Why an answer was not stored. */
const details: Case[] = (
  [
    ['no-store', cc('no-store'), {}],
    ['private', cc('private, max-age=60'), {}],
    ['set-cookie', fresh(60, { 'Set-Cookie': 'a=1' }), {}],
    ['authorization', fresh(60), { Authorization: 'Bearer t' }],
    ['cookie', fresh(60), { Cookie: 'a=1' }],
    ['vary-star', fresh(60, { Vary: '*' }), {}],
    ['status', answer(299, { 'Cache-Control': 'must-understand, max-age=60' }), {}],
    ['no-freshness', ok(), {}],
    ['partial', { status: 206, headers: { 'Content-Range': 'bytes 0-3/9' }, body: 'part' }, FULL],
    ['too-large', { headers: { 'Cache-Control': 'max-age=60' }, body: 'x'.repeat(6_000_000) }, {}],
  ] as const
).map(([detail, given, headers]) => ({
  id: `detail-${detail}`,
  rfc: 'RFC 9211 §2.8',
  must: `an answer that is not stored says why: ${detail}`,
  origin: [given],
  steps: [get(fetched({ stored: false, detail }), headers)],
}));

export const cacheStatus: readonly Case[] = [...own, ...details].map((it) => ({
  ...it,
  id: `says-${it.id}`,
}));
