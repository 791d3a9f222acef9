import {
  type Answer,
  ask,
  type Case,
  cached,
  type Expect,
  type Fields,
  fetched,
  get,
  head,
  later,
  notModified,
  problem,
  purge,
  type Step,
} from './support/case.ts';
import { answer, fresh, ok } from './support/values.ts';

/** RFC 9111 §3.3, §3.4: parts of an answer that nobody has asked for completely. */

const STORE = 'RFC 9111 §3.3';
const COMBINE = 'RFC 9111 §3.4';
const DIGEST = 'RFC 9530 §2';
const IF_RANGE = 'RFC 9110 §13.1.5';
const LETTERS = 'abcdefghij';

const field = (first: number, last: number) => `bytes ${first}-${last}/10`;
/** The origin's 206. */
const piece = (first: number, last: number, headers: Fields = {}): Answer => ({
  status: 206,
  headers: {
    'Cache-Control': 'max-age=60',
    ETag: '"a"',
    'Content-Range': field(first, last),
    ...headers,
  },
  body: LETTERS.slice(first, last + 1),
});
const whole = (headers: Fields = {}): Answer => ({
  ...fresh(60, { ETag: '"a"', ...headers }),
  body: LETTERS,
});

const bytes = (first: number, last: number | '') => ({ Range: `bytes=${first}-${last}` });
const inRange = (first: number, last: number, more: Expect['headers'] = {}) => ({
  status: 206,
  body: LETTERS.slice(first, last + 1),
  headers: { 'Content-Range': field(first, last), 'Content-Length': String(last - first + 1), ...more },
});
/** Asked of the origin by the client's own range, and stored. */
const taken = (first: number, last: number, more: Partial<Expect> = {}, headers: Fields = {}): Step =>
  get(
    fetched({
      ...inRange(first, last),
      stored: true,
      seen: { headers: { Range: `bytes=${first}-${last}` } },
      ...more,
    }),
    { ...bytes(first, last), ...headers },
  );
/** Of what is stored; `shows` the answer whose fields it has. */
const hit = (
  first: number,
  last: number,
  { shows = 1, more = {}, headers = {} }: { shows?: number; more?: Expect['headers']; headers?: Fields } = {},
): Step => get(cached(shows, inRange(first, last, more)), { ...bytes(first, last), ...headers });
const hitBy = (range: string, first: number, last: number): Step =>
  get(cached(1, inRange(first, last)), { Range: range });
/** It is complete, and no part any more. */
const complete = (shows: number): Expect =>
  cached(shows, { status: 200, body: LETTERS, headers: { 'Content-Range': null, 'Content-Length': '10' } });

