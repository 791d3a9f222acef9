import {
  type Case,
  cached,
  covered,
  either,
  type Fields,
  fetched,
  get,
  head,
  later,
  notModified,
  validated,
} from './support/case.ts';
import { answer, cc, fresh, ok, same } from './support/values.ts';

/** RFC 9111 §4.3.5 and RFC 9110 §9.3.2: HEAD. */

const HEAD = 'RFC 9110 §9.3.2';
const FRESHEN = 'RFC 9111 §4.3.5';
const gzip = { 'Content-Encoding': 'gzip' };
const acceptsGzip = { 'Accept-Encoding': 'gzip' };
const MODIFIED = 'Tue, 15 Nov 1994 12:45:26 GMT';

const stored: Case[] = [
  {
    id: 'head-hit',
    rfc: HEAD,
    must: 'HEAD is answered from what a GET got: the fields, and no body',
    origin: [fresh(60, { ETag: '"a"', 'X-Kept': '1' })],
    steps: [
      get(fetched()),
      later(10),
      head(
        cached(1, {
          body: '',
          ttl: 50,
          headers: {
            'Content-Length': '8',
            'Content-Type': 'text/plain',
            ETag: '"a"',
            'X-Kept': '1',
            Age: '10',
          },
        }),
      ),
      get(cached()),
    ],
  },
  {
    id: 'head-hit-404',
    rfc: HEAD,
    must: 'HEAD is answered from a stored 404',
    origin: [answer(404, { 'Cache-Control': 'max-age=60' })],
    steps: [get(fetched()), head(cached(1, { status: 404, body: '' }))],
  },
  {
    id: 'head-hit-301',
    rfc: HEAD,
    must: 'HEAD is answered from a stored redirection, Location and all',
    origin: [answer(301, { 'Cache-Control': 'max-age=60', Location: '/x' })],
    steps: [get(fetched()), head(cached(1, { status: 301, headers: { Location: '/x' } }))],
  },
  {
    id: 'head-hit-chunked',
    rfc: HEAD,
    must: 'HEAD is answered from what came in chunks',
    origin: [{ headers: { 'Cache-Control': 'max-age=60' }, body: ['one ', 'two'] }],
    steps: [
      get(fetched()),
      head(cached(1, { headers: { 'Content-Length': (it) => it === undefined || it === '7' } })),
    ],
  },
  {
    id: 'head-inm',
    rfc: 'RFC 9110 §13.1.2',
    must: 'a conditional HEAD gives 304 as a GET does',
    origin: [fresh(60, { ETag: '"a"' })],
    steps: [
      get(fetched()),
      head(notModified(), { 'If-None-Match': '"a"' }),
      head(cached(), { 'If-None-Match': '"b"' }),
    ],
  },
  {
    id: 'head-vary',
    rfc: 'RFC 9111 §4.1',
    must: 'HEAD chooses its variant as GET does',
    origin: [fresh(60, { Vary: 'X-A' }), fresh(60, { Vary: 'X-A' })],
    steps: [
      get(fetched(), { 'X-A': '1' }),
      head(fetched({ seen: { method: 'HEAD' } }), { 'X-A': '2' }),
      head(cached(1), { 'X-A': '1' }),
    ],
  },
];

const missing: Case[] = [
  {
    id: 'head-miss',
    rfc: FRESHEN,
    must: 'HEAD for what is not stored goes to the origin as HEAD',
    origin: [fresh(60)],
    steps: [
      head(
        fetched({ stored: false, headers: { 'Content-Length': '8' }, seen: { method: 'HEAD', body: '' } }),
      ),
    ],
  },
  {
    id: 'head-stores-nothing',
    rfc: FRESHEN,
    must: 'what HEAD got is no answer to GET',
    origin: [fresh(60), fresh(60)],
    steps: [head(fetched()), get(fetched({ stored: true, seen: { method: 'GET' } })), get(cached(2))],
  },
  {
    id: 'head-twice',
    rfc: FRESHEN,
    must: 'what HEAD got is not kept for the next HEAD',
    origin: [fresh(60), fresh(60)],
    steps: [head(fetched()), head(fetched())],
  },
  {
    id: 'head-no-store',
    rfc: 'RFC 9111 §5.2.2.5',
    must: 'where GET stores nothing, HEAD goes to the origin',
    origin: [cc('no-store'), cc('no-store')],
    steps: [get(fetched()), head(fetched({ seen: { method: 'HEAD' } }))],
  },
  {
    id: 'head-404',
    rfc: HEAD,
    must: 'the status of HEAD is passed on',
    origin: [answer(404), fresh(60)],
    steps: [head(fetched({ status: 404 })), get(fetched({ status: 200 }))],
  },
  {
    id: 'head-expired',
    rfc: HEAD,
    must: 'HEAD for what is stale asks the origin',
    origin: [fresh(10), fresh(10)],
    steps: [get(fetched()), later(15), head(fetched({ seen: { method: 'HEAD' } }))],
  },
  {
    id: 'head-stale-stores-nothing',
    rfc: FRESHEN,
    must: 'a HEAD that asked the origin does not make the old body fresh where nothing says that it is the same',
    origin: [fresh(10), { ...fresh(10), body: 'longer than before' }, fresh(10)],
    steps: [get(fetched()), later(15), head(fetched()), get(fetched())],
  },
];

