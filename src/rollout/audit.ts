import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { rolloutModes } from '../strategy/rollout-types.ts';
import { type ClassFlags, percentOf } from './flags.ts';

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

type Stand = ClassFlags | boolean | null;

/** What was done, unless `refused` is said. `of`: the class; null: the kill switch. */
export const auditOf = (
  atMs: number,
  who: string,
  of: string | null,
  from: Stand,
  to: Stand,
  why: string,
) => ({
  ...{ at: new Date(atMs).toISOString(), who, class: of, why, refused: null },
  from: standOf(from),
  to: standOf(to),
});

const standOf = (it: Stand) =>
  it && typeof it === 'object' ? { mode: it.mode, percent: percentOf(it), step: it.step } : it;

/** Null: it is none of ours. */
export function readAuditEntry(value: string): AuditEntry | null {
  try {
    return entry.safeParse(JSON.parse(value)).data ?? null;
  } catch {
    return null;
  }
}
