import type { DataClass } from '../strategy/data-class.ts';
import type { Answer } from './origin.ts';

/** Why a complete 200 may not be stored, in a word for the log; null if it may. */
export type NotStorable =
  | 'value-of-another-shape'
  | 'refused-by-class'
  | 'store-when-failed'
  | 'too-many-tags';

/** Where an own tag is left for the implicit ones. */
export const LATE_TAGS = 32;

export function isStorable(
  cls: DataClass,
  { tags }: Pick<Answer, 'tags'>,
  bytes: Uint8Array,
): NotStorable | null {
  if (cls.tagsFromAnswer && tags.length > LATE_TAGS) return 'too-many-tags';
  if (!cls.value && !cls.storeWhen) return null;
  const value = parseValue(cls, new TextDecoder().decode(bytes));
  if (value === NO_VALUE) return 'value-of-another-shape';
  try {
    return cls.storeWhen && !cls.storeWhen(value) ? 'refused-by-class' : null;
  } catch {
    return 'store-when-failed';
  }
}

export const NO_VALUE = Symbol('no value');

/** The value of a stored or fetched body, in the class's shape; `NO_VALUE` when it is not JSON or of another shape. */
export function parseValue(cls: DataClass, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (!cls.value) return value;
    const parsed = cls.value.safeParse(value);
    return parsed.success ? parsed.data : NO_VALUE;
  } catch {
    return NO_VALUE;
  }
}
