import {
  type Answer,
  ask,
  type Case,
  cached,
  type Expect,
  either,
  type Fields,
  fetched,
  get,
  head,
  later,
  notModified,
  purge,
  type Seen,
  type Step,
  validated,
} from './support/case.ts';
import { answer, cc, fresh, inS, ok, same } from './support/values.ts';

/** RFC 9111 §4.3: conditional requests, to the origin and by the client. */

const SEND = 'RFC 9111 §4.3.1';
const RECEIVE = 'RFC 9111 §4.3.2';
const S44 = 'RFC 9111 §4.4';
const FRESHEN = 'RFC 9111 §4.3.4';
const MODIFIED = 'Tue, 15 Nov 1994 12:45:26 GMT';
const EARLIER = 'Tue, 15 Nov 1994 12:45:25 GMT';
const LATER = 'Tue, 15 Nov 1994 12:45:27 GMT';

/** What the origin is asked when the entry with these validators is stale. */
const sends = (
  id: string,
  must: string,
  validators: Fields,
  headers: Record<string, string | null>,
): Case => ({
  id,
  rfc: SEND,
  must,
  origin: [fresh(10, validators), same({ 'Cache-Control': 'max-age=10' })],
  steps: [
    get(fetched()),
    later(15),
    get(validated(1, { fwd: 'stale', seen: { method: 'GET', headers } })),
    later(9),
    get(cached(1)),
  ],
});

const sending: Case[] = [
  sends(
    'etag',
    'an ETag is sent as If-None-Match',
    { ETag: '"a"' },
    {
      'If-None-Match': '"a"',
      'If-Modified-Since': null,
    },
  ),
  sends('weak-etag', 'a weak ETag is sent as it is', { ETag: 'W/"a"' }, { 'If-None-Match': 'W/"a"' }),
  sends(
    'odd-etag',
    'an ETag is sent byte for byte',
    { ETag: '"a,b\\c-gzip"' },
    { 'If-None-Match': '"a,b\\c-gzip"' },
  ),
  sends('empty-etag', 'an empty ETag is an ETag', { ETag: '""' }, { 'If-None-Match': '""' }),
  sends(
    'last-modified',
    'Last-Modified is sent as If-Modified-Since',
    { 'Last-Modified': MODIFIED },
    {
      'If-None-Match': null,
      'If-Modified-Since': MODIFIED,
    },
  ),
  sends(
    'both',
    'both are sent where there are both',
    { ETag: '"a"', 'Last-Modified': MODIFIED },
    {
      'If-None-Match': '"a"',
      'If-Modified-Since': MODIFIED,
    },
  ),
  {
    id: 'no-validator',
    rfc: SEND,
    must: 'without a validator the request is not conditional',
    origin: [fresh(10), fresh(10)],
    steps: [
      get(fetched()),
      later(15),
      get(fetched({ seen: { headers: { 'If-None-Match': null, 'If-Modified-Since': null } } })),
    ],
  },
  {
    id: 'no-cache-etag',
    rfc: 'RFC 9111 §5.2.2.4',
    must: 'no-cache is validated at each use',
    origin: [cc('no-cache', { ETag: '"a"' }), same(), same()],
    steps: [
      get(fetched({ stored: true })),
      get(validated(1, { seen: { headers: { 'If-None-Match': '"a"' } } })),
      get(validated(1, { seen: { headers: { 'If-None-Match': '"a"' } } })),
    ],
  },
  {
    id: 'max-age-0-etag',
    rfc: SEND,
    must: 'max-age=0 is validated at each use',
    origin: [cc('max-age=0', { ETag: '"a"' }), same(), same()],
    steps: [get(fetched()), get(validated()), later(5), get(validated())],
  },
  {
    id: 'must-revalidate-etag',
    rfc: 'RFC 9111 §5.2.2.2',
    must: 'must-revalidate is used as long as it is fresh, and then validated',
    origin: [cc('max-age=10, must-revalidate', { ETag: '"a"' }), same()],
    steps: [get(fetched()), later(9), get(cached()), later(1), get(validated()), get(cached())],
  },
  {
    id: 'fresh-not-validated',
    rfc: SEND,
    must: 'a fresh answer is not validated',
    origin: [fresh(10, { ETag: '"a"' })],
    steps: [get(fetched()), later(9), get(cached())],
  },
];

