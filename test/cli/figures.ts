/** What an edge says of its figures, by the contract of `GET /-/figures`. */
export const FROM = '2026-11-24T11:45:00.000Z';
export const TO = '2026-11-24T12:00:00.000Z';

export interface SumsGiven {
  readonly hit?: number;
  readonly stale?: number;
  readonly miss?: number;
  readonly error?: number;
  readonly more?: object;
}

export function sumsOf({ hit = 0, stale = 0, miss = 0, error = 0, more = {} }: SumsGiven = {}) {
  const asked = hit + stale + miss + error;
  return {
    requests: asked,
    by_outcome: { hit, stale, miss, bypass: 0, refused: 0, error },
    hit_rate: asked === 0 ? null : (hit + stale) / asked,
    byte_hit_rate: null,
    origin_fetches: miss,
    origin_bytes: 1_000 * miss,
    saved_bytes: 1_000 * (hit + stale),
    p50_ms: asked === 0 ? null : 1.41,
    p95_ms: asked === 0 ? null : 181.02,
    p99_ms: asked === 0 ? null : 1_448.2,
    reasons: {},
    ...more,
  };
}

export const figuresOf = (classes: Readonly<Record<string, SumsGiven>>, all: SumsGiven = {}) => ({
  from: FROM,
  to: TO,
  rolled_up_at: '2026-11-24T11:59:58.123Z',
  step_ms: 60_000,
  summary: {
    redis_commands: 900,
    redis_dollars: 0.0018,
    ...sumsOf(all),
    classes: Object.entries(classes).map(([name, given]) => ({ name, ...sumsOf(given) })),
  },
  buckets: [],
});
