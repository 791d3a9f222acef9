import { ask, asked, type Case, cached, either, fetched, get } from './support/case.ts';
import { freshFor, notFresh, notStored, stored } from './support/patterns.ts';
import { answer, cc, fresh, inS, ok } from './support/values.ts';

/** RFC 9111 §3: what is stored, and what never. */

const S3 = 'RFC 9111 §3';
const OLD = 'Tue, 15 Nov 1994 12:45:26 GMT';

const directives: Case[] = [
  stored('store-max-age', S3, 'an answer with max-age is stored', fresh(60)),
  stored('store-s-maxage', S3, 'an answer with s-maxage is stored', cc('s-maxage=60')),
  stored('store-expires', S3, 'an answer with Expires is stored', ok({ Expires: inS(60) })),
  stored(
    'store-public',
    'RFC 9111 §5.2.2.9',
    'public beside max-age changes nothing',
    cc('public, max-age=60'),
  ),
  notStored('no-store', 'RFC 9111 §5.2.2.5', 'an answer with no-store is not stored', cc('no-store'), {
    expect: { detail: 'no-store' },
  }),
  notStored(
    'no-store-max-age',
    'RFC 9111 §5.2.2.5',
    'no-store wins over max-age, s-maxage and public',
    cc('public, max-age=60, s-maxage=60, no-store'),
    { expect: { detail: 'no-store' } },
  ),
  notStored('no-store-case', 'RFC 9111 §5.2', 'directives are case-insensitive', cc('max-age=60, No-STORE'), {
    expect: { detail: 'no-store' },
  }),
  notStored(
    'no-store-second-line',
    'RFC 9110 §5.3',
    'several lines of Cache-Control are one list',
    cc(['max-age=60', 'no-store']),
    { expect: { detail: 'no-store' } },
  ),
  notStored('private', 'RFC 9111 §5.2.2.7', 'a private answer is not stored', cc('private, max-age=60'), {
    expect: { detail: 'private' },
  }),
  notStored(
    'private-s-maxage',
    'RFC 9111 §5.2.2.7',
    'private wins over s-maxage',
    cc('s-maxage=60, Private'),
    { expect: { detail: 'private' } },
  ),
  notStored(
    'private-and-public',
    'RFC 9111 §5.2.2.7',
    'private wins over public',
    cc('public, private, max-age=60'),
    { expect: { detail: 'private' } },
  ),
  stored(
    'private-field',
    'RFC 9111 §5.2.2.7',
    'private="field" stores the answer without that field',
    cc('max-age=60, private="X-User"', { 'X-User': 'ann', 'X-Other': 'o' }),
    { expect: { headers: { 'X-User': null, 'X-Other': 'o' } } },
  ),
  stored(
    'private-fields',
    'RFC 9111 §5.2.2.7',
    'private="a, b" names several fields, whatever their case',
    cc('max-age=60, private="x-user, X-ROLE"', { 'X-User': 'ann', 'X-Role': 'admin', 'X-Other': 'o' }),
    { expect: { headers: { 'X-User': null, 'X-Role': null, 'X-Other': 'o' } } },
  ),
  {
    id: 'private-field-passed',
    rfc: 'RFC 9111 §5.2.2.7',
    must: 'the one who asked gets the field that private names',
    origin: [cc('max-age=60, private="X-User"', { 'X-User': 'ann' })],
    steps: [get(fetched({ headers: { 'X-User': 'ann' } }))],
  },
  stored(
    'no-cache-field',
    'RFC 9111 §5.2.2.4',
    'no-cache="field" stores the answer without that field',
    cc('max-age=60, no-cache="X-User"', { 'X-User': 'ann', 'X-Other': 'o' }),
    { expect: { headers: { 'X-User': null, 'X-Other': 'o' } } },
  ),
  stored(
    'no-cache-fields',
    'RFC 9111 §5.2.2.4',
    'no-cache="a, b" names several fields',
    cc('no-cache="X-User, X-Role", max-age=60', { 'X-User': 'ann', 'X-Role': 'admin' }),
    { expect: { headers: { 'X-User': null, 'X-Role': null } } },
  ),
  notFresh(
    'no-cache',
    'RFC 9111 §5.2.2.4',
    'no-cache is never used without asking',
    cc('no-cache, max-age=60'),
  ),
  notFresh(
    'no-cache-beside-field',
    'RFC 9111 §5.2.2.4',
    'an unqualified no-cache beside a qualified one counts',
    cc('no-cache="X-User", no-cache, max-age=60'),
  ),
  notFresh('max-age-0', S3, 'max-age=0 is not used without asking', cc('max-age=0')),
  stored(
    'unknown-directive',
    'RFC 9111 §5.2.3',
    'a directive that is not known is ignored',
    cc('max-age=60, community="UCI", x-flag, y=1'),
  ),
  stored(
    'immutable',
    'RFC 9111 §5.2.3',
    'immutable changes nothing for a shared cache',
    cc('max-age=60, immutable'),
  ),
  stored(
    'no-transform',
    'RFC 9111 §5.2.2.6',
    'no-transform does not keep an answer from being stored',
    cc('max-age=60, no-transform'),
  ),
  stored(
    'pragma-answer',
    'RFC 9111 §5.4',
    'Pragma in an answer says nothing',
    cc('max-age=60', { Pragma: 'no-cache' }),
  ),
  stored(
    'must-understand',
    'RFC 9111 §5.2.2.3',
    'must-understand with a status that is understood makes no-store void',
    cc('must-understand, no-store, max-age=60'),
  ),
  stored(
    'must-understand-alone',
    'RFC 9111 §5.2.2.3',
    'must-understand with a status that is understood is stored',
    cc('must-understand, max-age=60'),
  ),
  notStored(
    'must-understand-unknown',
    'RFC 9111 §5.2.2.3',
    'must-understand with a status that is not understood is not stored',
    answer(299, { 'Cache-Control': 'must-understand, max-age=60' }),
  ),
  notStored(
    'must-understand-unknown-no-store',
    'RFC 9111 §5.2.2.3',
    'must-understand does not void the no-store of a status that is not understood',
    answer(499, { 'Cache-Control': 'must-understand, no-store, max-age=60' }),
  ),
];

