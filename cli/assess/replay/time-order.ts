/** Up to so many, putting each in its place is quicker than merging. */
const BLOCK = 24;

/** What is sorted: places, by when and by which log. */
export interface Timed {
  readonly timeMs: Float64Array;
  readonly source: Int32Array;
}

/**
 * Sorts `order[from..to)` by time, then by source, stable: by blocks, which are then merged. Where two neighbours are in order already, as they mostly
 * are in a log, they are only copied. `spare` is as long as `order`.
 */
export function sortByTime(
  order: Int32Array,
  from: number,
  to: number,
  spare: Int32Array,
  timed: Timed,
): void {
  for (let start = from; start < to; start += BLOCK)
    insertionSort(order, start, Math.min(start + BLOCK, to), timed);
  let here = order;
  let there = spare;
  for (let width = BLOCK; width < to - from; width *= 2) {
    for (let start = from; start < to; start += 2 * width)
      merge(here, there, start, Math.min(start + width, to), Math.min(start + 2 * width, to), timed);
    [here, there] = [there, here];
  }
  if (here !== order) order.set(here.subarray(from, to), from);
}

function insertionSort(order: Int32Array, from: number, to: number, timed: Timed): void {
  for (let at = from + 1; at < to; at++) {
    const place = order[at]!;
    let free = at;
    for (; free > from && isAfter(order[free - 1]!, place, timed); free--) order[free] = order[free - 1]!;
    order[free] = place;
  }
}

/** `from[start..middle)` and `from[middle..end)`, each sorted, into `to[start..end)`. */
export function merge(
  from: Int32Array,
  to: Int32Array,
  start: number,
  middle: number,
  end: number,
  timed: Timed,
): void {
  if (start >= middle || middle >= end || !isAfter(from[middle - 1]!, from[middle]!, timed)) {
    to.set(from.subarray(start, end), start);
    return;
  }
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const takesLeft = left < middle && (right >= end || !isAfter(from[left]!, from[right]!, timed));
    to[at] = takesLeft ? from[left++]! : from[right++]!;
  }
}

function isAfter(a: number, b: number, { timeMs, source }: Timed): boolean {
  const between = timeMs[a]! - timeMs[b]!;
  return between > 0 || (between === 0 && source[a]! > source[b]!);
}
