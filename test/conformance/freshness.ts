import { type Case, cached, fetched, get, later } from './support/case.ts';
import { atMost, freshFor, notFresh, stored } from './support/patterns.ts';
import { asctimeInS, cc, fresh, inS, ok, rfc850InS, spoiltInS } from './support/values.ts';

/** RFC 9111 §4.2: how long an answer is fresh. */

const LIFE = 'RFC 9111 §4.2.1';
const HEURISTIC = 'RFC 9111 §4.2.2';
const AGE = 'RFC 9111 §4.2.3';
const DATE = 'RFC 9110 §5.6.7';

const precedence: Case[] = [
  freshFor('max-age', LIFE, 'max-age=10 is 10 seconds', 10, fresh(10)),
  freshFor(
    's-maxage-longer',
    LIFE,
    's-maxage wins over a shorter max-age',
    20,
    cc('max-age=10, s-maxage=20'),
  ),
  freshFor('s-maxage-shorter', LIFE, 's-maxage wins over a longer max-age', 5, cc('s-maxage=5, max-age=100')),
  freshFor(
    's-maxage-expires',
    LIFE,
    's-maxage wins over Expires',
    20,
    cc('s-maxage=20', { Expires: inS(5) }),
  ),
  freshFor(
    'max-age-expires-sooner',
    LIFE,
    'max-age wins over an earlier Expires',
    20,
    fresh(20, { Expires: inS(5) }),
  ),
  freshFor(
    'max-age-expires-later',
    LIFE,
    'max-age wins over a later Expires',
    20,
    fresh(20, { Expires: inS(500) }),
  ),
  freshFor(
    'max-age-expires-0',
    LIFE,
    'max-age wins over an Expires that is no date',
    20,
    fresh(20, { Expires: '0' }),
  ),
  freshFor('expires', LIFE, 'Expires less Date is the lifetime', 10, ok({ Expires: inS(10) })),
  freshFor(
    'expires-last-modified',
    LIFE,
    'Expires wins over heuristics',
    10,
    ok({ Expires: inS(10), 'Last-Modified': inS(-10_000) }),
  ),
  freshFor(
    'expires-without-date',
    LIFE,
    'without Date, Expires counts from when the answer was received',
    10,
    ok({ Date: null, Expires: inS(10) }),
  ),
  notFresh('s-maxage-0', LIFE, 's-maxage=0 wins over max-age', cc('max-age=60, s-maxage=0')),
  notFresh('max-age-0-expires', LIFE, 'max-age=0 wins over Expires', cc('max-age=0', { Expires: inS(60) })),
  freshFor(
    'no-date',
    LIFE,
    'without Date, max-age counts from when the answer was received',
    10,
    fresh(10, { Date: null }),
  ),
];

