import {
  asked,
  type Case,
  cached,
  type Expect,
  type Fields,
  fetched,
  get,
  head,
  later,
  notModified,
  type Seen,
} from './support/case.ts';
import { answer, fresh, inS, ok, same } from './support/values.ts';

/** RFC 9110 §14: parts of a stored answer. */

const BYTES = 'RFC 9110 §14.1.2';
const RANGE = 'RFC 9110 §14.2';
const IF_RANGE = 'RFC 9110 §13.1.5';
const MODIFIED = 'Tue, 15 Nov 1994 12:45:26 GMT';

const ten = (headers: Fields = {}) => ({ ...fresh(60, { ETag: '"a"', ...headers }), body: 'abcdefghij' });
const whole = cached(1, { status: 200, headers: { 'Content-Range': null, 'Content-Length': '10' } });
const part = (body: string, from: number, headers: Expect['headers'] = {}): Expect =>
  cached(1, {
    status: 206,
    body,
    headers: {
      'Content-Range': `bytes ${from}-${from + body.length - 1}/10`,
      'Content-Length': String(body.length),
      ...headers,
    },
  });
/** Made by the cache: neither a stored answer nor anything of the origin's. */
const unsatisfiable: Expect = {
  from: 'edge',
  shows: null,
  status: 416,
  headers: { 'Content-Range': 'bytes */10' },
};

/** Ten bytes are stored, and this is asked of them. */
const of = (
  id: string,
  rfc: string,
  must: string,
  headers: Fields,
  expect: Expect,
  stored: Fields = {},
): Case => ({
  id,
  rfc,
  must,
  origin: [ten(stored)],
  steps: [get(fetched({ stored: true })), get(expect, headers), get(whole)],
});
const range = (id: string, must: string, value: string, expect: Expect, rfc = BYTES) =>
  of(id, rfc, must, { Range: value }, expect);

const stored: Case[] = [
  range('first-last', 'first and last byte', 'bytes=2-4', part('cde', 2)),
  range('one', 'one byte', 'bytes=0-0', part('a', 0)),
  range('last-one', 'the last byte', 'bytes=9-9', part('j', 9)),
  range('open', 'from a byte to the end', 'bytes=5-', part('fghij', 5)),
  range('open-all', 'from the first byte to the end', 'bytes=0-', part('abcdefghij', 0)),
  range('suffix', 'the last bytes', 'bytes=-3', part('hij', 7)),
  range('suffix-all', 'more last bytes than there are', 'bytes=-100', part('abcdefghij', 0)),
  range('beyond-last', 'a last byte beyond the end is the end', 'bytes=2-100', part('cdefghij', 2)),
  range(
    'beyond-huge',
    'a last byte beyond all numbers is the end',
    'bytes=2-99999999999999999999',
    part('cdefghij', 2),
  ),
  range(
    'beyond',
    'a first byte beyond the end cannot be had',
    'bytes=10-',
    unsatisfiable,
    'RFC 9110 §15.5.17',
  ),
  range('beyond-both', 'nor can a range beyond the end', 'bytes=20-30', unsatisfiable, 'RFC 9110 §15.5.17'),
  range('suffix-0', 'nor can the last 0 bytes', 'bytes=-0', unsatisfiable, 'RFC 9110 §15.5.17'),
  range('several', 'several ranges give the whole', 'bytes=0-1,4-5', whole, RANGE),
  range('several-spaces', 'with spaces too', 'bytes=0-1, -2', whole, RANGE),
  ...(
    [
      ['backwards', 'bytes=5-2'],
      ['words', 'bytes=abc'],
      ['none', 'bytes='],
      ['dash', 'bytes=-'],
      ['unit', 'items=0-1'],
      ['no-equals', 'bytes 0-1'],
      ['negative', 'bytes=--1'],
      ['sign', 'bytes=+1-2'],
      ['decimal', 'bytes=1.5-3'],
      ['behind', 'bytes=1-2x'],
      ['empty', ''],
    ] as const
  ).map(([id, value]) =>
    range(`malformed-${id}`, `a Range that is none is ignored: "${value}"`, value, whole, RANGE),
  ),
  of(
    'fields',
    'RFC 9110 §15.3.7',
    '206 has the fields of the whole',
    { Range: 'bytes=0-1' },
    part('ab', 0, {
      ETag: '"a"',
      'Cache-Control': 'max-age=60',
      Date: /GMT$/,
      'Content-Type': 'text/plain',
      'Content-Location': '/other',
      Vary: 'Accept',
      Expires: MODIFIED,
      'Last-Modified': MODIFIED,
    }),
    { 'Content-Location': '/other', Vary: 'Accept', Expires: MODIFIED, 'Last-Modified': MODIFIED },
  ),
  {
    id: 'gzip',
    rfc: RANGE,
    must: 'ranges are of the bytes as they are coded',
    origin: [{ ...fresh(60, { 'Content-Encoding': 'gzip' }), body: 'abcdefghij' }],
    steps: [get(fetched()), get(part('cde', 2, { 'Content-Encoding': 'gzip' }), { Range: 'bytes=2-4' })],
  },
  {
    id: 'chunked',
    rfc: RANGE,
    must: 'what came in chunks has ranges as well',
    origin: [{ ...fresh(60), body: ['abcde', 'fghij'] }],
    steps: [get(fetched()), get(part('defg', 3), { Range: 'bytes=3-6' })],
  },
  {
    id: 'zero-length',
    rfc: 'RFC 9110 §15.5.17',
    must: 'nothing can be had of an empty answer',
    origin: [{ ...fresh(60), body: '' }],
    steps: [get(fetched()), get(cached(1, { status: [200, 416], body: '' }), { Range: 'bytes=0-' })],
  },
  {
    id: '404',
    rfc: RANGE,
    must: 'a range of a stored 404 is not looked at',
    origin: [answer(404, { 'Cache-Control': 'max-age=60' })],
    steps: [get(fetched()), get(cached(1, { status: 404 }), { Range: 'bytes=0-1' })],
  },
  {
    id: 'age',
    rfc: 'RFC 9111 §5.1',
    must: '206 has the age of the whole',
    origin: [ten()],
    steps: [get(fetched()), later(20), get(part('ab', 0, { Age: '20' }), { Range: 'bytes=0-1' })],
  },
  {
    id: 'head',
    rfc: RANGE,
    must: 'a range of HEAD is not looked at',
    origin: [ten()],
    steps: [get(fetched()), head({ ...whole, body: '' }, { Range: 'bytes=0-1' })],
  },
  {
    id: 'variant',
    rfc: 'RFC 9111 §4.1',
    must: 'the range is of the variant that was asked for',
    origin: [ten({ Vary: 'X-A' }), { ...fresh(60, { Vary: 'X-A' }), body: '0123456789' }],
    steps: [
      get(fetched(), { 'X-A': '1' }),
      get(fetched(), { 'X-A': '2' }),
      get(part('cd', 2), { 'X-A': '1', Range: 'bytes=2-3' }),
      get({ ...part('23', 2), shows: 2 }, { 'X-A': '2', Range: 'bytes=2-3' }),
    ],
  },
  {
    id: 'large',
    rfc: BYTES,
    must: 'a part of a large answer is that part',
    origin: [{ ...fresh(60), body: Array.from({ length: 50_000 }, (_, i) => String(i % 10)).join('') }],
    steps: [
      get(fetched()),
      get(cached(1, { status: 206, body: '5678', headers: { 'Content-Range': 'bytes 49995-49998/50000' } }), {
        Range: 'bytes=49995-49998',
      }),
    ],
  },
];

