import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { rolloutModes } from '../strategy/rollout-types.ts';

const stand = z.object({ mode: z.enum(rolloutModes), percent: z.number(), step: z.number().nullable() });

const text = z.string().max(bounds.rolloutWhyChars);
const entry = z.object({
  /** ISO 8601. */
  at: z.string().max(32),
  /** An admin token's name, or `guard`. */
  who: text,
  /** Null: of all, the kill switch. */
  class: text.nullable(),
  /** How it was, and how it is or would be: of the kill switch whether it is on. */
  from: z.union([stand, z.boolean()]).nullable(),
  to: z.union([stand, z.boolean()]).nullable(),
  /** What has changed besides, in words: lists, the plan. */
  also: text.optional(),
  why: text,
  /** Why it was not done; null: it was. */
  refused: text.nullable(),
});

/** A change of the flags, or an attempt at one. */
export type AuditEntry = Readonly<z.infer<typeof entry>>;

/** Null: it is none of ours. */
export function readAuditEntry(value: string): AuditEntry | null {
  try {
    return entry.safeParse(JSON.parse(value)).data ?? null;
  } catch {
    return null;
  }
}
