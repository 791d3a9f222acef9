import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { breaksOff, byHand } from '../support/worker/origin.ts';
import { LETTERS, range, ranged, short, tagged, rangedWorld as world } from './ranged.ts';
import { ask, get, said } from './support.ts';

describe('what a range costs at Redis', () => {
  test('one that is fetched: a lookup, a lease and a fill; of a part that is stored: a lookup', async () => {
    const { edge, anotherEdge } = world();
    expect(short(await range(edge, '0-4'))).toBe('206 abcde fwd=uri-miss; stored');
    expect(edge.redis.took()).toEqual(['lookup', 'lease', 'fill']);
    for (const one of [edge, anotherEdge()]) {
      one.redis.took();
      expect(short(await range(one, '1-2'))).toBe('206 bc hit');
      expect(one.redis.took()).toEqual(['lookup']);
    }
  });

  test('the part of a variant: two lookups where an isolate meets its URI first, as of an entry', async () => {
    const { origin, edge, anotherEdge } = world();
    origin.on('/a', ranged(LETTERS, { ...tagged, Vary: 'X-A' }));
    await range(edge, '0-4', { 'X-A': '1' });
    const other = anotherEdge();
    expect(short(await range(other, '1-2', { 'X-A': '1' }))).toBe('206 bc hit');
    expect(other.redis.took()).toEqual(['lookup', 'lookup']);
    expect(short(await range(other, '1-2', { 'X-A': '1' }))).toBe('206 bc hit');
    expect(other.redis.took()).toEqual(['lookup']);
  });

  test('of what is complete in isolate memory: nothing', async () => {
    const { edge } = world();
    await get(edge, '/a');
    edge.redis.took();
    expect(short(await range(edge, '1-2'))).toBe('206 bc hit');
    expect(edge.redis.took()).toEqual([]);
  });

  test('a request for all of it never looks for a part', async () => {
    const { edge } = world();
    await range(edge, '0-4');
    edge.redis.took();
    for (const method of ['HEAD', 'GET']) await ask(edge, '/a', { method });
    await edge.settled();
    await get(edge, '/a', { Range: 'bytes=0-1,3-4' });
    const names = edge.redis.tookWithNames().flatMap((it) => it.names);
    expect(names.filter((name) => name.includes('@part'))).toEqual([]);
  });

  test('where parts were not storable lately, no lease is asked for', async () => {
    const { origin, clock, edge } = world();
    origin.on('/a', ranged(LETTERS, { 'Cache-Control': 'max-age=60' }));
    expect(short(await range(edge, '0-4'))).toBe('206 abcde fwd=uri-miss; detail=partial');
    edge.redis.took();
    await range(edge, '0-4');
    expect(edge.redis.took()).toEqual(['lookup']);
    clock.advance(11_000);
    origin.on('/a', ranged(LETTERS));
    expect(short(await range(edge, '0-4'))).toBe('206 abcde fwd=uri-miss; stored');
  });
});