const freshening: Case[] = [
  {
    id: 'freshen-max-age',
    rfc: FRESHEN,
    must: '304 brings freshness of its own',
    origin: [fresh(10, { ETag: '"a"' }), same({ 'Cache-Control': 'max-age=20' }), same()],
    steps: [
      get(fetched()),
      later(10),
      get(validated(1, { headers: { 'Cache-Control': 'max-age=20' } })),
      later(19),
      get(cached(1, { ttl: 1, headers: { 'Cache-Control': 'max-age=20', Age: '19' } })),
      later(1),
      get(validated()),
    ],
  },
  {
    id: 'freshen-shorter',
    rfc: FRESHEN,
    must: '304 may make freshness shorter',
    origin: [fresh(10, { ETag: '"a"' }), same({ 'Cache-Control': 'max-age=2' }), same()],
    steps: [get(fetched()), later(10), get(validated()), later(1), get(cached()), later(1), get(validated())],
  },
  {
    id: 'freshen-kept',
    rfc: FRESHEN,
    must: 'a 304 without Cache-Control leaves the one that is stored, from its own Date on',
    origin: [fresh(10, { ETag: '"a"' }), same(), same()],
    steps: [
      get(fetched()),
      later(10),
      get(validated()),
      later(9),
      get(cached(1, { ttl: 1 })),
      later(1),
      get(validated()),
    ],
  },
  {
    id: 'freshen-no-store',
    rfc: FRESHEN,
    must: 'a 304 with no-store ends the use of what is stored',
    origin: [fresh(10, { ETag: '"a"' }), same({ 'Cache-Control': 'no-store' }), fresh(10)],
    steps: [get(fetched()), later(10), get(validated()), get(fetched())],
  },
  {
    id: 'freshen-age',
    rfc: FRESHEN,
    must: 'a 304 that is old itself says how old',
    origin: [fresh(10, { ETag: '"a"' }), same({ Age: '4' }), same()],
    steps: [
      get(fetched()),
      later(10),
      get(validated()),
      later(5),
      get(cached(1, { ttl: 1 })),
      later(1),
      get(validated()),
    ],
  },
  {
    id: 'freshen-fields',
    rfc: 'RFC 9111 §3.2',
    must: '304 replaces the fields that it has, and leaves the others',
    origin: [
      fresh(10, { ETag: '"a"', 'X-New': 'old', 'X-Old': 'kept' }),
      same({ 'X-New': 'new', 'X-More': 'more', 'Cache-Control': 'max-age=10' }),
    ],
    steps: [
      get(fetched()),
      later(10),
      get(validated(1, { headers: { 'X-New': 'new', 'X-Old': 'kept', 'X-More': 'more' } })),
      get(cached(1, { headers: { 'X-New': 'new', 'X-Old': 'kept', 'X-More': 'more', ETag: '"a"' } })),
    ],
  },
  {
    id: 'freshen-lines',
    rfc: 'RFC 9111 §3.2',
    must: 'a field of several lines is replaced as a whole',
    origin: [fresh(10, { ETag: '"a"', Link: ['<a>', '<b>'] }), same({ Link: '<c>' })],
    steps: [get(fetched()), later(10), get(validated()), get(cached(1, { headers: { Link: '<c>' } }))],
  },
  {
    id: 'freshen-not-body',
    rfc: 'RFC 9111 §3.2',
    must: '304 does not change the fields that describe the stored body',
    origin: [
      fresh(10, { ETag: '"a"', 'Content-Encoding': 'x-first' }),
      same({ 'Content-Length': '999', 'Content-Encoding': 'x-second', 'Content-Range': 'bytes 0-1/2' }),
    ],
    steps: [
      get(fetched()),
      later(10),
      get(
        validated(1, {
          headers: { 'Content-Encoding': 'x-first', 'Content-Range': null, 'Content-Length': '8' },
        }),
      ),
      get(
        cached(1, {
          headers: { 'Content-Encoding': 'x-first', 'Content-Range': null, 'Content-Length': '8' },
        }),
      ),
    ],
  },
  {
    id: 'freshen-weak-etag',
    rfc: 'RFC 9111 §3.2',
    must: 'a 304 that calls the same tag weak does not change the stored one',
    origin: [fresh(10, { ETag: '"a"' }), same({ ETag: 'W/"a"' })],
    steps: [get(fetched()), later(10), get(validated()), get(cached(1, { headers: { ETag: '"a"' } }))],
  },
  {
    id: 'freshen-cookie',
    rfc: 'RFC 9111 §7.3',
    must: 'a Set-Cookie of a 304 reaches nobody else',
    origin: [fresh(10, { ETag: '"a"' }), same({ 'Set-Cookie': 'a=1' }), fresh(10, { ETag: '"b"' })],
    spare: true,
    steps: [get(fetched()), later(10), get(validated()), get(either({ headers: { 'Set-Cookie': null } }))],
  },
  {
    id: 'freshen-hop',
    rfc: 'RFC 9111 §3.1',
    must: 'a field that Connection names in a 304 is not stored',
    origin: [
      fresh(10, { ETag: '"a"' }),
      {
        raw: 'HTTP/1.1 304 Not Modified\r\nConnection: X-Hop, close\r\nX-Hop: 1\r\nCache-Control: max-age=10\r\n\r\n',
      },
    ],
    steps: [
      get(fetched()),
      later(10),
      get(validated(1, { headers: { 'X-Hop': null } })),
      get(cached(1, { headers: { 'X-Hop': null } })),
    ],
  },
  {
    id: 'freshen-last-modified',
    rfc: FRESHEN,
    must: '304 to If-Modified-Since freshens as well',
    origin: [fresh(10, { 'Last-Modified': MODIFIED }), same({ 'Last-Modified': MODIFIED }), same()],
    steps: [get(fetched()), later(10), get(validated()), later(9), get(cached()), later(1), get(validated())],
  },
];

