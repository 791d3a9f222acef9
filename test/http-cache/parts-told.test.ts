import { describe, expect, test } from 'vitest';
import { LETTERS, range, ranged, rangedWorld, short, tagged } from './ranged.ts';
import { ask, get, said } from './support.ts';

const ofContent = { 'Content-Digest': 'sha-256=:of-what-came:', 'Content-MD5': 'what-came' };
const described = { ...tagged, 'Repr-Digest': 'sha-256=:of-all-of-it:', ...ofContent };

/** RFC 9530 §2, §3. */
describe('what describes the enclosed bytes alone never stands on others', () => {
  const answers: readonly [
    what: string,
    before: readonly (string | null)[],
    bytes: string | null,
    more: Record<string, string>,
    text: string,
    stands: boolean,
  ][] = [
    ['a part as it came', [], '0-4', {}, 'abcde', true],
    ['a part as it is stored', ['0-4'], '0-4', {}, 'abcde', true],
    ['a slice of a part', ['0-4'], '1-2', {}, 'bc', false],
    ['a part as it came, that is joined to another', ['0-4'], '5-9', {}, 'fghij', true],
    ['joined parts', ['0-4', '5-7'], '0-7', {}, 'abcdefgh', false],
    ['a slice of joined parts', ['0-4', '5-7'], '5-7', {}, 'fgh', false],
    ['parts joined to all', ['0-4', '5-9'], null, {}, LETTERS, false],
    ['a part within the one that it is joined to', ['1-3', '0-5'], '0-5', {}, 'abcdef', false],
    ['a part that is all of it', ['0-9'], null, {}, LETTERS, true],
    ['a slice of what is complete', [null], '1-2', {}, 'bc', false],
    ['the end of what is complete', [null], '5-', {}, 'fghij', false],
    ['all of what is complete', [null], '0-', {}, LETTERS, true],
    ['what is complete', [null], null, {}, LETTERS, true],
    ['no bytes of what is complete', [null], null, { 'If-None-Match': '"a"' }, '', false],
    ['no bytes of a part', ['0-4'], '0-4', { 'If-None-Match': '"a"' }, '', false],
    ['a range that it does not have', [null], '10-', {}, '', false],
  ];
  test.each(answers)('%s', async (_, before, bytes, more, text, stands) => {
    const { origin, edge, anotherEdge } = rangedWorld();
    origin.on('/a', ranged(LETTERS, described));
    for (const it of before) await (it === null ? get(edge, '/a') : range(edge, it));
    for (const one of [edge, anotherEdge()]) {
      const answer = await (bytes === null ? get(one, '/a', more) : range(one, bytes, more));
      expect(answer.text).toBe(text);
      for (const [name, value] of Object.entries(ofContent))
        expect(answer.headers.get(name)).toBe(stands ? value : null);
      expect(answer.headers.get('Repr-Digest')).toBe(described['Repr-Digest']);
      if (before.length > 0 && bytes !== '5-9') expect(answer.cacheStatus).toMatch(/; hit/);
      // What was joined is not as it came to the next one.
      if (bytes === '5-9' || before.length === 0) break;
    }
  });
});

describe('`stored` is not said of a part', () => {
  test.each([
    ['without a length', {}],
    ['of the length that it says', { 'Content-Length': '7' }],
  ])('that its range shows to be too large, %s', async (_, length) => {
    const { origin, edge } = rangedWorld({ maxBytes: 6 });
    const headers = { ...tagged, 'Content-Range': 'bytes 0-6/10', ...length };
    origin.on('/a', () => new Response(new Blob(['abcdefg']).stream(), { status: 206, headers }));
    expect(short(await range(edge, '0-6'))).toBe('206 abcdefg fwd=uri-miss; detail=too-large');
  });

  test('that its range shows to be too large, and that is larger than is read first', async () => {
    const { origin, edge } = rangedWorld({ maxBytes: 100_000 });
    const large = LETTERS.repeat(15_000);
    const headers = { ...tagged, 'Content-Range': 'bytes 0-149999/300000' };
    const body = () => new Blob([large]).stream();
    origin.on('/a', () => new Response(body(), { status: 206, headers }));
    const { text, cacheStatus } = await range(edge, '0-149999');
    expect(text === large).toBe(true);
    expect(cacheStatus).toBe('Stillfresh; fwd=uri-miss; fwd-status=206; detail=too-large');
  });
});

