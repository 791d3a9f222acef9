import { type Case, cached, type Fields, fetched, get, head, later } from './support/case.ts';
import { answer, cc, fresh } from './support/values.ts';

/** RFC 9111 §4.1: answers that depend on fields of the request. */

const S41 = 'RFC 9111 §4.1';
const varies = (on: string | readonly string[]) => fresh(60, { Vary: on });

/** A second request with other fields is answered with what the first one got, or is not. */
const pair = (
  id: string,
  must: string,
  on: string | readonly string[],
  first: Fields,
  second: Fields,
  hit: boolean,
): Case => ({
  id,
  rfc: S41,
  must,
  origin: hit ? [varies(on)] : [varies(on), varies(on)],
  steps: hit
    ? [get(fetched({ stored: true }), first), get(cached(), second)]
    : [
        get(fetched({ stored: true }), first),
        get(fetched({ fwd: 'vary-miss' }), second),
        get(cached(1), first),
        get(cached(2), second),
      ],
});
const alike = (id: string, must: string, on: string | readonly string[], first: Fields, second: Fields) =>
  pair(id, must, on, first, second, true);
const unlike = (id: string, must: string, on: string | readonly string[], first: Fields, second: Fields) =>
  pair(id, must, on, first, second, false);

const matching: Case[] = [
  alike('same', 'the same value is a hit', 'X-A', { 'X-A': '1' }, { 'X-A': '1' }),
  unlike('other', 'another value is not', 'X-A', { 'X-A': '1' }, { 'X-A': '2' }),
  alike('absent', 'absent twice is a hit', 'X-A', {}, {}),
  unlike('absent-present', 'absent and present differ', 'X-A', {}, { 'X-A': '1' }),
  unlike('present-absent', 'present and absent differ', 'X-A', { 'X-A': '1' }, {}),
  alike(
    'unnamed',
    'a field that Vary does not name is no matter',
    'X-A',
    { 'X-A': '1', 'X-B': '1' },
    { 'X-A': '1', 'X-B': '2' },
  ),
  unlike('value-case', 'the case of a value counts', 'X-A', { 'X-A': 'a' }, { 'X-A': 'A' }),
  unlike(
    'value-order',
    'the order of values counts where nothing is known of the field',
    'X-A',
    { 'X-A': '1, 2' },
    { 'X-A': '2, 1' },
  ),
  unlike('value-prefix', 'a part of a value is another value', 'X-A', { 'X-A': '1' }, { 'X-A': '11' }),
  alike('name-case', 'the case of a name does not count', 'x-a', { 'X-A': '1' }, { 'x-A': '1' }),
  alike(
    'two-fields',
    'all named fields are the same',
    'X-A, X-B',
    { 'X-A': '1', 'X-B': '2' },
    { 'X-B': '2', 'X-A': '1' },
  ),
  unlike(
    'two-fields-one',
    'one of the named fields differs',
    'X-A, X-B',
    { 'X-A': '1', 'X-B': '2' },
    { 'X-A': '1', 'X-B': '3' },
  ),
  unlike(
    'two-fields-swapped',
    'the same values in other fields differ',
    'X-A, X-B',
    { 'X-A': '1', 'X-B': '2' },
    { 'X-A': '2', 'X-B': '1' },
  ),
  unlike(
    'two-fields-shifted',
    'values that run together alike differ',
    'X-A, X-B',
    { 'X-A': '1', 'X-B': '23' },
    { 'X-A': '12', 'X-B': '3' },
  ),
  unlike(
    'two-lines',
    'two lines of Vary are one list',
    ['X-A', 'X-B'],
    { 'X-A': '1', 'X-B': '2' },
    { 'X-A': '1', 'X-B': '3' },
  ),
  alike('spaces-in-vary', 'spaces in Vary mean nothing', '  X-A  ,  X-B ', { 'X-A': '1' }, { 'X-A': '1' }),
  unlike('empty-members', 'empty members of Vary mean nothing', ', X-A,,', { 'X-A': '1' }, { 'X-A': '2' }),
  alike(
    'whitespace',
    'whitespace around commas does not count',
    'X-A',
    { 'X-A': '1,2 ,  3' },
    { 'X-A': '1, 2,3' },
  ),
  alike(
    'lines',
    'several lines are the list that they make',
    'X-A',
    { 'X-A': ['1', '2'] },
    { 'X-A': '1, 2' },
  ),
  unlike(
    'user-agent',
    'Vary: User-Agent is obeyed',
    'User-Agent',
    { 'User-Agent': 'a' },
    { 'User-Agent': 'b' },
  ),
  unlike(
    'origin',
    'Vary: Origin is obeyed',
    'Origin',
    { Origin: 'https://a.example' },
    { Origin: 'https://b.example' },
  ),
  unlike(
    'accept',
    'Vary: Accept is obeyed',
    'Accept',
    { Accept: 'text/html' },
    { Accept: 'application/json' },
  ),
];