const responses: Case[] = [
  {
    id: 'replace',
    rfc: 'RFC 9111 §4.3.3',
    must: 'a full answer replaces what is stored',
    origin: [fresh(10, { ETag: '"a"', 'X-Old': '1' }), fresh(10, { ETag: '"b"' })],
    steps: [
      get(fetched()),
      later(10),
      get(fetched({ stored: true, fwd: 'stale', headers: { ETag: '"b"', 'X-Old': null } })),
      get(cached(2, { headers: { ETag: '"b"', 'X-Old': null } })),
    ],
  },
  {
    id: 'replace-no-store',
    rfc: 'RFC 9111 §4.3.3',
    must: 'a full answer that may not be stored is not followed by the old one',
    origin: [fresh(10, { ETag: '"a"' }), cc('no-store'), ok()],
    steps: [get(fetched()), later(10), get(fetched({ stored: false })), get(fetched())],
  },
  {
    id: 'replace-404',
    rfc: 'RFC 9111 §4.3.3',
    must: 'a 404 on validation is the answer',
    origin: [fresh(10, { ETag: '"a"' }), answer(404), fresh(10)],
    steps: [get(fetched()), later(10), get(fetched({ status: 404 })), get(fetched({ status: 200 }))],
  },
  {
    id: 'error-503',
    rfc: 'RFC 9111 §4.3.3',
    must: 'a 503 on validation is passed on where nothing may cover for it',
    origin: [fresh(10, { ETag: '"a"' }), answer(503), fresh(10)],
    steps: [get(fetched()), later(10), get(fetched({ status: 503 })), get(fetched({ status: 200 }))],
  },
].map((it): Case => ({ ...it, id: `answered-${it.id}` }));

/** A stored answer, and the client's conditional request for it. */
const client = (
  id: string,
  rfc: string,
  must: string,
  validators: Fields,
  headers: Fields,
  expect: Expect,
): Case => ({
  id,
  rfc,
  must,
  origin: [fresh(60, validators)],
  steps: [get(fetched()), get(expect, headers)],
});

const INM = 'RFC 9110 §13.1.2';
const IMS = 'RFC 9110 §13.1.3';
const tag = { ETag: '"a"' };
const both = { ETag: '"a"', 'Last-Modified': MODIFIED };

const noneMatch = (
  id: string,
  must: string,
  etag: string,
  value: string | string[],
  expect = notModified(),
) => client(`inm-${id}`, INM, must, { ETag: etag }, { 'If-None-Match': value }, expect);

