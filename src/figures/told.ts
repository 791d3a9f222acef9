import { type Flush, flushShape } from '../telemetry/flush.ts';
import { jsonObject } from './text.ts';

/** A document as it was told. */
export interface Told {
  /** By the clock of Redis, which orders documents. */
  readonly arrivedMs: number;
  readonly flush: Flush;
}

/** Null: it is not valid; another version of the Worker, or whoever can write to Redis, has told it. */
export function readTold({ id, text }: { readonly id: string; readonly text: string }): Told | null {
  const parsed = flushShape.safeParse(jsonObject(text));
  return parsed.success ? { arrivedMs: Number(id.split('-')[0]), flush: parsed.data } : null;
}
