import * as z from 'zod';

const time = z.iso.datetime({ offset: true });
const count = z.number().nonnegative();
/** Null: there is none, as where nothing was asked. An edge of another version may leave it out. */
const orNone = z.number().nullish();

const sums = {
  requests: count,
  by_outcome: z.record(z.string(), count),
  /** 0 to 1. */
  hit_rate: orNone,
  origin_fetches: orNone,
  saved_bytes: orNone,
  redis_dollars: orNone,
  p50_ms: orNone,
  p95_ms: orNone,
};

/** What the edge says of a span of time; `--json` passes on more than stands here. */
export const figuresShape = z.looseObject({
  from: time,
  to: time,
  /** Until then the cron has added up what isolates told; null: not yet. */
  rolled_up_at: time.nullish(),
  /** Oldest first, those with nothing in them too. */
  buckets: z.array(z.looseObject({ at: time, requests: count })).optional(),
  summary: z.looseObject({ ...sums, classes: z.array(z.looseObject({ name: z.string(), ...sums })) }),
});

export type Figures = z.infer<typeof figuresShape>;
export type Sums = Pick<Figures['summary'], keyof typeof sums>;

/** Of `GET /-/alerts`. */
export const alertsShape = z.array(
  z.looseObject({
    name: z.string(),
    state: z.string(),
    /** When the cron last looked; null: never. */
    evaluated_at: time.nullish(),
    since: time.nullish(),
    value: orNone,
    bound: orNone,
  }),
);

export type Alert = z.infer<typeof alertsShape>[number];