const byClients: Case[] = [
  noneMatch('equal', 'the same tag gives 304', '"a"', '"a"'),
  noneMatch('other', 'another tag gives the answer', '"a"', '"b"', cached()),
  noneMatch('list', 'one of several tags is enough', '"a"', '"x", "a" , W/"y"'),
  noneMatch('lines', 'several lines are one list', '"a"', ['"x"', '"a"']),
  noneMatch('list-other', 'several others give the answer', '"a"', '"x", "y"', cached()),
  noneMatch('star', '* is any', '"a"', '*'),
  noneMatch('weak', 'a weak tag of the client equals the strong one', '"a"', 'W/"a"'),
  noneMatch('weak-stored', 'a weak tag that is stored equals the strong one', 'W/"a"', '"a"'),
  noneMatch('weak-both', 'a weak tag equals a weak one', 'W/"a"', 'W/"a"'),
  noneMatch('case', 'tags are case-sensitive', '"a"', '"A"', cached()),
  noneMatch('comma', 'a comma within a tag parts nothing', '"a,b"', '"a,b"'),
  noneMatch('comma-part', 'a part of a tag is none', '"a,b"', '"a"', cached()),
  noneMatch('gzip-suffix', 'a tag that ends in -gzip is not the one without', '"a"', '"a-gzip"', cached()),
  noneMatch('unquoted', 'what is no tag is ignored', '"a"', 'a', cached()),
  noneMatch('unclosed', 'a tag that is not closed is ignored', '"a"', '"a', cached()),
  noneMatch('empty', 'an empty list matches nothing', '"a"', '', cached()),
  noneMatch('lower-w', 'w/ does not make a weak tag', '"a"', 'w/"a"', cached()),
  client(
    'inm-star-without',
    INM,
    '* is any, also where there is no tag',
    {},
    { 'If-None-Match': '*' },
    notModified(),
  ),
  client('inm-without', INM, 'where there is no tag, none matches', {}, { 'If-None-Match': '"a"' }, cached()),
  client(
    'inm-first',
    'RFC 9110 §13.2.2',
    'If-None-Match that matches wins over If-Modified-Since',
    both,
    {
      'If-None-Match': '"a"',
      'If-Modified-Since': EARLIER,
    },
    notModified(),
  ),
  client(
    'inm-only',
    'RFC 9110 §13.2.2',
    'If-None-Match that does not match wins over If-Modified-Since',
    both,
    {
      'If-None-Match': '"b"',
      'If-Modified-Since': LATER,
    },
    cached(),
  ),
  client('ims-equal', IMS, 'the same time gives 304', both, { 'If-Modified-Since': MODIFIED }, notModified()),
  client('ims-later', IMS, 'a later time gives 304', both, { 'If-Modified-Since': LATER }, notModified()),
  client(
    'ims-earlier',
    IMS,
    'an earlier time gives the answer',
    both,
    { 'If-Modified-Since': EARLIER },
    cached(),
  ),
  client(
    'ims-malformed',
    IMS,
    'what is no date is ignored',
    both,
    { 'If-Modified-Since': 'yesterday' },
    cached(),
  ),
  client(
    'ims-iso',
    IMS,
    'another format of dates is ignored',
    both,
    { 'If-Modified-Since': '2094-11-15T12:45:26Z' },
    cached(),
  ),
  client(
    'ims-rfc850',
    'RFC 9110 §5.6.7',
    'a date in the format of RFC 850 is a date',
    both,
    {
      'If-Modified-Since': 'Tuesday, 15-Nov-94 12:45:26 GMT',
    },
    notModified(),
  ),
  client(
    'ims-asctime',
    'RFC 9110 §5.6.7',
    'a date in the format of asctime is a date',
    both,
    {
      'If-Modified-Since': 'Tue Nov 15 12:45:26 1994',
    },
    notModified(),
  ),
  client(
    'ims-date',
    RECEIVE,
    'without Last-Modified, Date is what If-Modified-Since is compared with',
    tag,
    {
      'If-Modified-Since': inS(0),
    },
    notModified(),
  ),
  client(
    'ims-date-earlier',
    RECEIVE,
    'an If-Modified-Since before Date gives the answer',
    tag,
    {
      'If-Modified-Since': EARLIER,
    },
    cached(),
  ),
  client(
    'ims-date-between',
    RECEIVE,
    'Date counts, and not when the answer was received',
    { Date: inS(-30) },
    { 'If-Modified-Since': inS(-30) },
    notModified(),
  ),
  client(
    'ims-date-before',
    RECEIVE,
    'a second before Date is too early',
    { Date: inS(-30) },
    { 'If-Modified-Since': inS(-31) },
    cached(),
  ),
  ...(['absent', 'malformed'] as const).flatMap((id) => {
    const stored = { Date: id === 'absent' ? null : 'yesterday' };
    return [
      client(
        `ims-received-${id}`,
        RECEIVE,
        `where Date is ${id} too, it is compared with when the answer was received`,
        stored,
        { 'If-Modified-Since': inS(0) },
        notModified(),
      ),
      client(
        `ims-received-${id}-before`,
        RECEIVE,
        `where Date is ${id}, a second before that is too early`,
        stored,
        { 'If-Modified-Since': inS(-1) },
        cached(),
      ),
    ];
  }),
  client(
    'ims-modified-malformed',
    RECEIVE,
    'a Last-Modified that is no date gives way to Date',
    { 'Last-Modified': 'last week' },
    { 'If-Modified-Since': inS(0) },
    notModified(),
  ),
  {
    id: 'ims-date-later',
    rfc: RECEIVE,
    must: 'it is the Date that was stored, however old that is now; for HEAD as well',
    origin: [fresh(60)],
    steps: [
      get(fetched()),
      later(30),
      get(notModified(), { 'If-Modified-Since': inS(-30) }),
      head(notModified(), { 'If-Modified-Since': inS(-30) }),
      get(cached(), { 'If-Modified-Since': inS(-31) }),
    ],
  },
  {
    id: 'ims-date-validated',
    rfc: RECEIVE,
    must: 'what a 304 has freshened has the Date of that 304',
    origin: [fresh(10, tag), same()],
    steps: [
      get(fetched()),
      later(10),
      get(validated(), { 'If-Modified-Since': inS(-10) }),
      get(notModified(), { 'If-Modified-Since': inS(0) }),
    ],
  },
  client(
    '304-fields',
    'RFC 9110 §15.4.5',
    '304 has the fields that update the client, and no others of the body',
    {
      ...both,
      Vary: 'Accept',
      Expires: LATER,
      'Content-Location': '/other',
      'Content-Language': 'en',
    },
    { 'If-None-Match': '"a"' },
    notModified({
      headers: {
        ETag: '"a"',
        Vary: 'Accept',
        Expires: LATER,
        'Content-Location': '/other',
        'Cache-Control': 'max-age=60',
        Date: /GMT$/,
        'Content-Type': null,
        'Content-Length': null,
      },
    }),
  ),
  {
    id: '304-on-404',
    rfc: 'RFC 9110 §13.2.1',
    must: 'a condition is ignored where the answer would not be 2xx',
    origin: [answer(404, { 'Cache-Control': 'max-age=60', ETag: '"a"' })],
    steps: [get(fetched()), get(cached(1, { status: 404 }), { 'If-None-Match': '"a"' })],
  },
  {
    id: '304-on-301',
    rfc: 'RFC 9110 §13.2.1',
    must: 'a condition does not turn a redirection into 304',
    origin: [answer(301, { 'Cache-Control': 'max-age=60', 'Last-Modified': MODIFIED, Location: '/x' })],
    steps: [get(fetched()), get(cached(1, { status: 301 }), { 'If-Modified-Since': LATER })],
  },
];

