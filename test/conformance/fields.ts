import { gzipSync } from 'node:zlib';
import {
  ask,
  type Case,
  cached,
  type Fields,
  fetched,
  get,
  later,
  type Wanted,
  without,
} from './support/case.ts';
import { cc, fresh, inS, ok } from './support/values.ts';

/** RFC 9110 §7.6.1 and RFC 9111 §3.1: which fields pass, and that nothing is done to a body. */

const HOP = 'RFC 9110 §7.6.1';
const KEEP = 'RFC 9111 §3.1';

/** Bytes of an answer with these lines, as no server library would send them. */
const raw = (...lines: string[]) => ({
  raw: ['HTTP/1.1 200 OK', 'Cache-Control: max-age=60', 'Content-Length: 2', ...lines, '', 'hi'].join('\r\n'),
});

const dropped = (
  id: string,
  must: string,
  lines: string[],
  names: string[],
  kept: Record<string, string> = {},
): Case => {
  const headers = { ...Object.fromEntries(names.map((name) => [name, null])), ...kept };
  return {
    id,
    rfc: HOP,
    must,
    origin: [raw(...lines)],
    steps: [get(fetched({ body: 'hi', headers })), get(cached(1, { body: 'hi', headers }))],
  };
};

const answers: Case[] = [
  dropped(
    'hop-named',
    'a field that Connection names is for one hop',
    ['Connection: X-Hop', 'X-Hop: 1', 'X-End: 2'],
    ['X-Hop'],
    {
      'X-End': '2',
    },
  ),
  dropped(
    'hop-named-several',
    'Connection may name several fields, in any case and several lines',
    ['Connection: x-one, X-TWO', 'Connection: X-Three', 'X-One: 1', 'X-Two: 2', 'X-Three: 3'],
    ['X-One', 'X-Two', 'X-Three'],
  ),
  dropped(
    'hop-named-content',
    'even ETag is for one hop if Connection names it',
    ['Connection: ETag', 'ETag: "a"'],
    ['ETag'],
  ),
  ...[
    'Proxy-Connection',
    'Keep-Alive',
    'TE',
    'Upgrade',
    'Proxy-Authenticate',
    'Proxy-Authentication-Info',
  ].map((name) => dropped(`hop-${name.toLowerCase()}`, `${name} is for one hop`, [`${name}: x`], [name])),
];

const kept = (id: string, must: string, headers: Fields, rfc = KEEP): Case => ({
  id,
  rfc,
  must,
  origin: [fresh(60, headers)],
  steps: [
    get(fetched({ keeps: Object.keys(headers) })),
    later(10),
    get(cached(1, { keeps: Object.keys(headers) })),
  ],
});

const passed: Case[] = [
  kept('kept-unknown', 'a field that is not known is kept', { 'X-Custom': 'a; b="c, d"', Whatever: '1' }),
  kept('kept-lines', 'several lines of a field are kept', {
    'X-Custom': ['a', 'b', 'c'],
    Link: ['<a>; rel=x', '<b>'],
  }),
  kept('kept-content', 'fields of the content are kept', {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Language': 'de',
    'Content-Disposition': 'attachment; filename="a.txt"',
    'Content-Location': '/other',
  }),
  kept('kept-validators', 'validators are kept byte for byte', {
    ETag: 'W/"a,b c-gzip"',
    'Last-Modified': 'Tuesday, 15-Nov-94 12:45:26 GMT',
  }),
  kept('kept-security', 'fields for browsers are kept', {
    'Content-Security-Policy': "default-src 'none'",
    'Strict-Transport-Security': 'max-age=1',
    'X-Frame-Options': 'DENY',
    'Access-Control-Allow-Origin': '*',
  }),
  kept('kept-caching', 'fields of caching are kept as they came', {
    'Cache-Control': 'Max-Age=60,  x="a, b"',
    Expires: inS(60),
    Vary: 'Accept',
    Pragma: 'no-cache',
  }),
  kept('kept-server', 'fields of the server are kept', { Server: 'x/1', 'X-Powered-By': 'y' }),
  kept('kept-date', 'Date is that of the origin', { Date: inS(-5) }, 'RFC 9110 §6.6.1'),
  kept('kept-empty', 'a field without a value is kept', { 'X-Empty': '' }),
  {
    id: 'no-content-type',
    rfc: 'RFC 9110 §8.3',
    must: 'an answer without Content-Type gets none',
    origin: [fresh(60, { 'Content-Type': null })],
    steps: [
      get(fetched({ headers: { 'Content-Type': null } })),
      get(cached(1, { headers: { 'Content-Type': null } })),
    ],
  },
  {
    id: 'age-absent',
    rfc: 'RFC 9111 §5.1',
    must: 'what comes from the origin without Age has none, and from the store it has one',
    origin: [fresh(60)],
    steps: [
      get(fetched({ headers: { Age: (it) => it === undefined || it === '0' } })),
      get(cached(1, { headers: { Age: '0' } })),
      later(30),
      get(cached(1, { headers: { Age: '30' } })),
    ],
  },
  {
    id: 'content-length',
    rfc: 'RFC 9110 §8.6',
    must: 'Content-Length is that of the body',
    origin: [fresh(60)],
    steps: [
      get(fetched({ headers: { 'Content-Length': '8' } })),
      get(cached(1, { headers: { 'Content-Length': '8' } })),
    ],
  },
];

