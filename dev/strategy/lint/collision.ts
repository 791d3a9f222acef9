import { decodePart, encodePart } from '../../../src/strategy/encode.ts';
import { PUBLIC_TENANT } from '../../../src/strategy/key.ts';

/** What a class's full keys are made of. */
export interface KeyForm {
  readonly name: string;
  readonly version: number;
  readonly scope: 'tenant' | 'user' | 'public';
  /** The template of the rest. */
  readonly key: string;
}

/** One key that both forms give, and what each is given for it: parameters by name, `@tenant` and `@user` from identity. */
export interface Collision {
  readonly key: string;
  readonly one: Readonly<Record<string, string>>;
  readonly other: Readonly<Record<string, string>>;
}

/**
 * Whether two forms can give one key, with an example; null: never. Parameters are taken as any text, whatever their schemas say. No encoded
 * value holds a `:`, so keys are equal where their segments are.
 */
export function collisionOf(a: KeyForm, b: KeyForm): Collision | null {
  const pairs = shapesOf(a).flatMap((one) => shapesOf(b).map((other) => [one, other] as const));
  return pairs.map(([one, other]) => collisionOfShapes(one, other)).find((it) => it !== null) ?? null;
}

function collisionOfShapes(one: Shape, other: Shape): Collision | null {
  if (one.segments.length !== other.segments.length) return null;
  const met = one.segments.map((segment, i) => meet(segment, other.segments[i]!));
  if (!met.every((it) => it !== null)) return null;
  const valuesOf = ({ segments, empty }: Shape) => {
    const values = segments.flatMap(({ before, name, after }, i) => {
      const text = met[i]!;
      return name === null ? [] : [[name, decodePart(text.slice(before.length, text.length - after.length))]];
    });
    return Object.fromEntries([...empty.map((name) => [name, '']), ...values]);
  };
  return { key: met.join(':'), one: valuesOf(one), other: valuesOf(other) };
}

/** Segments of full keys, and parameters that are empty in them. */
interface Shape {
  readonly segments: readonly Segment[];
  readonly empty: readonly string[];
}

/** An only parameter that is empty leaves nothing, and the engine no `:` before it. */
function shapesOf(form: KeyForm): Shape[] {
  const segments = segmentsOf(form);
  const [, only] = /^\{(\w+)\}$/.exec(form.key) ?? [];
  const filled = { segments, empty: [] };
  return only === undefined ? [filled] : [filled, { segments: segments.slice(0, -1), empty: [only] }];
}

/** `before{name}after`; without a name a literal, which is all in `before`. */
interface Segment {
  readonly before: string;
  readonly name: string | null;
  readonly after: string;
}

const literal = (before: string): Segment => ({ before, name: null, after: '' });
const value = (name: string): Segment => ({ before: '', name, after: '' });

function segmentsOf({ name, version, scope, key }: KeyForm): Segment[] {
  const rest = key === '' ? [] : key.split(':');
  return [
    ...[name, `v${version}`, 'tenant'].map(literal),
    scope === 'public' ? literal(PUBLIC_TENANT) : value('@tenant'),
    ...(scope === 'user' ? [literal('user'), value('@user')] : []),
    ...rest.map((segment): Segment => {
      const [before = '', param, after = ''] = segment.split(/\{(\w+)\}/);
      return { before, name: param ?? null, after };
    }),
  ];
}

/** A text that both segments can be; null: there is none. */
function meet(a: Segment, b: Segment): string | null {
  if (a.name === null && b.name === null) return a.before === b.before ? a.before : null;
  if (a.name === null) return isOf(b, a.before) ? a.before : null;
  if (b.name === null) return isOf(a, b.before) ? b.before : null;
  const begin = longerOf(a.before, b.before, (long, short) => long.startsWith(short));
  const end = longerOf(a.after, b.after, (long, short) => long.endsWith(short));
  // What stands between both ends makes either value a name that somebody can have: it is not empty.
  return begin === null || end === null ? null : `${begin}x${end}`;
}

/** Whether a literal is what the segment gives for some text. */
function isOf({ before, name, after }: Segment, text: string): boolean {
  if (text.length < before.length + after.length || !text.startsWith(before) || !text.endsWith(after))
    return false;
  const part = text.slice(before.length, text.length - after.length);
  // Nobody has an empty name; a parameter may be empty.
  return (part !== '' || !name!.startsWith('@')) && encodePart(decodePart(part)) === part;
}

function longerOf(a: string, b: string, holds: (long: string, short: string) => boolean): string | null {
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  return holds(long, short) ? long : null;
}