/** An origin that evaluates If-None-Match against one tag. */
const evaluates =
  (etag: string) =>
  ({ headers }: Seen) =>
    headers['if-none-match']?.includes(etag) ? same({ ETag: etag }) : fresh(10, { ETag: etag });

const passing: Case[] = [
  {
    id: 'stale-client-knows',
    rfc: RECEIVE,
    must: 'a client that has what the origin validates gets 304',
    origin: [fresh(10, tag), same()],
    steps: [
      get(fetched()),
      later(15),
      get(validated(1, { status: 304, body: '', seen: { headers: { 'If-None-Match': /"a"/ } } }), {
        'If-None-Match': '"a"',
      }),
      get(cached(1)),
    ],
  },
  {
    id: 'stale-client-older',
    rfc: RECEIVE,
    must: 'a client that has something older gets the stored answer that the origin validates',
    origin: [fresh(10, tag), same({ ETag: '"a"' })],
    steps: [
      get(fetched()),
      later(15),
      get(validated(1, { seen: { headers: { 'If-None-Match': /"a"/ } } }), { 'If-None-Match': '"old"' }),
    ],
  },
  {
    id: 'stale-client-date',
    rfc: RECEIVE,
    must: 'a client that asks by date gets what is stored, if that is newer',
    origin: [fresh(10, both), same()],
    steps: [get(fetched()), later(15), get(validated(1), { 'If-Modified-Since': EARLIER })],
  },
  {
    id: 'stale-client-replaced',
    rfc: 'RFC 9111 §4.3.3',
    must: 'a client whose tag is that of the new answer may get 304, and the answer is stored all the same',
    origin: [fresh(10, tag), evaluates('"b"'), evaluates('"b"')],
    spare: true,
    steps: [
      get(fetched()),
      later(15),
      get(either({ status: [200, 304] }), { 'If-None-Match': '"b"' }),
      get(either({ status: 200, headers: { ETag: '"b"' } })),
    ],
  },
  {
    id: 'miss-client-knows',
    rfc: SEND,
    must: 'a conditional request that misses never leaves the next one without an answer',
    origin: [evaluates('"a"'), evaluates('"a"')],
    spare: true,
    steps: [
      get(either({ status: [200, 304] }), { 'If-None-Match': '"a"' }),
      get(either({ status: 200, headers: { ETag: '"a"' } })),
    ],
  },
  {
    id: 'miss-client-date',
    rfc: SEND,
    must: 'a request with If-Modified-Since that misses never leaves the next one without an answer',
    origin: [
      ({ headers }) => (headers['if-modified-since'] ? same() : fresh(10, { 'Last-Modified': MODIFIED })),
      fresh(10, { 'Last-Modified': MODIFIED }),
    ],
    spare: true,
    steps: [
      get(either({ status: [200, 304] }), { 'If-Modified-Since': LATER }),
      get(either({ status: 200, headers: { 'Last-Modified': MODIFIED } })),
    ],
  },
];