const zipped = gzipSync('a text that is worth compressing '.repeat(100));
const allBytes = Uint8Array.from({ length: 1024 }, (_, i) => i % 256);

const body = (id: string, must: string, bytes: Uint8Array, headers: Fields, sent: Fields = {}): Case => ({
  id,
  rfc: 'RFC 9110 §8.4',
  must,
  origin: [{ ...fresh(60, headers), body: bytes }],
  steps: [
    get(fetched({ keeps: ['Content-Encoding', 'Content-Length'] }), sent),
    get(cached(1, { keeps: ['Content-Encoding', 'Content-Length'] }), sent),
  ],
});

const bodies: Case[] = [
  body('body-binary', 'a body is bytes', allBytes, { 'Content-Type': 'application/octet-stream' }),
  body('body-text', 'a text is bytes too', Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x0d, 0x0a]), {}),
  body(
    'body-gzip',
    'gzip passes byte for byte',
    zipped,
    { 'Content-Encoding': 'gzip' },
    { 'Accept-Encoding': 'gzip' },
  ),
  body('body-gzip-unasked', 'also to a client that did not ask for it', zipped, {
    'Content-Encoding': 'gzip',
  }),
  body('body-gzip-damaged', 'what is called gzip and is none passes byte for byte', allBytes, {
    'Content-Encoding': 'gzip',
  }),
  body(
    'body-br',
    'br passes byte for byte',
    allBytes,
    { 'Content-Encoding': 'br' },
    { 'Accept-Encoding': 'br' },
  ),
  body('body-zstd', 'a coding that is not known here passes byte for byte', allBytes, {
    'Content-Encoding': 'zstd',
  }),
  body('body-two-codings', 'two codings pass byte for byte', zipped, { 'Content-Encoding': 'gzip, br' }),
  {
    id: 'body-plain',
    rfc: 'RFC 9110 §8.4',
    must: 'what came without a coding gets none',
    origin: [{ ...fresh(60), body: 'long '.repeat(2000) }],
    steps: [
      get(fetched({ headers: { 'Content-Encoding': null } }), { 'Accept-Encoding': 'gzip, br' }),
      get(cached(1, { headers: { 'Content-Encoding': null } }), { 'Accept-Encoding': 'gzip, br' }),
    ],
  },
];

/** What the origin sees of a request with these fields. */
const seen = (
  id: string,
  rfc: string,
  must: string,
  headers: Fields,
  wanted: Readonly<Record<string, Wanted>>,
): Case => ({ id, rfc, must, origin: [ok()], steps: [get(fetched({ seen: { headers: wanted } }), headers)] });