const r = { Range: 'bytes=2-4' };
const conditions: Case[] = [
  of(
    'if-range-etag',
    IF_RANGE,
    'the tag of what is stored gives the part',
    { ...r, 'If-Range': '"a"' },
    part('cde', 2),
  ),
  of('if-range-other', IF_RANGE, 'another tag gives the whole', { ...r, 'If-Range': '"b"' }, whole),
  of('if-range-weak', IF_RANGE, 'a weak tag gives the whole', { ...r, 'If-Range': 'W/"a"' }, whole),
  of(
    'if-range-weak-stored',
    IF_RANGE,
    'where the stored tag is weak, it gives the whole',
    { ...r, 'If-Range': 'W/"a"' },
    whole,
    {
      ETag: 'W/"a"',
    },
  ),
  of(
    'if-range-malformed',
    IF_RANGE,
    'what is neither tag nor date gives the whole',
    { ...r, 'If-Range': 'a' },
    whole,
  ),
  of(
    'if-range-date',
    IF_RANGE,
    'the time of Last-Modified gives the part',
    { ...r, 'If-Range': MODIFIED },
    part('cde', 2),
    {
      'Last-Modified': MODIFIED,
    },
  ),
  of(
    'if-range-later',
    IF_RANGE,
    'a later time gives the whole',
    { ...r, 'If-Range': 'Wed, 16 Nov 1994 12:45:26 GMT' },
    whole,
    {
      'Last-Modified': MODIFIED,
    },
  ),
  of(
    'if-range-earlier',
    IF_RANGE,
    'an earlier time gives the whole',
    { ...r, 'If-Range': 'Mon, 14 Nov 1994 12:45:26 GMT' },
    whole,
    {
      'Last-Modified': MODIFIED,
    },
  ),
  of(
    'if-range-date-without',
    IF_RANGE,
    'a time gives the whole where there is no Last-Modified',
    { ...r, 'If-Range': MODIFIED },
    whole,
  ),
  of(
    'if-range-date-weak',
    'RFC 9110 §8.8.2.2',
    'a Last-Modified of the very second of Date is weak, and gives the whole',
    { ...r, 'If-Range': inS(0) },
    whole,
    {
      'Last-Modified': inS(0),
    },
  ),
  of('if-range-alone', IF_RANGE, 'If-Range without Range is not looked at', { 'If-Range': '"a"' }, whole),
  of(
    'inm-first',
    'RFC 9110 §13.2.2',
    'If-None-Match that matches gives 304, whatever the range',
    { ...r, 'If-None-Match': '"a"' },
    notModified(),
  ),
  of(
    'inm-other',
    'RFC 9110 §13.2.2',
    'If-None-Match that does not match gives the part',
    { ...r, 'If-None-Match': '"b"' },
    part('cde', 2),
  ),
];