describe('one client does not keep parts from being stored', () => {
  const ofAll = said(LETTERS, tagged);
  const partial = ranged(LETTERS);
  const unsatisfiable = said('', { 'Content-Range': 'bytes */10' }, 416);
  test.each([
    ['whose range is not there', '99-', {}, unsatisfiable],
    ['whose range is not there any more', '99-', { 'If-Range': '"a"' }, unsatisfiable],
    ['who resumes', '5-9', { 'If-Range': '"a"' }, partial],
    ['who resumes by a date', '5-9', { 'If-Range': 'Thu, 01 Jan 2026 00:00:00 GMT' }, partial],
    [
      'who resumes something else, that may not be stored',
      '5-9',
      { 'If-Range': '"b"' },
      said(LETTERS, { 'Cache-Control': 'no-store' }),
    ],
    ['who resumes something else', '5-9', { 'If-Range': '"b"' }, ofAll],
    ['whose range the origin refuses', '5-9', {}, said('', {}, 400)],
    ['who must show who he is', '5-9', {}, said('', {}, 401)],
  ])('%s', async (_, bytes, more, reply) => {
    const { origin, edge } = rangedWorld();
    origin.on('/a', reply);
    await range(edge, bytes, more);
    origin.on('/a', partial);
    expect((await range(edge, '0-4')).cacheStatus).toMatch(/; stored|; hit/);
  });

  test.each([
    ['a 206 without a strong tag', ranged(LETTERS, { 'Cache-Control': 'max-age=60' })],
    ['a 206 that may not be stored', ranged(LETTERS, { ...tagged, 'Cache-Control': 'no-store' })],
    ['all of it, that may not be stored', said(LETTERS, { 'Cache-Control': 'no-store' })],
  ])('but %s does: no lease is asked for, for a while', async (_, reply) => {
    const { origin, edge } = rangedWorld();
    origin.on('/a', reply);
    await range(edge, '0-4');
    edge.redis.took();
    await range(edge, '5-6');
    expect(edge.redis.took()).toEqual(['lookup']);
  });
});

describe('of what is purged a range is asked for as of what is not stored', () => {
  const LARGE = LETTERS.repeat(20);
  const large = { ...tagged, ETag: '"large"' };

  test.each(['hard', 'soft'] as const)('where it would be too large to be stored (%s)', async (mode) => {
    const { origin, clock, edge, anotherEdge, purge } = rangedWorld({ maxBytes: 100 });
    await get(edge, '/a');
    origin.on('/a', ranged(LARGE, large));
    await purge('uri:/a', mode);
    clock.advance(1_500);
    const other = anotherEdge();
    const detail = mode === 'soft' ? 'soft-purged' : 'purged';
    expect(short(await range(other, '0-1'))).toBe(`206 ab fwd=stale; stored; detail=${detail}`);
    expect(origin.requests.at(-1)!.headers.get('Range')).toBe('bytes=0-1');
    for (const one of [edge, other]) expect(short(await range(one, '0-1'))).toBe('206 ab hit');
    expect(short(await range(edge, '1-4'))).toBe('206 bcde fwd=partial; stored');
    expect(short(await range(edge, '0-4'))).toBe('206 abcde hit');
  });

  test('and what has become complete takes its place', async () => {
    const { clock, edge, anotherEdge, purge } = rangedWorld();
    await get(edge, '/a');
    await purge('uri:/a');
    clock.advance(1_500);
    await range(edge, '0-4');
    await range(edge, '5-9');
    expect(short(await get(anotherEdge(), '/a'))).toBe(`200 ${LETTERS} hit`);
  });

  test('several ranges go on to the origin as they are', async () => {
    const { origin, clock, edge, purge } = rangedWorld();
    await get(edge, '/a');
    await purge('uri:/a');
    clock.advance(1_500);
    await get(edge, '/a', { Range: 'bytes=0-1,3-4' });
    expect(origin.requests.at(-1)!.headers.get('Range')).toBe('bytes=0-1,3-4');
  });

  test('and a condition goes on where nothing can be stored', async () => {
    const { origin, clock, edge, purge } = rangedWorld();
    await get(edge, '/a');
    origin.on('/a', (request: Request) =>
      request.headers.get('If-None-Match') === '"mine"'
        ? new Response(null, { status: 304, headers: { ETag: '"mine"', 'Cache-Control': 'private' } })
        : new Response('mine', { headers: { ETag: '"mine"', 'Cache-Control': 'private' } }),
    );
    await purge('uri:/a');
    clock.advance(1_500);
    const statuses = [];
    for (let time = 0; time < 3; time += 1)
      statuses.push((await get(edge, '/a', { 'If-None-Match': '"mine"' })).status);
    // The first one learns that it cannot be stored.
    expect(statuses).toEqual([304, 304, 304]);
    expect(origin.requests.slice(-2).map((it) => it.headers.get('If-None-Match'))).toEqual([
      '"mine"',
      '"mine"',
    ]);
  });

  test('so is one of what is too old to be served, and lately could not be stored', async () => {
    const { origin, clock, edge } = rangedWorld({ maxBytes: 100 });
    await get(edge, '/a');
    clock.advance(61_000);
    origin.on('/a', ranged(LARGE, large));
    expect((await range(edge, '0-1')).cacheStatus).toMatch(/; detail=too-large/);
    expect(short(await range(edge, '0-1'))).toBe('206 ab fwd=stale; detail=partial');
    expect(origin.requests.at(-1)!.headers.get('Range')).toBe('bytes=0-1');
  });
});

