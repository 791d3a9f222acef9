import {
  ask,
  type Case,
  cached,
  either,
  type Fields,
  fetched,
  get,
  head,
  later,
  type Step,
} from './support/case.ts';
import { answer, cc, fresh, inS } from './support/values.ts';

/** RFC 9111 §4.4 and RFC 9875 §3: what a request with an unsafe method makes unusable. */

const S44 = 'RFC 9111 §4.4';
const GROUPS = 'RFC 9875 §3';

const unsafe = [
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'PROPPATCH',
  'LOCK',
  'UNLOCK',
  'MKCOL',
  'COPY',
  'MOVE',
  'ACL',
  'MERGE',
  'CHECKOUT',
  'MKACTIVITY',
  'PURGE',
  'NOTIFY',
  'SUBSCRIBE',
] as const;

const varied = fresh(60, { Vary: 'X-A' });

const methods: Case[] = [
  ...unsafe.map(
    (method): Case => ({
      id: `unsafe-${method.toLowerCase()}`,
      rfc: S44,
      must: `${method} that succeeds makes what is stored unusable`,
      origin: [fresh(60), answer(200), fresh(60)],
      steps: [get(fetched()), ask(method, fetched({ fwd: 'method' })), get(fetched()), get(cached(3))],
    }),
  ),
  ...(['OPTIONS', 'PROPFIND', 'SEARCH', 'REPORT'] as const).map(
    (method): Case => ({
      id: `safe-${method.toLowerCase()}`,
      rfc: 'RFC 9110 §9.2.1',
      must: `${method} is safe, and makes nothing unusable`,
      origin: [fresh(60), answer(200)],
      steps: [get(fetched()), ask(method, fetched()), get(cached())],
    }),
  ),
  {
    id: 'safe-trace',
    rfc: 'RFC 9110 §9.2.1',
    must: 'TRACE is safe, and makes nothing unusable, whether it is forwarded or not',
    origin: [fresh(60), answer(200)],
    spare: true,
    steps: [get(fetched()), ask('TRACE', either()), get(cached())],
  },
  {
    id: 'safe-head',
    rfc: 'RFC 9110 §9.2.1',
    must: 'HEAD and GET with Location make nothing unusable',
    origin: [fresh(60), answer(302, { Location: ({ path }) => path })],
    steps: [get(fetched()), get(fetched(), {}, '/b'), head(cached()), get(cached())],
  },
  ...[201, 202, 204, 301, 302, 303, 307, 308].map(
    (status): Case => ({
      id: `unsafe-status-${status}`,
      rfc: S44,
      must: `${status} is no error: POST makes what is stored unusable`,
      origin: [fresh(60), answer(status), fresh(60)],
      steps: [get(fetched()), ask('POST', fetched()), get(fetched({ status: 200 }))],
    }),
  ),
  ...[400, 401, 403, 404, 409, 412, 422, 429, 500, 503].map(
    (status): Case => ({
      id: `unsafe-error-${status}`,
      rfc: S44,
      must: `${status} is an error: POST makes nothing unusable`,
      origin: [fresh(60), answer(status)],
      steps: [get(fetched()), ask('POST', fetched()), get(cached())],
    }),
  ),
  {
    id: 'unsafe-other-query',
    rfc: S44,
    must: 'POST makes its own URI unusable, and not the same path with another query',
    origin: [fresh(60), fresh(60), fresh(60), answer(200), fresh(60)],
    steps: [
      get(fetched()),
      get(fetched(), {}, '?a=1'),
      get(fetched(), {}, '?a=2'),
      ask('POST', fetched(), { at: '?a=1' }),
      get(cached(1)),
      get(cached(3), {}, '?a=2'),
      get(fetched(), {}, '?a=1'),
    ],
  },
  {
    id: 'unsafe-other-path',
    rfc: S44,
    must: 'POST makes nothing unusable below or above its path',
    origin: [fresh(60), fresh(60), answer(200)],
    steps: [
      get(fetched()),
      get(fetched(), {}, '/a/b'),
      ask('POST', fetched(), { at: '/a' }),
      get(cached(1)),
      get(cached(2), {}, '/a/b'),
    ],
  },
  {
    id: 'unsafe-variants',
    rfc: S44,
    must: 'all variants of a URI become unusable',
    origin: [varied, varied, answer(204), varied, varied],
    steps: [
      get(fetched(), { 'X-A': '1' }),
      get(fetched(), { 'X-A': '2' }),
      ask('PUT', fetched()),
      get(fetched(), { 'X-A': '1' }),
      get(fetched(), { 'X-A': '2' }),
    ],
  },
  {
    id: 'unsafe-swr',
    rfc: S44,
    must: 'what is unusable is not served while it is revalidated',
    origin: [cc('max-age=60, stale-while-revalidate=600'), answer(204), fresh(60)],
    steps: [get(fetched()), ask('DELETE', fetched()), get(fetched())],
  },
  {
    id: 'unsafe-sie',
    rfc: S44,
    must: 'what is unusable covers for no error',
    origin: [cc('max-age=60, stale-if-error=600'), answer(204), answer(500)],
    steps: [get(fetched()), ask('DELETE', fetched()), get(fetched({ status: 500 }))],
  },
  {
    id: 'unsafe-stale',
    rfc: S44,
    must: 'what was stale already becomes unusable too',
    origin: [cc('max-age=10, stale-while-revalidate=600'), answer(204), fresh(60)],
    steps: [get(fetched()), later(20), ask('POST', fetched()), get(fetched())],
  },
  {
    id: 'unsafe-404',
    rfc: S44,
    must: 'PUT ends a stored 404',
    origin: [answer(404, { 'Cache-Control': 'max-age=60' }), answer(201), fresh(60)],
    steps: [get(fetched({ status: 404 })), ask('PUT', fetched()), get(fetched({ status: 200 }))],
  },
  {
    id: 'unsafe-body',
    rfc: S44,
    must: 'what is written is read at once',
    origin: [fresh(60), answer(200), fresh(60)],
    steps: [
      get(fetched()),
      ask('PUT', fetched({ seen: { method: 'PUT', body: 'new' } }), { body: 'new' }),
      get(fetched()),
      get(cached(3)),
    ],
  },
];