const AE = 'Accept-Encoding';
const AL = 'Accept-Language';

const normalised: Case[] = [
  alike(
    'encoding-order',
    'the order of codings does not count',
    AE,
    { [AE]: 'gzip, br' },
    { [AE]: 'br, gzip' },
  ),
  alike('encoding-spaces', 'nor do spaces', AE, { [AE]: 'gzip, br' }, { [AE]: 'gzip,br' }),
  alike('encoding-case', 'nor does the case', AE, { [AE]: 'gzip, br' }, { [AE]: 'GZip, BR' }),
  alike('encoding-q-1', 'q=1 is no weight', AE, { [AE]: 'gzip' }, { [AE]: 'gzip;q=1.0' }),
  alike(
    'encoding-q-order',
    'weights go with their codings',
    AE,
    { [AE]: 'gzip;q=0.5, br' },
    { [AE]: 'br, gzip; q=0.5' },
  ),
  unlike('encoding-q-0', 'q=0 refuses', AE, { [AE]: 'gzip' }, { [AE]: 'gzip;q=0' }),
  unlike('encoding-other', 'other codings differ', AE, { [AE]: 'gzip' }, { [AE]: 'br' }),
  unlike('encoding-more', 'one coding and two differ', AE, { [AE]: 'gzip' }, { [AE]: 'gzip, br' }),
  unlike('encoding-absent', 'none named and one named differ', AE, {}, { [AE]: 'gzip' }),
  alike(
    'language-spaces',
    'spaces in Accept-Language do not count',
    AL,
    { [AL]: 'de, en;q=0.8' },
    { [AL]: 'de,en; q=0.8' },
  ),
  alike('language-case', 'nor does the case', AL, { [AL]: 'de-AT' }, { [AL]: 'DE-at' }),
  alike(
    'language-q',
    'languages in the order of their weights are the same',
    AL,
    { [AL]: 'de, en;q=0.8' },
    { [AL]: 'en;q=0.8, de' },
  ),
  alike('language-order', 'nor the order of those wanted alike', AL, { [AL]: 'en, de' }, { [AL]: 'de, en' }),
  unlike(
    'language-twice',
    'a language named twice is in no form',
    AL,
    { [AL]: 'de, en;q=0.8' },
    { [AL]: 'de, en;q=0.8, de;q=0.5' },
  ),
  unlike(
    'language-space',
    'a weight with space around its sign is none',
    AL,
    { [AL]: 'de;q=1' },
    { [AL]: 'de;q = 1' },
  ),
  unlike('encoding-unknown', 'a coding that few know counts', AE, { [AE]: 'gzip' }, { [AE]: 'gzip, dcb' }),
  unlike(
    'encoding-identity',
    'that it must be coded counts',
    AE,
    { [AE]: 'gzip' },
    { [AE]: 'gzip, identity;q=0' },
  ),
  unlike('language-other', 'other languages differ', AL, { [AL]: 'de' }, { [AL]: 'en' }),
  unlike(
    'language-weights',
    'languages with their weights exchanged differ',
    AL,
    { [AL]: 'de, en;q=0.8' },
    { [AL]: 'en, de;q=0.8' },
  ),
  unlike('language-region', 'a language with a region is another', AL, { [AL]: 'de' }, { [AL]: 'de-AT' }),
];

