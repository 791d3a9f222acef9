import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { decodeEntry, type Entry, encodeEntry, plainText } from '../../src/store/wire.ts';
import fixtures from './fixtures/entries-v1.json';
import { bytesOf, draftOf, generations, noise, storedText } from './support/entries.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const isUtf8 = (bytes: Uint8Array) => !new TextDecoder().decode(bytes).includes('\uFFFD');
const LIMIT = bounds.gzipFromBytes;

async function roundTrip(body: Uint8Array | string): Promise<{ stored: string; entry: Entry }> {
  const written = await encodeEntry(draftOf(body));
  const stored = storedText(written);
  const entry = decodeEntry(stored) as Entry;
  expect(entry).toEqual(written.withGenerations(generations));
  return { stored, entry };
}

describe('An entry comes back as it was written', () => {
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 200 }).map(utf8),
    // Around the length from which compression is tried, compressible or not.
    fc.integer({ min: LIMIT - 2, max: LIMIT + 2 }).map((length) => noise(length, length)),
    fc.integer({ min: LIMIT - 2, max: LIMIT + 2 }).map((length) => utf8('x'.repeat(length))),
    fc
      .tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.integer({ min: 1, max: 400 }))
      .map(([text, n]) => utf8(text.repeat(n))),
  );

  test('whatever its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const { entry } = await roundTrip(body);
        expect(await bytesOf(entry)).toEqual(new Uint8Array(body));
        expect(entry.length).toBe(body.length);
      }),
      { numRuns: 500 },
    );
  });

  test('whatever its key, principal, tag and headers', async () => {
    const text = fc.string({ unit: 'binary' });
    await fc.assert(
      fc.asyncProperty(
        text,
        text,
        text,
        fc.array(fc.tuple(text, text)),
        async (fullKey, tenant, etag, headers) => {
          const draft = draftOf('body', { fullKey, principal: { tenant, user: tenant }, etag, headers });
          expect(decodeEntry(storedText(await encodeEntry(draft)))).toMatchObject({
            ...{ fullKey, principal: { tenant, user: tenant }, etag, headers },
            ...{
              fillToken: 'a-fill-token',
              status: 200,
              fetchedMs: draft.fetchedMs,
              fetchMs: 12,
              ttlMs: 600_000,
            },
            generations,
          });
        },
      ),
    );
  });

  test.each([
    ['empty', '', 'text'],
    ['text', 'Zürich 🧊', 'text'],
    ['text with a byte order mark', '\uFEFFtext', 'text'],
    ['text of several lines', '\n\na\nb\n', 'text'],
    ['text with a zero', 'a\u0000b', 'text'],
    ['bytes that are no UTF-8', Uint8Array.of(0xff, 0xfe, 0x00), 'base64'],
    ['a surrogate in UTF-8, which is none', Uint8Array.of(0xed, 0xa0, 0x80), 'base64'],
  ])('%s', async (_name, body, written) => {
    const { stored, entry } = await roundTrip(body);
    expect(stored).toContain(`"written":"${written}"`);
    expect(await bytesOf(entry)).toEqual(typeof body === 'string' ? utf8(body) : body);
  });
});

describe('A body is compressed', () => {
  test('only from the bound on', async () => {
    expect((await roundTrip('x'.repeat(LIMIT - 1))).entry.coding).toBe('identity');
    expect((await roundTrip('x'.repeat(LIMIT))).entry.coding).toBe('gzip');
  });

  test('only where it is smaller as stored, base64 included', async () => {
    expect((await roundTrip(noise(4 * LIMIT))).entry.coding).toBe('identity');
    // Compresses by less than base64 adds.
    const hex = [...noise(4 * LIMIT)].map((byte) => String.fromCharCode(32 + (byte % 90))).join('');
    expect((await roundTrip(hex)).entry.coding).toBe('identity');
  });

  test('measured in bytes, not in characters', async () => {
    // 3 bytes each, from an alphabet small enough to compress, too large to beat one character each.
    const text = [...noise(2 * LIMIT)].map((byte) => String.fromCharCode(0x4e00 + byte)).join('');
    const { stored, entry } = await roundTrip(text);
    expect(entry.coding).toBe('gzip');
    expect(stored.length).toBeGreaterThan(text.length);
    expect(utf8(stored).length).toBeLessThan(utf8(text).length);
  });

  test('exactly where that is smaller, for bytes of any entropy', async () => {
    const bytes = fc.uint8Array({ minLength: LIMIT, maxLength: 2 * LIMIT });
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 255 }), async (random, mask) => {
        const body = random.map((byte) => byte & mask);
        const stream = new Response(body).body!.pipeThrough(new CompressionStream('gzip'));
        const gzipped = new Uint8Array(await new Response(stream).arrayBuffer()).toBase64().length;
        const plain = isUtf8(body) ? body.length : body.toBase64().length;
        expect((await roundTrip(body)).entry.coding).toBe(gzipped < plain ? 'gzip' : 'identity');
      }),
      { numRuns: 200 },
    );
  });
});

describe('Code that reads the value gets the same text from every form', () => {
  const text = `\uFEFF{"a":"${'é'.repeat(LIMIT)}"}`;
  test.each([
    ['as text', text.slice(0, 100), text.slice(1, 100)],
    ['compressed', text, text.slice(1)],
  ])('%s, without a byte order mark', async (_name, body, value) => {
    expect(await plainText((await roundTrip(body)).entry)).toBe(value);
  });

  test('and none from what is not UTF-8', async () => {
    expect(await plainText((await roundTrip(Uint8Array.of(0x61, 0xff))).entry)).toBeNull();
    const long = Uint8Array.from({ length: LIMIT + 1_000 }, (_, i) => (i === 0 ? 0xff : 0x61));
    const { entry } = await roundTrip(long);
    expect(entry.coding).toBe('gzip');
    expect(await plainText(entry)).toBeNull();
  });
});

