import * as z from 'zod';
import { shareForm, shareOf } from '../../../src/strategy/share.ts';

const share = z.string(`write ${shareForm}`).transform((text, ctx) => {
  try {
    return shareOf(text);
  } catch (error) {
    ctx.addIssue((error as Error).message);
    return z.NEVER;
  }
});
const amount = z.number('write a number').nonnegative('write no less than 0');

/** A strategy's budget, as a definition has it. `hitRate` comes out as 0 to 1. */
const budgetShape = z.strictObject({
  dollarsPerMonth: amount,
  expects: z.record(z.string(), z.strictObject({ requestsPerMonth: amount, hitRate: share.prefault('0%') })),
});
export type CheckedBudget = z.output<typeof budgetShape>;

/** Null: it says none. `fault`: what is wrong with what it says. */
export function readBudget(given: unknown): CheckedBudget | null | { readonly fault: string } {
  if (given === undefined) return null;
  const { data, error } = budgetShape.safeParse(given);
  if (data) return data;
  const { path, message } = error!.issues[0]!;
  return { fault: `${['budget', ...path].join('.')}: ${message}` };
}
