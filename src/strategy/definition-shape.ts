import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { durationForm, durationMs } from './duration.ts';
import { compileIgnored } from './ignored.ts';
import { reservedNames } from './key.ts';
import { compileOriginPath } from './origin-path.ts';
import { compilePassHeader } from './pass-headers.ts';
import { rolloutShape } from './rollout.ts';
import { shareForm, shareOf } from './share.ts';
import { must, quote } from './strategy-error.ts';
import { compileKey, compileTag } from './template.ts';

/** Turns what a function throws into an issue, so that it is reported with all others. */
const compiled = <In, Out>(compile: (input: In) => Out) =>
  z.transform<In, Out>((input, ctx) => {
    try {
      return compile(input);
    } catch (error) {
      ctx.issues.push({ code: 'custom', input, message: (error as Error).message });
      return z.NEVER;
    }
  });

const text = (mend: string) => z.string(must(mend)).min(1, must(mend));
const oneOf = <const T extends readonly string[]>(...values: T) =>
  z.enum(values, must(`say ${values.map((value) => `'${value}'`).join(' or ')}`));
const isFunction = (value: unknown) => typeof value === 'function';

/** Milliseconds. */
export const duration = z.string(must(`write ${durationForm}`)).pipe(
  compiled((input: string) => {
    const ms = durationMs(input);
    if (ms <= 0)
      throw new RangeError(`${quote(input)} is no time at all; write a longer one, or leave it out`);
    if (ms > bounds.durationMs)
      throw new RangeError(`${quote(input)} is longer than 30d; write a shorter one`);
    return ms;
  }),
);

const whoMayRead =
  "say who may read it: 'tenant', 'user', 'public' or a rule made by allowWhen; there is no default";
const predicate = z.object({
  says: z.string().min(1),
  reads: z.array(z.unknown()),
  allows: z.custom(isFunction),
});

/** Each field by itself; `definition-rules.ts` has the rules between them. */
export const definitionShape = z.strictObject(
  {
    name: z
      .string(must('write the class’s name'))
      .regex(/^[a-z][a-z0-9_-]*$/, must('write a-z first, then a-z 0-9 _ -'))
      .max(bounds.classNameChars, must(`write at most ${bounds.classNameChars} characters`))
      .refine((name) => !reservedNames.includes(name), must('the store uses this name itself; take another')),
    version: z.int(must('write a whole number from 1')).min(1, must('write a whole number from 1')),
    scope: oneOf('tenant', 'user', 'public'),
    key: z.string(must("write a template such as 'dashboard:{dashboard_id}'")).pipe(compiled(compileKey)),
    params: z.custom<z.ZodObject>(
      (value) => value instanceof z.ZodObject,
      must('write z.object({…}) with one field for each parameter, without a transform around it'),
    ),
    access: z.custom(
      (value) => ['tenant', 'user', 'public'].includes(value as string) || predicate.safeParse(value).success,
      must(whoMayRead),
    ),
    tags: z
      .array(z.string(must('write a template')).pipe(compiled(compileTag)), must('write a list of templates'))
      .default([]),
    tagsFromAnswer: z.boolean(must('write true or false')).default(false),
    read: oneOf('read-through', 'cache-aside'),
    origin: z.string(must('write a path at the origin')).pipe(compiled(compileOriginPath)).optional(),
    writeThrough: oneOf('purge', 'store').optional(),
    ttl: duration,
    staleWhileRevalidate: duration.optional(),
    staleIfError: duration.optional(),
    consistency: oneOf('standard', 'strict').default('standard'),
    replicas: oneOf('none').default('none'),
    l1: duration.optional(),
    maxBytes: z
      .int(must('write a whole number of bytes'))
      .min(1, must('write at least 1 byte'))
      .max(bounds.maxBytesLimit, must(`write at most ${bounds.maxBytesLimit} bytes (5 MiB)`))
      .default(bounds.maxBytes),
    value: z.custom<z.ZodType>((value) => value instanceof z.ZodType, must('write a zod schema')).optional(),
    storeWhen: z
      .custom<(value: unknown) => boolean>(isFunction, must('write a function of the value'))
      .optional(),
    cacheControl: text('write the header’s value')
      .regex(/^[\x20-\x7e]+$/, must('write printable ASCII'))
      .optional(),
    passHeaders: z
      .array(
        z.string(must("write a header's name")).pipe(compiled(compilePassHeader)),
        must('write a list of names'),
      )
      .max(bounds.passHeaders, must(`write at most ${bounds.passHeaders}`))
      .default([]),
    invalidatedBy: z
      .array(text('write the name of an event'), must('write a list of event names'))
      .default([]),
    settle: duration
      .refine((ms) => ms <= bounds.settleMs, must('write at most 1d: QStash holds a message no longer'))
      .optional(),
    compare: z
      .string(must(`write ${shareForm}`))
      .pipe(compiled(shareOf))
      .default(0),
    compareIgnoring: z
      .array(
        z.string(must('write the path of a field')).pipe(compiled(compileIgnored)),
        must('write a list of fields'),
      )
      .max(bounds.comparedIgnoring, must(`write at most ${bounds.comparedIgnoring}`))
      .default([]),
    freshWithin: duration.optional(),
    rollout: rolloutShape,
    // Read by what prints and checks the strategy alone.
    silences: z.unknown().optional(),
    rationale: text('say why these numbers').regex(/\S/, must('say why these numbers')),
  },
  must('write an object'),
);