describe('a part', () => {
  test('counts against maxBytes, alone and together with another', async () => {
    const { edge } = world({ maxBytes: 6 });
    expect(short(await range(edge, '0-6'))).toBe('206 abcdefg fwd=uri-miss; detail=too-large');
    await range(edge, '0-3');
    expect(short(await range(edge, '4-5'))).toBe('206 ef fwd=partial; stored');
    expect(short(await range(edge, '0-5'))).toBe('206 abcdef hit');
    // Both together would be too large: the later one takes the place.
    expect(short(await range(edge, '6-7'))).toBe('206 gh fwd=partial; stored');
    expect(short(await range(edge, '6-7'))).toBe('206 gh hit');
    expect(short(await range(edge, '0-1'))).toBe('206 ab fwd=partial; stored');
  });

  test('too large to be stored as its end shows it to be', async () => {
    const { origin, edge } = world({ maxBytes: 4 });
    const announcedNothing = { ...tagged, 'Content-Range': 'bytes 0-5/10' };
    origin.on('/a', () => new Response(breakless('abc', 'def'), { status: 206, headers: announcedNothing }));
    await range(edge, '0-5');
    expect(short(await range(edge, '0-5'))).toBe('206 abcdef fwd=uri-miss; detail=too-large');
  });

  test('that is too large, or all of it, keeps no smaller one from being stored', async () => {
    const { edge } = world({ maxBytes: 4 });
    expect((await get(edge, '/a')).cacheStatus).toMatch(/; detail=too-large/);
    await range(edge, '0-');
    expect(short(await range(edge, '0-2'))).toBe('206 abc fwd=uri-miss; stored');
  });

  test('may end within a character, and be bytes that are no text', async () => {
    const { origin, edge, anotherEdge } = world();
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    origin.on('/text', ranged('zé'.repeat(5)));
    origin.on('/bytes', ranged(bytes));
    await range(edge, '0-1', {}, '/text');
    await range(edge, '2-14', {}, '/text');
    await range(edge, '100-200', {}, '/bytes');
    expect((await get(anotherEdge(), '/text')).text).toBe('zé'.repeat(5));
    const { cacheStatus, bytes: got } = await range(anotherEdge(), '120-130', {}, '/bytes');
    expect(cacheStatus).toMatch(/; hit/);
    expect([...got]).toEqual([...bytes.subarray(120, 131)]);
  });

  test('of a URI longer than a key stands beside its entry as well', async () => {
    const { origin, edge, anotherEdge } = world();
    const path = `/${'x'.repeat(2_000)}`;
    origin.on(path, ranged(LETTERS));
    await range(edge, '0-4', {}, path);
    expect(short(await get(anotherEdge(), path))).toBe('200 abcdefghij fwd=uri-miss; stored');
    expect(short(await range(anotherEdge(), '5-6', {}, path))).toBe('206 fg hit');
    const query = `${path}?q`;
    origin.on(query, ranged(LETTERS));
    await range(edge, '0-4', {}, query);
    expect(short(await range(anotherEdge(), '2-4', {}, query))).toBe('206 cde hit');
  });

  test('larger than is read first is passed on as it comes, and stored', async () => {
    const { origin, edge } = world();
    const large = LETTERS.repeat(20_000);
    origin.on('/a', ranged(large));
    expect((await range(edge, '0-99999')).text).toBe(large.slice(0, 100_000));
    expect((await range(edge, '100000-')).cacheStatus).toMatch(/fwd=partial; stored/);
    const { text, cacheStatus } = await get(edge, '/a');
    expect(cacheStatus).toMatch(/; hit/);
    expect(text === large).toBe(true);
  });

  test('larger than that, and not as long as it says, is passed on unstored, and said to be', async () => {
    const { origin, edge } = world();
    const headers = { ...tagged, 'Content-Range': 'bytes 0-99999/200000', 'Content-Length': '100010' };
    origin.on('/a', () => new Response(LETTERS.repeat(10_001), { status: 206, headers }));
    const { text, cacheStatus } = await range(edge, '0-99999');
    expect(text.length).toBe(100_010);
    expect(cacheStatus).toBe('Stillfresh; fwd=uri-miss; fwd-status=206; detail=partial');
    origin.on('/a', ranged(LETTERS));
    expect(short(await get(edge, '/a'))).toBe('200 abcdefghij fwd=uri-miss; stored');
  });

  test('that breaks off is not stored', async () => {
    const { origin, edge } = world();
    const headers = { ...tagged, 'Content-Range': 'bytes 0-4/10' };
    const body = breaksOff('ab', headers);
    origin.on('/a', () => new Response((body() as Response).body, { status: 206, headers }));
    expect((await range(edge, '0-4')).status).toBe(502);
    origin.on('/a', ranged(LETTERS));
    expect(short(await range(edge, '0-1'))).toBe('206 ab fwd=uri-miss; stored');
  });

  test('of which another isolate has stored more is joined to that', async () => {
    const { edge, anotherEdge } = world();
    const other = anotherEdge();
    await range(edge, '0-3');
    await range(other, '4-6');
    // Its own copy is still fresh and ends at 3.
    expect(short(await range(edge, '4-5'))).toBe('206 ef hit');
    await range(other, '7-8');
    expect(short(await range(edge, '9-9'))).toBe('206 j fwd=partial; stored');
    expect(short(await get(anotherEdge(), '/a'))).toBe('200 abcdefghij hit');
  });

  test('is given to each with his own fields', async () => {
    const { origin, edge } = world();
    const withOwn = (value: string) =>
      ranged(LETTERS, { ...tagged, 'Cache-Control': 'max-age=60, private="x-mine"', 'X-Mine': value });
    origin.on('/a', withOwn('first'));
    expect((await range(edge, '0-4')).headers.get('X-Mine')).toBe('first');
    expect((await range(edge, '0-4')).headers.get('X-Mine')).toBeNull();
    origin.on('/a', withOwn('second'));
    expect((await range(edge, '5-9')).headers.get('X-Mine')).toBe('second');
    expect((await get(edge, '/a')).headers.get('X-Mine')).toBeNull();
  });

  test('under `keyed` is of the variant that its client is', async () => {
    const { origin, edge } = world({ inputs: 'keyed' });
    origin.on('/a', (request: Request) => {
      const language = request.headers.get('X-Language');
      const text = language === null ? LETTERS : language.repeat(5);
      return ranged(text, { ...tagged, ETag: `"${language}"`, Vary: 'X-Language' })(request);
    });
    expect(short(await range(edge, '0-3', { 'X-Language': 'de' }))).toBe('206 dede fwd=uri-miss; stored');
    expect(short(await range(edge, '0-3', { 'X-Language': 'fr' }))).toBe('206 frfr fwd=vary-miss; stored');
    expect(short(await range(edge, '0-1', { 'X-Language': 'de' }))).toBe('206 de hit');
  });
});

