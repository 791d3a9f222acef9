import { describe, expect, test } from 'vitest';
import { fresh, frontEnds, path, storable } from '../support/worker/front-ends.ts';
import { breaksOff, inPieces } from '../support/worker/origin.ts';

const hit = 'Stillfresh; hit; ttl=10';
const medium = Array.from({ length: 3_000 }, (_, i) => `row ${i * 7_919}`).join(' ');
const large = 'x'.repeat(200_000);
const inAll = (text: string) => ({ ...fresh, 'Content-Length': String(text.length) });
const text =
  (body: string, headers: Record<string, string> = fresh) =>
  () =>
    new Response(body, { headers });

/** Bodies that come as fast as they are read; slow ones: streaming.test.ts. */
describe.each(frontEnds)('$name', ({ world }) => {
  describe('the next request of this isolate is a hit as soon as an answer has ended', () => {
    const tagged = { ...fresh, 'Cache-Tag': 'shelf:7' };
    test.each([
      ['small', text('small')],
      ['small, of announced length', text('small', inAll('small'))],
      ['worth compressing', text(medium)],
      ['the same, of announced length', text(medium, inAll(medium))],
      ['large', text(large)],
      ['large, of announced length', text(large, inAll(large))],
      ['in pieces', inPieces(['a', 'b', large], fresh)],
      ['large, with tags that nobody has captured', text(large, tagged)],
      ['so tagged, of announced length', text(large, { ...tagged, ...inAll(large) })],
    ])('%s', async (_name, reply) => {
      const { origin, edge } = world({ tagsFromAnswer: true });
      origin.on(path, reply);
      const first = await edge.ask(path); // what goes on in the background is not waited for
      expect(first.cacheStatus).toContain('stored');
      const second = await edge.ask(path);
      expect(second.cacheStatus).toBe(hit);
      expect(second.text).toBe(first.text);
      await edge.settled();
    });
  });

  describe('a body comes back as it was', () => {
    test.each([
      ['text', 'grüße, 世界 🎈'.repeat(3)],
      ['with a byte order mark', '\ufeff{"total":1}'],
      ['empty', ''],
    ])('%s', async (_what, body) => {
      const { origin, edge, anotherEdge } = world();
      origin.on(path, text(body));
      const bytes = [...new TextEncoder().encode(body)];
      for (const it of [edge, edge, anotherEdge()]) expect([...(await it.get(path)).bytes]).toEqual(bytes);
      expect(origin.count()).toBe(1);
    });

    test('no text at all', async () => {
      const { origin, edge, anotherEdge } = world();
      const bytes = Uint8Array.from({ length: 3_000 }, (_, i) => (i * 7) % 256);
      origin.on(path, () => new Response(bytes, { headers: fresh }));
      for (const it of [edge, edge, anotherEdge()])
        expect([...(await it.get(path)).bytes]).toEqual([...bytes]);
      expect(origin.count()).toBe(1);
    });
  });

  describe('one that breaks off', () => {
    test.each([
      ['of announced length', { 'Content-Length': '11' }],
      ['of unknown length', {}],
    ])('at once is a problem, and the next request asks again: %s', async (_what, headers) => {
      const { origin, edge } = world();
      origin.on(path, breaksOff('{"total":', { ...fresh, ...headers }));
      expect(await edge.get(path)).toMatchObject({
        status: 502,
        json: { type: 'urn:stillfresh:problem:origin-failed' },
        cacheStatus: 'Stillfresh; fwd=uri-miss; detail=origin-failed',
      });
      expect(edge.notes).toContain('truncated');
      expect(edge.redis.took()).toEqual(['lookup', 'lease', 'release']);
      origin.on(path, storable({ total: 1 }));
      expect(await edge.get(path)).toMatchObject({ status: 200, json: { total: 1 } });
    });

    test.each([
      ['shorter', '12'],
      ['longer', '10'],
    ])('%s than announced', async (_what, announced) => {
      const { origin, edge } = world();
      origin.on(path, inPieces(['{"total":', '1}'], { ...fresh, 'Content-Length': announced }));
      expect(await edge.get(path)).toMatchObject({ status: 502 });
      expect(edge.redis.took()).not.toContain('fill');
    });

    test('when the answer has begun breaks off for the client too', async () => {
      const { origin, edge } = world();
      origin.on(path, breaksOff('x'.repeat(70_000), fresh));
      const response = await edge.send(path);
      expect(response.status).toBe(200);
      await expect(response.text()).rejects.toThrow('connection lost');
      await edge.settled();
      expect(edge.notes).toContain('truncated');
      expect(edge.redis.took()).toEqual(['lookup', 'lease', 'release']);
    });

    test('and is not stored is noted too', async () => {
      const { origin, edge } = world({ maxBytes: 1_000 });
      origin.on(path, breaksOff('x'.repeat(70_000), { ...fresh, 'Content-Length': '70001' }));
      await expect((await edge.send(path)).text()).rejects.toThrow('connection lost');
      await edge.settled();
      expect(edge.notes).toContain('truncated');
    });

    test.each([
      ['shorter', 70_001, ['x'.repeat(69_000), 'x'.repeat(1_000)]],
      ['longer', 69_999, ['x'.repeat(69_000), 'x'.repeat(1_000)]],
      ['longer, after what was announced,', 69_000, ['x'.repeat(69_000), '', 'x'.repeat(1_000)]],
      ['longer in its first part,', 69_000, ['x'.repeat(70_000), 'x']],
    ])('large, and %s than announced, too', async (_what, announced, body) => {
      const { origin, edge } = world();
      origin.on(path, inPieces(body, { ...fresh, 'Content-Length': String(announced) }));
      const response = await edge.send(path);
      await expect(response.text()).rejects.toThrow();
      await edge.settled();
      expect(edge.notes).toContain('truncated');
      expect(edge.redis.took()).toEqual(['lookup', 'lease', 'release']);
    });
  });

  describe('empty chunks are nothing', () => {
    const big = 'x'.repeat(100_000);
    const sized = (length: number) => ({ 'Content-Length': String(length) });
    test.each<[string, string[], Record<string, string>]>([
      ['after an announced length', [big, ''], sized(100_000)],
      ['several after it', [big, '', '', ''], sized(100_000)],
      ['first', ['', big, big], sized(200_000)],
      ['first and last', ['', big, ''], sized(100_000)],
      ['between', [big, '', big], sized(200_000)],
      ['everywhere, of unknown length', ['', big, '', '', big, ''], {}],
      ['only, where none are announced', ['', ''], sized(0)],
      ['only, of unknown length', ['', ''], {}],
    ])('%s', async (_where, pieces, headers) => {
      for (const maxBytes of [1_000_000, 1_000]) {
        const { origin, edge } = world({ maxBytes });
        origin.on(path, inPieces(pieces, { ...fresh, ...headers }));
        expect((await edge.get(path)).text).toBe(pieces.join(''));
        expect(edge.notes).not.toContain('truncated');
        expect((await edge.get(path)).text).toBe(pieces.join(''));
        expect(origin.count()).toBe(pieces.join('').length > maxBytes ? 2 : 1);
      }
    });

    test('bytes where none are announced are too many', async () => {
      const { origin, edge } = world();
      origin.on(path, inPieces(['', 'x', ''], { ...fresh, ...sized(0) }));
      expect(await edge.get(path)).toMatchObject({ status: 502 });
      expect(edge.notes).toContain('truncated');
    });
  });

  describe('its size', () => {
    test.each([
      ['small', 1_000, inPieces(Array(3).fill('x'.repeat(700)), fresh), 2_100],
      ['large', 1_000, inPieces(['x', large], fresh), large.length + 1],
      [
        'found out while it is passed on',
        100_000,
        inPieces(Array(15).fill('x'.repeat(10_000)), fresh),
        150_000,
      ],
      ['announced', 100_000, text(large, inAll(large)), large.length],
    ])('too large: it is passed on in full, and not stored: %s', async (_what, maxBytes, reply, length) => {
      const { origin, edge } = world({ maxBytes });
      origin.on(path, reply);
      expect((await edge.get(path)).text).toBe('x'.repeat(length));
      expect(edge.redis.took()).toEqual(['lookup', 'lease', 'release']);
      expect((await edge.get(path)).cacheStatus).toContain('fwd=uri-miss');
      expect(origin.count()).toBe(2);
    });

    test('the largest that may be stored is', async () => {
      const { origin, edge } = world({ maxBytes: 1_000 });
      origin.on(path, inPieces(['y'.repeat(1_000)], fresh));
      await edge.get(path);
      expect(await edge.get(path)).toMatchObject({ text: 'y'.repeat(1_000) });
      expect(origin.count()).toBe(1);
    });

    test('beyond a bound of what clients have not taken, bodies are passed on and not stored', async () => {
      const { origin, edge } = world({ bounds: { unsentBytes: 1_000 } });
      origin.on(path, inPieces([large, large, large], fresh));
      const response = await edge.send(path);
      expect((await response.text()).length).toBe(3 * large.length);
      await edge.settled();
      expect(edge.redis.took()).not.toContain('fill');
      expect(edge.notes).toEqual(['too-much-unsent']);
      expect((await edge.get(path)).cacheStatus).toContain('fwd=uri-miss');
    });
  });
});
