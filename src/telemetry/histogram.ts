/**
 * Durations on one fixed log scale, so that histograms merge by adding: bucket `i` holds what is above 2^((i-1)/2) ms and at most
 * 2^(i/2) ms; the first also what is below, the last (35 days) what is above. Its bounds are 41 % apart.
 */
export const lastBucket = 63;

export function bucketOf(ms: number): number {
  if (!(ms > 1)) return 0;
  return Math.min(lastBucket, Math.ceil(2 * Math.log2(ms) - 1e-9));
}

/** The greatest value of this bucket, in milliseconds. */
export const bucketMostMs = (bucket: number): number => 2 ** (bucket / 2);

/** What was observed; only buckets that hold something. */
export interface Histogram {
  sumMs: number;
  readonly counts: Map<number, number>;
}

export const newHistogram = (): Histogram => ({ sumMs: 0, counts: new Map() });

export function observe({ counts }: Histogram, bucket: number, n = 1): void {
  counts.set(bucket, (counts.get(bucket) ?? 0) + n);
}

export function merge(into: Histogram, { sumMs, counts }: Histogram): void {
  into.sumMs += sumMs;
  for (const [bucket, n] of counts) observe(into, bucket, n);
}

export function countOf({ counts }: Histogram): number {
  let all = 0;
  for (const n of counts.values()) all += n;
  return all;
}

/** At most this long it took in `share` of the cases, as the scale can tell; null: there were none. */
export function quantileMs(histogram: Histogram, share: number): number | null {
  const all = countOf(histogram);
  if (all === 0) return null;
  let left = Math.max(1, Math.ceil(share * all));
  for (let bucket = 0; bucket <= lastBucket; bucket += 1) {
    left -= histogram.counts.get(bucket) ?? 0;
    if (left <= 0) return bucketMostMs(bucket);
  }
  return bucketMostMs(lastBucket);
}