describe('ranges at once', () => {
  test('wait for nobody: who is not granted the lease fetches his own, unstored', async () => {
    const { origin, edge, anotherEdge } = world();
    const other = anotherEdge();
    const held = origin.hold('/a');
    const asked = [
      ask(edge, '/a', { headers: { Range: 'bytes=0-3' } }),
      ask(edge, '/a', { headers: { Range: 'bytes=4-6' } }),
      ask(other, '/a', { headers: { Range: 'bytes=7-9' } }),
    ];
    await held.arrived(3);
    held.answer(ranged(LETTERS));
    const answers = await Promise.all(asked);
    expect(answers.map(({ text }) => text)).toEqual(['abcd', 'efg', 'hij']);
    expect(answers.filter(({ cacheStatus }) => cacheStatus!.includes('stored')).length).toBe(1);
  });

  test('keep nobody from all of it, which is fetched, stored and shared as ever', async () => {
    const { origin, edge } = world();
    const held = origin.hold('/a');
    const part = ask(edge, '/a', { headers: { Range: 'bytes=0-3' } });
    await held.arrived();
    const whole = ask(edge, '/a');
    await held.arrived(2);
    held.answer(ranged(LETTERS));
    expect(short(await whole)).toBe('200 abcdefghij fwd=uri-miss; stored');
    expect(short(await part)).toBe('206 abcd fwd=uri-miss; stored');
    await edge.settled();
    expect(short(await get(edge, '/a'))).toBe('200 abcdefghij hit');
  });

  test('a part that comes last does not take the place of what is complete', async () => {
    const { origin, edge, anotherEdge } = world();
    const slow = byHand({ ...tagged, 'Content-Range': 'bytes 0-3/10' });
    origin.on(
      '/a',
      () => new Response((slow.reply() as Response).body, { status: 206, headers: slow.reply().headers }),
    );
    const part = ask(edge, '/a', { headers: { Range: 'bytes=0-3' } });
    slow.write('ab');
    origin.on('/a', ranged(LETTERS));
    await get(anotherEdge(), '/a');
    slow.write('cd');
    slow.end();
    expect((await part).text).toBe('abcd');
    await edge.settled();
    expect(short(await range(anotherEdge(), '2-5'))).toBe('206 cdef hit');
    expect(short(await get(edge, '/a'))).toBe('200 abcdefghij hit');
  });
});

test('a part that cannot be stored keeps nobody from sharing all of it', async () => {
  const { origin, clock, edge } = world();
  origin.on('/a', ranged(LETTERS, { 'Cache-Control': 'max-age=60' }));
  await range(edge, '0-4');
  const held = origin.hold('/a');
  const asked = [ask(edge, '/a'), ask(edge, '/a')];
  await held.arrived();
  await clock.asleep(1, sleeps.follower);
  held.answer(ranged(LETTERS));
  expect((await Promise.all(asked)).map(short).sort()).toEqual([
    '200 abcdefghij fwd=uri-miss; collapsed',
    '200 abcdefghij fwd=uri-miss; stored',
  ]);
});

describe('without Redis', () => {
  test('a range is the origin’s, and nothing is stored', async () => {
    const { edge } = world();
    edge.redis.fail();
    expect(short(await range(edge, '0-4'))).toBe('206 abcde fwd=miss; detail=store-unavailable');
    edge.redis.heal();
    edge.redis.fail('lease');
    expect(short(await range(edge, '0-4'))).toBe('206 abcde fwd=uri-miss; detail=store-unavailable');
  });

  test('an origin that fails is not covered for by a part', async () => {
    const { origin, clock, edge } = world();
    origin.on('/a', ranged(LETTERS, { ...tagged, 'Cache-Control': 'max-age=60, stale-if-error=600' }));
    await range(edge, '0-4');
    clock.advance(61_000);
    origin.on('/a', said('busy', {}, 503));
    for (const bytes of ['0-4', '2-3', '7-8']) expect((await range(edge, bytes)).status).toBe(503);
  });
});