const ages: Case[] = [
  freshFor('age-5', AGE, 'an Age on arrival counts', 5, fresh(10, { Age: '5' })),
  freshFor('age-0', AGE, 'Age: 0 is no age', 10, fresh(10, { Age: '0' })),
  notFresh('age-whole', AGE, 'an answer as old as its lifetime is stale', fresh(10, { Age: '10' })),
  notFresh('age-more', AGE, 'an answer older than its lifetime is stale', fresh(10, { Age: '11' })),
  freshFor('age-expires', AGE, 'Age counts against Expires too', 5, ok({ Expires: inS(10), Age: '5' })),
  freshFor('date-past', AGE, 'a Date in the past is an age', 7, fresh(10, { Date: inS(-3) })),
  freshFor(
    'date-age',
    AGE,
    'of Date and Age the older counts: Age',
    5,
    fresh(10, { Date: inS(-3), Age: '5' }),
  ),
  freshFor(
    'age-date',
    AGE,
    'of Date and Age the older counts: Date',
    2,
    fresh(10, { Date: inS(-8), Age: '2' }),
  ),
  freshFor('date-future', AGE, 'a Date in the future is no negative age', 10, fresh(10, { Date: inS(3600) })),
  freshFor(
    'date-future-expires',
    AGE,
    'Expires counts from Date, though it is in the future',
    10,
    ok({ Date: inS(3600), Expires: inS(3610) }),
  ),
  freshFor(
    'date-past-expires',
    AGE,
    'Expires counts from Date, and Date is an age',
    40,
    ok({ Date: inS(-60), Expires: inS(40) }),
  ),
  notFresh(
    'date-long-past-expires',
    AGE,
    'an origin whose clock is an hour late gives 10 seconds that are over',
    ok({ Date: inS(-3600), Expires: inS(-3590) }),
  ),
  freshFor(
    'date-long-past',
    AGE,
    'an origin whose clock is an hour late gives the rest of two hours',
    3600,
    fresh(7200, { Date: inS(-3600) }),
  ),
  {
    id: 'delay',
    rfc: AGE,
    must: 'the time that the origin took counts as age',
    origin: [{ ...fresh(10, { Date: null }), takesS: 4 }, fresh(10)],
    steps: [
      get(fetched()),
      get(cached(1, { ttl: 6, headers: { Age: '4' } })),
      later(5),
      get(cached(1, { ttl: 1 })),
      later(1),
      get(fetched()),
    ],
  },
  {
    id: 'delay-age',
    rfc: AGE,
    must: 'the time that the origin took is added to its Age',
    origin: [{ ...fresh(10, { Date: null, Age: '3' }), takesS: 4 }, fresh(10)],
    steps: [get(fetched()), get(cached(1, { ttl: 3, headers: { Age: '7' } })), later(3), get(fetched())],
  },
  {
    id: 'delay-date',
    rfc: AGE,
    must: 'a Date from when the request arrived counts the time since then once',
    origin: [{ ...fresh(10), takesS: 4 }, fresh(10)],
    steps: [get(fetched()), get(cached(1, { ttl: 6, headers: { Age: '4' } })), later(6), get(fetched())],
  },
  {
    id: 'age-grows',
    rfc: 'RFC 9111 §5.1',
    must: 'Age is what it was on arrival and the time in the store',
    origin: [fresh(100, { Age: '20' })],
    steps: [
      get(fetched({ headers: { Age: '20' } })),
      get(cached(1, { headers: { Age: '20' }, ttl: 80 })),
      later(30),
      get(cached(1, { headers: { Age: '50' }, ttl: 50 })),
    ],
  },
  ...(['abc', '-5', '1.5', '', '5 seconds', '0x5'] as const).map((value, i) =>
    freshFor(
      `age-malformed-${i + 1}`,
      'RFC 9111 §5.1',
      `an Age that is no number of seconds is ignored: "${value}"`,
      60,
      fresh(60, { Age: value }),
    ),
  ),
  freshFor(
    'age-list',
    'RFC 9111 §5.1',
    'of an Age that is a list the first member counts',
    55,
    fresh(60, { Age: '5, 20' }),
  ),
  freshFor(
    'age-lines',
    'RFC 9111 §5.1',
    'of two lines of Age the first counts',
    40,
    fresh(60, { Age: ['20', '5'] }),
  ),
  freshFor(
    'age-list-malformed',
    'RFC 9111 §5.1',
    'an Age whose first member is no number of seconds is ignored',
    60,
    fresh(60, { Age: 'abc, 20' }),
  ),
  freshFor(
    'age-malformed-date',
    'RFC 9111 §5.1',
    'where Age is ignored, Date still is an age',
    50,
    fresh(60, { Age: 'abc', Date: inS(-10) }),
  ),
  notFresh(
    'age-huge',
    'RFC 9111 §1.2.2',
    'an Age beyond all numbers is old',
    fresh(60, { Age: '99999999999999999999' }),
  ),
];