const reused: Case[] = [
  {
    id: 'same',
    rfc: STORE,
    must: 'a part answers the range that it was fetched for',
    origin: [piece(2, 4)],
    steps: [
      taken(2, 4, { fwd: 'uri-miss' }),
      later(20),
      hit(2, 4, { more: { ETag: '"a"', Age: '20', 'Content-Type': 'text/plain' } }),
    ],
  },
  {
    id: 'within',
    rfc: STORE,
    must: 'and ranges within it, however they are named',
    origin: [piece(4, 9)],
    steps: [
      taken(4, 9),
      hit(6, 8),
      hit(4, 4),
      hit(9, 9),
      hitBy('bytes=4-', 4, 9),
      hitBy('bytes=6-', 6, 9),
      hitBy('bytes=-6', 4, 9),
      hitBy('bytes=-1', 9, 9),
      hitBy('bytes=7-100', 7, 9),
      hitBy('Bytes = 5-6', 5, 6),
    ],
  },
  ...(
    [
      ['before', { Range: 'bytes=3-5' }, piece(3, 5)],
      ['behind', { Range: 'bytes=6-8' }, piece(6, 8)],
      ['open', { Range: 'bytes=5-' }, piece(5, 9)],
      ['suffix', { Range: 'bytes=-5' }, piece(5, 9)],
      ['all', { Range: 'bytes=0-' }, piece(0, 9)],
    ] as const
  ).map(
    ([id, headers, then]): Case => ({
      id: `not-${id}`,
      rfc: STORE,
      must: `a range that is not all in the part is the origin's: ${headers.Range}`,
      origin: [piece(4, 7), then],
      steps: [
        taken(4, 7),
        get(fetched({ status: 206, fwd: 'partial', stored: true, seen: { headers } }), headers),
      ],
    }),
  ),
  {
    id: 'several',
    rfc: STORE,
    must: 'several ranges are the origin’s, whatever part is stored',
    origin: [
      piece(0, 7),
      { status: 206, headers: { 'Content-Type': 'multipart/byteranges; boundary=x' }, body: '--x--' },
    ],
    steps: [taken(0, 7), get(fetched({ status: 206, stored: false }), { Range: 'bytes=0-1,4-5' }), hit(0, 7)],
  },
  {
    id: 'get',
    rfc: STORE,
    must: 'a part does not answer for the whole, which takes its place',
    origin: [piece(0, 7), whole()],
    steps: [taken(0, 7), get(fetched({ stored: true })), get(complete(2)), hit(0, 7, { shows: 2 })],
  },
  {
    id: 'head',
    rfc: STORE,
    must: 'a part does not answer a HEAD',
    origin: [piece(0, 7), whole()],
    steps: [taken(0, 7), head(fetched({ body: '' }), bytes(0, 7)), hit(0, 7)],
  },
  {
    id: 'vary',
    rfc: 'RFC 9111 §4.1',
    must: 'each variant has a part of its own',
    origin: [piece(0, 4, { Vary: 'X-A' }), piece(5, 9, { Vary: 'X-A', ETag: '"b"' })],
    steps: [
      taken(0, 4, {}, { 'X-A': '1' }),
      taken(5, 9, { fwd: 'vary-miss' }, { 'X-A': '2' }),
      hit(0, 4, { headers: { 'X-A': '1' } }),
      hit(5, 9, { shows: 2, headers: { 'X-A': '2' } }),
    ],
  },
  {
    id: 'coded',
    rfc: STORE,
    must: 'parts are of the bytes as they are coded',
    origin: [piece(0, 4, { 'Content-Encoding': 'gzip' })],
    steps: [
      taken(0, 4, {}, { 'Accept-Encoding': 'gzip' }),
      hit(1, 3, { more: { 'Content-Encoding': 'gzip' }, headers: { 'Accept-Encoding': 'gzip' } }),
    ],
  },
  {
    id: 'chunked',
    rfc: STORE,
    must: 'a part that came in chunks is as long as it says',
    origin: [{ ...piece(0, 4), body: ['ab', 'cde'] }],
    steps: [get(fetched({ status: 206, body: 'abcde', stored: true }), bytes(0, 4)), hit(1, 3)],
  },
  {
    id: 'other-range',
    rfc: 'RFC 9110 §15.3.7',
    must: 'what the origin gives is what counts, not what was asked for',
    origin: [piece(0, 4)],
    steps: [get(fetched({ ...inRange(0, 4), stored: true }), bytes(0, '')), hit(2, 4)],
  },
  {
    id: 'authorization',
    rfc: 'RFC 9111 §3.5',
    must: 'with credentials a part is shared as the whole would be',
    origin: [piece(0, 4), piece(0, 4), piece(0, 4, { 'Cache-Control': 'public, max-age=60' })],
    steps: [
      taken(0, 4),
      taken(0, 4, { fwd: 'bypass', stored: false, detail: 'authorization' }, { Authorization: 'Basic dTpw' }),
      hit(0, 4),
      later(60),
      taken(0, 4, { fwd: 'stale' }),
      hit(0, 4, { shows: 3, headers: { Authorization: 'Basic dTpw' } }),
    ],
  },
  {
    id: 'authorization-join',
    rfc: 'RFC 9111 §3.5',
    must: 'and what it would not be shared with is not joined to it',
    origin: [piece(0, 4), piece(5, 9, { 'Cache-Control': 'public, max-age=60' }), whole()],
    steps: [
      taken(0, 4),
      taken(5, 9, { fwd: 'bypass' }, { Authorization: 'Basic dTpw' }),
      hit(5, 9, { shows: 2 }),
      get(fetched({ status: 200 })),
    ],
  },
];

