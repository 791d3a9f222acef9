import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { fresh, frontEnds, path } from '../support/worker/front-ends.ts';
import { byHand, inPieces } from '../support/worker/origin.ts';
import { aClass, world } from '../support/worker/world.ts';

const piece = 'x'.repeat(40_000);
const pieces = (count: number) => Array.from({ length: count }, () => piece);
const tags = (count: number) => ({ 'Cache-Tag': Array.from({ length: count }, (_, i) => `t${i}`).join(',') });
const announced = (count: number) => ({ 'Content-Length': String(count * piece.length) });

/** What is known when the answer is made: a body that is passed on says `stored` only if it may be. */
describe.each(frontEnds)('$name: a body that is passed on', ({ world: frontEnd, name }) => {
  const first = async (headers: Record<string, string>, count: number, maxBytes: number) => {
    const { origin, edge } = frontEnd({ maxBytes, tagsFromAnswer: true });
    origin.on(path, inPieces(pieces(count), { ...fresh, ...headers }));
    const said = (await edge.get(path)).cacheStatus!;
    return { said, again: (await edge.get(path)).cacheStatus!, redis: edge.redis.took(), notes: edge.notes };
  };

  test.each([
    ['of no length, within the bound', {}, 4, 160_000],
    ['of a length, within the bound', announced(4), 4, 160_000],
    ['with as many tags as may be', tags(32), 4, 160_000],
  ])('%s: stored', async (_what, headers, count, maxBytes) => {
    const { said, again } = await first(headers, count, maxBytes);
    expect(said).toBe('Stillfresh; fwd=uri-miss; stored; fwd-status=200');
    expect(again).toBe('Stillfresh; hit; ttl=10');
  });

  test.each([
    ['of no length, too large by what was read first', {}, 4, 1_000, 'too-large'],
    ['the same by its second part', {}, 4, 79_999, 'too-large'],
    ['by its length', announced(4), 4, 159_999, 'too-large'],
    ['short, by its length', announced(1), 1, 39_999, 'too-large'],
    ['short, of no length', {}, 1, 39_999, 'too-large'],
    ['with too many tags', tags(33), 4, 160_000, 'too-many-tags'],
    ['with too many tags, short', tags(33), 1, 160_000, 'too-many-tags'],
  ])('%s: not stored', async (_what, headers, count, maxBytes, why) => {
    const { said, again, redis, notes } = await first(headers, count, maxBytes);
    const detail = name === 'classes' ? '' : `; detail=${why}`;
    for (const it of [said, again]) expect(it).toBe(`Stillfresh; fwd=uri-miss; fwd-status=200${detail}`);
    expect(redis).not.toContain('fill');
    if (name === 'classes') expect(notes).toContain(why);
  });
});

describe('ETag of a class’s first answer', () => {
  const plain = aClass();
  const small = { maxBytes: 100 } as const;

  test.each([
    ['in one piece', plain, ['{"total":1}'], {}],
    ['in pieces', plain, ['{"tot', 'al":', '1}'], {}],
    ['that came coded', plain, ['{"total":1}'], { 'Content-Encoding': 'gzip' }],
    ['that is empty', plain, [], {}],
    ['beyond maxBytes', aClass(small), ['{"total":"', 'x'.repeat(500), '"}'], {}],
    [
      'beyond maxBytes, of a class that looks at it',
      aClass({ ...small, storeWhen: () => true }),
      ['{"total":"', 'x'.repeat(500), '"}'],
      {},
    ],
    [
      'beyond maxBytes, of a class with a shape',
      aClass({ ...small, value: z.unknown() }),
      ['"', 'x'.repeat(500), '"'],
      { 'Content-Length': '502' },
    ],
  ])('a short body %s has one', async (_what, cls, parts, headers) => {
    const { origin, edge } = world([cls]);
    origin.on(path, inPieces(parts, headers));
    const { headers: had, text } = await edge.get(path);
    expect(had.get('ETag')).toMatch(/^"[A-Za-z0-9_-]{27}"$/);
    expect(text).toBe(parts.join(''));
    // The same that a later answer has.
    expect((await edge.get(path)).headers.get('ETag')).toBe(had.get('ETag'));
  });

  test('one that comes slowly is waited for, and has one', async () => {
    const { origin, clock, edge } = world([plain]);
    const body = byHand();
    origin.on(path, body.reply);
    const sent = edge.send(path);
    body.write('{"tot');
    await clock.asleep(1, 1_000);
    clock.advance(999);
    body.write('al":1}');
    body.end();
    expect((await sent).headers.get('ETag')).toMatch(/^"[A-Za-z0-9_-]{27}"$/);
    expect(await (await sent).json()).toEqual({ total: 1 });
    await edge.settled();
  });

  test('one that comes more slowly is passed on as it comes', async () => {
    const { origin, clock, edge } = world([plain]);
    const body = byHand();
    origin.on(path, body.reply);
    const sent = edge.send(path);
    body.write('{"tot');
    await clock.asleep(1, 1_000);
    clock.advance(1_000);
    const { headers, body: passed } = await sent;
    expect(headers.get('ETag')).toBeNull();
    body.write('al":1}');
    body.end();
    expect(await new Response(passed).json()).toEqual({ total: 1 });
    await edge.settled();
    expect((await edge.get(path)).headers.get('ETag')).toMatch(/^"/);
  });
});
