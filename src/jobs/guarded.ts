import type { Context } from '../engine/context.ts';
import { noteRemark } from '../engine/notes.ts';
import { noteStoreFailure } from '../engine/store-call.ts';
import { StoreError } from '../store/port.ts';
import { whyOf } from '../telemetry/why.ts';

/** What a part of the tick gives; null: it failed, which is noted, and the others go on. */
export async function guarded<T>(context: Context, part: () => T | Promise<T>): Promise<T | null> {
  try {
    return await part();
  } catch (error) {
    if (error instanceof StoreError) return noteStoreFailure(context.notes, error);
    noteRemark(context.notes, { note: 'internal', says: whyOf(error) });
    return null;
  }
}