const personal: Case[] = [
  notStored(
    'set-cookie',
    'RFC 9111 §7.3',
    'an answer with Set-Cookie is not stored',
    fresh(60, { 'Set-Cookie': 'a=1' }),
    { expect: { detail: 'set-cookie', headers: { 'Set-Cookie': 'a=1' } } },
  ),
  notStored(
    'set-cookie-public',
    'RFC 9111 §7.3',
    'not even with public and s-maxage is a Set-Cookie shared',
    cc('public, s-maxage=60', { 'Set-Cookie': ['a=1', 'b=2'] }),
    { expect: { detail: 'set-cookie' } },
  ),
  {
    id: 'set-cookie-named',
    rfc: 'RFC 9111 §5.2.2.4',
    must: 'a Set-Cookie that no-cache names reaches nobody else',
    origin: [cc('max-age=60, no-cache="Set-Cookie"', { 'Set-Cookie': 'a=1' }), fresh(60)],
    spare: true,
    steps: [
      get(fetched({ headers: { 'Set-Cookie': 'a=1' } })),
      get(either({ headers: { 'Set-Cookie': null } })),
    ],
  },
  ...(['max-age=60', 'max-age=60, proxy-revalidate', 'max-age=60, no-transform'] as const).map((value, i) =>
    notStored(
      `authorization-${i + 1}`,
      'RFC 9111 §3.5',
      `an answer to a request with Authorization is not shared with ${value}`,
      cc(value),
      { headers: { Authorization: 'Bearer t' }, expect: { detail: 'authorization' } },
    ),
  ),
  notStored(
    'authorization-expires',
    'RFC 9111 §3.5',
    'an answer to a request with Authorization is not shared for its Expires',
    ok({ Expires: inS(60) }),
    { headers: { Authorization: 'Basic YTpi' }, expect: { detail: 'authorization' } },
  ),
  ...(['public, max-age=60', 's-maxage=60', 'must-revalidate, max-age=60'] as const).map((value, i) =>
    stored(
      `authorization-shared-${i + 1}`,
      'RFC 9111 §3.5',
      `an answer to a request with Authorization is shared with ${value}`,
      cc(value),
      { headers: { Authorization: 'Bearer t' } },
    ),
  ),
  {
    id: 'authorization-others',
    rfc: 'RFC 9111 §3.5',
    must: 'what is shared with public is shared with other credentials and with none',
    origin: [cc('public, max-age=60')],
    steps: [
      get(fetched({ stored: true }), { Authorization: 'Bearer t' }),
      get(cached(), { Authorization: 'Bearer u' }),
      get(cached()),
    ],
  },
  {
    id: 'authorization-then-none',
    rfc: 'RFC 9111 §3.5',
    must: 'what one with credentials got is not shown to one without',
    origin: [fresh(60), fresh(60)],
    steps: [
      get(fetched({ stored: false, detail: 'authorization' }), { Authorization: 'Bearer t' }),
      get(fetched({ stored: true })),
      get(cached(2)),
    ],
  },
  notStored(
    'cookie',
    S3,
    'an answer to a request with a Cookie is not shared with max-age alone',
    fresh(60),
    { headers: { Cookie: 'session=1' }, expect: { detail: 'cookie' } },
  ),
  notStored(
    'cookie-must-revalidate',
    S3,
    'an answer to a request with a Cookie is not shared with must-revalidate',
    cc('max-age=60, must-revalidate'),
    { headers: { Cookie: 'session=1' }, expect: { detail: 'cookie' } },
  ),
  notStored(
    'cookie-heuristic',
    'RFC 9111 §4.2.2',
    'an answer to a request with a Cookie is not shared by heuristics',
    ok({ 'Last-Modified': OLD }),
    { headers: { Cookie: 'session=1' } },
  ),
  ...(['public, max-age=60', 's-maxage=60'] as const).map((value, i) =>
    stored(
      `cookie-shared-${i + 1}`,
      S3,
      `an answer to a request with a Cookie is shared with ${value}`,
      cc(value),
      {
        headers: { Cookie: 'session=1' },
      },
    ),
  ),
  {
    id: 'cookie-then-none',
    rfc: S3,
    must: 'what one with a Cookie got is not shown to one without',
    origin: [fresh(60), fresh(60)],
    steps: [
      get(fetched({ stored: false }), { Cookie: 'session=1' }),
      get(fetched({ stored: true })),
      get(cached(2)),
    ],
  },
];