/** Written once, never changed: what a deployed version stored must stay readable. */
describe.each(fixtures)('A stored entry of version 1: $name', ({ stored, bodyBase64 }) => {
  test('stays readable', async () => {
    const entry = decodeEntry(stored) as Entry;
    const { body: _, ...rest } = draftOf('');
    expect(entry).toMatchObject({ ...rest, generations });
    expect((await bytesOf(entry)).toBase64()).toBe(bodyBase64);
  });

  test('cut anywhere, is not an entry', () => {
    for (let length = 0; length < stored.length; length++)
      expect(decodeEntry(stored.slice(0, length)), `${length} units`).toBe(
        length < 4 ? 'other-version' : 'corrupt',
      );
  });

  test('with units changed, dropped or put in, is refused or whole, and never throws', () => {
    const change = fc.record({
      at: fc.nat(stored.length),
      drop: fc.nat(2),
      put: fc.string({ unit: 'binary', maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = changes.reduce(
          (text, { at, drop, put }) => text.slice(0, at) + put + text.slice(at + drop),
          stored,
        );
        const read = decodeEntry(changed);
        if (typeof read === 'string') expect(['corrupt', 'other-version']).toContain(read);
        else if (typeof read.body === 'string')
          expect(utf8(read.body).length).toBeLessThanOrEqual(3 * read.length);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('What is not an entry of version 1 is refused', () => {
  const [text, , gzip] = fixtures.map(({ stored }) => stored) as [string, string, string];

  test.each(['', 'SF', 'SF3 a\nb=c\n{}\n', 'SF10 a\n', 'SF1', '{}', ' SF1 a'])(
    'another version: %j',
    (stored) => {
      expect(decodeEntry(stored)).toBe('other-version');
    },
  );

  test('any text behind the version', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (rest) => {
        expect(decodeEntry(`SF1 ${rest}`)).toBe('corrupt');
      }),
    );
  });

  const meta = JSON.parse(text.split('\n')[2]!) as Record<string, unknown>;
  const withMeta = (changed: object) => text.replace(JSON.stringify(meta), JSON.stringify(changed));

  test('meta that lacks a field', () => {
    expect(decodeEntry(withMeta(meta))).toBeTypeOf('object');
    for (const field of Object.keys(meta)) {
      const { [field]: _, ...others } = meta;
      expect(decodeEntry(withMeta(others)), field).toBe('corrupt');
    }
  });

  test.each([
    ['a field that this version does not know, such as how it is encrypted', { x: 'aes-gcm' }],
    ['a field within a field', { principal: { tenant: 'a', user: 'b', x: 1 } }],
    ['a field of another type', { ttlMs: '600000' }],
    ['a time that is no number', { fetchedMs: null }],
    ['a header without a value', { headers: [['etag']] }],
    ['another content coding', { coding: 'br' }],
    ['text that is compressed', { coding: 'gzip' }],
    ['another length', { length: 49 }],
    ['text for binary', { written: 'base64' }],
  ])('meta with %s', (_name, change) => {
    expect(decodeEntry(withMeta({ ...meta, ...change }))).toBe('corrupt');
  });

  test('compressed bytes of another length', () => {
    expect(decodeEntry(gzip.replace('"length":1363', '"length":1364'))).toBe('corrupt');
  });

  const withGenerations = (line: string) => text.replace(/\n.*\n/, `\n${line}\n`);
  const many = (count: number) => Array.from({ length: count }, (_, i) => `gen:${i}=n.n.0`).join(' ');

  test('more generations than an entry may have', () => {
    expect(decodeEntry(withGenerations(many(bounds.tagsPerEntry)))).toBeTypeOf('object');
    expect(decodeEntry(withGenerations(many(bounds.tagsPerEntry + 1)))).toBe('corrupt');
  });

  test.each(['', 'name', 'name=', '=nonce', 'a=b=c', 'a=b  c=d', 'a=b '])('generations %j', (line) => {
    expect(decodeEntry(withGenerations(line))).toBe('corrupt');
  });
});

describe('A response of the HTTP cache', () => {
  const selecting = [
    ['accept-language', 'de'],
    ['origin', null],
  ] as const;

  test('is the second version: with what selected it, and byte for byte', async () => {
    const body = utf8('x'.repeat(4 * LIMIT));
    const written = await encodeEntry(draftOf(body, { selecting }));
    const stored = storedText(written);
    expect(stored).toMatch(/^SF2 /);
    expect(decodeEntry(stored)).toMatchObject({ selecting, coding: 'identity', body: 'x'.repeat(4 * LIMIT) });
    expect(written.withGenerations(generations).body).toEqual(body);
  });

  test('is a miss where what selected it is missing, malformed, or in the first version', async () => {
    const stored = storedText(await encodeEntry(draftOf('body', { selecting })));
    const damaged = [
      stored.replace(/,"selecting":.*?\]\]/, ''),
      stored.replace('["origin",null]', '["origin"]'),
      stored.replace('["origin",null]', '["origin",7]'),
      stored.replace('SF2 ', 'SF1 '),
    ];
    for (const text of damaged) {
      expect(text).not.toBe(stored);
      expect(decodeEntry(text)).toBe('corrupt');
    }
    expect(decodeEntry(stored.replace('SF2 ', 'SF3 '))).toBe('other-version');
  });
});