/** HEAD finds the stored answer stale, and the origin says this of it; then it fails: what is stale may cover for that, as before. */
const after = (
  id: string,
  must: string,
  first: Parameters<typeof ok>[0],
  second: ReturnType<typeof ok>,
): Case => ({
  id,
  rfc: FRESHEN,
  must,
  origin: [cc('max-age=10, stale-if-error=1000', first), second, answer(500)],
  steps: [
    get(fetched(), acceptsGzip),
    later(15),
    head(fetched({ seen: { method: 'HEAD' } }), acceptsGzip),
    get(covered(1), acceptsGzip),
  ],
});

/** A server that compresses for a GET alone, or the other way round. */
const codings: readonly [id: string, stored: Fields, head: Fields, more?: { body: string }][] = [
  ['length', { ...gzip, ETag: '"a"' }, { ETag: '"a"' }, { body: 'longer than before' }],
  ['tag', { ...gzip, ETag: '"a-gzip"' }, { ETag: '"a"' }],
  ['strength', { ...gzip, ETag: 'W/"a"' }, { ETag: '"a"' }],
  ['date', { ...gzip, 'Last-Modified': MODIFIED }, { 'Last-Modified': 'Wed, 16 Nov 1994 12:45:26 GMT' }],
  ['coded', { ETag: '"a"' }, { ...gzip, ETag: '"a-gzip"' }],
  ['other', { ...gzip, ETag: '"a-gzip"' }, { 'Content-Encoding': 'br', ETag: '"a-br"' }],
];

const freshening: Case[] = [
  after(
    'head-other-etag',
    'HEAD that shows another ETag makes the stored answer stale',
    { ETag: '"a"' },
    ok({ ETag: '"b"' }),
  ),
  after(
    'head-other-last-modified',
    'HEAD that shows another Last-Modified makes the stored answer stale',
    { 'Last-Modified': MODIFIED },
    ok({ 'Last-Modified': 'Wed, 16 Nov 1994 12:45:26 GMT' }),
  ),
  after(
    'head-other-length',
    'HEAD that shows another Content-Length makes the stored answer stale',
    { ETag: '"a"' },
    ok({ ETag: '"a"' }, { body: 'longer than before' }),
  ),
  ...(
    [
      ['etag', { ETag: '"a"' }, ok({ ETag: '"b"' })],
      [
        'last-modified',
        { 'Last-Modified': MODIFIED },
        ok({ 'Last-Modified': 'Wed, 16 Nov 1994 12:45:26 GMT' }),
      ],
      ['length', { ETag: '"a"' }, ok({ ETag: '"a"' }, { body: 'longer than before' })],
    ] as const
  ).map(
    ([what, first, second]): Case => ({
      id: `head-fresh-other-${what}`,
      rfc: FRESHEN,
      must: `HEAD that shows another ${what} ends the freshness of the stored answer`,
      on: 'honoured',
      origin: [fresh(60, first), second, fresh(60)],
      steps: [
        get(fetched()),
        head(fetched({ seen: { method: 'HEAD' } }), { 'Cache-Control': 'no-cache' }),
        get(fetched()),
      ],
    }),
  ),
  ...codings.map(([what, first, second, more]) =>
    after(
      `head-coding-${what}`,
      `HEAD in another coding says nothing of the stored answer (${what})`,
      first,
      ok(second, more),
    ),
  ),
  ...codings.map(
    ([what, first, second, more]): Case => ({
      id: `head-fresh-coding-${what}`,
      rfc: FRESHEN,
      must: `nor does it end its freshness (${what})`,
      on: 'honoured',
      origin: [fresh(60, first), ok(second, more)],
      steps: [
        get(fetched(), acceptsGzip),
        head(fetched({ seen: { method: 'HEAD' } }), { ...acceptsGzip, 'Cache-Control': 'no-cache' }),
        get(cached(1), acceptsGzip),
      ],
    }),
  ),
  {
    id: 'head-other-validated',
    rfc: FRESHEN,
    must: 'what a HEAD has made stale is validated, not thrown away',
    on: 'honoured',
    origin: [fresh(60, { ETag: '"a"' }), ok({ ETag: '"b"' }), same({ ETag: '"a"' })],
    steps: [
      get(fetched()),
      head(fetched(), { 'Cache-Control': 'no-cache' }),
      get(validated(1, { seen: { headers: { 'if-none-match': '"a"' } } })),
    ],
  },
  {
    id: 'head-fresh-same',
    rfc: FRESHEN,
    must: 'HEAD that shows the same validators and length updates the fields of the stored answer',
    on: 'honoured',
    origin: [
      fresh(60, { ETag: '"a"', 'X-Field': 'old', 'X-Kept': '1' }),
      fresh(60, { ETag: '"a"', 'Content-Length': '8', 'X-Field': 'new' }),
    ],
    steps: [
      get(fetched()),
      later(20),
      head(fetched({ seen: { method: 'HEAD' } }), { 'Cache-Control': 'no-cache' }),
      get(cached(1, { ttl: 60, headers: { 'X-Field': 'new', 'X-Kept': '1', Age: '0' } })),
    ],
  },
  {
    id: 'head-same',
    rfc: FRESHEN,
    must: 'HEAD that shows the same validators leaves the stored answer usable',
    origin: [
      cc('max-age=10, stale-if-error=1000', { ETag: '"a"' }),
      cc('max-age=10, stale-if-error=1000', { ETag: '"a"', 'Content-Length': '8' }),
      answer(500),
    ],
    spare: true,
    steps: [get(fetched()), later(15), head(either({ status: 200 })), get(either({ shows: 1 }))],
  },
];

export const heads: readonly Case[] = [...stored, ...missing, ...freshening];
