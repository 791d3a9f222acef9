import { ask, type Case, cached, fetched, get, head, later, validated } from './support/case.ts';
import { fresh, same } from './support/values.ts';

/** RFC 9111 §4: a request right after an answer has ended finds that answer: nothing waits for work in the background. */

const S4 = 'RFC 9111 §4';

const sized = (id: string, must: string, more: Partial<ReturnType<typeof fresh>>, headers = {}): Case => ({
  id,
  rfc: S4,
  must,
  origin: [{ ...fresh(60, headers), ...more }],
  steps: [get(fetched({ stored: true })), get(cached()), get(cached())],
});
const pieces = (count: number, bytes: number) =>
  Array.from({ length: count }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(bytes));

const answers: Case[] = [
  sized('small', 'a small answer', {}),
  sized('empty', 'an empty answer', { body: '' }),
  sized('kilobytes', 'an answer of 70 KB', { body: 'k'.repeat(70_000) }),
  sized('large', 'an answer of 500 KB', { body: 'l'.repeat(500_000) }),
  sized('chunked', 'an answer in chunks', {
    headers: { 'Cache-Control': 'max-age=60' },
    body: pieces(5, 10),
  }),
  sized('chunked-large', 'an answer of 500 KB in chunks', {
    headers: { 'Cache-Control': 'max-age=60' },
    body: pieces(50, 10_000),
  }),
  sized('tagged', 'an answer with tags', {}, { 'Cache-Tag': 'o1, o2', 'Cache-Groups': '"o3"' }),
  sized(
    'tagged-large',
    'an answer of 500 KB with tags',
    { body: 't'.repeat(500_000) },
    { 'Surrogate-Key': 'o4 o5' },
  ),
  sized('tagged-chunked', 'an answer in chunks with tags', {
    headers: { 'Cache-Control': 'max-age=60', xkey: 'o6 o7' },
    body: pieces(20, 10_000),
  }),
  sized('etag', 'an answer with an ETag', {}, { ETag: '"a"' }),
  sized('coded', 'an answer with a coding', {}, { 'Content-Encoding': 'gzip' }),
  sized('404', 'a 404', { status: 404 }),
];

const sequences: Case[] = [
  {
    id: 'variants',
    rfc: S4,
    must: 'variants in turn',
    origin: [fresh(60, { Vary: 'X-A' }), fresh(60, { Vary: 'X-A' })],
    steps: [
      get(fetched(), { 'X-A': '1' }),
      get(cached(1), { 'X-A': '1' }),
      get(fetched(), { 'X-A': '2' }),
      get(cached(2), { 'X-A': '2' }),
      get(cached(1), { 'X-A': '1' }),
    ],
  },
  {
    id: 'replaced',
    rfc: S4,
    must: 'an answer that replaces a stale one',
    origin: [fresh(10), { ...fresh(10), body: 'r'.repeat(300_000) }],
    steps: [get(fetched()), later(10), get(fetched()), get(cached(2))],
  },
  {
    id: 'validated',
    rfc: S4,
    must: 'an answer that was validated',
    origin: [fresh(10, { ETag: '"a"' }), same(), same()],
    steps: [
      get(fetched()),
      later(10),
      get(validated()),
      get(cached()),
      later(10),
      get(validated()),
      get(cached()),
    ],
  },
  {
    id: 'head',
    rfc: S4,
    must: 'HEAD right after GET',
    origin: [fresh(60)],
    steps: [get(fetched()), head(cached())],
  },
  {
    id: 'range',
    rfc: S4,
    must: 'a range right after GET',
    origin: [fresh(60)],
    steps: [get(fetched()), get(cached(1, { status: 206, body: 'an' }), { Range: 'bytes=0-1' })],
  },
  {
    id: 'written',
    rfc: 'RFC 9111 §4.4',
    must: 'GET right after PUT does not find what was there before, and the next finds what was fetched then',
    origin: [fresh(60), fresh(60), fresh(60), fresh(60), fresh(60)],
    steps: [
      get(fetched()),
      get(cached(1)),
      ask('PUT', fetched(), { body: 'new' }),
      get(fetched()),
      get(cached(3)),
      ask('PUT', fetched(), { body: 'newer' }),
      get(fetched()),
      get(cached(5)),
    ],
  },
];

export const order: readonly Case[] = [...answers, ...sequences].map((it) => ({
  ...it,
  id: `order-${it.id}`,
}));