describe('a purge', () => {
  test('of the URI, or of a tag that only the answer names, is one of its part', async () => {
    for (const tag of ['uri:/a', 'shelf:7']) {
      const { origin, clock, edge, purge } = world();
      origin.on('/a', ranged(LETTERS, { ...tagged, 'Cache-Tag': 'shelf:7' }));
      await range(edge, '0-4');
      clock.advance(1_500);
      await purge(tag);
      expect(short(await range(edge, '5-9'))).toBe('206 fghij fwd=stale; stored; detail=purged');
      expect(short(await range(edge, '5-9'))).toBe('206 fghij hit');
      expect(short(await range(edge, '0-4'))).toBe('206 abcde fwd=partial; stored');
    }
  });

  test('of a tag that only the first part names, falls on what is joined to it', async () => {
    const { origin, clock, edge, purge } = world();
    origin.on('/a', ranged(LETTERS, { ...tagged, 'Cache-Tag': 'shelf:7' }));
    await range(edge, '0-4');
    origin.on('/a', ranged(LETTERS));
    await range(edge, '5-9');
    expect(short(await get(edge, '/a'))).toBe('200 abcdefghij hit');
    clock.advance(1_500);
    await purge('shelf:7');
    expect(short(await get(edge, '/a'))).toBe('200 abcdefghij fwd=stale; stored; detail=purged');
  });

  test('of anything else while the rest is fetched, whose tags nobody had captured: the next one has them', async () => {
    const { origin, edge, purge } = world();
    await range(edge, '0-4');
    for (let time = 0; time < 2; time += 1) {
      const held = origin.hold('/a');
      const reading = ask(edge, '/a', { headers: { Range: 'bytes=5-9' } });
      await held.arrived();
      await purge('uri:/b');
      held.answer(ranged(LETTERS, { ...tagged, 'Cache-Tag': 'shelf:7' }));
      expect((await reading).text).toBe('fghij');
      await edge.settled();
      expect(edge.notes).toEqual(['fill-late-tags-raced']);
    }
    expect(short(await get(edge, '/a'))).toBe('200 abcdefghij hit');
  });

  test.each(['1-5', '5-6', '5-9'])('while bytes %s are fetched: they are not stored', async (bytes) => {
    const { origin, edge, purge } = world();
    await range(edge, '0-4');
    const held = origin.hold('/a');
    const reading = ask(edge, '/a', { headers: { Range: `bytes=${bytes}` } });
    await held.arrived();
    await purge('uri:/a');
    held.answer(ranged(LETTERS));
    expect((await reading).status).toBe(206);
    await edge.settled();
    origin.on('/a', ranged('0123456789'));
    expect((await get(edge, '/a')).text).toBe('0123456789');
    expect(edge.notes).toContain('fill-purged');
  });

  test('that is soft: another part of the same tag makes it fresh again', async () => {
    const { clock, edge, purge } = world();
    await range(edge, '0-4');
    clock.advance(1_500);
    await purge('uri:/a', 'soft');
    clock.advance(1_500);
    expect(short(await range(edge, '1-2'))).toMatch(/^206 bc fwd=stale; stored/);
    expect(short(await range(edge, '0-4'))).toBe('206 abcde hit');
  });
});

test('whatever is asked of whom, and changes meanwhile: each answer is of one representation, in its place', async () => {
  const place = fc.nat(11);
  const isolate = fc.nat(1);
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('range' as const), isolate, place, place) },
    fc.tuple(fc.constant('get' as const), isolate),
    fc.constant(['change'] as const),
    fc.constant(['purge'] as const),
    fc.constant(['later'] as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (steps) => {
      const { origin, clock, edge, anotherEdge, purge } = world({ maxBytes: 12 });
      const edges = [edge, anotherEdge()];
      let version = 0;
      let purged = 0;
      // Each place of each version has a byte of its own.
      const bodyOf = (of: number) => Uint8Array.from({ length: 12 }, (_, i) => (of % 16) * 16 + i);
      const change = () =>
        origin.on('/a', ranged(bodyOf(version), { 'Cache-Control': 'max-age=60', ETag: `"${version}"` }));
      change();
      for (const [what, on = 0, one = 0, other = 0] of steps) {
        if (what === 'later') clock.advance(40_000);
        if (what === 'change' || what === 'purge') version += 1;
        if (what === 'change' || what === 'purge') change();
        if (what === 'purge') {
          await purge('uri:/a');
          purged = version;
          clock.advance(1_500);
        }
        if (what !== 'range' && what !== 'get') continue;
        const [first, last] = what === 'get' ? [0, 11] : [Math.min(one, other), Math.max(one, other)];
        const { status, headers, bytes } =
          what === 'get' ? await get(edges[on]!, '/a') : await range(edges[on]!, `${first}-${last}`);
        const of = Number(headers.get('ETag')!.slice(1, -1));
        expect(of).toBeGreaterThanOrEqual(purged);
        expect(status).toBe(what === 'get' ? 200 : 206);
        expect(headers.get('Content-Range')).toBe(what === 'get' ? null : `bytes ${first}-${last}/12`);
        expect([...bytes]).toEqual([...bodyOf(of).subarray(first, last + 1)]);
      }
    }),
    { numRuns: 100 },
  );
});

function breakless(...pieces: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
}