const lang = (value: string) => ({ 'X-Lang': value });
const inLang = (etag: string) => fresh(10, { ETag: etag, Vary: 'X-Lang' });

const variants: Case[] = [
  {
    id: 'variants-304',
    rfc: FRESHEN,
    must: 'of several variants 304 freshens the one that was asked for',
    origin: [
      inLang('"en"'),
      inLang('"de"'),
      same({ ETag: '"de"', Vary: 'X-Lang' }),
      same({ ETag: '"en"', Vary: 'X-Lang' }),
    ],
    steps: [
      get(fetched(), lang('en')),
      get(fetched(), lang('de')),
      later(10),
      get(validated(2, { seen: { headers: { 'If-None-Match': /"de"/, 'X-Lang': 'de' } } }), lang('de')),
      get(cached(2, { headers: { ETag: '"de"' } }), lang('de')),
      get(validated(1, { seen: { headers: { 'If-None-Match': /"en"/, 'X-Lang': 'en' } } }), lang('en')),
      get(cached(1, { headers: { ETag: '"en"' } }), lang('en')),
    ],
  },
  {
    id: 'variants-200',
    rfc: 'RFC 9111 §4.3.3',
    must: 'of several variants a full answer replaces the one that was asked for',
    origin: [inLang('"en"'), inLang('"de"'), inLang('"de2"'), same({ ETag: '"en"', Vary: 'X-Lang' })],
    steps: [
      get(fetched(), lang('en')),
      get(fetched(), lang('de')),
      later(10),
      get(fetched(), lang('de')),
      get(cached(3), lang('de')),
      get(validated(1), lang('en')),
    ],
  },
  {
    id: 'variants-client',
    rfc: RECEIVE,
    must: 'the tag of another variant gives the answer',
    origin: [inLang('"en"'), inLang('"de"')],
    steps: [
      get(fetched(), lang('en')),
      get(fetched(), lang('de')),
      get(cached(1), { ...lang('en'), 'If-None-Match': '"de"' }),
      get(notModified({ headers: { ETag: '"en"' } }), { ...lang('en'), 'If-None-Match': '"en"' }),
    ],
  },
];

/** Two variants are stored, English and then German; then one asks for another language. */
const third = (
  id: string,
  must: string,
  answers: Case['origin'],
  steps: readonly Step[],
  stored: readonly [Answer, Answer] = [inLang('"en"'), inLang('"de"')],
  rfc = SEND,
): Case => ({
  id: `others-${id}`,
  rfc,
  must,
  origin: [...stored, ...answers],
  steps: [get(fetched(), lang('en')), get(fetched(), lang('de')), ...steps],
});
const offers = (tags: string | null) => ({ headers: { 'If-None-Match': tags, 'X-Lang': 'fr' } });
const sameIs = (etag: string, headers: Fields = {}) => same({ ETag: etag, Vary: 'X-Lang', ...headers });
const inLangWith = (etag: string, headers: Fields) => fresh(10, { ETag: etag, Vary: 'X-Lang', ...headers });