const heuristics: Case[] = [
  freshFor(
    'heuristic',
    HEURISTIC,
    'a tenth of the time since Last-Modified',
    100,
    ok({ 'Last-Modified': inS(-1000) }),
  ),
  freshFor(
    'heuristic-day',
    HEURISTIC,
    'heuristics give a day at most',
    86_400,
    ok({ 'Last-Modified': inS(-365 * 86_400) }),
  ),
  freshFor(
    'heuristic-date',
    HEURISTIC,
    'Last-Modified counts up to Date, and Date is an age',
    50,
    ok({ Date: inS(-50), 'Last-Modified': inS(-1050) }),
  ),
  freshFor(
    'heuristic-without-date',
    HEURISTIC,
    'without Date, Last-Modified counts up to when the answer was received',
    100,
    ok({ Date: null, 'Last-Modified': inS(-1000) }),
  ),
  freshFor(
    'heuristic-age',
    HEURISTIC,
    'Age counts against a heuristic lifetime',
    60,
    ok({ Age: '40', 'Last-Modified': inS(-1000) }),
  ),
  freshFor(
    'heuristic-public',
    HEURISTIC,
    'public does not change heuristics',
    100,
    cc('public', { 'Last-Modified': inS(-1000) }),
  ),
  notFresh(
    'heuristic-future',
    HEURISTIC,
    'a Last-Modified in the future gives nothing',
    ok({ 'Last-Modified': inS(1000) }),
  ),
  notFresh(
    'heuristic-now',
    HEURISTIC,
    'a Last-Modified of now gives nothing',
    ok({ 'Last-Modified': inS(0) }),
  ),
  notFresh(
    'heuristic-malformed',
    HEURISTIC,
    'a Last-Modified that is no date gives nothing',
    ok({ 'Last-Modified': 'last year' }),
  ),
  notFresh(
    'heuristic-max-age-0',
    HEURISTIC,
    'heuristics are not used beside max-age',
    cc('max-age=0', { 'Last-Modified': inS(-10_000) }),
  ),
  notFresh(
    'heuristic-expires-0',
    HEURISTIC,
    'heuristics are not used beside Expires, though it is no date',
    ok({ Expires: '0', 'Last-Modified': inS(-10_000) }),
  ),
  notFresh(
    'heuristic-no-cache',
    HEURISTIC,
    'heuristics do not overrule no-cache',
    cc('no-cache', { 'Last-Modified': inS(-10_000) }),
  ),
];

const malformedNumbers = [
  'max-age=abc',
  'max-age=-1',
  'max-age=1.5',
  'max-age=1e3',
  'max-age=+60',
  'max-age=',
  'max-age',
  'max-age=60abc',
  'max-age="abc"',
  'max-age=""',
  "max-age='60'",
  'max-age =60',
  'max-age= 60',
  'max-age=60; public',
  'max-age=60 60',
  'max-age:60',
  's-maxage=abc, max-age=60',
  's-maxage=-1, max-age=60',
  's-maxage, max-age=60',
] as const;

