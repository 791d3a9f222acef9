import {
  type Answer,
  ask,
  asked,
  type Case,
  cached,
  type Fields,
  fetched,
  get,
  head,
  later,
  purge,
  type Variant,
} from './support/case.ts';
import { answer, cc, fresh, inS, ok } from './support/values.ts';

/** RFC 9110 §9.3.3: the answer to a POST, as what a later GET is given. */

const POST = 'RFC 9110 §9.3.3';
const MODIFIED = 'Tue, 15 Nov 1994 12:45:26 GMT';
const itself: Fields = { 'Content-Location': ({ path }) => path };
const of = (value: string, headers: Fields = {}): Answer => cc(value, { ...itself, ...headers });

interface Posted {
  readonly headers?: Fields;
  readonly at?: string;
  readonly method?: string;
  readonly on?: Variant;
  readonly rfc?: string;
}

/** What a POST is answered, fresh for 10 seconds, answers GET and HEAD for as long, and no other POST. */
const kept = (
  id: string,
  must: string,
  given: Answer,
  { headers = {}, at = '', rfc = POST }: Posted = {},
): Case => {
  const post = ask('POST', fetched({ stored: true, fwd: 'method' }), { headers, at, body: 'x' });
  return {
    id: `post-${id}`,
    rfc,
    must,
    origin: [given, given, fresh(60)],
    steps: [
      post,
      later(9),
      get(cached(1, { ttl: 1, headers: { Age: '9' } }), {}, at),
      head(cached(1), {}, at),
      post,
      get(cached(2, { ttl: 10 }), {}, at),
      later(10),
      get(fetched({ fwd: 'stale' }), {}, at),
    ],
  };
};

/** The next GET goes to the origin. */
const notKept = (
  id: string,
  must: string,
  given: Answer,
  { headers = {}, at = '', method = 'POST', on, rfc = POST }: Posted = {},
): Case => ({
  id: `post-not-${id}`,
  rfc,
  must,
  ...(on && { on }),
  origin: [given, fresh(60)],
  steps: [
    ask(method, asked({ stored: false, fwd: 'method' }), { headers, at, body: 'x' }),
    get(fetched({ status: 200 }), {}, at),
  ],
});

