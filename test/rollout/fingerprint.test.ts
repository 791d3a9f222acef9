import { expect, test } from 'vitest';
import * as z from 'zod';
import { fingerprintOf } from '../../src/rollout/fingerprint.ts';
import { aClass } from '../support/worker/world.ts';

const of = (value: z.ZodType) => fingerprintOf(aClass({ value }));
const total = z.object({ total: z.number() });

test('it changes with the shape of the value', () => {
  expect(of(total)).not.toBe(of(z.object({ total: z.string() })));
  expect(of(total)).toBe(of(z.object({ total: z.number() })));
});

test('what is computed anew on each isolate is not in it', () => {
  let calls = 0;
  const dated = () =>
    of(
      z.object({
        at: z.number().default(() => {
          calls += 1;
          return calls;
        }),
      }),
    );
  expect(dated()).toBe(dated());
});

test('what is only said of a shape is not in it, nor can it keep a class from being answered', () => {
  expect(of(total.describe('of all'))).toBe(of(total));
  expect(of(total.meta({ examples: [1n] }))).toBe(of(total));
  const twice = z.object({ a: z.string().meta({ id: 'name' }), b: z.number().meta({ id: 'name' }) });
  expect(of(twice)).toBe(of(z.object({ a: z.string(), b: z.number() })));
});
