import * as z from 'zod';
import { bounds } from '../bounds.ts';
import {
  type CounterId,
  closedLabels,
  counters,
  gauges,
  histograms,
  noClass,
} from '../telemetry/catalogue.ts';
import {
  type Alert,
  type AlertDefinitions,
  type Measure,
  type MeasuredGauge,
  type Sum,
  severities,
} from './alert-types.ts';
import { defaultAlerts } from './default-alerts.ts';
import { duration } from './definition-shape.ts';
import { inOurWords } from './says.ts';
import { didYouMean, type Fault, faultsOf, must, quote } from './strategy-error.ts';
import type { DataClass } from './types.ts';

const known = <const T extends string>(what: string, names: readonly T[]) =>
  z.enum(names, {
    error: ({ input }) =>
      `${quote(input)} is no ${what}; known are ${names.join(', ')}${didYouMean(String(input), names)}`,
  });
const namesOf = <T extends object>(of: T) => Object.keys(of) as (keyof T & string)[];

const counter = known('counter', namesOf(counters));
const gauge = known(
  'gauge',
  namesOf(gauges).filter((name): name is MeasuredGauge => name !== 'rolled_up'),
);
const values = z
  .array(z.string(must('write a value')).regex(/^[\w.: -]{1,64}$/, must('write a value of that label')))
  .min(1, must('write a list of its values'));

const sum = z
  .strictObject(
    { counter, where: z.record(z.string(), values, must('write { label: [values] }')).default({}) },
    must("write { counter, where }, such as { counter: 'requests', where: { outcome: ['error'] } }"),
  )
  .superRefine(({ counter: id, where }, ctx) => {
    const labels = counters[id].labels.filter((label) => label !== 'class');
    for (const label of Object.keys(where).filter((it) => !(labels as string[]).includes(it))) {
      const mend = label === 'class' ? "say the alert's class" : `known are ${labels.join(', ') || 'none'}`;
      ctx.addIssue({
        code: 'custom',
        path: ['where', label],
        message: `is no label of ${id} to choose by; ${mend}`,
      });
    }
    for (const [label, asked] of Object.entries(where)) {
      const all = closedLabels[id]?.[label] ?? asked;
      for (const value of asked.filter((it) => !all.includes(it)))
        ctx.addIssue({
          code: 'custom',
          path: ['where', label],
          message: `${quote(value)} is never counted; known are ${all.join(', ')}${didYouMean(value, all)}`,
        });
    }
  });
const window = duration.refine(
  (ms) => ms >= 60_000 && ms <= bounds.alertWindowMs && ms % 60_000 === 0,
  'is no window; write whole minutes, from 1m to 1h',
);
const atLeast = z.int(must('write a whole number')).min(1, must('write at least 1')).default(1);

/** Each form by the field that only it has. */
const measures = {
  ratio: z.strictObject(
    { ratio: sum, to: sum, window, atLeast },
    must('write { ratio, to, window, atLeast }'),
  ),
  increase: z.strictObject({ increase: sum, window }, must('write { increase, window }')),
  gauge: z.strictObject({ gauge, to: gauge.optional() }, must('write { gauge, to }')),
  share: z.strictObject(
    { share: known('histogram', namesOf(histograms)), longerThan: duration, window, atLeast },
    must('write { share, longerThan, window, atLeast }'),
  ),
};
type Measured = z.infer<(typeof measures)[keyof typeof measures]>;

const measureForms = 'write { ratio, … }, { increase, … }, { gauge, … } or { share, … }';
const measure = z.transform<unknown, Measured>((given, ctx) => {
  const is = namesOf(measures).filter(
    (name) => typeof given === 'object' && given !== null && Object.hasOwn(given, name),
  );
  const [form] = is;
  if (form === undefined || is.length > 1) {
    const message =
      given === undefined ? `is missing; ${measureForms}` : `${quote(given)} is not valid; ${measureForms}`;
    ctx.issues.push({ code: 'custom', input: given, message });
    return z.NEVER;
  }
  const parsed = measures[form].safeParse(given, inOurWords);
  if (parsed.success) return parsed.data;
  ctx.issues.push(...(parsed.error.issues as unknown as z.core.$ZodRawIssue[]));
  return z.NEVER;
});

const bound = z.number(must('write a number')).optional();

const alertShape = z
  .strictObject(
    {
      measure,
      above: bound,
      below: bound,
      for: duration.optional(),
      keepFiring: z.union([z.literal('none'), duration], must("write a duration, or 'none'")).optional(),
      severity: z
        .enum(severities, must(`say ${severities.map((it) => `'${it}'`).join(' or ')}`))
        .default('warning'),
      class: z.string(must("write a class's name")).optional(),
      noData: z.union([z.literal('never'), duration], must("write a duration, or 'never'")).optional(),
      says: z
        .string(must('say what it means and what to do'))
        .regex(/\S/, must('say what it means and what to do'))
        .max(bounds.alertSaysChars, must(`write at most ${bounds.alertSaysChars} characters`)),
    },
    must('write { measure, above or below, says }, or false to leave a default one out'),
  )
  .superRefine((given, ctx) => {
    const issue = (field: string, message: string) =>
      ctx.addIssue({ code: 'custom', path: [field], message });
    if (given.above !== undefined && given.below !== undefined)
      issue('below', 'stands beside above; say one of them (of a default alert, the other as undefined)');
    if (given.above === undefined && given.below === undefined)
      issue('above', 'is missing; say above or below which number it is a fault');
    const windowMs = 'window' in given.measure ? given.measure.window : 0;
    if (typeof given.noData === 'number' && given.noData <= windowMs)
      issue('noData', 'is not longer than the window, which is empty at each start; write a longer one');
    if ('share' in given.measure) {
      const [least, most] = histograms[given.measure.share].leMs;
      const ms = given.measure.longerThan;
      if (ms < least || ms > most) {
        const message = `is beyond what this histogram shows; write one from ${least}ms to ${most / 1000}s`;
        ctx.addIssue({ code: 'custom', path: ['measure', 'longerThan'], message });
      }
    }
    if (given.class !== undefined && !hasClass(given.measure))
      issue('class', 'is of no use: what it measures is not counted by class; take it out');
  });
