import * as z from 'zod';
import type { Application } from '../../src/strategy/application.ts';
import { Refusal } from '../refusal.ts';

/** What each of the ten inputs of a strategy is about, in the order in which the document prints them. */
export const inputs = {
  name: 'Application',
  purpose: 'Purpose',
  stack: 'Stack',
  data: 'Data',
  traffic: 'Traffic',
  freshness: 'Freshness',
  failureTolerance: 'Failure tolerance',
  pain: 'Pain',
  tenancy: 'Tenancy',
  operations: 'Operations',
} as const satisfies Readonly<Record<keyof Application, string>>;

const text = z
  .string('must be a text')
  .regex(/\S/, 'must not be empty')
  .max(2_000, 'must be at most 2000 characters');
const shape = z.strictObject(Object.fromEntries(Object.keys(inputs).map((it) => [it, text])));

/** The application as `defineStrategy` was given it; the Worker does not look at it. Throws a `Refusal` that names each field. */
export function applicationOf(given: unknown): Application {
  if (given === undefined)
    throw new Refusal(
      `the strategy says nothing of its application; write defineStrategy({ application: { ${Object.keys(inputs).join(', ')} }, … }), each a sentence or two`,
    );
  const { data, error } = shape.safeParse(given);
  if (data) return data as unknown as Application;
  const says = error!.issues.map(({ path, message, code, ...it }) =>
    code === 'unrecognized_keys' && 'keys' in it
      ? `  strategy.application.${it.keys.join(', ')}: there is no such field; known are ${Object.keys(inputs).join(', ')}`
      : `  strategy.application.${path.join('.')}: ${message}`,
  );
  throw new Refusal(`the strategy's application cannot be printed:\n${says.join('\n')}`);
}