const understood = [200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501] as const;
/** Understood or not: with explicit freshness a final status is as good as another (RFC 9111 §3, third item from the end). */
const others = [299, 400, 403, 418, 451, 499, 500, 503, 599] as const;
const byHeuristics = [200, 203, 204, 300, 301, 308, 404, 410] as const;
/** Those by which one client could make others see an error (400, 405, 413, 414, 5xx) are among them. */
const ifPublic = [
  201, 202, 299, 302, 303, 307, 400, 401, 403, 405, 413, 414, 418, 421, 451, 500, 501, 502, 503, 504, 599,
] as const;

const statuses: Case[] = [
  ...[...understood, ...others].map((status) =>
    stored(
      `status-${status}`,
      S3,
      `${status} with explicit freshness is stored`,
      answer(status, {
        'Cache-Control': 'max-age=60',
        ...(status >= 300 && status < 400 && { Location: '/elsewhere' }),
      }),
    ),
  ),
  ...byHeuristics.map((status) =>
    stored(
      `heuristic-${status}`,
      'RFC 9111 §4.2.2',
      `${status} with Last-Modified alone is stored`,
      answer(status, { 'Last-Modified': OLD }),
    ),
  ),
  ...ifPublic.flatMap((status) => [
    notStored(
      `heuristic-not-${status}`,
      'RFC 9111 §4.2.2',
      `${status} with Last-Modified alone is not used again`,
      answer(status, { 'Last-Modified': OLD }),
    ),
    stored(
      `heuristic-public-${status}`,
      'RFC 9111 §4.2.2',
      `${status} with Last-Modified is stored where it is public`,
      answer(status, { 'Last-Modified': OLD, 'Cache-Control': 'public' }),
    ),
  ]),
  ...[428, 429, 431, 511].map((status) =>
    notStored(
      `heuristic-public-${status}`,
      'RFC 6585',
      `${status} is not stored, public or not`,
      answer(status, { 'Last-Modified': OLD, 'Cache-Control': 'public' }),
    ),
  ),
  stored(
    'heuristic-public-targeted',
    'RFC 9213 §2.2',
    'a status is public by the field that is for this cache',
    answer(503, { 'Last-Modified': OLD, 'CDN-Cache-Control': 'public' }),
  ),
  notStored(
    'heuristic-public-not-targeted',
    'RFC 9213 §2.2',
    'and not by another beside that',
    answer(503, { 'Last-Modified': OLD, 'Cache-Control': 'public', 'CDN-Cache-Control': 'no-transform' }),
  ),
  freshFor(
    'heuristic-public-lifetime',
    'RFC 9111 §4.2.2',
    'of what is public by its origin it is a tenth too',
    100,
    answer(404, { 'Last-Modified': inS(-1000), 'Cache-Control': 'public' }),
  ),
  ...[404, 503].map((status) =>
    notStored(
      `public-alone-${status}`,
      S3,
      `${status} that is public without anything to guess from is not stored`,
      answer(status, { 'Cache-Control': 'public' }),
    ),
  ),
  ...[400, 404, 405, 413, 431, 500, 502, 503, 504].map((status) =>
    notStored(`no-freshness-${status}`, S3, `${status} without any freshness is not stored`, answer(status)),
  ),
  notStored('no-freshness', S3, 'a 200 without any freshness is not stored', ok(), {
    expect: { detail: 'no-freshness' },
  }),
  notFresh(
    'no-freshness-etag',
    S3,
    'a 200 with an ETag and no freshness is not used without asking',
    ok({ ETag: '"a"' }),
  ),
  notFresh('no-freshness-public', 'RFC 9111 §5.2.2.9', 'public alone gives no freshness', cc('public')),
  notStored(
    'partial-content',
    'RFC 9111 §3.3',
    '206 is not stored, since ranges are not combined here',
    {
      status: 206,
      headers: { 'Cache-Control': 'max-age=60', 'Content-Range': 'bytes 0-3/8' },
      body: 'answ',
    },
    { headers: { Range: 'bytes=0-3' }, expect: { detail: 'partial' } },
  ),
  {
    id: 'partial-content-unasked',
    rfc: 'RFC 9111 §3.3',
    must: 'a 206 to a request without Range is not stored either',
    origin: [
      {
        status: 206,
        headers: { 'Cache-Control': 'max-age=60', 'Content-Range': 'bytes 0-3/8' },
        body: 'answ',
      },
      fresh(60),
    ],
    steps: [get(asked()), get(fetched({ status: 200 }))],
  },
];