/** RFC 9110 §15.3.7. */
describe('a part that leaves out `Vary`', () => {
  const inLanguage = (named: boolean) => (request: Request) => {
    const language = request.headers.get('X-Language') ?? '-';
    const isPart = request.headers.has('Range');
    const headers = { ...tagged, ETag: `"${language}"`, ...((!isPart || named) && { Vary: 'X-Language' }) };
    return ranged(language.repeat(10), headers)(request);
  };
  const de = { 'X-Language': 'd' };
  const fr = { 'X-Language': 'f' };
  const it = { 'X-Language': 'i' };

  test('says nothing of how variants are told apart', async () => {
    const { origin, edge, anotherEdge } = rangedWorld();
    origin.on('/a', inLanguage(false));
    await get(edge, '/a', de);
    for (const bytes of ['0-4', '5-9', '0-']) {
      expect((await range(edge, bytes, fr)).text).toBe('f'.repeat(bytes === '0-' ? 10 : 5));
      for (const one of [edge, anotherEdge()]) {
        expect(short(await get(one, '/a', de))).toBe('200 dddddddddd hit');
        expect((await range(one, '2-3', it)).text).toBe('ii');
      }
    }
    expect(short(await get(anotherEdge(), '/a', fr))).toBe('200 ffffffffff hit');
  });

  test('nor where they are first told apart while it is fetched', async () => {
    const { origin, edge, anotherEdge } = rangedWorld();
    const held = origin.hold('/a');
    const late = ask(edge, '/a', { headers: { Range: 'bytes=0-4', ...fr } });
    await held.arrived();
    origin.on('/a', inLanguage(false));
    await get(anotherEdge(), '/a', de);
    held.answer(inLanguage(false));
    expect((await late).text).toBe('fffff');
    await edge.settled();
    for (const one of [edge, anotherEdge()]) {
      expect(short(await get(one, '/a', de))).toBe('200 dddddddddd hit');
      expect((await range(one, '2-3', it)).text).toBe('ii');
    }
  });

  test('nor does one that names something else', async () => {
    const { origin, edge, anotherEdge } = rangedWorld();
    origin.on('/a', (request: Request) => {
      const answer = inLanguage(false)(request);
      if (request.headers.has('Range')) answer.headers.set('Vary', 'X-Other');
      return answer;
    });
    await get(edge, '/a', de);
    await range(edge, '0-4', { ...fr, 'X-Other': '1' });
    expect(short(await range(anotherEdge(), '2-3', { ...fr, 'X-Other': '1' }))).toBe('206 ff hit');
    expect((await range(anotherEdge(), '2-3', { ...fr, 'X-Other': '2' })).cacheStatus).toMatch(
      /fwd=vary-miss/,
    );
    expect((await range(anotherEdge(), '2-3', { ...it, 'X-Other': '1' })).text).toBe('ii');
  });
});