const partial = (headers: Fields = {}) => ({
  status: 206,
  headers: { 'Cache-Control': 'max-age=60', ETag: '"a"', 'Content-Range': 'bytes 2-4/10', ...headers },
  body: 'cde',
});

const missing: Case[] = [
  {
    id: 'miss',
    rfc: RANGE,
    must: 'on a miss the origin gets the range, and its part is passed on and stored',
    origin: [partial()],
    steps: [
      get(
        fetched({
          status: 206,
          body: 'cde',
          stored: true,
          headers: { 'Content-Range': 'bytes 2-4/10' },
          seen: { headers: { Range: 'bytes=2-4' } },
        }),
        r,
      ),
    ],
  },
  {
    id: 'miss-then-whole',
    rfc: 'RFC 9111 §3.3',
    must: 'a part is not stored as the whole',
    origin: [partial(), ten()],
    steps: [
      get(fetched({ status: 206 }), r),
      get(fetched({ status: 200 })),
      get({ ...part('cde', 2), shows: 2 }, r),
    ],
  },
  {
    id: 'miss-several',
    rfc: RANGE,
    must: 'several ranges are the origin’s, on a miss',
    origin: [{ status: 206, headers: { 'Content-Type': 'multipart/byteranges; boundary=x' }, body: '--x--' }],
    steps: [
      get(fetched({ status: 206, seen: { headers: { Range: 'bytes=0-1,4-5' } } }), {
        Range: 'bytes=0-1,4-5',
      }),
    ],
  },
  {
    id: 'miss-416',
    rfc: 'RFC 9110 §15.5.17',
    must: 'a 416 of the origin is passed on and not stored',
    origin: [answer(416, { 'Content-Range': 'bytes */10' }), ten()],
    steps: [
      get(fetched({ status: 416, headers: { 'Content-Range': 'bytes */10' } }), { Range: 'bytes=20-' }),
      get(fetched({ status: 200 })),
    ],
  },
  {
    id: 'miss-if-range',
    rfc: IF_RANGE,
    must: 'If-Range goes with Range to the origin',
    origin: [partial()],
    steps: [
      get(fetched({ status: 206, seen: { headers: { Range: 'bytes=2-4', 'If-Range': '"a"' } } }), {
        ...r,
        'If-Range': '"a"',
      }),
    ],
  },
  {
    id: 'miss-ignored',
    rfc: RANGE,
    must: 'where the origin answers a range with the whole, that is stored, and gives the range',
    origin: [ten()],
    steps: [
      get(
        fetched({
          status: 206,
          body: 'cde',
          stored: true,
          fwdStatus: 200,
          headers: { 'Content-Range': 'bytes 2-4/10' },
        }),
        r,
      ),
      get(whole),
    ],
  },
  {
    id: 'miss-ignored-unstored',
    rfc: RANGE,
    must: 'and so it does where that may not be stored',
    origin: [ten({ 'Cache-Control': 'no-store' }), ten()],
    steps: [
      get(fetched({ status: 206, body: 'cde', stored: false, fwdStatus: 200 }), r),
      get(fetched({ status: 200 })),
    ],
  },
  {
    id: 'expired',
    rfc: 'RFC 9111 §4.3.1',
    must: 'a range of what is stale is given as it is now',
    origin: [
      { ...ten(), headers: { 'Cache-Control': 'max-age=10', ETag: '"a"' } },
      ({ headers }: Seen) => (headers['if-none-match'] ? same() : headers['range'] ? partial() : ten()),
    ],
    steps: [
      get(fetched()),
      later(15),
      get(asked({ status: 206, body: 'cde', headers: { 'Content-Range': 'bytes 2-4/10' } }), r),
    ],
  },
  {
    id: 'no-store',
    rfc: RANGE,
    must: 'without a stored answer each range is the origin’s',
    origin: [
      ok({ 'Cache-Control': 'no-store' }),
      { status: 206, headers: { 'Content-Range': 'bytes 0-1/8' }, body: 'an' },
    ],
    steps: [get(fetched()), get(fetched({ status: 206, body: 'an' }), { Range: 'bytes=0-1' })],
  },
];

export const ranges: readonly Case[] = [...stored, ...conditions, ...missing].map((it) => ({
  ...it,
  id: `range-${it.id}`,
}));
