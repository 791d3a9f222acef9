import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collect } from '../../src/engine/body.ts';

/** A body in pieces, and how much of it was read. */
function inPieces(pieces: readonly Uint8Array[], end?: Error) {
  const seen = { pieces: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[seen.pieces];
        if (piece) {
          seen.pieces += 1;
          controller.enqueue(piece);
        } else if (end) controller.error(end);
        else controller.close();
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('a body is read to its end', () => {
  test('whole, however it comes in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 })), async (pieces) => {
        const whole = pieces.flatMap((piece) => [...piece]);
        const read = await collect({ body: inPieces(pieces).body, length: whole.length }, whole.length);
        expect([...(read as Uint8Array)]).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  test('none at all is an empty one', async () => {
    expect(await collect({ body: null, length: undefined }, 10)).toEqual(bytes());
    expect(await collect({ body: null, length: 0 }, 10)).toEqual(bytes());
  });

  test('bytes in hand are copied, so that nobody changes what is kept', async () => {
    const given = bytes(1, 2, 3);
    const read = await collect({ body: given, length: undefined }, 3);
    given[0] = 9;
    expect(read).toEqual(bytes(1, 2, 3));
  });
});

describe('within its bound', () => {
  test('too large: what follows is not read', async () => {
    const { body, seen } = inPieces([bytes(1, 2), bytes(3, 4), bytes(5, 6), bytes(7, 8)]);
    expect(await collect({ body, length: undefined }, 3)).toBe('too-large');
    expect(seen).toEqual({ pieces: 2, cancelled: true });
  });

  test('bytes in hand are held to it as well', async () => {
    expect(await collect({ body: bytes(1, 2, 3, 4), length: undefined }, 3)).toBe('too-large');
  });
});

describe('truncated', () => {
  test.each([
    ['broken off', [bytes(1)], new Error('connection lost'), undefined],
    ['shorter than announced', [bytes(1)], undefined, 2],
    ['longer than announced', [bytes(1, 2, 3)], undefined, 2],
    ['absent where some was announced', [], undefined, 2],
  ])('%s', async (_what, pieces, end, length) => {
    expect(await collect({ body: inPieces(pieces, end).body, length }, 10)).toBe('truncated');
  });

  test('no body where some was announced', async () => {
    expect(await collect({ body: null, length: 2 }, 10)).toBe('truncated');
  });
});