const methods: Case[] = [
  ...(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'SEARCH', 'REPORT', 'QUERY'] as const).map(
    (method): Case => ({
      id: `method-${method.toLowerCase()}`,
      rfc: S3,
      must: `an answer to ${method} is not used for GET`,
      origin: [fresh(60), fresh(60)],
      steps: [ask(method, fetched({ stored: false, fwd: 'method' })), get(fetched({ stored: true }))],
    }),
  ),
  ...(['POST', 'PUT', 'OPTIONS', 'PROPFIND'] as const).map(
    (method): Case => ({
      id: `method-again-${method.toLowerCase()}`,
      rfc: S3,
      must: `an answer to ${method} is not used for another ${method}`,
      origin: [fresh(60), fresh(60)],
      steps: [ask(method, fetched({ fwd: 'method' })), ask(method, fetched({ fwd: 'method' }))],
    }),
  ),
  {
    id: 'method-past-stored',
    rfc: 'RFC 9111 §4',
    must: 'a request with another method is not answered with what a GET got',
    origin: [fresh(60), fresh(60)],
    steps: [get(fetched()), ask('PROPFIND', fetched({ fwd: 'method' })), get(cached())],
  },
];

const keys: Case[] = [
  {
    id: 'query',
    rfc: 'RFC 9111 §2',
    must: 'another query is another resource',
    origin: [fresh(60), fresh(60), fresh(60)],
    steps: [
      get(fetched(), {}, '?a=1'),
      get(fetched(), {}, '?a=2'),
      get(fetched()),
      get(cached(1), {}, '?a=1'),
      get(cached(2), {}, '?a=2'),
      get(cached(3)),
    ],
  },
  {
    id: 'query-order',
    rfc: 'RFC 9111 §2',
    must: 'the order of a query counts: the origin may look at it',
    origin: [fresh(60), fresh(60)],
    steps: [get(fetched(), {}, '?a=1&b=2'), get(fetched(), {}, '?b=2&a=1')],
  },
  {
    id: 'path-case',
    rfc: 'RFC 9110 §4.2.3',
    must: 'the case of a path counts',
    origin: [fresh(60), fresh(60)],
    steps: [get(fetched(), {}, '/x'), get(fetched(), {}, '/X'), get(cached(1), {}, '/x')],
  },
  {
    id: 'path-slash',
    rfc: 'RFC 9110 §4.2.3',
    must: 'a slash at the end makes another resource',
    origin: [fresh(60), fresh(60)],
    steps: [get(fetched(), {}, '/x'), get(fetched(), {}, '/x/'), get(cached(1), {}, '/x')],
  },
];

