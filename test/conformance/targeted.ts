import { type Case, cached, covered, fetched, get, later, settle, stale, validated } from './support/case.ts';
import { freshFor, notFresh, notStored, stored } from './support/patterns.ts';
import { answer, cc, fresh, inS, ok, same } from './support/values.ts';

/** RFC 9213: CDN-Cache-Control, which says to caches like this one what Cache-Control says to others. */

const SYNTAX = 'RFC 9213 §2.1';
const RULES = 'RFC 9213 §2.2';

/** An answer with both fields; undefined leaves Cache-Control out. */
const both = (targeted: string | readonly string[], general?: string, headers = {}) =>
  ok({
    'CDN-Cache-Control': targeted,
    ...(general !== undefined && { 'Cache-Control': general }),
    ...headers,
  });

const overriding: Case[] = [
  freshFor('alone', RULES, 'CDN-Cache-Control gives freshness', 10, both('max-age=10')),
  freshFor('longer', RULES, 'it wins over a shorter max-age', 100, both('max-age=100', 'max-age=10')),
  freshFor('shorter', RULES, 'it wins over a longer max-age', 10, both('max-age=10', 'max-age=100')),
  freshFor('s-maxage-general', RULES, 'it wins over s-maxage', 10, both('max-age=10', 's-maxage=100')),
  freshFor(
    'expires',
    RULES,
    'it wins over Expires',
    10,
    both('max-age=10', undefined, { Expires: inS(100) }),
  ),
  freshFor('no-store-general', RULES, 'it wins over no-store', 10, both('max-age=10', 'no-store')),
  freshFor('private-general', RULES, 'it wins over private', 10, both('max-age=10', 'private, max-age=5')),
  freshFor('no-cache-general', RULES, 'it wins over no-cache', 10, both('max-age=10', 'no-cache')),
  freshFor('age', 'RFC 9111 §4.2.3', 'Age counts against it', 5, both('max-age=10', undefined, { Age: '5' })),
  notFresh(
    'without-freshness',
    RULES,
    'without freshness of its own it leaves none',
    both('must-revalidate', 'max-age=60'),
  ),
  notFresh(
    'without-freshness-expires',
    RULES,
    'without freshness of its own it leaves none, not even that of Expires',
    both('must-revalidate', undefined, { Expires: inS(60) }),
  ),
  notStored('no-store', RULES, 'its no-store wins over max-age', both('no-store', 'max-age=60'), {
    expect: { detail: 'no-store' },
  }),
  notStored(
    'private',
    RULES,
    'its private wins over public',
    both('private, max-age=60', 'public, max-age=60'),
    {
      expect: { detail: 'private' },
    },
  ),
  notFresh('max-age-0', RULES, 'its max-age=0 wins over max-age', both('max-age=0', 'max-age=60')),
  notFresh('no-cache', RULES, 'its no-cache wins over max-age', both('no-cache', 'max-age=60')),
  freshFor('s-maxage', RULES, 'its s-maxage wins over its max-age', 20, both('max-age=10, s-maxage=20')),
  {
    id: 'no-cache-etag',
    rfc: RULES,
    must: 'its no-cache is validated at each use',
    origin: [both('no-cache', 'max-age=60', { ETag: '"a"' }), same()],
    steps: [get(fetched()), get(validated())],
  },
  {
    id: 'swr',
    rfc: RULES,
    must: 'its stale-while-revalidate counts',
    origin: [both('max-age=10, stale-while-revalidate=30', 'max-age=10'), fresh(10)],
    steps: [get(fetched()), later(15), get(stale()), settle(1), get(cached(2))],
  },
  {
    id: 'swr-general',
    rfc: RULES,
    must: 'the stale-while-revalidate of Cache-Control does not count beside it',
    origin: [both('max-age=10', 'max-age=10, stale-while-revalidate=30'), fresh(10)],
    steps: [get(fetched()), later(15), get(fetched())],
  },
  {
    id: 'sie',
    rfc: RULES,
    must: 'its stale-if-error counts',
    origin: [both('max-age=10, stale-if-error=30', 'max-age=10'), answer(500)],
    steps: [get(fetched()), later(15), get(covered())],
  },
  {
    id: 'sie-general',
    rfc: RULES,
    must: 'the stale-if-error of Cache-Control does not count beside it',
    origin: [both('max-age=10', 'max-age=10, stale-if-error=30'), answer(500)],
    steps: [get(fetched()), later(15), get(fetched())],
  },
  {
    id: 'must-revalidate',
    rfc: RULES,
    must: 'its must-revalidate wins over its stale-if-error',
    origin: [both('max-age=10, must-revalidate, stale-if-error=30'), answer(500)],
    steps: [get(fetched()), later(15), get(fetched())],
  },
  {
    id: 'must-revalidate-general',
    rfc: RULES,
    must: 'the must-revalidate of Cache-Control does not count beside it',
    origin: [both('max-age=10, stale-if-error=30', 'max-age=10, must-revalidate'), answer(500)],
    steps: [get(fetched()), later(15), get(covered())],
  },
  stored(
    'authorization',
    'RFC 9111 §3.5',
    'its public lets an answer to a request with Authorization be shared',
    both('public, max-age=60', 'max-age=60'),
    { headers: { Authorization: 'Bearer t' } },
  ),
  notStored(
    'authorization-general',
    'RFC 9111 §3.5',
    'the public of Cache-Control does not count beside it',
    both('max-age=60', 'public, max-age=60'),
    { headers: { Authorization: 'Bearer t' }, expect: { detail: 'authorization' } },
  ),
  stored(
    'passed',
    RULES,
    'both fields are passed on as they came',
    both('max-age=60', 'max-age=5, private'),
    {
      expect: { keeps: ['CDN-Cache-Control', 'Cache-Control'] },
    },
  ),
  {
    id: 'freshened',
    rfc: 'RFC 9111 §4.3.4',
    must: 'a 304 may bring another',
    origin: [
      both('max-age=10', 'max-age=1', { ETag: '"a"' }),
      same({ 'CDN-Cache-Control': 'max-age=20' }),
      same(),
    ],
    steps: [
      get(fetched()),
      later(10),
      get(validated()),
      later(19),
      get(cached()),
      later(1),
      get(validated()),
    ],
  },
  freshFor(
    'others',
    RULES,
    'fields for caches of another name say nothing here',
    10,
    cc('max-age=10', { 'Surrogate-Control': 'max-age=100', 'Other-CDN-Cache-Control': 'no-store' }),
  ),
];