const sequences: Case[] = [
  {
    id: 'side-by-side',
    rfc: S41,
    must: 'variants live side by side, each with its own age',
    origin: [varies('X-A'), varies('X-A'), varies('X-A')],
    steps: [
      get(fetched({ fwd: 'uri-miss' }), { 'X-A': '1' }),
      later(40),
      get(fetched({ fwd: 'vary-miss' }), { 'X-A': '2' }),
      get(cached(1, { headers: { Age: '40' } }), { 'X-A': '1' }),
      get(cached(2, { headers: { Age: '0' } }), { 'X-A': '2' }),
      later(30),
      get(fetched({ fwd: 'stale' }), { 'X-A': '1' }),
      get(cached(2, { headers: { Age: '30' } }), { 'X-A': '2' }),
      get(cached(3), { 'X-A': '1' }),
    ],
  },
  {
    id: 'many',
    rfc: S41,
    must: 'ten variants live side by side',
    origin: Array.from({ length: 10 }, () => varies('X-A')),
    steps: [
      ...Array.from({ length: 10 }, (_, i) => get(fetched(), { 'X-A': String(i) })),
      ...Array.from({ length: 10 }, (_, i) => get(cached(i + 1), { 'X-A': String(i) })),
    ],
  },
  {
    id: 'names-reordered',
    rfc: S41,
    must: 'the order of names in Vary does not count',
    origin: [varies('X-A, X-B'), varies('X-B, X-A')],
    steps: [
      get(fetched(), { 'X-A': '1', 'X-B': '1' }),
      get(fetched(), { 'X-A': '2', 'X-B': '1' }),
      get(cached(1), { 'X-A': '1', 'X-B': '1' }),
      get(cached(2), { 'X-A': '2', 'X-B': '1' }),
    ],
  },
  {
    id: 'latest-rule',
    rfc: S41,
    must: 'of several that match, the latest is used, by its own Vary',
    origin: [varies('X-A'), varies('X-B')],
    steps: [
      get(fetched(), { 'X-A': '1', 'X-B': '1' }),
      later(1),
      get(fetched(), { 'X-A': '2', 'X-B': '1' }),
      get(cached(2), { 'X-A': '2', 'X-B': '1' }),
      get(cached(2), { 'X-A': '1', 'X-B': '1' }),
      get(cached(2), { 'X-A': '3', 'X-B': '1' }),
    ],
  },
  {
    id: 'rule-gone',
    rfc: S41,
    must: 'an answer without Vary, if it is the latest, is for everybody',
    origin: [varies('X-A'), fresh(60)],
    steps: [
      get(fetched(), { 'X-A': '1' }),
      later(1),
      get(fetched(), { 'X-A': '2' }),
      get(cached(2), { 'X-A': '3' }),
      get(cached(2)),
    ],
  },
  {
    id: 'rule-come',
    rfc: S41,
    must: 'an answer with Vary in place of one without is for its own only',
    origin: [fresh(10), varies('X-A'), varies('X-A')],
    steps: [
      get(fetched(), { 'X-A': '1' }),
      get(cached(1), { 'X-A': '2' }),
      later(10),
      get(fetched(), { 'X-A': '1' }),
      get(cached(2), { 'X-A': '1' }),
      get(fetched(), { 'X-A': '2' }),
      get(cached(3), { 'X-A': '2' }),
    ],
  },
  {
    id: 'rule-star',
    rfc: S41,
    must: 'an answer with Vary: * in place of a stale one is not used again',
    origin: [fresh(10), fresh(60, { Vary: '*' }), fresh(60, { Vary: '*' })],
    steps: [get(fetched()), later(10), get(fetched({ stored: false })), get(fetched())],
  },
  {
    id: 'expired',
    rfc: S41,
    must: 'where the variant is stored and stale, it is stale and not missing',
    origin: [fresh(10, { Vary: 'X-A' }), fresh(10, { Vary: 'X-A' })],
    steps: [get(fetched(), { 'X-A': '1' }), later(10), get(fetched({ fwd: 'stale' }), { 'X-A': '1' })],
  },
  {
    id: '404',
    rfc: S41,
    must: 'a 404 may depend on the request as well',
    origin: [answer(404, { 'Cache-Control': 'max-age=60', Vary: 'X-A' }), varies('X-A')],
    steps: [
      get(fetched({ status: 404 }), { 'X-A': '1' }),
      get(fetched({ status: 200, fwd: 'vary-miss' }), { 'X-A': '2' }),
      get(cached(1, { status: 404 }), { 'X-A': '1' }),
    ],
  },
  {
    id: 'cookie',
    rfc: S41,
    must: 'with public, Vary: Cookie keeps cookies apart',
    origin: [cc('public, max-age=60', { Vary: 'Cookie' }), cc('public, max-age=60', { Vary: 'Cookie' })],
    steps: [
      get(fetched(), { Cookie: 'a=1' }),
      get(fetched({ fwd: 'vary-miss' }), { Cookie: 'a=2' }),
      get(cached(1), { Cookie: 'a=1' }),
    ],
  },
  {
    id: 'authorization',
    rfc: S41,
    must: 'with public, Vary: Authorization keeps credentials apart',
    origin: [
      cc('public, max-age=60', { Vary: 'Authorization' }),
      cc('public, max-age=60', { Vary: 'Authorization' }),
      cc('public, max-age=60', { Vary: 'Authorization' }),
    ],
    steps: [
      get(fetched(), { Authorization: 'Bearer a' }),
      get(fetched({ fwd: 'vary-miss' }), { Authorization: 'Bearer b' }),
      get(fetched({ fwd: 'vary-miss' })),
      get(cached(1), { Authorization: 'Bearer a' }),
    ],
  },
  {
    id: 'kept',
    rfc: S41,
    must: 'a hit says what it depends on',
    origin: [varies('X-A, Accept-Encoding')],
    steps: [get(fetched()), get(cached(1, { keeps: ['Vary'] })), head(cached(1, { keeps: ['Vary'] }))],
  },
];

export const variants: readonly Case[] = [...matching, ...normalised, ...sequences].map((it) => ({
  ...it,
  id: `vary-${it.id}`,
}));
