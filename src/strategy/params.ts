import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { inOurWords } from './says.ts';
import type { Params } from './types.ts';

/**
 * The class's own schema, made strict: a parameter without a place in the key is refused, and so is a value that a
 * key cannot hold or that is too long for one. Each issue carries the parameter's name in `path[0]`.
 */
export function strictParams<P extends Params>(schema: z.ZodObject): z.ZodType<P> {
  const strict = schema
    .catchall(z.custom(() => false, 'there is no such parameter'))
    .superRefine((parsed, ctx) => {
      for (const [name, value] of Object.entries(parsed)) {
        const message = Object.hasOwn(schema.shape, name) ? faultOf(value) : 'there is no such parameter';
        if (message !== undefined) ctx.addIssue({ code: 'custom', path: [name], message });
      }
    });
  // The type of `P` came from this very schema.
  return strict as unknown as z.ZodType<P>;
}

function faultOf(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'boolean' || Number.isFinite(value)) return undefined;
  if (typeof value !== 'string') return 'must come out as a string, a finite number or a boolean';
  if (utf8Bytes(value) <= bounds.keyParamBytes) return undefined;
  return `must not be longer than ${bounds.keyParamBytes} bytes`;
}

/** A UTF-16 unit is at most 3 bytes of UTF-8, at least 1: most values need no encoder. */
function utf8Bytes(text: string): number {
  if (text.length > bounds.keyParamBytes || text.length * 3 <= bounds.keyParamBytes) return text.length;
  return new TextEncoder().encode(text).length;
}

/** Whether a parameter may be absent after parsing (a default makes it present). */
export function mayBeAbsent(schema: z.ZodObject, name: string): boolean {
  const parsed = tried(schema.shape[name] as z.ZodType);
  return parsed?.success === true && parsed.data === undefined;
}

/** Whether a field may be left out. */
export const takesNothing = (schema: z.ZodType): boolean => tried(schema)?.success === true;

/** What a schema makes of a value, while routes and definitions are checked; undefined: one that waits says nothing here. */
export function tried(schema: z.ZodType, value?: unknown): z.ZodSafeParseResult<unknown> | undefined {
  try {
    return schema.safeParse(value, { ...inOurWords, reportInput: true });
  } catch {
    return undefined;
  }
}