const forGets: Case[] = [
  kept('max-age', 'with max-age and a Content-Location of its own it answers GETs', of('max-age=10')),
  kept('s-maxage', 's-maxage is explicit freshness', of('s-maxage=10, max-age=60')),
  kept('expires', 'Expires is explicit freshness', ok({ ...itself, Expires: inS(10) })),
  kept(
    'targeted',
    'so is what CDN-Cache-Control says',
    of('no-store', { 'CDN-Cache-Control': 'max-age=10' }),
  ),
  ...(
    [
      ['relative', 'a relative reference', 'a?b=c', '/a?b=c'],
      ['dots', 'a reference with dots', '../x/./a', '/x/a'],
      ['query', 'a query alone', '?b=c', '/a?b=c'],
      ['encoded', 'other percent-encodings of the same', '../%7eann/%c3%a4', '/~ann/%C3%A4'],
    ] as const
  ).map(([id, what, value, at]) =>
    kept(`location-${id}`, `${what} may name the target`, cc('max-age=10', { 'Content-Location': value }), {
      at,
      rfc: 'RFC 9110 §8.7',
    }),
  ),
  kept(
    'location-edge',
    'the target may be named in full, as clients do',
    cc('max-age=10', { 'Content-Location': ({ edge, path }) => edge + path }),
    { rfc: 'RFC 9110 §8.7' },
  ),
  kept(
    'location-origin',
    'the target may be named in full, as the edge does',
    cc('max-age=10', { 'Content-Location': ({ origin, path }) => origin + path }),
    { rfc: 'RFC 9110 §8.7' },
  ),
  kept(
    'public-cookie',
    'it is shared though its client had a cookie, if it is public',
    of('public, max-age=10'),
    {
      headers: { Cookie: 'session=1' },
      rfc: 'RFC 9111 §3.5',
    },
  ),
  kept(
    'public-token',
    'it is shared though its client had a token, if it is public',
    of('public, max-age=10'),
    {
      headers: { Authorization: 'Bearer t' },
      rfc: 'RFC 9111 §3.5',
    },
  ),
  {
    id: 'post-in-place',
    rfc: POST,
    must: 'it takes the place of what a GET had got',
    origin: [fresh(60, { 'X-Old': '1' }), of('max-age=10', { ETag: '"b"' })],
    steps: [
      get(fetched()),
      ask('POST', fetched({ stored: true }), { body: 'x' }),
      get(cached(2, { headers: { 'X-Old': null, ETag: '"b"' } })),
    ],
  },
  {
    id: 'post-withheld',
    rfc: 'RFC 9111 §5.2.2.4',
    must: 'fields that no-cache names are for who has posted alone',
    origin: [of('max-age=10, no-cache="X-User"', { 'X-User': 'ann' })],
    steps: [
      ask('POST', fetched({ stored: true, headers: { 'X-User': 'ann' } }), { body: 'x' }),
      get(cached(1, { headers: { 'X-User': null } })),
    ],
  },
  {
    id: 'post-tag',
    rfc: POST,
    must: 'it falls with a tag that it names',
    origin: [of('max-age=60', { 'Cache-Tag': 'posted-1' }), fresh(60)],
    steps: [
      ask('POST', fetched({ stored: true }), { body: 'x' }),
      get(cached(1)),
      purge('posted-1'),
      later(2),
      get(fetched()),
    ],
  },
  {
    id: 'post-unsafe',
    rfc: 'RFC 9111 §4.4',
    must: 'it falls with the next unsafe method',
    origin: [of('max-age=60'), answer(204), fresh(60)],
    steps: [
      ask('POST', fetched({ stored: true }), { body: 'x' }),
      get(cached(1)),
      ask('DELETE', fetched()),
      get(fetched()),
    ],
  },
  {
    id: 'post-vary',
    rfc: 'RFC 9111 §4.1',
    must: 'where the URI is known to vary as it says, it is one variant, and the others are gone',
    origin: [
      fresh(60, { Vary: 'X-A' }),
      fresh(60, { Vary: 'X-A' }),
      of('max-age=60', { Vary: 'X-A' }),
      fresh(60, { Vary: 'X-A' }),
    ],
    steps: [
      get(fetched(), { 'X-A': '1' }),
      get(fetched(), { 'X-A': '2' }),
      ask('POST', fetched({ stored: true }), { headers: { 'X-A': '1' }, body: 'x' }),
      get(cached(3), { 'X-A': '1' }),
      get(fetched(), { 'X-A': '2' }),
    ],
  },
  {
    id: 'post-condition',
    rfc: 'RFC 9111 §4.3.2',
    must: 'a client that has its tag is given 304',
    origin: [of('max-age=60', { ETag: '"a"' })],
    steps: [
      ask('POST', fetched({ stored: true }), { body: 'x' }),
      get(cached(1, { status: 304, body: '' }), { 'If-None-Match': '"a"' }),
    ],
  },
];

const elsewhere = (id: string, must: string, value: Fields[string], at = '') =>
  notKept(`location-${id}`, must, cc('max-age=60', { 'Content-Location': value }), {
    at,
    rfc: 'RFC 9110 §8.7',
  });