/** The field is not valid as a whole: Cache-Control is what counts. */
const ignored = (id: string, must: string, targeted: string) =>
  freshFor(`ignored-${id}`, SYNTAX, must, 10, both(targeted, 'max-age=10'));
/** The field is valid, and what it says of freshness is not: then there is none. */
const wrong = (id: string, must: string, targeted: string) =>
  notFresh(`wrong-${id}`, SYNTAX, must, both(targeted, 'max-age=60'));

const syntax: Case[] = [
  ignored('upper-case', 'names are in lower case: else the field is ignored', 'MAX-AGE=60'),
  ignored('mixed-case', 'one name that is not valid spoils the field', 'max-age=60, No-Store'),
  ignored('empty', 'an empty field is ignored', ''),
  ignored('empty-member', 'an empty member spoils the field', 'max-age=60 , , x'),
  ignored('trailing-comma', 'so does a comma at the end', 'max-age=60,'),
  ignored('junk', 'what is no dictionary is ignored', '&'),
  ignored('semicolon', 'a value that is none spoils the field', 'max-age=60; '),
  ignored('space', 'so does a space before =', 'max-age =60'),
  ignored('no-value', 'and a value that is missing', 'max-age='),
  ignored('digits', 'and an Integer of more than 15 digits', 'max-age=1234567890123456'),
  ignored('unclosed', 'and a String that is not closed', 'max-age=60, x="a'),
  wrong('decimal', 'a Decimal is no number of seconds', 'max-age=60.5'),
  wrong('string', 'nor is a String', 'max-age="60"'),
  wrong('bare', 'nor is a name without a value', 'max-age'),
  wrong('boolean', 'nor is a Boolean', 'max-age=?1'),
  wrong('token', 'nor is a Token', 'max-age=abc'),
  wrong('negative', 'nor is a negative Integer', 'max-age=-1'),
  wrong('inner-list', 'nor is an Inner List', 'max-age=(60)'),
  wrong('s-maxage', 'a wrong s-maxage does not give way to max-age', 's-maxage=abc, max-age=60'),
  freshFor(
    'parameters',
    SYNTAX,
    'parameters are ignored',
    10,
    both('max-age=10;x=1;y="z", must-revalidate;a', 'max-age=60'),
  ),
  freshFor(
    'unknown',
    SYNTAX,
    'what is not known is ignored, whatever its type',
    10,
    both('x=:YWJj:, max-age=10, y=(1 2), z="no-store"'),
  ),
  freshFor(
    'spaces',
    SYNTAX,
    'spaces around members mean nothing',
    10,
    both('  x ,\tmax-age=10  ', 'max-age=60'),
  ),
  freshFor(
    'last',
    SYNTAX,
    'of a name that stands twice the last counts',
    10,
    both('max-age=100, max-age=10', 'max-age=60'),
  ),
  notStored(
    'lines',
    SYNTAX,
    'several lines are one dictionary',
    both(['max-age=60', 'no-store'], 'max-age=60'),
    {
      expect: { detail: 'no-store' },
    },
  ),
  {
    id: 'largest',
    rfc: SYNTAX,
    must: 'the largest Integer is a long time',
    origin: [both('max-age=999999999999999', 'max-age=10')],
    steps: [get(fetched()), later(3600), get(cached())],
  },
];

export const targeted: readonly Case[] = [...overriding, ...syntax].map((it) => ({
  ...it,
  id: `cdn-${it.id}`,
}));
