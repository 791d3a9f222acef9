import { bounds } from '../bounds.ts';
import { collect, discard } from '../engine/body.ts';
import { type FetchLabel, type Notes, noteFailure } from '../engine/notes.ts';
import type { Served } from '../engine/served.ts';
import { type Entry, plainText, textOf } from '../store/wire.ts';
import type { DataClass } from '../strategy/types.ts';
import { fieldName } from '../telemetry/field-name.ts';

/** Why a complete 200 may not be stored, in a word for the log. */
export type NotStorable =
  | 'too-large'
  | 'value-of-another-shape'
  | 'refused-by-class'
  | 'store-when-failed'
  | 'too-many-tags';

/** Null: it may be stored. `readsValue`: whoever asked for it reads its value, and one without is of no use to him. */
export function notStorable(
  cls: DataClass,
  tags: readonly string[],
  bytes: Uint8Array,
  readsValue = false,
): NotStorable | null {
  if (bytes.length > cls.maxBytes) return 'too-large';
  if (hasTooManyTags(cls, tags)) return 'too-many-tags';
  if (!cls.value && !cls.storeWhen && !readsValue) return null;
  const value = parseValue(cls, textOf(bytes));
  if (value === NO_VALUE) return 'value-of-another-shape';
  try {
    return cls.storeWhen && !cls.storeWhen(value) ? 'refused-by-class' : null;
  } catch {
    return 'store-when-failed';
  }
}

/** Notes why it is not stored; of a value of another shape, which fields of it are. A class that says no is no failure. */
export function noteNotStorable(
  notes: Notes,
  label: FetchLabel,
  cls: DataClass,
  refused: NotStorable,
  bytes?: Uint8Array,
): void {
  if (refused === 'refused-by-class') notes.noted.add(refused);
  else if (refused === 'value-of-another-shape' && bytes)
    noteFailure(notes, label, refused, fieldsAtFault(cls, bytes));
  else noteFailure(notes, label, refused);
}

/** Where a value is not of the class's shape. */
function fieldsAtFault({ value: shape }: DataClass, bytes: Uint8Array): string[] {
  try {
    const issues = shape?.safeParse(JSON.parse(textOf(bytes) ?? '')).error?.issues ?? [];
    const fields = issues.map(
      ({ path }) => path.map(fieldName).join('.').slice(0, bounds.loggedWhyChars) || '(the whole)',
    );
    return [...new Set(fields)].slice(0, bounds.loggedFields);
  } catch {
    return []; // not JSON: there are none
  }
}

export const hasTooManyTags = ({ tagsFromAnswer }: DataClass, tags: readonly string[]): boolean =>
  tagsFromAnswer && tags.length > bounds.lateTags;

export const NO_VALUE = Symbol('no value');

/** The value of a stored or fetched body, in the class's shape; `NO_VALUE` when it is no text, not JSON or of another shape. */
function parseValue(cls: DataClass, text: string | null): unknown {
  try {
    if (text === null) return NO_VALUE;
    const value: unknown = JSON.parse(text);
    if (!cls.value) return value;
    const parsed = cls.value.safeParse(value);
    return parsed.success ? parsed.data : NO_VALUE;
  } catch {
    return NO_VALUE;
  }
}

const values = new WeakMap<Entry, unknown>();

/** The entry's value, parsed once for as long as the entry is in memory; a damaged compressed body has none. */
export async function entryValue(cls: DataClass, entry: Entry): Promise<unknown> {
  if (values.has(entry)) return values.get(entry);
  const value = await plainText(entry).then(
    (text) => parseValue(cls, text),
    () => NO_VALUE,
  );
  values.set(entry, value);
  return value;
}

/** The value of a complete answer; `NO_VALUE` when there is none. */
export async function valueServed(cls: DataClass, served: Served): Promise<unknown> {
  if (served.is === 'entry') return entryValue(cls, served.entry);
  if (served.is === 'problem') return NO_VALUE;
  if (served.status !== 200) {
    discard(served.body);
    return NO_VALUE;
  }
  const bytes = await collect({ body: served.body, length: undefined }, cls.maxBytes);
  return typeof bytes === 'string' ? NO_VALUE : parseValue(cls, textOf(bytes));
}