const notStored = (id: string, must: string, it: Answer, rfc = STORE): Case => ({
  id: `refused-${id}`,
  rfc,
  must,
  origin: [it, it],
  steps: [get(fetched({ stored: false }), bytes(2, 4)), get(fetched({ stored: false }), bytes(2, 4))],
});
const refused: Case[] = [
  notStored('no-tag', 'a part without a tag is not stored', piece(2, 4, { ETag: null })),
  notStored('weak-tag', 'nor with a weak one', piece(2, 4, { ETag: 'W/"a"' })),
  notStored('no-quotes', 'nor with what is no tag', piece(2, 4, { ETag: 'a' })),
  notStored('total', 'nor of a length that is not known', piece(2, 4, { 'Content-Range': 'bytes 2-4/*' })),
  notStored('no-range', 'nor without its place', piece(2, 4, { 'Content-Range': null })),
  notStored('unit', 'nor in another unit', piece(2, 4, { 'Content-Range': 'items 2-4/10' })),
  notStored('backwards', 'nor from its end', piece(2, 4, { 'Content-Range': 'bytes 4-2/10' })),
  notStored('beyond', 'nor beyond the end', piece(2, 4, { 'Content-Range': 'bytes 2-4/4' })),
  notStored('twice', 'nor in two places', piece(2, 4, { 'Content-Range': [field(2, 4), field(3, 5)] })),
  notStored('short', 'nor shorter than it says', { ...piece(2, 4), body: 'cd' }),
  notStored('long', 'nor longer than it says', { ...piece(2, 4), body: 'cdefg' }),
  notStored('short-chunks', 'nor shorter in chunks', { ...piece(2, 4), body: ['c', 'd'] }),
  notStored('long-chunks', 'nor longer in chunks', { ...piece(2, 4), body: ['cde', 'fg'] }),
  notStored(
    'multipart',
    'nor are several parts',
    piece(2, 4, { 'Content-Type': 'multipart/byteranges; boundary=x' }),
    'RFC 9110 §15.3.7.2',
  ),
  ...['no-store', 'private', 'private, max-age=60'].map((it, i) =>
    notStored(`directive-${i}`, `nor what says ${it}`, piece(2, 4, { 'Cache-Control': it }), 'RFC 9111 §3'),
  ),
  notStored('vary-star', 'nor what varies by all', piece(2, 4, { Vary: '*' }), 'RFC 9111 §4.1'),
  notStored('set-cookie', 'nor with a cookie', piece(2, 4, { 'Set-Cookie': 'a=1' }), 'RFC 9111 §7.3'),
  notStored('404', 'another status is of that range', answer(404, { 'Cache-Control': 'max-age=60' })),
  {
    id: 'refused-then-whole',
    rfc: STORE,
    must: 'what is refused of a part is not refused of the whole',
    origin: [piece(2, 4, { ETag: null }), whole()],
    steps: [get(fetched({ stored: false }), bytes(2, 4)), get(fetched({ stored: true })), get(complete(2))],
  },
  {
    id: 'unasked',
    rfc: STORE,
    must: 'a part that nobody asked for is not stored',
    origin: [piece(2, 4), whole()],
    steps: [get(fetched({ status: 206, stored: false })), get(fetched({ status: 200, stored: true }))],
  },
  {
    id: '416',
    rfc: 'RFC 9110 §15.5.17',
    must: 'a 416 is passed on and not stored, and the part stays',
    origin: [
      piece(2, 4),
      answer(416, { 'Content-Range': 'bytes */10', 'Cache-Control': 'max-age=60' }),
      whole(),
    ],
    steps: [
      taken(2, 4),
      get(fetched({ status: 416, stored: false }), bytes(20, '')),
      hit(2, 4),
      get(fetched({ status: 200 })),
    ],
  },
];