const vary: Case[] = [
  notStored('vary-star', 'RFC 9111 §4.1', 'Vary: * is not stored', fresh(60, { Vary: '*' }), {
    expect: { detail: 'vary-star' },
  }),
  notStored(
    'vary-star-listed',
    'RFC 9111 §4.1',
    'a * among the members of Vary counts',
    fresh(60, { Vary: 'Accept, *' }),
    { expect: { detail: 'vary-star' } },
  ),
];

const cut = (head: string, body: string) => ({
  raw: `HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n${head}\r\n\r\n${body}`,
});

const completeness: Case[] = [
  ...(
    [
      ['length', 'shorter than its Content-Length', cut('Content-Length: 100', 'half of it')],
      ['chunked', 'whose chunks break off', cut('Transfer-Encoding: chunked', 'a\r\nhalf of it\r\n')],
      ['chunk', 'that ends within a chunk', cut('Transfer-Encoding: chunked', 'ff\r\nhalf of it')],
      ['empty', 'of which nothing came but the head', cut('Content-Length: 100', '')],
      ['large', 'that breaks off late', cut('Content-Length: 400000', 'x'.repeat(300_000))],
    ] as const
  ).map(
    ([id, what, first]): Case => ({
      id: `incomplete-${id}`,
      rfc: 'RFC 9111 §3.3',
      must: `an answer ${what} is never shown to the next`,
      origin: [first, fresh(60)],
      steps: [get(asked()), get(fetched({ stored: true })), get(cached(2))],
    }),
  ),
  {
    id: 'http-1-0',
    rfc: S3,
    must: 'an answer in HTTP/1.0 is stored as any other',
    origin: [{ raw: 'HTTP/1.0 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 4\r\n\r\nfour' }],
    steps: [get(asked({ body: 'four', stored: true })), get(cached(1, { body: 'four', status: 200 }))],
  },
  stored('chunked', S3, 'an answer in chunks is stored whole', {
    headers: { 'Cache-Control': 'max-age=60' },
    body: ['one ', 'two ', 'three'],
  }),
  stored('empty', S3, 'an empty answer is an answer', { ...fresh(60), body: '' }),
  notStored(
    'too-large',
    S3,
    'an answer that announces more than the cache takes is passed on and not stored',
    { headers: { 'Cache-Control': 'max-age=60' }, body: 'x'.repeat(3_000_000) },
    { expect: { detail: 'too-large' } },
  ),
  {
    id: 'too-large-chunked',
    rfc: S3,
    must: 'an answer that turns out to be more than the cache takes is passed on whole',
    origin: [1, 2].map(() => ({
      headers: { 'Cache-Control': 'max-age=60' },
      body: Array.from({ length: 30 }, () => 'y'.repeat(100_000)),
    })),
    steps: [get(fetched()), get(fetched())],
  },
];

export const storing: readonly Case[] = [
  ...directives,
  ...personal,
  ...statuses,
  ...methods,
  ...keys,
  ...vary,
  ...completeness,
];
