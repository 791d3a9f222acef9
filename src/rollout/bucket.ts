import { fnv1a, mixed } from '../hash.ts';

/**
 * How units fall into buckets: FNV-1a (32 bits) over the UTF-8 of `<class>:<unit>`, then murmur3's final mix, without which names that end in
 * numbers are spread badly. The name of this hash stands in the flags: one bucket is the same on every isolate, of whatever version.
 */
export const bucketHash = 'fnv1a-murmur3';

/** In [0, 100): a unit is among the first `percent` of its class where this is below it, so that nobody leaves when the percentage grows. */
export const bucketOf = (className: string, unit: string): number =>
  (mixed(fnv1a(`${className}:${unit}`)) / 2 ** 32) * 100;
