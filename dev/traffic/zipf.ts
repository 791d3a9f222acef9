/**
 * Ranks from 0 up to `count`, the first one most often: rank `r` is drawn in proportion to `1 / (r + 1) ** exponent`, as what
 * people look at is. `fraction`: from 0 up to 1.
 */
export function zipf(count: number, exponent: number): (fraction: number) => number {
  let sum = 0;
  const upTo = Array.from({ length: count }, (_, rank) => {
    sum += 1 / (rank + 1) ** exponent;
    return sum;
  });
  return (fraction) => {
    const found = upTo.findIndex((it) => fraction * sum < it);
    return found < 0 ? count - 1 : found;
  };
}
