import { bounds } from '../bounds.ts';
import type { HeaderList } from '../http/message.ts';
import { ExactNumber, jsonValue } from './json-value.ts';

/** An answer as it is compared: without a coding, whatever it travelled in. */
export interface Representation {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

/** On the way to a place in JSON: a name, or an index. */
export interface Step {
  readonly name: string | number;
  /** False: it may be data, such as whose balance it is. */
  readonly isField: boolean;
}

/** Where two answers differ. Never what is there: it may be a person's. */
export type Difference =
  | { readonly in: 'status' }
  | { readonly in: 'header'; readonly name: string }
  /** Without a path: its bytes. */
  | { readonly in: 'body'; readonly path?: readonly Step[] };

/** What counts in a comparison. */
export interface Compared {
  /** Headers besides those that always count. */
  readonly headers: readonly string[];
  /** As `compareIgnoring` has them. */
  readonly ignoring: readonly string[];
}

/** Those that say what the content is. Others speak of the exchange (dates, caching, ids), and differ between any two. */
const alwaysCompared = [
  'content-type',
  'content-language',
  'content-disposition',
  'content-location',
  'location',
  'link',
];

/**
 * Where two answers to one question differ, the first few places; none: they are equal. JSON counts by value: the order of fields, the form of
 * numbers and text, and space do not. All else counts by its bytes.
 */
export function differencesOf(stored: Representation, present: Representation, by: Compared): Difference[] {
  const found: Difference[] = [];
  if (stored.status !== present.status) found.push({ in: 'status' });
  for (const name of comparedFields(by)) {
    if (fieldOf(stored, name) !== fieldOf(present, name)) found.push({ in: 'header', name });
  }
  if (!areSameBytes(stored.body, present.body)) compareBodies(stored, present, by.ignoring, found);
  return found.slice(0, bounds.comparedPlaces);
}

/** Names of the headers that count. */
export const comparedFields = ({ headers, ignoring }: Compared): readonly string[] =>
  [...new Set([...alwaysCompared, ...headers.map((it) => it.toLowerCase())])].filter(
    (name) => !ignoring.includes(`header:${name}`),
  );

function compareBodies(
  stored: Representation,
  present: Representation,
  ignoring: readonly string[],
  found: Difference[],
): void {
  const [a, b] = [valueIn(stored), valueIn(present)];
  if (a !== undefined && b !== undefined) walk(a, b, [], '', ignoring, found);
  else found.push({ in: 'body' });
}

/** In one form: media types, languages and lists may be spelled in several ways. */
export function fieldOf({ headers }: Representation, name: string): string {
  const values = headers.flatMap(([it, value]) => (it.toLowerCase() === name ? [value] : []));
  const value = withoutListSpace(values.join(', ').trim());
  if (name === 'content-type') return value.toLowerCase().replace(/[\s"]+/g, '');
  return name === 'content-language' ? value.toLowerCase() : value;
}

/** RFC 9110 §5.6.1.2, §5.6.6: space around what separates says nothing, outside of quotes. Each sign is looked at once. */
const withoutListSpace = (value: string) =>
  value.replace(/"(?:[^"\\]|\\.?)*"?|[ \t,;]+/g, (it) =>
    /^[ \t]*[,;]/.test(it) ? it.replace(/[ \t]+/g, '') : it,
  );

/** RFC 6839 §3.1. */
const isJson = (it: Representation) =>
  /^(?:application\/json|text\/json|[^;]+\+json)(?:;|$)/.test(fieldOf(it, 'content-type'));

/** Undefined: it has none that can be compared. */
export function valueIn(it: Representation): unknown {
  if (!isJson(it)) return undefined;
  try {
    return jsonValue(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(it.body));
  } catch {
    return undefined;
  }
}

type Path = readonly Step[];

/** `named`: the path as `compareIgnoring` has it, without the places in lists. */
function walk(
  a: unknown,
  b: unknown,
  path: Path,
  named: string,
  ignoring: readonly string[],
  found: Difference[],
): void {
  if (found.length >= bounds.comparedPlaces) return;
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.max(a.length, b.length); i += 1)
      walk(a[i], b[i], [...path, { name: i, isField: true }], named, ignoring, found);
    return;
  }
  if (isFields(a) && isFields(b)) {
    const areNamed = !isLikeRecord(a) && !isLikeRecord(b);
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const inner = named === '' ? name : `${named}.${name}`;
      if (ignoring.includes(inner)) continue;
      const isField = areNamed && !/^\d/.test(name) && Object.hasOwn(a, name) && Object.hasOwn(b, name);
      walk(ownOf(a, name), ownOf(b, name), [...path, { name, isField }], inner, ignoring, found);
    }
    return;
  }
  if (!areSameValue(a, b)) found.push({ in: 'body', path });
}

export const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);

/** Whether all that it has is of one kind, as under keys that are data: what is each person's. Fields of one kind are taken for such, too. */
const isLikeRecord = (fields: Readonly<Record<string, unknown>>) =>
  new Set(Object.values(fields).flatMap((it) => (it === null ? [] : [kindOf(it)]))).size < 2;

const kindOf = (value: unknown) =>
  Array.isArray(value) ? 'list' : value instanceof ExactNumber ? 'number' : typeof value;

/** What is missing is undefined, which JSON has not. */
const ownOf = (fields: Readonly<Record<string, unknown>>, name: string) =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

const areSameValue = (a: unknown, b: unknown) =>
  a instanceof ExactNumber && b instanceof ExactNumber ? a.form === b.form : a === b;

const areSameBytes = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((it, i) => it === b[i]);
