import * as z from 'zod';
import { jsonObject } from './text.ts';

/** What the cron keeps from one tick to the next, beside figures. What belongs to alerts, to the canary and to roll-outs is read by them. */
export interface State {
  readonly rollup: RollUpState;
  readonly alerts?: unknown;
  readonly canary?: unknown;
  readonly rollout?: unknown;
}

export interface RollUpState {
  /** Until then what isolates told is in the figures; 0: never yet. */
  readonly rolledUpMs: number;
  /** When something that isolates told was last counted; absent: never yet; null: nobody knows any more. */
  readonly toldMs?: number | null | undefined;
  /** As Redis said; null: it was not asked yet, or did not say. */
  readonly memory: {
    readonly usedBytes: number | null;
    readonly limitBytes: number | null;
    readonly atMs: number;
  } | null;
}

export const newRollUpState: RollUpState = { rolledUpMs: 0, memory: null };
/** In the place of what was there and cannot be read. */
export const lostRollUpState = { rolledUpMs: 0, toldMs: null, memory: null } as const;

const bytes = z.number().min(0).nullable();
/** Loose: what another version has added stays as it is. */
const stateShape = z.looseObject({
  rollup: z
    .looseObject({
      rolledUpMs: z.number().min(0),
      toldMs: z.number().min(0).nullish(),
      memory: z
        .looseObject({ usedBytes: bytes, limitBytes: bytes, atMs: z.number().min(0) })
        .nullable()
        .catch(null),
    })
    .catch(lostRollUpState),
  alerts: z.unknown().optional(),
  canary: z.unknown().optional(),
  rollout: z.unknown().optional(),
});

/** Null: there is none, or it cannot be read. What cannot be read of one part leaves the others alone. */
export function parseState(text: string | null): State | null {
  const parsed = stateShape.safeParse(jsonObject(text));
  return parsed.success ? parsed.data : null;
}