const values: Case[] = [
  ...malformedNumbers.map((value, i) =>
    notFresh(`malformed-${i + 1}`, LIFE, `freshness that is not valid is none: ${value}`, cc(value)),
  ),
  notFresh(
    'malformed-expires',
    LIFE,
    'a max-age that is not valid does not give way to Expires',
    cc('max-age=abc', { Expires: inS(60) }),
  ),
  notFresh(
    'malformed-heuristic',
    LIFE,
    'a max-age that is not valid does not give way to heuristics',
    cc('max-age=abc', { 'Last-Modified': inS(-10_000) }),
  ),
  freshFor('quoted', 'RFC 9111 §5.2', 'max-age="10" is max-age=10', 10, cc('max-age="10"')),
  freshFor(
    'quoted-s-maxage',
    'RFC 9111 §5.2',
    's-maxage="10" is s-maxage=10',
    10,
    cc('s-maxage="10", max-age=1'),
  ),
  freshFor('zeros', 'RFC 9111 §1.2.2', 'leading zeros mean nothing', 10, cc('max-age=00010')),
  ...(['2147483647', '2147483648', '99999999999', '99999999999999999999999999'] as const).map(
    (value, i): Case => ({
      id: `huge-${i + 1}`,
      rfc: 'RFC 9111 §1.2.2',
      must: `max-age=${value} is a long time`,
      origin: [cc(`max-age=${value}`)],
      steps: [get(fetched()), later(3600), get(cached(1, { headers: { Age: '3600' } }))],
    }),
  ),
  atMost(
    'twice-sooner-last',
    LIFE,
    'of two values of max-age the smaller bounds',
    10,
    cc('max-age=100, max-age=10'),
  ),
  atMost(
    'twice-sooner-first',
    LIFE,
    'the order of two values of max-age does not matter',
    10,
    cc('max-age=10, max-age=100'),
  ),
  atMost(
    'twice-lines',
    LIFE,
    'two values of max-age in two lines are two values',
    10,
    cc(['max-age=100', 'max-age=10']),
  ),
  atMost(
    'twice-s-maxage',
    LIFE,
    'of two values of s-maxage the smaller bounds',
    10,
    cc('s-maxage=100, s-maxage=10'),
  ),
  notFresh(
    'twice-malformed',
    LIFE,
    'a second max-age that is not valid spoils the first',
    cc('max-age=60, max-age=abc'),
  ),
  freshFor('upper-case', 'RFC 9111 §5.2', 'MAX-AGE is max-age', 10, cc('MAX-AGE=10')),
  freshFor('mixed-case', 'RFC 9111 §5.2', 'S-MaxAge is s-maxage', 20, cc('Max-Age=10, S-MaxAge=20')),
  freshFor(
    'quoted-directive',
    'RFC 9111 §5.2',
    'what stands in a quoted string is no directive',
    10,
    cc('x="a, max-age=1000", max-age=10'),
  ),
  freshFor(
    'quoted-directive-after',
    'RFC 9111 §5.2',
    'nor behind the directive',
    10,
    cc('max-age=10, x="a, s-maxage=1000"'),
  ),
  stored(
    'quoted-no-store',
    'RFC 9111 §5.2',
    'a no-store in a quoted string is none',
    cc('x="no-store", max-age=60'),
  ),
  stored(
    'quoted-no-store-list',
    'RFC 9111 §5.2',
    'a no-store between commas in a quoted string is none',
    cc('x="a, no-store, b", max-age=60'),
  ),
  stored(
    'quoted-escape',
    'RFC 9110 §5.6.4',
    'an escaped quote does not end a quoted string',
    cc('x="a\\", no-store, \\"b", max-age=60'),
  ),
  freshFor(
    'empty-members',
    'RFC 9110 §5.6.1',
    'empty members of a list are ignored',
    10,
    cc(', max-age=10, ,'),
  ),
  freshFor('no-spaces', 'RFC 9110 §5.6.1', 'no space is needed', 10, cc('public,max-age=10')),
  freshFor('tabs', 'RFC 9110 §5.6.3', 'a tab is a space', 10, cc('public\t,\tmax-age=10')),
  freshFor('lines', 'RFC 9110 §5.3', 'two lines are one list', 10, cc(['public', 'max-age=10'])),
  freshFor(
    'prefix',
    'RFC 9111 §5.2',
    'a directive that only begins alike is another',
    10,
    cc('max-age=10, max-age-x=1, x-max-age=2'),
  ),
];

