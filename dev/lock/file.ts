import * as z from 'zod';
import type { Basis } from '../../src/rollout/fingerprint.ts';
import type { ClassEntry } from '../description.ts';
import { Refusal } from '../refusal.ts';

/** What stands in `strategy.lock.json`: of each class, by name, what it stored when that was last written. */
export type Lock = ReadonlyMap<string, Basis & { readonly fingerprint: string }>;

export const LOCK_FILE = 'strategy.lock.json';

const FORM = 1;
const fileShape = z.strictObject({
  form: z.literal(FORM),
  classes: z.record(
    z.string(),
    z.strictObject({
      fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
      key: z.string(),
      version: z.int(),
      scope: z.enum(['tenant', 'user', 'public']),
      tags: z.array(z.string()),
      tagsFromAnswer: z.boolean(),
      value: z.looseObject({}).nullable(),
    }),
  ),
});

/** `text` null: there is no file. */
export function readLock(text: string | null): Lock {
  if (text === null) return new Map();
  const { data } = fileShape.safeParse(jsonOf(text));
  if (data) return new Map(Object.entries(data.classes) as [string, Basis & { fingerprint: string }][]);
  throw new Refusal(
    `${LOCK_FILE} is not what 'npm run lock' writes, such as after a merge; take it as one side has it, and run it`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** In one order, so that two branches differ where their classes do. */
export function lockText(classes: readonly ClassEntry[]): string {
  const sorted = classes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const entries = sorted.map(({ name, fingerprint, basis }) => [name, { fingerprint, ...basis }]);
  return `${JSON.stringify({ form: FORM, classes: Object.fromEntries(entries) }, null, 2)}\n`;
}
