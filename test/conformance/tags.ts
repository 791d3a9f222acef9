import { asked, type Case, cached, type Fields, fetched, get, head, later, purge } from './support/case.ts';
import { answer, cc, fresh } from './support/values.ts';

/** RFC 9875 and the fields that do the same under other names: what a purge finds. Each case has names of its own. */

const GROUPS = 'RFC 9875 §2';

/** Two answers with these fields are stored; a purge of these tags leaves or takes them. */
const purged = (
  id: string,
  must: string,
  [a, b]: readonly [Fields, Fields],
  tags: readonly string[],
  gone: readonly [boolean, boolean],
): Case => ({
  id,
  rfc: GROUPS,
  must,
  origin: [fresh(60, a), fresh(60, b), ...gone.filter(Boolean).map(() => fresh(60))],
  steps: [
    get(fetched({ stored: true }), {}, '/a'),
    get(fetched({ stored: true }), {}, '/b'),
    get(cached(1), {}, '/a'),
    get(cached(2), {}, '/b'),
    purge(...tags),
    get(gone[0] ? fetched() : cached(1), {}, '/a'),
    get(gone[1] ? fetched() : cached(2), {}, '/b'),
  ],
});

const byField: Case[] = [
  purged(
    'groups',
    'Cache-Groups names tags',
    [{ 'Cache-Groups': '"c1"' }, {}],
    ['group:@origin:c1'],
    [true, false],
  ),
  purged('surrogate-key', 'Surrogate-Key names tags', [{ 'Surrogate-Key': 's1' }, {}], ['s1'], [true, false]),
  purged('cache-tag', 'Cache-Tag names tags', [{ 'Cache-Tag': 't1' }, {}], ['t1'], [true, false]),
  purged('xkey', 'xkey names tags', [{ xkey: 'x1' }, {}], ['x1'], [true, false]),
  purged(
    'groups-list',
    'Cache-Groups is a list',
    [{ 'Cache-Groups': '"c2", "c3"' }, { 'Cache-Groups': '"c2"' }],
    ['group:@origin:c3'],
    [true, false],
  ),
  purged(
    'surrogate-key-list',
    'Surrogate-Key is parted by spaces',
    [{ 'Surrogate-Key': 's2 s3' }, { 'Surrogate-Key': 's2' }],
    ['s3'],
    [true, false],
  ),
  purged(
    'cache-tag-list',
    'Cache-Tag is parted by commas',
    [{ 'Cache-Tag': 't2, t3' }, { 'Cache-Tag': 't2' }],
    ['t3'],
    [true, false],
  ),
  purged(
    'xkey-list',
    'xkey is parted by spaces',
    [{ xkey: 'x2  x3' }, { xkey: 'x2' }],
    ['x3'],
    [true, false],
  ),
  purged(
    'groups-lines',
    'several lines are one list',
    [{ 'Cache-Groups': ['"c4"', '"c5"'] }, {}],
    ['group:@origin:c5'],
    [true, false],
  ),
  purged(
    'cache-tag-lines',
    'several lines of Cache-Tag are one list',
    [{ 'Cache-Tag': ['t4', 't5'] }, {}],
    ['t5'],
    [true, false],
  ),
  purged(
    'xkey-lines',
    'several lines of xkey are one list',
    [{ xkey: ['x4', 'x5'] }, {}],
    ['x4'],
    [true, false],
  ),
  purged(
    'surrogate-key-lines',
    'several lines of Surrogate-Key are one list',
    [{ 'Surrogate-Key': ['s4', 's5'] }, {}],
    ['s4'],
    [true, false],
  ),
  purged(
    'groups-spaces',
    'a group may hold spaces and commas',
    [{ 'Cache-Groups': '"c6 a, b"' }, {}],
    ['group:@origin:c6 a, b'],
    [true, false],
  ),
  purged(
    'groups-escape',
    'a group may hold quotes',
    [{ 'Cache-Groups': '"c7\\"x"' }, {}],
    ['group:@origin:c7"x'],
    [true, false],
  ),
  purged(
    'cache-tag-space',
    'a name in Cache-Tag may hold a space',
    [{ 'Cache-Tag': 't6 a, t7' }, { 'Cache-Tag': 't6' }],
    ['t6 a'],
    [true, false],
  ),
  purged(
    'groups-parameter',
    'parameters of a group are ignored',
    [{ 'Cache-Groups': '"c8";a=1' }, {}],
    ['group:@origin:c8'],
    [true, false],
  ),
  purged(
    'groups-token',
    'Cache-Groups with a member that is no string is ignored',
    [{ 'Cache-Groups': '"c9", c10' }, {}],
    ['group:@origin:c9', 'group:@origin:c10'],
    [false, false],
  ),
  purged(
    'groups-malformed',
    'Cache-Groups that does not parse is ignored',
    [{ 'Cache-Groups': '"c11' }, {}],
    ['group:@origin:c11', 'group:@origin:"c11'],
    [false, false],
  ),
];