const expires: Case[] = [
  ...(['0', '-1', 'tomorrow', '', '60'] as const).map((value, i) =>
    notFresh(
      `expires-no-date-${i + 1}`,
      'RFC 9111 §5.3',
      `Expires: ${value || '(empty)'} is in the past`,
      ok({ Expires: value }),
    ),
  ),
  notFresh('expires-past', 'RFC 9111 §5.3', 'an Expires in the past is stale', ok({ Expires: inS(-1) })),
  notFresh('expires-now', 'RFC 9111 §5.3', 'an Expires that is Date is stale', ok({ Expires: inS(0) })),
  {
    id: 'expires-twice',
    rfc: LIFE,
    must: 'two values of Expires are not relied on',
    origin: [1, 2].map(() => ({
      raw: ({ nowMs }) => {
        const date = (seconds: number) => new Date(nowMs + seconds * 1000).toUTCString();
        return `HTTP/1.1 200 OK\r\nDate: ${date(0)}\r\nExpires: ${date(60)}\r\nExpires: ${date(600)}\r\nContent-Length: 2\r\n\r\nhi`;
      },
    })),
    steps: [get(fetched({ body: 'hi' })), get(fetched({ body: 'hi' }))],
  },
  freshFor(
    'expires-rfc850',
    DATE,
    'a date in the format of RFC 850 is a date',
    10,
    ok({ Expires: rfc850InS(10) }),
  ),
  freshFor(
    'expires-asctime',
    DATE,
    'a date in the format of asctime is a date',
    10,
    ok({ Expires: asctimeInS(10) }),
  ),
  notFresh(
    'expires-rfc850-century',
    DATE,
    'a year of two digits more than 50 years ahead is of the last century',
    ok({ Expires: 'Sunday, 06-Nov-94 08:49:37 GMT' }),
  ),
  freshFor(
    'date-rfc850',
    DATE,
    'Date may be in the format of RFC 850',
    7,
    fresh(10, { Date: rfc850InS(-3) }),
  ),
  freshFor(
    'date-asctime',
    DATE,
    'Date may be in the format of asctime',
    7,
    fresh(10, { Date: asctimeInS(-3) }),
  ),
  freshFor(
    'last-modified-rfc850',
    DATE,
    'Last-Modified may be in the format of RFC 850',
    100,
    ok({ 'Last-Modified': rfc850InS(-1000) }),
  ),
  freshFor(
    'last-modified-asctime',
    DATE,
    'Last-Modified may be in the format of asctime',
    100,
    ok({ 'Last-Modified': asctimeInS(-1000) }),
  ),
  ...(
    [
      ['a numeric zone', (it) => it.replace('GMT', '+0000')],
      ['another name of the zone', (it) => it.replace('GMT', 'UTC')],
      ['another zone', (it) => it.replace('GMT', 'EST')],
      ['no zone', (it) => it.replace(' GMT', '')],
      ['no name of the day', (it) => it.replace(/^\w+, /, '')],
      ['no comma', (it) => it.replace(',', '')],
      ['the hour 25', (it) => it.replace(/\d\d:(\d\d:\d\d)/, '25:$1')],
      ['one digit for the hour', (it) => it.replace(/\d\d:(\d\d:\d\d)/, '1:$1')],
      ['no seconds', (it) => it.replace(/(\d\d:\d\d):\d\d/, '$1')],
      ['hyphens', (it) => it.replace(/(\d\d) (\w\w\w) (\d{4})/, '$1-$2-$3')],
      ['a month that is none', (it) => it.replace(/(\d\d) \w\w\w/, '$1 Foo')],
      ['something behind it', (it) => `${it} x`],
      ['the format of ISO 8601', (it) => new Date(it).toISOString()],
      ['seconds since 1970', (it) => String(Date.parse(it) / 1000)],
    ] satisfies [string, (date: string) => string][]
  ).map(([what, spoil], i) =>
    notFresh(
      `expires-spoilt-${i + 1}`,
      DATE,
      `an Expires with ${what} is no date, and in the past`,
      ok({ Expires: spoiltInS(20 * 86_400, spoil) }),
    ),
  ),
];

export const freshness: readonly Case[] = [...precedence, ...ages, ...heuristics, ...values, ...expires];