/** Two parts one after the other, and what is stored then. */
const two = (id: string, must: string, origin: readonly Answer[], steps: Step[]): Case => ({
  id: `join-${id}`,
  rfc: COMBINE,
  must,
  origin,
  steps,
});
const joined: Case[] = [
  two(
    'touching',
    'parts that touch are one',
    [piece(2, 4), piece(5, 7)],
    [taken(2, 4), taken(5, 7, { fwd: 'partial' }), hit(2, 7, { shows: 2 }), hit(4, 5, { shows: 2 })],
  ),
  two(
    'before',
    'the second may be the first',
    [piece(5, 7), piece(2, 4)],
    [taken(5, 7), taken(2, 4), hit(2, 7, { shows: 2 })],
  ),
  two(
    'overlapping',
    'parts that overlap are one',
    [piece(2, 6), piece(4, 8)],
    [taken(2, 6), taken(4, 8), hit(2, 8, { shows: 2 })],
  ),
  two(
    'inside',
    'a part around the other is all there is',
    [piece(4, 5), piece(2, 8)],
    [taken(4, 5), taken(2, 8), hit(2, 8, { shows: 2 })],
  ),
  two(
    'complete',
    'parts that are all of it are a complete answer',
    [piece(0, 4), piece(5, 9)],
    [taken(0, 4), taken(5, 9), get(complete(2)), head({ ...complete(2), body: '' }), hit(3, 6, { shows: 2 })],
  ),
  two('one', 'as is a part that is all of it', [piece(0, 9)], [taken(0, 9), get(complete(1))]),
  two(
    'three',
    'parts grow until they are',
    [piece(3, 5), piece(6, 9), piece(0, 2)],
    [taken(3, 5), taken(6, 9), taken(0, 2), get(complete(3))],
  ),
  two(
    'gap',
    'parts with a gap are not one: the later one is kept',
    [piece(0, 2), piece(4, 6), piece(0, 2)],
    [taken(0, 2), taken(4, 6), hit(4, 6, { shows: 2 }), taken(0, 2, { fwd: 'partial' })],
  ),
  two(
    'other-tag',
    'nor parts with different tags',
    [piece(0, 4), piece(5, 9, { ETag: '"b"' }), whole({ ETag: '"b"' })],
    [taken(0, 4), taken(5, 9), hit(5, 9, { shows: 2 }), get(fetched({ status: 200 }))],
  ),
  two(
    'other-length',
    'nor of different lengths',
    [piece(0, 4), piece(5, 9, { 'Content-Range': 'bytes 5-9/11' }), piece(0, 4), whole()],
    [
      taken(0, 4),
      get(fetched({ status: 206, stored: true }), bytes(5, 9)),
      taken(0, 4, { fwd: 'partial' }),
      get(fetched({ status: 200 })),
    ],
  ),
  two(
    'weak',
    'nor what has a weak tag, though its text is the same',
    [piece(0, 4), piece(5, 9, { ETag: 'W/"a"' }), whole()],
    [taken(0, 4), get(fetched({ status: 206, stored: false }), bytes(5, 9)), hit(0, 4), get(fetched({}))],
  ),
  two(
    'no-store',
    'nor what may not be stored',
    [piece(0, 4), piece(5, 9, { 'Cache-Control': 'no-store' }), whole()],
    [taken(0, 4), taken(5, 9, { stored: false }), hit(0, 4), get(fetched({}))],
  ),
  two(
    'fields',
    'the newer one’s fields count, and those that it does not have stay',
    [piece(0, 4, { 'X-A': '1', 'X-B': '1' }), piece(5, 9, { 'X-B': '2' })],
    [
      taken(0, 4),
      taken(5, 9, { headers: { 'X-A': null, 'X-B': '2', 'Content-Range': field(5, 9) } }),
      get(
        cached(2, {
          status: 200,
          body: LETTERS,
          headers: { 'X-A': '1', 'X-B': '2', 'Content-Range': null },
        }),
      ),
    ],
  ),
  two(
    'freshness',
    'what is joined is as fresh as the newer one',
    [piece(0, 4), piece(5, 9, { 'Cache-Control': 'max-age=600' })],
    [taken(0, 4), later(50), taken(5, 9), later(100), get(complete(2))],
  ),
  two(
    'stale',
    'a part that is stale is made fresh by another of its tag',
    [piece(0, 4), piece(1, 2)],
    [taken(0, 4), later(70), taken(1, 2, { fwd: 'stale' }), hit(0, 4, { shows: 2 })],
  ),
  two(
    'stale-other',
    'and gone with another tag',
    [piece(0, 4), piece(1, 2, { ETag: '"b"' }), piece(0, 4, { ETag: '"b"' })],
    [taken(0, 4), later(70), taken(1, 2, { fwd: 'stale' }), hit(1, 2, { shows: 2 }), taken(0, 4)],
  ),
];

