import {
  ask,
  asked,
  type Case,
  cached,
  down,
  fetched,
  get,
  head,
  problem,
  up,
  without,
} from './support/case.ts';
import { answer, closes, fresh, hangs, ok, same } from './support/values.ts';

/** RFC 9110 §7.6: what passes between client and origin, and what does not. */

const FORWARD = 'RFC 9110 §7.6';

const bodies: Case[] = [
  ...(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'SEARCH'] as const).map(
    (method): Case => ({
      id: `body-${method.toLowerCase()}`,
      rfc: FORWARD,
      must: `the body of ${method} arrives`,
      origin: [ok()],
      steps: [
        ask(method, fetched({ seen: { method, body: 'data', headers: { 'Content-Type': 'text/x' } } }), {
          headers: { 'Content-Type': 'text/x' },
          body: 'data',
        }),
      ],
    }),
  ),
  ...(['POST', 'PUT', 'PATCH'] as const).map(
    (method): Case => ({
      id: `chunked-${method.toLowerCase()}`,
      rfc: 'RFC 9112 §7.1',
      must: `a body of ${method} in chunks arrives`,
      origin: [ok()],
      steps: [
        ask(method, fetched({ seen: { body: 'one two three' } }), {
          headers: { 'Transfer-Encoding': 'chunked' },
          body: ['one ', 'two ', 'three'],
        }),
      ],
    }),
  ),
  {
    id: 'body-large',
    rfc: FORWARD,
    must: 'a large body arrives whole',
    origin: [ok()],
    steps: [ask('POST', fetched({ seen: { body: 'z'.repeat(500_000) } }), { body: 'z'.repeat(500_000) })],
  },
  {
    id: 'body-empty',
    rfc: FORWARD,
    must: 'a POST without a body arrives without one',
    origin: [ok()],
    steps: [ask('POST', fetched({ seen: { method: 'POST', body: '' } }))],
  },
  {
    id: 'body-get',
    rfc: 'RFC 9110 §9.3.1',
    must: 'the body of a GET is not sent on: an answer must not depend on it',
    origin: [fresh(60)],
    steps: [
      ask(
        'GET',
        fetched({
          seen: { body: '', headers: { 'Content-Length': (it) => it === undefined || it === '0' } },
        }),
        {
          body: 'data',
        },
      ),
      get(cached()),
    ],
  },
];

const targets: Case[] = [
  ...(
    [
      ['query', '?a=1&a=2&b=%20&c=+&d'],
      ['query-empty', '?'],
      ['query-odd', '?%2F=%3F&&=;x:@!$()*,'],
      ['path-encoded', '/a%2Fb/%C3%A9'],
      ['path-double-slash', '/a//b'],
      ['path-slash', '/a/'],
      ['path-odd', "/a:@!$&'()*+,;=~-_."],
    ] as const
  ).map(
    ([id, at]): Case => ({
      id: `target-${id}`,
      rfc: 'RFC 9110 §7.1',
      must: `the target goes to the origin unchanged: ${at}`,
      origin: [ok()],
      steps: [get(fetched({ seen: { at } }), {}, at)],
    }),
  ),
  {
    id: 'target-dots',
    rfc: 'RFC 3986 §6.2.2.3',
    must: 'dots in a path are resolved once, and what is stored and what is asked for are the same',
    origin: [fresh(60)],
    steps: [get(fetched({ seen: { at: '/b' } }), {}, '/a/../b'), get(cached(), {}, '/b')],
  },
];

