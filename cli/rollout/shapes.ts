import * as z from 'zod';

const time = z.iso.datetime({ offset: true }).nullable();
const count = z.number().nonnegative();
const mode = z.enum(['off', 'shadow', 'on']);

const step = z.looseObject({
  percent: z.number(),
  dwell: z.string().regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/),
  at_least: count,
});

const classFields = {
  mode,
  percent: z.number(),
  unit: z.string(),
  allow: z.array(z.string()),
  deny: z.array(z.string()),
  plan: z.array(step),
  step: z.int().nonnegative().nullable(),
  since: time,
  by: z.string(),
  why: z.string(),
  held: z.string().nullable(),
  from: z.string(),
  others: z.array(
    z.looseObject({ fingerprint: z.string(), mode: mode.nullable(), percent: z.number().nullable() }),
  ),
};

const heads = {
  version: z.string().regex(/^[\w-]{1,64}$/),
  kill: z.boolean(),
  kill_switch: z.looseObject({
    on: z.boolean(),
    at: time,
    by: z.string().nullable(),
    why: z.string().nullable(),
    variable: z.boolean(),
  }),
};

/** `GET /-/rollout`, and what every change of it answers; `--json` passes on more than stands here. */
export const rolloutShape = z.looseObject({
  ...heads,
  classes: z.record(z.string(), z.looseObject(classFields)),
});
export type Rollout = z.infer<typeof rolloutShape>;
export type ClassStand = Rollout['classes'][string];

const arm = z.looseObject({
  requests: count,
  errors: count,
  mean_ms: z.number().nullable(),
  units: count.nullable(),
  compared: z.looseObject({ equal: count, differs: count, stale: count, leak: count }),
  saved: z.looseObject({ hits: count, ms: z.number(), bytes: count, commands: count, dollars: count }),
  differences: z.array(z.string()),
});
export type ArmCounts = z.infer<typeof arm>;

const test = z.looseObject({
  test: z.string(),
  is: z.string(),
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  bound: z.number(),
  samples: count,
  says: z.string(),
});
export type GuardTestResult = z.infer<typeof test>;

const report = z.looseObject({
  verdict: z.string(),
  why: z.string(),
  tests: z.array(test),
  progress: z.looseObject({ compared: count, at_least: count, dwell_left_ms: count }).nullable(),
  arms: z.record(z.string(), arm),
  rolled_up_at: time,
});
export type GuardView = z.infer<typeof report>;

/** `GET /-/rollout/:class`. `report` null: nothing is tried, so that nothing is counted. */
export const classRolloutShape = z.looseObject({
  ...heads,
  class: z.string(),
  ...classFields,
  report: report.nullable(),
});
export type ClassRollout = z.infer<typeof classRolloutShape>;

const stand = z.union([z.boolean(), z.looseObject({ mode, percent: z.number() })]).nullable();

/** `GET /-/rollout/audit`, newest first. */
export const auditShape = z.array(
  z.looseObject({
    at: z.string(),
    who: z.string(),
    class: z.string().nullable(),
    from: stand,
    to: stand,
    also: z.string().optional(),
    why: z.string(),
    refused: z.string().nullable(),
  }),
);
export type Audited = z.infer<typeof auditShape>[number];

/** `PUT /-/rollout/:class`, or with `move` `POST /-/rollout/:class/<move>`. */
export interface RolloutChange {
  readonly name: string;
  readonly move?: 'advance' | 'hold' | 'rollback';
  readonly body: Readonly<Record<string, unknown>> & { readonly why: string };
}