const notForGets: Case[] = [
  notKept('location', 'without Content-Location it is no representation of its target', fresh(60)),
  elsewhere('path', 'another path is another resource', ({ path }) => `${path}/b`),
  elsewhere('query', 'another query is another resource', ({ path }) => `${path}?b=c`),
  elsewhere('no-query', 'without its query it is another resource', ({ path }) => path, '?b=c'),
  elsewhere('slash', 'with a slash at its end it is another resource', ({ path }) => `${path}/`),
  elsewhere('host', 'another host is another resource', ({ path }) => `http://other.example${path}`),
  elsewhere('port', 'another port is another resource', ({ path }) => `http://127.0.0.1:1${path}`),
  elsewhere(
    'scheme',
    'another scheme is another resource',
    ({ edge, path }) => edge.replace('http', 'https') + path,
  ),
  elsewhere('malformed', 'what is no reference names nothing', 'http://[b'),
  elsewhere('twice', 'two lines are no reference', ({ path }) => `${path}, ${path}`),
  notKept('heuristic', 'a guess is no explicit freshness', of('public', { 'Last-Modified': MODIFIED })),
  notKept('stale', 'what is stale on arrival is not fresh', of('max-age=60', { Age: '60' })),
  notKept('max-age-0', 'max-age=0 is not fresh', of('max-age=0', { ETag: '"a"' })),
  notKept('window', 'nor is a stale window', of('max-age=0, stale-while-revalidate=60')),
  notKept('no-cache', 'no-cache is never fresh', of('no-cache, max-age=60'), { rfc: 'RFC 9111 §5.2.2.4' }),
  notKept('no-store', 'no-store is not stored', of('no-store, max-age=60'), { rfc: 'RFC 9111 §5.2.2.5' }),
  notKept('private', 'private is not stored', of('private, max-age=60'), { rfc: 'RFC 9111 §5.2.2.7' }),
  notKept('set-cookie', 'a Set-Cookie is not shared', of('public, max-age=60', { 'Set-Cookie': 'a=1' })),
  notKept('vary-star', 'Vary: * is not stored', of('max-age=60', { Vary: '*' })),
  notKept(
    'vary-new',
    'what varies is not stored before a GET has told how',
    of('max-age=60', { Vary: 'X-A' }),
  ),
  notKept('cookie', 'what a client with a cookie is answered is not shared', of('max-age=60'), {
    headers: { Cookie: 'session=1' },
  }),
  notKept('token', 'what a client with a token is answered is not shared', of('max-age=60'), {
    headers: { Authorization: 'Bearer t' },
    rfc: 'RFC 9111 §3.5',
  }),
  notKept('client', 'no-store of the client is obeyed where its directives are', of('max-age=60'), {
    headers: { 'Cache-Control': 'no-store' },
    on: 'honoured',
    rfc: 'RFC 9111 §5.2.1.5',
  }),
  ...[201, 202, 203, 204, 206, 299, 301, 303, 307, 400, 404, 409, 500, 503].map((status) =>
    notKept(`status-${status}`, `${status} is not the target's new representation`, {
      ...of('max-age=60', status >= 300 && status < 400 ? { Location: '/elsewhere' } : {}),
      status,
    }),
  ),
  ...['PUT', 'PATCH', 'DELETE', 'PROPFIND', 'QUERY'].map((method) =>
    notKept(method.toLowerCase(), `an answer to ${method} is not used for GETs`, of('max-age=60'), {
      method,
    }),
  ),
  notKept('large', 'what announces more than is read first is passed on', {
    ...of('max-age=60'),
    body: 'x'.repeat(100_000),
  }),
  notKept('chunks', 'what turns out to be more than is read first is passed on', {
    ...of('max-age=60'),
    body: Array.from({ length: 10 }, () => 'y'.repeat(10_000)),
  }),
  notKept('live', 'an event stream is passed on', of('max-age=60', { 'Content-Type': 'text/event-stream' })),
  {
    id: 'post-not-incomplete',
    rfc: 'RFC 9111 §3.3',
    must: 'an answer that breaks off is not stored, and what it changes is purged',
    origin: [
      fresh(60),
      {
        raw: ({ path }) =>
          `HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Location: ${path}\r\nContent-Length: 100\r\n\r\nhalf of it`,
      },
      fresh(60),
    ],
    steps: [
      get(fetched()),
      ask('POST', asked({ status: 502 }), { body: 'x' }),
      get(fetched({ status: 200 })),
    ],
  },
];

export const posts: readonly Case[] = [...forGets, ...notForGets];