type Given = z.infer<typeof alertShape>;

export const alertsShape = z
  .record(
    // So that each has an `alertname` of its own, beside that of its missing data: alerts/names.ts.
    z
      .string()
      .max(48)
      .regex(/^(?!rollout-|.*-no-data$)[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/),
    z.union([z.literal(false), z.record(z.string(), z.unknown())], must('write an object, or false')),
    {
      error: ({ code, input }) =>
        code === 'invalid_key'
          ? 'name it with words of a-z 0-9 that begin with a-z, with - between them, not rollout- at the beginning and not no-data at the end'
          : `${quote(input)} is not valid; write an object of alerts by name`,
    },
  )
  .optional();

const isByClass = (labels: readonly string[]) => labels.includes('class');
const countersOf = (it: Measured): CounterId[] => {
  if ('ratio' in it) return [it.ratio.counter, it.to.counter];
  return 'increase' in it ? [it.increase.counter] : [];
};
const hasClass = (it: Measured) =>
  'share' in it
    ? isByClass(histograms[it.share].labels)
    : !('gauge' in it) && countersOf(it).every((id) => isByClass(counters[id].labels));

/** The default ones, as far as they are not changed or left out, and the strategy's own. */
export function compileAlerts(
  definitions: AlertDefinitions = {},
  classes: readonly DataClass[],
): { readonly alerts: readonly Alert[]; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const merged: Record<string, unknown> = { ...defaultAlerts };
  for (const [name, given] of Object.entries(definitions)) {
    if (given !== false)
      merged[name] = { ...(Object.hasOwn(merged, name) && (merged[name] as object)), ...given };
    else if (Object.hasOwn(merged, name)) delete merged[name];
    else faults.push(noDefault(name));
  }
  const names = Object.keys(merged);
  if (names.length > bounds.alerts)
    faults.push({
      where: 'strategy',
      field: 'alerts',
      says: `there are ${names.length}; write at most ${bounds.alerts}`,
    });
  const alerts = names.flatMap((name) => {
    const parsed = alertShape.safeParse(merged[name], inOurWords);
    const found = parsed.success
      ? faultsOfClass(parsed.data.class, classes)
      : faultsOf('', parsed.error.issues);
    faults.push(...found.map(({ field, says }) => ({ where: `alerts.${name}`, field, says })));
    return parsed.success ? [alertOf(name, parsed.data)] : [];
  });
  return { alerts, faults };
}

const noDefault = (name: string): Fault => ({
  where: 'strategy',
  field: `alerts.${name}`,
  says: `is no default alert that could be left out; those are ${Object.keys(defaultAlerts).join(', ')}${didYouMean(name, Object.keys(defaultAlerts))}`,
});

function faultsOfClass(name: string | undefined, classes: readonly DataClass[]): Fault[] {
  const names = classes.map((cls) => cls.name);
  if (name === undefined || name === noClass || names.includes(name)) return [];
  return [
    {
      where: '',
      field: 'class',
      says: `there is no class ${quote(name)} in this strategy${didYouMean(name, names)}`,
    },
  ];
}

function alertOf(name: string, given: Given): Alert {
  const windowMs = 'window' in given.measure ? given.measure.window : 0;
  return Object.freeze({
    name,
    measure: measureOf(given.measure, given.class ?? null),
    comparison: given.above === undefined ? 'below' : 'above',
    bound: (given.above ?? given.below)!,
    forMs: given.for ?? 0,
    keepFiringMs: given.keepFiring === 'none' ? 0 : (given.keepFiring ?? bounds.alertKeepMs),
    severity: given.severity,
    class: given.class ?? null,
    noDataMs: given.noData === 'never' ? null : (given.noData ?? windowMs + bounds.alertNoDataMs),
    says: given.says,
  });
}

function measureOf(it: Measured, cls: string | null): Measure {
  const sumOf = ({ counter: id, where }: { counter: CounterId; where: Record<string, string[]> }): Sum => ({
    counter: id,
    where: cls === null ? where : { ...where, class: [cls] },
  });
  if ('ratio' in it) {
    const { ratio, to, atLeast: least, window: windowMs } = it;
    return { is: 'ratio', of: sumOf(ratio), to: sumOf(to), atLeast: least, windowMs };
  }
  if ('increase' in it) return { is: 'increase', of: sumOf(it.increase), windowMs: it.window };
  if ('gauge' in it) return { is: 'gauge', of: it.gauge, to: it.to ?? null };
  const { share, longerThan, atLeast: least, window: windowMs } = it;
  return { is: 'share', of: share, class: cls, longerThanMs: longerThan, atLeast: least, windowMs };
}