const requests: Case[] = [
  seen(
    'sent-hop-named',
    HOP,
    'a field that Connection names goes no further',
    { Connection: 'X-Hop, keep-alive', 'X-Hop': '1', 'X-End': '2' },
    {
      'X-Hop': null,
      'X-End': '2',
    },
  ),
  seen(
    'sent-hop',
    HOP,
    'fields for one hop go no further',
    {
      'Keep-Alive': 'timeout=5',
      TE: 'trailers',
      'Proxy-Connection': 'keep-alive',
      'Proxy-Authorization': 'Basic YTpi',
      Upgrade: 'h2c',
    },
    { 'Keep-Alive': null, TE: null, 'Proxy-Connection': null, 'Proxy-Authorization': null, Upgrade: null },
  ),
  seen(
    'sent-unknown',
    'RFC 9110 §5.1',
    'fields that are not known are sent on',
    { 'X-Custom': 'a', Accept: 'text/html', 'User-Agent': 'me' },
    {
      'X-Custom': 'a',
      Accept: 'text/html',
      'User-Agent': 'me',
    },
  ),
  seen(
    'sent-lines',
    'RFC 9110 §5.3',
    'several lines are sent on as a list',
    { 'X-Custom': ['a', 'b'] },
    { 'X-Custom': 'a, b' },
  ),
  seen(
    'sent-encoding',
    'RFC 9110 §12.5.3',
    'the origin learns which codings the client takes',
    { 'Accept-Encoding': 'gzip' },
    {
      'Accept-Encoding': /gzip/,
    },
  ),
  seen(
    'sent-no-encoding',
    'RFC 9110 §12.5.3',
    'the cache asks for no coding that the client does not take',
    {},
    {
      'Accept-Encoding': without('gzip'),
    },
  ),
  seen(
    'sent-weights',
    'RFC 9110 §12.4.2',
    'what a client prefers is sent on as it came, though it is compared in another form',
    {
      'Accept-Language': 'de-AT;q=0.1,*;q=0.05',
      'Accept-Encoding': 'br;q=0.1, x-own',
      Accept: 'a/B;q=0.2,c/d',
    },
    {
      'Accept-Language': 'de-AT;q=0.1,*;q=0.05',
      'Accept-Encoding': 'br;q=0.1, x-own',
      Accept: 'a/B;q=0.2,c/d',
    },
  ),
  seen('sent-via', 'RFC 9110 §7.6.3', 'the origin learns of the cache by Via', {}, { Via: /^1\.1 \S+$/ }),
  seen(
    'sent-via-for-all',
    'RFC 9110 §7.6.3',
    'Via of an answer for all names no client’s: it is in no key',
    { Via: '1.0 fred' },
    { Via: /^1\.1 \S+$/ },
  ),
  seen(
    'sent-via-appended',
    'RFC 9110 §7.6.3',
    'Via of an answer for one names those before too',
    { Via: '1.0 fred', 'If-Match': '*' },
    { Via: /^1\.0 fred, 1\.1 \S+$/ },
  ),
  seen(
    'sent-cookie',
    'RFC 9110 §5.1',
    'Cookie and Authorization are the origin’s',
    { Cookie: 'a=1; b=2', Authorization: 'Bearer t' },
    {
      Cookie: 'a=1; b=2',
      Authorization: 'Bearer t',
    },
  ),
  {
    id: 'sent-hop-post',
    rfc: HOP,
    must: 'with a body, too, fields for one hop go no further',
    origin: [ok()],
    steps: [
      ask('POST', fetched({ seen: { body: 'data', headers: { 'X-Hop': null, 'X-End': '2' } } }), {
        headers: { Connection: 'X-Hop', 'X-Hop': '1', 'X-End': '2' },
        body: 'data',
      }),
    ],
  },
  {
    id: 'sent-background',
    rfc: 'RFC 9111 §4.3.1',
    must: 'a validation has the fields of the request that caused it',
    origin: [cc('max-age=10', { ETag: '"a"' }), ok()],
    steps: [
      get(fetched(), { Accept: 'text/html' }),
      later(10),
      get(fetched({ seen: { headers: { Accept: 'application/json', 'If-None-Match': '"a"' } } }), {
        Accept: 'application/json',
      }),
    ],
  },
];

export const fields: readonly Case[] = [...answers, ...passed, ...bodies, ...requests];
