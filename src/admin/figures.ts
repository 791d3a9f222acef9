import { Hono } from 'hono';
import * as z from 'zod';
import { type EdgeEnv, edgeRequestOf } from '../engine/request.ts';
import { readKept } from '../figures/kept.ts';
import { prometheusText, prometheusType } from '../figures/prometheus.ts';
import { readBuckets, readTops } from '../figures/read.ts';
import { DAY, HOUR, MINUTE } from '../figures/steps.ts';
import { type Shares, type Summary, summaryOf } from '../figures/summary.ts';
import type { Strategy } from '../strategy/define.ts';
import { durationForm, durationMs } from '../strategy/duration.ts';
import { quote } from '../strategy/strategy-error.ts';
import type { DataClass } from '../strategy/types.ts';
import { parse, queryOf, unavailable } from './asked.ts';
import { adminOf } from './gate.ts';

/** What isolates counted, as the cron has rolled it up. `httpCaches`: known when all routes are. Mount it at `/-`, behind the gate. */
export function figures(strategy: Strategy, httpCaches: ReadonlyMap<string, DataClass>): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>();

  app.get('/metrics', async (c) => {
    adminOf(c);
    const { totals, state } = await readKept(edgeRequestOf(c), []).catch(unavailable);
    const classes = [...strategy.classes.keys(), ...httpCaches.keys()];
    const text = prometheusText(totals.figures, state.rollup, classes);
    return c.body(text, 200, { 'Content-Type': prometheusType });
  });

  app.get('/figures', async (c) => {
    adminOf(c);
    const edge = edgeRequestOf(c);
    const { window, step } = parse(figuresShape, queryOf(c), 'invalid-request');
    const span = { ...lately(edge.isolate.clock.now(), window), ...(step && { stepMs: step }) };
    const read = await readBuckets(edge, span).catch(unavailable);
    return c.json({
      ...spanOf(read),
      step_ms: read.stepMs,
      summary: summaryJson(summaryOf(read.buckets)),
      buckets: read.buckets.map((bucket) => ({
        at: timeOf(bucket.startMs),
        ...bucketJson(summaryOf([bucket])),
      })),
    });
  });

  app.get('/tops', async (c) => {
    adminOf(c);
    const edge = edgeRequestOf(c);
    const { window } = parse(topsShape, queryOf(c), 'invalid-request');
    const { tags, tenants, missed, ...read } = await readTops(
      edge,
      lately(edge.isolate.clock.now(), window),
    ).catch(unavailable);
    return c.json({ ...spanOf(read), tags, tenants, missed });
  });

  return app;
}

/** From a minute on, in whatever unit. */
const duration = (mostMs: number, most: string) =>
  z.string().transform((text, ctx) => {
    try {
      const ms = durationMs(text);
      if (ms >= MINUTE && ms <= mostMs) return ms;
      ctx.addIssue(`must be from 1m to ${most}`);
    } catch {
      ctx.addIssue(`is not a duration; write ${durationForm}`);
    }
    return z.NEVER;
  });

const steps: Readonly<Record<string, number>> = { '1m': MINUTE, '1h': HOUR, '1d': DAY };
const stepNames = Object.keys(steps).map(quote).join(', ');

const figuresShape = z.strictObject({
  window: duration(35 * DAY, '35d').default(15 * MINUTE),
  step: z
    .string()
    .refine((it) => Object.hasOwn(steps, it), `must be one of ${stepNames}`)
    .transform((it) => steps[it])
    .optional(),
});

const topsShape = z.strictObject({ window: duration(2 * DAY, '48h').default(DAY) });

const lately = (nowMs: number, windowMs: number) => ({ fromMs: nowMs - windowMs, toMs: nowMs });

const timeOf = (ms: number): string => new Date(ms).toISOString();

const spanOf = ({
  fromMs,
  toMs,
  rolledUpMs,
}: {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rolledUpMs: number | null;
}) => ({
  from: timeOf(fromMs),
  to: timeOf(toMs),
  rolled_up_at: rolledUpMs === null ? null : timeOf(rolledUpMs),
});

const sharesJson = (it: Shares) => ({
  requests: it.requests,
  by_outcome: it.byOutcome,
  hit_rate: it.hitRate,
  byte_hit_rate: it.byteHitRate,
  origin_fetches: it.originFetches,
  origin_bytes: it.originBytes,
  saved_bytes: it.savedBytes,
  p50_ms: it.p50Ms,
  p95_ms: it.p95Ms,
  p99_ms: it.p99Ms,
});

const redisJson = ({ redisCommands, redisDollars }: Summary) => ({
  redis_commands: redisCommands,
  redis_dollars: redisDollars,
});

const bucketJson = (it: Summary) => ({ ...sharesJson(it), ...redisJson(it) });

const summaryJson = (it: Summary) => ({
  ...bucketJson(it),
  reasons: it.reasons,
  classes: it.classes.map(({ name, ...shares }) => ({
    name,
    ...sharesJson(shares),
    reasons: shares.reasons,
  })),
});
