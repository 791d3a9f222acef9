import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { durationForm, durationMs } from './duration.ts';
import { type PlanStep, type Rollout, rolloutModes, rolloutUnits } from './rollout-types.ts';
import { shareForm, shareOf } from './share.ts';
import { must, quote } from './strategy-error.ts';

const checked = <T>(parse: (text: string) => T, form: string, fits: (value: T) => boolean = () => true) =>
  z.string(must(`write ${form}`)).transform((text, ctx): T => {
    try {
      const value = parse(text);
      if (fits(value)) return value;
    } catch {
      // Said below.
    }
    ctx.addIssue(`${quote(text)} is not valid; write ${form}`);
    return z.NEVER;
  });

const share = checked(shareOf, shareForm);
/** The share as a number from 0 to 100, as it was written. */
const percent = checked((text) => Number((shareOf(text) * 100).toPrecision(12)), shareForm);
const bound = checked(shareOf, `${shareForm}, above 0% and below 50%`, (it) => it > 0 && it < 0.5);
const time = (most: number, mostText: string) =>
  checked(durationMs, `${durationForm}, up to ${mostText}`, (ms) => ms > 0 && ms <= most);
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, must(`say ${values.map((value) => `'${value}'`).join(' or ')}`));

/** A tenant, or a user of one: `acme`, `acme/ann`. A slash or a percent sign within a part is written `%2F` or `%25`. */
export const unitForm = "a tenant, such as 'acme', or a user, such as 'acme/ann'";
export const unitName = z
  .string(must(`write ${unitForm}`))
  .regex(/^[^/\p{C}]{1,256}(?:\/[^/\p{C}]{1,256})?$/u, must(`write ${unitForm}`));
export const unitNames = z
  .array(unitName, must('write a list of tenants or users'))
  .max(bounds.rolloutListed, must(`list at most ${bounds.rolloutListed}`));

const step = z
  .strictObject(
    {
      percent,
      dwell: time(bounds.durationMs, '30d'),
      atLeast: z
        .int(must('write a whole number from 1 to 1000000'))
        .min(1, must('write a whole number from 1 to 1000000'))
        .max(1_000_000, must('write a whole number from 1 to 1000000')),
    },
    must("write { percent: '5%', dwell: '1h', atLeast: 500 }"),
  )
  .transform(({ percent: of, dwell, atLeast }): PlanStep => ({ percent: of, dwellMs: dwell, atLeast }));

/** Of a class that says nothing of it, for when it has changed. */
export const defaultPlan: readonly PlanStep[] = [
  { percent: 0, dwellMs: 600_000, atLeast: 500 },
  { percent: 1, dwellMs: 1_800_000, atLeast: 500 },
  { percent: 5, dwellMs: 1_800_000, atLeast: 500 },
  { percent: 25, dwellMs: 3_600_000, atLeast: 500 },
  { percent: 100, dwellMs: 3_600_000, atLeast: 500 },
];

/** A plan of such steps. */
export const planShape = (of: z.ZodType<PlanStep>) =>
  z
    .array(of, must('write a list of steps'))
    .min(1, { ...must('write at least one step'), abort: true })
    .max(bounds.rolloutSteps, must(`write at most ${bounds.rolloutSteps} steps`))
    .refine(
      (steps) => steps.every((it, i) => i === 0 || it.percent > steps[i - 1]!.percent),
      must('let each step have a greater percentage than the one before'),
    )
    .refine((steps) => steps.at(-1)?.percent === 100, must('end with a step of 100 %'))
    // Nobody is answered from a cache that was never looked at in the shadow.
    .transform((steps) => (steps[0]!.percent === 0 ? steps : [defaultPlan[0]!, ...steps]))
    // Flags with more could not be read again.
    .refine(
      (steps) => steps.length <= bounds.rolloutSteps,
      must(`write at most ${bounds.rolloutSteps} steps, that in the shadow among them`),
    );

const why = `say why it need not begin anew, in at most ${bounds.rolloutWhyChars} characters`;

export const rolloutShape = z
  .strictObject(
    {
      mode: oneOf(rolloutModes).default('on'),
      percent: percent.default(100),
      unit: oneOf(rolloutUnits).optional(),
      allow: unitNames.default([]),
      deny: unitNames.default([]),
      plan: planShape(step).default([...defaultPlan]),
      maxStale: bound.default(0.005),
      maxDiffering: bound.default(0.02),
      maxErrors: bound.default(0.01),
      maxSlower: time(60_000, '60s').default(50),
      shadowFills: share.default(0.05),
      compareHits: share.default(0.2),
      onFailure: oneOf(['purge', 'keep']).default('purge'),
      onChange: z
        .union(
          [
            z.literal('shadow'),
            z.strictObject({
              keep: z.string(must(why)).regex(/\S/, must(why)).max(bounds.rolloutWhyChars, must(why)),
            }),
          ],
          must("say 'shadow', or { keep: 'why it need not begin anew' }"),
        )
        .default('shadow'),
    },
    must("write an object, such as { mode: 'shadow' }"),
  )
  .prefault({});

/** `scope`: of public data nobody is verified, so that entries are counted. */
export function rolloutOf(
  parsed: z.infer<typeof rolloutShape>,
  scope: 'tenant' | 'user' | 'public',
): Rollout {
  const { maxSlower, shadowFills, compareHits, onChange, unit, ...rest } = parsed;
  return Object.freeze({
    ...rest,
    unit: unit ?? (scope === 'public' ? 'key' : 'tenant'),
    maxSlowerMs: maxSlower,
    fillShare: shadowFills,
    compareShare: compareHits,
    keepsOnChange: onChange === 'shadow' ? null : onChange.keep,
  });
}
