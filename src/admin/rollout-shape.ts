import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { durationForm, durationMs } from '../strategy/duration.ts';
import { planShape, unitNames } from '../strategy/rollout.ts';
import { type PlanStep, rolloutModes } from '../strategy/rollout-types.ts';
import { notAnObject } from './asked.ts';

/** What operators say of a change. */

const sayWhy = `say why, in 1 to ${bounds.rolloutWhyChars} characters`;
const why = z.string(sayWhy).trim().min(1, sayWhy).max(bounds.rolloutWhyChars, sayWhy);

const percentForm = 'must be a number from 0 to 100, such as 5';
const percent = z.number(percentForm).min(0, percentForm).max(100, percentForm);

const dwellForm = `must be a duration up to 30d: ${durationForm}`;
const dwell = z.string(dwellForm).transform((text, ctx) => {
  try {
    const ms = durationMs(text);
    if (ms > 0 && ms <= bounds.durationMs) return ms;
  } catch {
    // Said below.
  }
  ctx.addIssue(dwellForm);
  return z.NEVER;
});

const samplesForm = 'must be a whole number from 1 to 1000000';
const step = z
  .strictObject(
    { percent, dwell, at_least: z.int(samplesForm).min(1, samplesForm).max(1_000_000, samplesForm) },
    {
      error: ({ code }) =>
        code === 'invalid_type' ? 'must be {"percent":5,"dwell":"1h","at_least":500}' : undefined,
    },
  )
  .transform(
    ({ percent: of, dwell: dwellMs, at_least: atLeast }): PlanStep => ({ percent: of, dwellMs, atLeast }),
  );

/** A list without a step is no plan. */
const plan = z.unknown().transform((given, ctx): readonly PlanStep[] | null => {
  if (given === null || (Array.isArray(given) && given.length === 0)) return given as null | [];
  const { data, error } = planShape(step).safeParse(given);
  for (const { path, message } of error?.issues ?? []) ctx.addIssue({ code: 'custom', path, message });
  return data ?? z.NEVER;
});

/** `PUT /-/rollout/:class`. What is left out stays as it is; of `plan`, null is the strategy's, and an empty list is none. */
export const setShape = z
  .strictObject(
    {
      mode: z.enum(rolloutModes, `must be ${rolloutModes.join(' or ')}`),
      percent: percent.optional(),
      allow: unitNames.optional(),
      deny: unitNames.optional(),
      plan: plan.optional(),
      why,
    },
    notAnObject,
  )
  .superRefine((given, ctx) => {
    // Nobody comes to 100 % because a number was forgotten.
    if (given.mode === 'on' && given.percent === undefined)
      ctx.addIssue({
        code: 'custom',
        path: ['percent'],
        message: 'is missing: say of how many of 100 the cache answers',
      });
  });

/** `POST /-/rollout/:class/advance` and the like. */
export const moveShape = z.strictObject({ why }, notAnObject);

/** `POST /-/rollout/kill`. */
export const killShape = z.strictObject(
  { kill: z.boolean('must be true, or false to end it'), why },
  notAnObject,
);