const answers: Case[] = [
  ...[301, 302, 303, 307, 308].map(
    (status): Case => ({
      id: `redirect-${status}`,
      rfc: 'RFC 9110 §15.4',
      must: `${status} is passed on and not followed, and stored if it is fresh`,
      origin: [answer(status, { Location: '/elsewhere?x=1', 'Cache-Control': 'max-age=60' })],
      steps: [
        get(fetched({ headers: { Location: '/elsewhere?x=1' } })),
        get(cached(1, { status, headers: { Location: '/elsewhere?x=1' } })),
      ],
    }),
  ),
  ...[500, 501, 502, 503, 504, 599].map(
    (status): Case => ({
      id: `error-${status}`,
      rfc: FORWARD,
      must: `${status} of the origin is passed on with its body`,
      origin: [{ status, headers: { 'Content-Type': 'text/html', 'Retry-After': '3' }, body: '<p>sorry' }],
      steps: [
        get(
          fetched({
            body: '<p>sorry',
            headers: { 'Content-Type': 'text/html', 'Retry-After': '3' },
            fwdStatus: status,
          }),
        ),
      ],
    }),
  ),
  ...[400, 403, 404, 409, 418, 422, 429, 451].map(
    (status): Case => ({
      id: `refusal-${status}`,
      rfc: FORWARD,
      must: `${status} of the origin is passed on with its body`,
      origin: [{ status, body: 'no' }],
      steps: [get(fetched({ body: 'no' }))],
    }),
  ),
  {
    id: 'refusal-401',
    rfc: 'RFC 9110 §15.5.2',
    must: '401 of the origin is passed on with its challenge',
    origin: [answer(401, { 'WWW-Authenticate': 'Basic realm="x"' })],
    steps: [get(fetched({ status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"' } }))],
  },
  ...[201, 202, 204, 205, 299].map(
    (status): Case => ({
      id: `success-${status}`,
      rfc: FORWARD,
      must: `${status} to a POST is passed on`,
      origin: [{ status, headers: { 'X-Made': '1' }, ...(status === 205 && { body: '' }) }],
      steps: [ask('POST', fetched({ headers: { 'X-Made': '1' } }))],
    }),
  ),
  {
    id: 'early-hints',
    rfc: 'RFC 9110 §15.2',
    must: 'an interim answer is not taken for the answer',
    origin: [
      {
        raw: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nhi',
      },
    ],
    steps: [get(fetched({ status: 200, body: 'hi' })), get(cached(1, { status: 200, body: 'hi' }))],
  },
  {
    id: 'large',
    rfc: FORWARD,
    must: 'a large answer is passed on whole',
    origin: [{ body: 'w'.repeat(4_000_000) }],
    steps: [get(fetched())],
  },
  {
    id: 'options',
    rfc: 'RFC 9110 §9.3.7',
    must: 'OPTIONS is answered by the origin',
    origin: [answer(204, { Allow: 'GET, POST' })],
    steps: [ask('OPTIONS', fetched({ headers: { Allow: 'GET, POST' }, seen: { method: 'OPTIONS' } }))],
  },
  {
    id: 'cookies',
    rfc: 'RFC 6265 §3',
    must: 'each Set-Cookie is passed on',
    origin: [ok({ 'Set-Cookie': ['a=1; Path=/', 'b=2; Expires=Wed, 09 Jun 2094 10:18:14 GMT'] })],
    steps: [
      get(fetched({ headers: { 'Set-Cookie': 'a=1; Path=/, b=2; Expires=Wed, 09 Jun 2094 10:18:14 GMT' } })),
    ],
  },
  {
    id: 'head',
    rfc: 'RFC 9110 §9.3.2',
    must: 'a HEAD that fails is passed on',
    origin: [answer(503)],
    steps: [head(fetched({ status: 503 }))],
  },
];

const conditions: Case[] = (['If-None-Match', 'If-Modified-Since'] as const).map((name) => {
  const value = name === 'If-None-Match' ? '"a"' : 'Tue, 15 Nov 1994 12:45:26 GMT';
  const validators = { ETag: '"a"', 'Last-Modified': 'Tue, 15 Nov 1994 12:45:26 GMT' };
  const unstorable = { 'Cache-Control': 'no-store', ...validators };
  return {
    id: `condition-${name.toLowerCase()}`,
    rfc: 'RFC 9111 §4.3.2',
    must: `${name} goes on to the origin where nothing can be stored to judge it by, and its 304 to the client`,
    origin: [ok(unstorable), same(unstorable), ok(unstorable)],
    steps: [
      get(fetched({ seen: { headers: { [name]: null } } })),
      get(fetched({ status: 304, body: '', seen: { headers: { [name]: value } } }), { [name]: value }),
      get(fetched({ seen: { headers: { [name]: null } } })),
    ],
  };
});

const failed = problem(502, { detail: 'origin-failed' });

const failures: Case[] = [
  ...(
    [
      ['closes', 'closes without an answer', closes],
      ['within-head', 'closes within the head', { raw: 'HTTP/1.1 200 OK\r\nContent-Le' }],
      ['junk', 'does not speak HTTP', { raw: 'junk\r\n\r\n' }],
      [
        'field',
        'sends a field that is none',
        { raw: 'HTTP/1.1 200 OK\r\nBad Field: 1\r\nContent-Length: 2\r\n\r\nhi' },
      ],
      [
        'lengths',
        'announces two lengths',
        { raw: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi' },
      ],
      ['600', 'answers with the status 600', { raw: 'HTTP/1.1 600 Odd\r\nContent-Length: 2\r\n\r\nhi' }],
      ['999', 'answers with the status 999', { raw: 'HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nhi' }],
      ['199', 'answers with the status 199 and no more', { raw: 'HTTP/1.1 199 Odd\r\n\r\n' }],
      ['099', 'answers with the status 099', { raw: 'HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nhi' }],
    ] as const
  ).map(
    ([id, what, given]): Case => ({
      id: `fails-${id}`,
      rfc: 'RFC 9110 §15.6.3',
      must: `an origin that ${what} makes a 502, and nothing is remembered of it`,
      origin: [given, fresh(60)],
      steps: [get(failed), get(fetched({ stored: true }))],
    }),
  ),
  {
    id: 'fails-down',
    rfc: 'RFC 9110 §15.6.3',
    must: 'an origin that accepts no connection makes a 502',
    origin: [fresh(60)],
    steps: [down, get(failed), up, get(fetched())],
  },
  {
    id: 'fails-post',
    lingers: true,
    rfc: 'RFC 9110 §15.6.3',
    must: 'a POST to an origin that closes makes a 502, and is not sent twice',
    origin: [closes],
    steps: [ask('POST', failed, { body: 'data' })],
  },
  {
    id: 'fails-head',
    rfc: 'RFC 9110 §15.6.3',
    must: 'a HEAD to an origin that closes makes a 502 without a body',
    origin: [closes],
    steps: [head(problem(502, { body: '' }))],
  },
  {
    id: 'hangs',
    rfc: 'RFC 9110 §15.6.5',
    must: 'an origin that does not answer makes a 504',
    on: 'impatient',
    origin: [hangs],
    steps: [get(problem(504, { detail: 'origin-timeout' }))],
  },
  {
    id: 'hangs-post',
    lingers: true,
    rfc: 'RFC 9110 §15.6.5',
    must: 'a POST to an origin that does not answer makes a 504',
    on: 'impatient',
    origin: [hangs],
    steps: [ask('POST', problem(504, { detail: 'origin-timeout' }), { body: 'data' })],
  },
];

/** Fields by which a client would speak with the voice of a proxy, of the edge, or of another method. */
const refusedFields = [
  'X-HTTP-Method-Override',
  'X-HTTP-Method',
  'X-Method-Override',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Prefix',
  'X-Forwarded-Scheme',
  'X-Forwarded-Server',
  'Forwarded',
  'X-Original-URL',
  'X-Rewrite-URL',
  'X-Host',
  'X-Origin-Secret',
  'X-Tenant-Id',
  'X-User-Id',
] as const;

const refused: Case[] = [
  ...refusedFields.map(
    (name): Case => ({
      id: `refused-${name.toLowerCase()}`,
      rfc: 'RFC 9111 §7.1',
      must: `${name} of a client does not reach the origin`,
      origin: [ok(), ok()],
      steps: [
        get(fetched({ seen: { headers: { [name]: without('evil') } } }), { [name]: 'evil' }),
        ask('POST', fetched({ seen: { method: 'POST', headers: { [name]: without('evil') } } }), {
          headers: { [name]: 'evil' },
        }),
      ],
    }),
  ),
  {
    id: 'refused-by-connection',
    rfc: 'RFC 9110 §7.6.1',
    must: 'a client cannot take away what the edge says to the origin by naming it in Connection',
    origin: [ok()],
    steps: [get(fetched({ seen: { headers: { Via: /\S/ } } }), { Connection: 'Via, X-Origin-Secret, Host' })],
  },
  {
    id: 'expect',
    rfc: 'RFC 9110 §10.1.1',
    must: 'a body that waits for 100 Continue arrives',
    origin: [ok()],
    steps: [
      ask('POST', asked({ status: 200, seen: { body: 'data' } }), {
        body: 'data',
        headers: { Expect: '100-continue' },
      }),
    ],
  },
];

export const forwarding: readonly Case[] = [
  ...bodies,
  ...targets,
  ...answers,
  ...conditions,
  ...failures,
  ...refused,
].map((it) => ({
  ...it,
  id: `fwd-${it.id}`,
}));