const byTag: Case[] = [
  purged(
    'shared',
    'everything of a tag goes',
    [{ 'Cache-Tag': 'p1' }, { 'Surrogate-Key': 'p1 p2' }],
    ['p1'],
    [true, true],
  ),
  purged(
    'several',
    'a purge may name several tags',
    [{ 'Cache-Tag': 'p3' }, { xkey: 'p4' }],
    ['p3', 'p4'],
    [true, true],
  ),
  purged(
    'other',
    'a tag that nothing has takes nothing',
    [{ 'Cache-Tag': 'p5' }, {}],
    ['p6'],
    [false, false],
  ),
  purged(
    'case',
    'the case of a tag counts',
    [{ 'Cache-Tag': 'P7' }, { 'Cache-Tag': 'p7' }],
    ['p7'],
    [false, true],
  ),
  purged(
    'part',
    'a part of a tag is another tag',
    [{ 'Cache-Tag': 'p8' }, { 'Cache-Tag': 'p8x' }],
    ['p8'],
    [true, false],
  ),
  {
    id: 'refetched',
    rfc: GROUPS,
    must: 'what was fetched after the purge is usable',
    origin: [
      fresh(60, { 'Cache-Tag': 'q1' }),
      fresh(60, { 'Cache-Tag': 'q1' }),
      fresh(60, { 'Cache-Tag': 'q1' }),
    ],
    steps: [
      get(fetched()),
      purge('q1'),
      get(fetched()),
      get(cached(2)),
      purge('q1'),
      get(fetched()),
      get(cached(3)),
    ],
  },
  {
    id: 'retagged',
    rfc: GROUPS,
    must: 'the tags of the latest answer count',
    origin: [fresh(10, { 'Cache-Tag': 'q2' }), fresh(60, { 'Cache-Tag': 'q3' }), fresh(60)],
    steps: [
      get(fetched()),
      later(10),
      get(fetched()),
      purge('q2'),
      get(cached(2)),
      purge('q3'),
      get(fetched()),
    ],
  },
  {
    id: 'variant',
    rfc: GROUPS,
    must: 'one variant may have a tag, and the other not',
    origin: [
      fresh(60, { Vary: 'X-A', 'Cache-Tag': 'q4' }),
      fresh(60, { Vary: 'X-A' }),
      fresh(60, { Vary: 'X-A' }),
    ],
    steps: [
      get(fetched(), { 'X-A': '1' }),
      get(fetched(), { 'X-A': '2' }),
      purge('q4'),
      get(cached(2), { 'X-A': '2' }),
      get(fetched(), { 'X-A': '1' }),
    ],
  },
  {
    id: 'swr',
    rfc: GROUPS,
    must: 'what a purge took is not served while it is revalidated',
    origin: [cc('max-age=60, stale-while-revalidate=600', { 'Cache-Tag': 'q5' }), fresh(60)],
    steps: [get(fetched()), purge('q5'), get(fetched())],
  },
  {
    id: 'sie',
    rfc: GROUPS,
    must: 'what a purge took covers for no error',
    origin: [cc('max-age=60, stale-if-error=600', { 'Cache-Tag': 'q6' }), answer(500)],
    steps: [get(fetched()), purge('q6'), get(fetched({ status: 500 }))],
  },
  {
    id: 'head',
    rfc: GROUPS,
    must: 'what a purge took is no answer to HEAD',
    origin: [fresh(60, { 'Cache-Tag': 'q7' }), fresh(60)],
    steps: [get(fetched()), head(cached()), purge('q7'), head(fetched({ seen: { method: 'HEAD' } }))],
  },
  {
    id: 'range',
    rfc: GROUPS,
    must: 'what a purge took has no ranges',
    origin: [fresh(60, { 'Cache-Tag': 'q8' }), fresh(60)],
    steps: [get(fetched()), purge('q8'), get(asked({ status: [200, 206] }), { Range: 'bytes=0-1' })],
  },
  {
    id: '404',
    rfc: GROUPS,
    must: 'a 404 has tags as well',
    origin: [answer(404, { 'Cache-Control': 'max-age=60', 'Cache-Tag': 'q9' }), fresh(60)],
    steps: [get(fetched()), get(cached(1, { status: 404 })), purge('q9'), get(fetched({ status: 200 }))],
  },
];

const byUri: Case[] = [
  {
    id: 'uri',
    rfc: 'RFC 9111 §4.4',
    must: 'everything has a tag for its path',
    origin: [fresh(60), fresh(60), fresh(60)],
    steps: [
      get(fetched()),
      get(fetched(), {}, '/b'),
      purge('uri:/tag-uri'),
      get(fetched()),
      get(cached(2), {}, '/b'),
    ],
  },
  {
    id: 'uri-query',
    rfc: 'RFC 9111 §4.4',
    must: 'the tag is of path and query',
    origin: [fresh(60), fresh(60), fresh(60), fresh(60)],
    steps: [
      get(fetched()),
      get(fetched(), {}, '?a=1&b=2'),
      get(fetched(), {}, '?a=2'),
      purge('uri:/tag-uri-query?a=1&b=2'),
      get(cached(1)),
      get(cached(3), {}, '?a=2'),
      get(fetched(), {}, '?a=1&b=2'),
    ],
  },
  {
    id: 'uri-variants',
    rfc: 'RFC 9111 §4.4',
    must: 'all variants have it',
    origin: [1, 2, 3, 4].map(() => fresh(60, { Vary: 'X-A' })),
    steps: [
      get(fetched(), { 'X-A': '1' }),
      get(fetched(), { 'X-A': '2' }),
      purge('uri:/tag-uri-variants'),
      get(fetched(), { 'X-A': '1' }),
      get(fetched(), { 'X-A': '2' }),
    ],
  },
];

export const tags: readonly Case[] = [...byField, ...byTag, ...byUri].map((it) => ({
  ...it,
  id: `tag-${it.id}`,
}));