const conditions: Case[] = [
  {
    id: 'if-range',
    rfc: IF_RANGE,
    must: 'the part’s tag gives the range',
    origin: [piece(0, 4)],
    steps: [taken(0, 4), hit(1, 2, { headers: { 'If-Range': '"a"' } })],
  },
  {
    id: 'if-range-other',
    rfc: IF_RANGE,
    must: 'another one is the origin’s to judge, whose whole answer is stored as that',
    origin: [piece(0, 4), whole()],
    steps: [
      taken(0, 4),
      get(
        fetched({
          status: 200,
          fwd: 'partial',
          stored: true,
          seen: { headers: { Range: 'bytes=1-2', 'If-Range': '"b"' } },
        }),
        { ...bytes(1, 2), 'If-Range': '"b"' },
      ),
      get(complete(2)),
    ],
  },
  {
    id: 'if-range-weak',
    rfc: IF_RANGE,
    must: 'a weak tag does not give the range',
    origin: [piece(0, 4), whole()],
    steps: [taken(0, 4), get(fetched({ status: 200 }), { ...bytes(1, 2), 'If-Range': 'W/"a"' })],
  },
  {
    id: 'if-range-sparse',
    rfc: 'RFC 9110 §15.3.7',
    must: 'what answers If-Range may lack fields that its client has: alone it is not stored …',
    origin: [piece(0, 4), piece(0, 4)],
    steps: [
      taken(0, 4, { stored: false }, { 'If-Range': '"a"' }),
      taken(0, 4, { stored: false }, { 'If-Range': '"a"' }),
    ],
  },
  {
    id: 'if-range-joined',
    rfc: 'RFC 9110 §15.3.7',
    must: '… but is joined to a part that has them',
    origin: [piece(0, 4, { 'X-A': '1' }), piece(5, 9)],
    steps: [
      taken(0, 4),
      taken(5, 9, {}, { 'If-Range': '"a"' }),
      get(cached(2, { status: 200, body: LETTERS, headers: { 'X-A': '1' } })),
    ],
  },
  {
    id: 'inm',
    rfc: 'RFC 9110 §13.2.2',
    must: 'If-None-Match with the part’s tag gives 304, with another the range',
    origin: [piece(0, 4)],
    steps: [
      taken(0, 4),
      get(notModified({ headers: { ETag: '"a"', 'Content-Range': null } }), {
        ...bytes(1, 2),
        'If-None-Match': '"a"',
      }),
      hit(1, 2, { headers: { 'If-None-Match': '"b"' } }),
    ],
  },
  {
    id: 'no-cache',
    rfc: 'RFC 9111 §5.2.1.4',
    must: 'a client that asks for no-cache has its range from the origin',
    on: 'honoured',
    origin: [piece(0, 4), piece(0, 4)],
    steps: [
      taken(0, 4),
      taken(0, 4, { fwd: 'request' }, { 'Cache-Control': 'no-cache' }),
      hit(0, 4, { shows: 2 }),
    ],
  },
  {
    id: 'only-if-cached',
    rfc: 'RFC 9111 §5.2.1.7',
    must: 'only-if-cached has the range that is stored, and no other',
    on: 'honoured',
    origin: [piece(0, 4)],
    steps: [
      taken(0, 4),
      hit(1, 2, { headers: { 'Cache-Control': 'only-if-cached' } }),
      get(problem(504), { ...bytes(4, 5), 'Cache-Control': 'only-if-cached' }),
    ],
  },
];

