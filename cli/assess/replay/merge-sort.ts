/**
 * Sorts `order[0..length)`, stable. Natural: it merges the runs that are there, so that what is nearly in order, as a log is, costs little more than
 * looking at it once. `spare` has the same length.
 */
export function mergeSort(
  order: Int32Array,
  length: number,
  spare: Int32Array,
  isAfter: (a: number, b: number) => boolean,
): void {
  let runs = runsOf(order, length, isAfter);
  let from = order;
  let to = spare;
  while (runs.length > 2) {
    const merged = [0];
    for (let at = 0; at + 1 < runs.length; at += 2) {
      const middle = runs[at + 1]!;
      const end = runs[at + 2] ?? middle;
      merge(from, to, runs[at]!, middle, end, isAfter);
      merged.push(end);
    }
    runs = merged;
    [from, to] = [to, from];
  }
  if (from !== order) order.set(from.subarray(0, length));
}

/** Where each run begins, and at last where the last one ends. */
function runsOf(order: Int32Array, length: number, isAfter: (a: number, b: number) => boolean): number[] {
  const starts = [0];
  for (let at = 1; at < length; at++) if (isAfter(order[at - 1]!, order[at]!)) starts.push(at);
  if (length > 0) starts.push(length);
  return starts;
}

function merge(
  from: Int32Array,
  to: Int32Array,
  start: number,
  middle: number,
  end: number,
  isAfter: (a: number, b: number) => boolean,
): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const takesLeft = left < middle && (right >= end || !isAfter(from[left]!, from[right]!));
    to[at] = takesLeft ? from[left++]! : from[right++]!;
  }
}
