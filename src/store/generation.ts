/**
 * How a generation stands in Redis: `<hard>.<soft>.<ms>[.<soft>.<ms>]…`. A hard purge replaces all of it; a soft one puts its
 * nonce and Redis' time before those that are there. The youngest comes first, so that a reader of the form with one soft nonce
 * takes what it finds for a soft purge or a hard one, never for no change. An entry names `<hard>.<soft>`, the two that
 * were the present ones when its lease captured them.
 */

const DOT = 46;

/** As it is created, and after a hard purge: never softly purged. */
export const born = (nonce: string): string => `${nonce}.${nonce}.0`;

/** What an entry names of it. */
export function captureOf(generation: string): string {
  const end = generation.indexOf('.', generation.indexOf('.') + 1);
  return end === -1 ? generation : generation.slice(0, end);
}

/** The nonce that only a hard purge replaces. */
export const hardOf = (generation: string): string => generation.split('.', 1)[0]!;

/** After a soft purge; `most`: soft nonces that are kept, this one among them. */
export function softlyPurged(generation: string, nonce: string, nowMs: number, most: number): string {
  const [hard, ...list] = generation.split('.');
  return [hard, nonce, nowMs, ...list.slice(0, 2 * (most - 1))].join('.');
}

/**
 * What became of a generation since it was captured: of soft purges, when the first of them was, and `-Infinity` where that
 * is not kept any more. A value that is no generation counts as a hard purge.
 */
export function changeOf(captured: string, present: string | null): 'none' | 'hard' | number {
  if (present === captured) return 'none';
  if (present === null) return 'hard';
  // By hand: every hit that Redis validates comes through here, and `startsWith` costs three times as much.
  if (present.charCodeAt(captured.length) === DOT && present.slice(0, captured.length) === captured)
    return 'none';
  const [hard, ...list] = present.split('.');
  const [hardBefore, softBefore] = captured.split('.');
  if (hard === '' || hard !== hardBefore || list.length === 0 || list.length % 2 === 1) return 'hard';
  let successorMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === softBefore) return successorMs;
    successorMs = Number(list[i + 1]);
    if (!Number.isSafeInteger(successorMs) || successorMs <= 0) return 'hard';
  }
  return Number.NEGATIVE_INFINITY;
}