/** A GET of `/b` is stored; a POST to `/a` answers with these fields; then `/b` is asked for again. */
const naming = (
  id: string,
  must: string,
  headers: Fields,
  gone: boolean,
  {
    status = 201,
    sent = {},
    at = '/a',
    method = 'POST',
  }: { status?: number; sent?: Fields; at?: string; method?: string } = {},
): Case => ({
  id,
  rfc: S44,
  must,
  origin: [fresh(60), answer(status, headers), ...(gone ? [fresh(60)] : [])],
  steps: [
    get(fetched(), sent, '/b'),
    ask(method, fetched(), { headers: sent, at }),
    get(gone ? fetched() : cached(1), sent, '/b'),
  ],
});

const named: Case[] = [
  ...(['Location', 'Content-Location'] as const).flatMap((field): Case[] => {
    const id = field.toLowerCase();
    return [
      naming(
        `${id}-path`,
        `${field} as a path makes that URI unusable`,
        { [field]: ({ path }) => `${path}/b` },
        true,
      ),
      naming(
        `${id}-relative`,
        `${field} relative to the URI makes that URI unusable`,
        { [field]: 'b' },
        true,
      ),
      naming(`${id}-dots`, `${field} with dots makes that URI unusable`, { [field]: '../x/../b' }, true, {
        at: '/c/a',
      }),
      naming(
        `${id}-absolute`,
        `${field} with the host that clients use makes that URI unusable`,
        { [field]: ({ edge, path }) => `${edge}${path}/b` },
        true,
      ),
      naming(
        `${id}-absolute-name`,
        `${field} with the name that this client uses makes that URI unusable`,
        { [field]: ({ path }) => `http://shop.example${path}/b` },
        true,
        { sent: { Host: 'shop.example' } },
      ),
      naming(
        `${id}-absolute-origin`,
        `${field} with the host of the origin makes that URI unusable`,
        { [field]: ({ origin, path }) => `${origin}${path}/b` },
        true,
      ),
      naming(
        `${id}-other-host`,
        `${field} of another host makes nothing unusable`,
        { [field]: ({ path }) => `http://other.example${path}/b` },
        false,
      ),
      naming(
        `${id}-other-port`,
        `${field} of another port makes nothing unusable`,
        { [field]: ({ path }) => `http://127.0.0.1:1${path}/b` },
        false,
      ),
      naming(
        `${id}-network-path`,
        `${field} of another host without a scheme makes nothing unusable`,
        { [field]: ({ path }) => `//other.example${path}/b` },
        false,
      ),
      naming(
        `${id}-malformed`,
        `a ${field} that is no URI makes nothing unusable`,
        { [field]: 'http://[b' },
        false,
      ),
      naming(
        `${id}-error`,
        `${field} with an error makes nothing unusable`,
        { [field]: ({ path }) => `${path}/b` },
        false,
        { status: 409 },
      ),
      naming(
        `${id}-safe`,
        `${field} on an answer to a safe method makes nothing unusable`,
        { [field]: ({ path }) => `${path}/b` },
        false,
        { status: 200, method: 'PROPFIND' },
      ),
    ];
  }),
  naming(
    'location-303',
    'Location of a 303 makes that URI unusable',
    { Location: ({ path }) => `${path}/b` },
    true,
    {
      status: 303,
    },
  ),
  naming('location-fragment', 'a fragment is no part of the URI', { Location: 'b#part' }, true),
  {
    id: 'location-query',
    rfc: S44,
    must: 'Location with a query makes that URI unusable, and not the one without',
    origin: [fresh(60), fresh(60), answer(201, { Location: ({ path }) => `${path}?q=1` }), fresh(60)],
    steps: [
      get(fetched()),
      get(fetched(), {}, '?q=1'),
      ask('POST', fetched(), { at: '/a' }),
      get(cached(1)),
      get(fetched(), {}, '?q=1'),
    ],
  },
  {
    id: 'location-target-too',
    rfc: S44,
    must: 'beside what Location names, the target itself becomes unusable',
    origin: [fresh(60), fresh(60), answer(201, { Location: 'b' }), fresh(60), fresh(60)],
    steps: [
      get(fetched(), {}, '/a'),
      get(fetched(), {}, '/b'),
      ask('POST', fetched(), { at: '/a' }),
      get(fetched(), {}, '/a'),
      get(fetched(), {}, '/b'),
    ],
  },
  {
    id: 'location-both',
    rfc: S44,
    must: 'Location and Content-Location both count',
    origin: [
      fresh(60),
      fresh(60),
      answer(200, { Location: 'b', 'Content-Location': 'c' }),
      fresh(60),
      fresh(60),
    ],
    steps: [
      get(fetched(), {}, '/b'),
      get(fetched(), {}, '/c'),
      ask('POST', fetched(), { at: '/a' }),
      get(fetched(), {}, '/b'),
      get(fetched(), {}, '/c'),
    ],
  },
];