const others: Case[] = [
  third(
    'select',
    'a 304 selects by its tag which variant answers a request that none was stored for; that one is then stored for it',
    [sameIs('"en"', { 'Cache-Control': 'max-age=20', 'X-New': 'new' })],
    [
      get(
        validated(1, {
          fwd: 'vary-miss',
          stored: true,
          seen: offers('"de", "en"'),
          headers: { ETag: '"en"', 'X-New': 'new', Age: '0' },
        }),
        lang('fr'),
      ),
      later(9),
      get(cached(1, { ttl: 11, headers: { ETag: '"en"', Age: '9' } }), lang('fr')),
      get(cached(1, { ttl: 1 }), lang('en')),
      get(cached(2, { ttl: 1 }), lang('de')),
    ],
  ),
  third(
    'own-first',
    'what is stale itself is asked after together with the others, its own tag first',
    [sameIs('"en"'), sameIs('"en"')],
    [
      later(10),
      get(validated(1, { fwd: 'stale', seen: { headers: { 'If-None-Match': '"en", "de"' } } }), lang('en')),
      get(validated(1, { fwd: 'stale', seen: { headers: { 'If-None-Match': '"de", "en"' } } }), lang('de')),
      get(cached(1, { headers: { ETag: '"en"' } }), lang('de')),
    ],
    undefined,
    FRESHEN,
  ),
  ...(
    [
      ['dated', 'by its date', { ETag: null, 'Last-Modified': MODIFIED }, { 'If-Modified-Since': MODIFIED }],
      ['no-tag', 'by what is no tag', { ETag: 'en' }, { 'If-None-Match': 'en' }],
    ] as const
  ).map(([id, how, validators, headers]) =>
    third(
      `own-${id}`,
      `what is asked after ${how} is asked after alone, since beside tags that would not count`,
      [same()],
      [
        later(10),
        get(validated(1, { seen: { headers: { 'If-None-Match': null, ...headers } } }), lang('en')),
      ],
      [inLangWith('"en"', validators), inLang('"de"')],
      'RFC 9110 §13.1.3',
    ),
  ),
  third(
    'stale',
    'a variant that is stale itself may be selected, and is fresh by the 304 for who has asked',
    [sameIs('"de"')],
    [
      later(10),
      get(validated(2, { seen: offers('"de", "en"') }), lang('fr')),
      later(9),
      get(cached(2), lang('fr')),
    ],
    undefined,
    FRESHEN,
  ),
  third(
    'full',
    'where the origin answers in full, that is stored, and asked after with the others from then on',
    [inLang('"fr"'), sameIs('"fr"')],
    [
      get(fetched({ stored: true, seen: offers('"de", "en"') }), lang('fr')),
      get(validated(3, { seen: { headers: { 'If-None-Match': '"fr", "de", "en"' } } }), lang('it')),
    ],
    undefined,
    'RFC 9111 §4.3.3',
  ),
  third(
    'weak',
    'a weak tag, which several variants may have that differ, is asked after with its own request alone',
    [inLang('"fr"'), same({ ETag: 'W/"en"' })],
    [
      get(fetched({ seen: offers('"de"') }), lang('fr')),
      later(10),
      get(validated(1, { seen: { headers: { 'If-None-Match': 'W/"en", "fr", "de"' } } }), lang('en')),
    ],
    [inLang('W/"en"'), inLang('"de"')],
    'RFC 9110 §8.8.1',
  ),
  third(
    'weakened',
    'a 304 that calls a tag weak selects no other variant by it: the origin is asked without a condition',
    [sameIs('W/"en"'), inLang('"fr"')],
    [get(either({ status: 200, body: 'answer 4', seen: offers(null) }), lang('fr'))],
    undefined,
    'RFC 9110 §8.8.1',
  ),
  third(
    'unknown',
    'a 304 with a tag that nobody has is not used: the origin is asked without a condition',
    [sameIs('"it"'), inLang('"fr"')],
    [
      get(either({ status: 200, body: 'answer 4', seen: offers(null) }), lang('fr')),
      get(cached(4), lang('fr')),
      get(cached(1), lang('en')),
    ],
    undefined,
    FRESHEN,
  ),
  third(
    'unsaid',
    'a 304 that does not say of which it speaks is not used: the origin is asked without a condition',
    [same(), inLang('"fr"')],
    [get(either({ status: 200, body: 'answer 4', seen: offers(null) }), lang('fr'))],
    undefined,
    FRESHEN,
  ),
  third(
    'unsaid-own',
    'where one is stored for the request, it is then asked after alone',
    [same(), same()],
    [
      later(10),
      get(
        either({
          body: 'answer 1',
          fwdStatus: 304,
          stored: true,
          seen: { headers: { 'If-None-Match': '"en"' } },
        }),
        lang('en'),
      ),
      get(cached(1), lang('en')),
    ],
    undefined,
    FRESHEN,
  ),
  third(
    'shared',
    'a tag that several variants have is sent once',
    [sameIs('"one"')],
    [get(validated(2, { body: 'one', seen: offers('"one"') }), lang('fr'))],
    [
      { ...inLang('"one"'), body: 'one' },
      { ...inLang('"one"'), body: 'one' },
    ],
  ),
  third(
    'shared-differ',
    'a tag that two bodies have is sent for neither of them',
    [inLang('"fr"'), sameIs('"fr"')],
    [
      get(fetched({ seen: offers(null) }), lang('fr')),
      get(validated(3, { seen: { headers: { 'If-None-Match': '"fr"' } } }), lang('it')),
    ],
    [inLang('"one"'), inLang('"one"')],
    'RFC 9110 §8.8.1',
  ),
  ...(['Content-Language', 'Content-Type', 'Content-Location', 'Content-Encoding'] as const).map((name) =>
    third(
      `belied-${name.toLowerCase()}`,
      `a 304 with another ${name} than the variant that has its tag is not used: the origin is asked without a condition`,
      [sameIs('"en"', { [name]: 'x-fr' }), inLang('"fr"')],
      [get(either({ status: 200, body: 'answer 4', seen: offers(null) }), lang('fr'))],
      [inLangWith('"en"', { [name]: 'x-en' }), inLang('"de"')],
      FRESHEN,
    ),
  ),
  third(
    'client-knows',
    'a client that has the variant that a 304 selects gets 304',
    [sameIs('"en"')],
    [
      get(validated(1, { status: 304, body: '', seen: offers('"de", "en"') }), {
        ...lang('fr'),
        'If-None-Match': '"en"',
      }),
      get(cached(1), lang('fr')),
    ],
    undefined,
    RECEIVE,
  ),
  {
    id: 'others-coded',
    rfc: 'RFC 9110 §12.5.3',
    must: 'coded content is offered only to who takes the same codings',
    origin: [
      inLangWith('"en"', { 'Content-Encoding': 'gzip' }),
      inLang('"de"'),
      sameIs('"de"'),
      sameIs('"en"'),
      inLang('"es"'),
    ],
    steps: [
      get(fetched(), { ...lang('en'), 'Accept-Encoding': 'gzip' }),
      get(fetched(), lang('de')),
      get(validated(2, { seen: offers('"de"') }), lang('fr')),
      get(validated(1, { seen: { headers: { 'If-None-Match': '"de", "en"' } } }), {
        ...lang('it'),
        'Accept-Encoding': 'gzip;q=0.5',
      }),
      get(fetched({ seen: { headers: { 'If-None-Match': '"de"' } } }), {
        ...lang('es'),
        'Accept-Encoding': 'gzip, br',
      }),
    ],
  },
  third(
    'origin',
    'what allows one origin by name is offered to no other',
    [inLang('"fr"')],
    [get(fetched({ seen: offers('"de"') }), lang('fr'))],
    [inLangWith('"en"', { 'Access-Control-Allow-Origin': 'https://a.example' }), inLang('"de"')],
    'RFC 9110 §8.8.3.3',
  ),
  {
    id: 'others-person',
    rfc: SEND,
    must: 'what is told apart by credentials is offered to no other',
    origin: ['ann', 'bob', 'none'].map(() =>
      cc('public, max-age=60', { ETag: '"template-1"', Vary: 'Cookie, Authorization' }),
    ),
    steps: [
      get(fetched({ stored: true }), { Cookie: 'u=ann' }),
      get(fetched({ seen: { headers: { 'If-None-Match': null } } }), { Cookie: 'u=bob' }),
      get(fetched({ seen: { headers: { 'If-None-Match': null } } })),
    ],
  },
  ...(
    [
      ['untagged', 'what has no tag', fresh(10, { Vary: 'X-Lang', 'Last-Modified': MODIFIED })],
      ['no-tag', 'what is no tag', inLang('en')],
      ['long', 'a tag that is longer than one is kept', inLang(`"${'e'.repeat(300)}"`)],
      ['404', 'an error', { ...inLang('"en"'), status: 404 }],
      ['named', 'what names tags of its own', inLangWith('"en"', { 'Cache-Tag': 'others-named' })],
    ] as const
  ).map(([id, what, en]) =>
    third(
      id,
      `${what} is not asked after for another variant`,
      [inLang('"fr"')],
      [
        get(
          fetched({ seen: { headers: { 'If-None-Match': '"de"', 'If-Modified-Since': null } } }),
          lang('fr'),
        ),
      ],
      [en, inLang('"de"')],
    ),
  ),
  ...(
    [
      ['method', [ask('PUT', fetched())], [answer(204)]],
      ['purge', [purge('uri:/others-purged-purge'), later(2)], []],
    ] as const
  ).map(([id, steps, answers]) =>
    third(
      `purged-${id}`,
      'tags of purged variants are not sent, neither at once nor later',
      [...answers, inLang('"fr"'), inLang('"it"')],
      [
        ...steps,
        get(fetched({ seen: offers(null) }), lang('fr')),
        get(fetched({ seen: { headers: { 'If-None-Match': '"fr"' } } }), lang('it')),
      ],
      undefined,
      S44,
    ),
  ),
  {
    id: 'others-many',
    rfc: SEND,
    must: 'of many variants the tags of the latest eight are sent',
    origin: [...Array.from({ length: 10 }, (_, i) => inLang(`"${i}"`)), inLang('"fr"')],
    steps: [
      ...Array.from({ length: 10 }, (_, i) => get(fetched(), lang(`l${i}`))),
      get(fetched({ seen: offers('"9", "8", "7", "6", "5", "4", "3", "2"') }), lang('fr')),
    ],
  },
  {
    id: 'others-none',
    rfc: SEND,
    must: 'what does not vary is asked after alone, as it was',
    origin: [fresh(10, tag), same()],
    steps: [get(fetched()), later(10), get(validated(1, { seen: { headers: { 'If-None-Match': '"a"' } } }))],
  },
];

export const validation: readonly Case[] = [
  ...sending,
  ...freshening,
  ...responses,
  ...byClients,
  ...passing,
  ...variants,
  ...others,
];