/** Fields of the enclosed bytes, and one of the representation. */
const ofBytes = {
  'Content-Digest': 'sha-256=:YQ==:',
  'Content-MD5': 'YQ==',
  'Repr-Digest': 'sha-256=:Yg==:',
};
const withoutOfBytes = { ...ofBytes, 'Content-Digest': null, 'Content-MD5': null };
const described: Case[] = [
  {
    id: 'digest-as-it-came',
    rfc: DIGEST,
    must: 'a part has the digest that it came with, and a slice of it has none',
    origin: [piece(0, 4, ofBytes)],
    steps: [
      taken(0, 4, { headers: ofBytes }),
      hit(0, 4, { more: ofBytes }),
      hit(1, 2, { more: withoutOfBytes }),
    ],
  },
  {
    id: 'digest-joined',
    rfc: DIGEST,
    must: 'nor has what was joined',
    origin: [piece(0, 4, ofBytes), piece(5, 9, ofBytes)],
    steps: [
      taken(0, 4),
      taken(5, 9, { headers: ofBytes }),
      get(cached(2, { status: 200, body: LETTERS, headers: withoutOfBytes })),
    ],
  },
  {
    id: 'digest-of-all',
    rfc: DIGEST,
    must: 'nor has a slice of a complete answer',
    origin: [whole(ofBytes)],
    steps: [
      get(fetched({ headers: ofBytes })),
      hit(2, 4, { more: withoutOfBytes }),
      hit(0, 9, { more: ofBytes }),
    ],
  },
  {
    id: 'vary-left-out',
    rfc: 'RFC 9110 §15.3.7',
    must: 'a part that leaves out Vary leaves variants told apart as they were',
    origin: [whole({ Vary: 'X-A' }), piece(0, 4, { ETag: '"b"' }), piece(0, 4, { ETag: '"c"' })],
    steps: [
      get(fetched({ stored: true }), { 'X-A': '1' }),
      taken(0, 4, { fwd: 'vary-miss' }, { 'X-A': '2' }),
      taken(0, 4, { fwd: 'vary-miss' }, { 'X-A': '3' }),
      get(complete(1), { 'X-A': '1' }),
      hit(1, 2, { shows: 2, headers: { 'X-A': '2' } }),
    ],
  },
];

const invalidated: Case[] = [
  {
    id: 'purge-complete',
    rfc: STORE,
    must: 'a range of a complete answer that was purged is asked for as such, and stored',
    origin: [whole(), piece(2, 4, { ETag: '"b"' })],
    steps: [
      get(fetched({ stored: true })),
      purge('uri:/parts-purge-complete'),
      later(2),
      taken(2, 4, { fwd: 'stale', detail: 'purged' }),
      hit(3, 4, { shows: 2 }),
    ],
  },
  {
    id: 'purge-uri',
    rfc: 'RFC 9111 §4.4',
    must: 'a purge of the URI is one of its part: nothing is joined to it',
    origin: [piece(0, 4), piece(5, 9), whole()],
    steps: [
      taken(0, 4),
      purge('uri:/parts-purge-uri'),
      later(2),
      taken(5, 9, { fwd: 'stale', detail: 'purged' }),
      hit(5, 9, { shows: 2 }),
      get(fetched({ status: 200 })),
    ],
  },
  {
    id: 'purge-tag',
    rfc: 'RFC 9875 §3',
    must: 'and so is one of a tag that the part has',
    origin: [piece(0, 4, { 'Cache-Tag': 'parts-tag' }), piece(0, 4)],
    steps: [taken(0, 4), purge('parts-tag'), later(2), taken(0, 4, { fwd: 'stale', detail: 'purged' })],
  },
  {
    id: 'put',
    rfc: 'RFC 9111 §4.4',
    must: 'a part falls with what an unsafe method changes',
    origin: [piece(0, 4), ok(), piece(0, 4)],
    steps: [taken(0, 4), ask('PUT', fetched(), { body: 'x' }), taken(0, 4, { fwd: 'stale' })],
  },
  {
    id: 'put-complete',
    rfc: 'RFC 9111 §4.4',
    must: 'and so does what it was joined to',
    origin: [piece(0, 4), piece(5, 9), ok(), whole()],
    steps: [taken(0, 4), taken(5, 9), ask('PUT', fetched(), { body: 'x' }), get(fetched({ fwd: 'stale' }))],
  },
];

export const parts: readonly Case[] = [
  ...reused,
  ...refused,
  ...joined,
  ...conditions,
  ...described,
  ...invalidated,
].map((it) => ({ ...it, id: `parts-${it.id}` }));