/** Two entries of these groups are stored; then this is done. */
const groups = (
  id: string,
  must: string,
  [a, b]: readonly [string, string],
  act: Step,
  headers: Fields,
  gone: readonly [boolean, boolean],
  status = 200,
): Case => ({
  id,
  rfc: GROUPS,
  must,
  origin: [
    fresh(60, { 'Cache-Groups': a }),
    fresh(60, { 'Cache-Groups': b }),
    answer(status, headers),
    ...gone.filter(Boolean).map(() => fresh(60)),
  ],
  steps: [
    get(fetched(), {}, '/a'),
    get(fetched(), {}, '/b'),
    act,
    get(gone[0] ? fetched() : cached(1), {}, '/a'),
    get(gone[1] ? fetched() : cached(2), {}, '/b'),
  ],
});

const post = ask('POST', fetched(), { at: '/c' });
const invalidates = (value: string | readonly string[]): Fields => ({ 'Cache-Group-Invalidation': value });
/** Names are the origin's own; each case has its own. */
const byGroup: Case[] = [
  groups(
    'group',
    'what is of the group becomes unusable',
    ['"g1-x"', '"g1-y"'],
    post,
    invalidates('"g1-x"'),
    [true, false],
  ),
  groups(
    'group-all',
    'all that is of the group becomes unusable',
    ['"g2"', '"z", "g2"'],
    post,
    invalidates('"g2"'),
    [true, true],
  ),
  groups(
    'group-several',
    'several groups may be named',
    ['"g3-x"', '"g3-y"'],
    post,
    invalidates('"g3-x", "g3-y"'),
    [true, true],
  ),
  groups(
    'group-lines',
    'several lines are one list',
    ['"g4-x"', '"g4-y"'],
    post,
    invalidates(['"g4-x"', '"g4-y"']),
    [true, true],
  ),
  groups('group-case', 'groups are case-sensitive', ['"g5"', '"G5"'], post, invalidates('"G5"'), [
    false,
    true,
  ]),
  groups('group-part', 'a part of a name is another name', ['"g6"', '"g6x"'], post, invalidates('"g6"'), [
    true,
    false,
  ]),
  groups(
    'group-parameter',
    'parameters of a group are ignored',
    ['"g7"', '"x7"'],
    post,
    invalidates('"g7";a=1'),
    [true, false],
  ),
  groups(
    'group-token',
    'a field with a member that is no string is ignored',
    ['"g8"', '"x8"'],
    post,
    invalidates('"g8", x8'),
    [false, false],
  ),
  groups(
    'group-malformed',
    'a field that does not parse is ignored',
    ['"g9"', '"x9"'],
    post,
    invalidates('"g9'),
    [false, false],
  ),
  groups(
    'group-safe',
    'on an answer to a safe method the field is ignored',
    ['"g10"', '"x10"'],
    ask('OPTIONS', fetched(), { at: '/c' }),
    invalidates('"g10"'),
    [false, false],
  ),
  groups(
    'group-get',
    'on an answer to GET the field is ignored',
    ['"g11"', '"x11"'],
    get(fetched(), {}, '/c'),
    invalidates('"g11"'),
    [false, false],
  ),
  groups(
    'group-delete',
    'any unsafe method will do',
    ['"g12"', '"x12"'],
    ask('DELETE', fetched(), { at: '/c' }),
    invalidates('"g12"'),
    [true, false],
  ),
  {
    id: 'group-own',
    rfc: GROUPS,
    must: 'an answer stored after the group was invalidated is usable',
    origin: [
      fresh(60, { 'Cache-Groups': '"g13"' }),
      answer(200, invalidates('"g13"')),
      fresh(60, { 'Cache-Groups': '"g13"' }),
    ],
    steps: [get(fetched(), {}, '/a'), post, get(fetched(), {}, '/a'), get(cached(3), {}, '/a')],
  },
  {
    id: 'group-variants',
    rfc: GROUPS,
    must: 'a group may hold one variant and not the other',
    origin: [
      fresh(60, { 'Cache-Groups': '"g14"', Vary: 'X-A' }),
      fresh(60, { Vary: 'X-A' }),
      answer(200, invalidates('"g14"')),
      fresh(60, { Vary: 'X-A' }),
    ],
    steps: [
      get(fetched(), { 'X-A': '1' }, '/a'),
      get(fetched(), { 'X-A': '2' }, '/a'),
      post,
      get(cached(2), { 'X-A': '2' }, '/a'),
      get(fetched(), { 'X-A': '1' }, '/a'),
    ],
  },
  {
    id: 'group-sie',
    rfc: GROUPS,
    must: 'what a group has lost covers for no error',
    origin: [
      cc('max-age=60, stale-if-error=600', { 'Cache-Groups': '"g15"' }),
      answer(200, invalidates('"g15"')),
      answer(503),
    ],
    steps: [get(fetched(), {}, '/a'), post, get(fetched({ status: 503 }), {}, '/a')],
  },
  {
    id: 'group-expires',
    rfc: 'RFC 9875 §2',
    must: 'a group changes nothing of freshness',
    origin: [{ headers: { Expires: inS(10), 'Cache-Groups': '"g16"' } }, fresh(10)],
    steps: [get(fetched()), later(9), get(cached()), later(1), get(fetched())],
  },
];

export const invalidations: readonly Case[] = [...methods, ...named, ...byGroup];
