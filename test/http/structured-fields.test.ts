import {
  type BareItem,
  type Item,
  type Parameters,
  parseDictionary,
  parseItem,
  parseList,
  Token,
} from 'structured-headers';
import { describe, expect, it } from 'vitest';
import { parseTargeted } from '../../src/http/targeted.ts';
import binary from '../vectors/structured-fields/binary.json';
import boolean from '../vectors/structured-fields/boolean.json';
import dictionary from '../vectors/structured-fields/dictionary.json';
import item from '../vectors/structured-fields/item.json';
import list from '../vectors/structured-fields/list.json';
import number from '../vectors/structured-fields/number.json';
import string from '../vectors/structured-fields/string.json';
import token from '../vectors/structured-fields/token.json';

/** RFC 9651, as the parser that `src/http` uses reads it, against the vectors of the HTTP working group. */
interface Vector {
  readonly name: string;
  readonly raw: readonly string[];
  readonly header_type: string;
  readonly expected?: unknown;
  readonly must_fail?: boolean;
  readonly can_fail?: boolean;
}

const files = { binary, boolean, dictionary, item, list, number, string, token };
const vectors = Object.values(files).flatMap((file) => file as readonly Vector[]);

const FAILS = 'does not parse';
/** Where the parser says otherwise than the vectors do: what it says. None of it may change unseen. */
const deviations: Readonly<Record<string, unknown>> = {
  // RFC 9651 §4.2.4 has no sign for zero, JavaScript has one: `-0 === 0`, and it is written as `0`.
  'negative zero': [-0, []],
};

/** RFC 9110 §5.2: lines of one field are one value. */
const fieldOf = ({ raw }: Vector) => raw.join(', ');

function outcomeOf(vector: Vector): unknown {
  try {
    return parsed(vector.header_type, fieldOf(vector));
  } catch {
    return FAILS;
  }
}

function parsed(type: string, value: string): unknown {
  if (type === 'item') return plainItem(parseItem(value));
  if (type === 'list') return parseList(value).map(plainMember);
  return [...parseDictionary(value)].map(([name, member]) => [name, plainMember(member)]);
}

type Member = ReturnType<typeof parseList>[number];
const isInner = (member: Member): member is [Item[], Parameters] => Array.isArray(member[0]);
const plainMember = (member: Member) =>
  isInner(member) ? [member[0].map(plainItem), plainParameters(member[1])] : plainItem(member);
const plainItem = ([value, parameters]: Item) => [plain(value), plainParameters(parameters)];
const plainParameters = (them: Parameters) => [...them].map(([name, value]) => [name, plain(value)]);

/** As the vectors write what JSON has no type for. */
function plain(value: BareItem): unknown {
  if (value instanceof Token) return { __type: 'token', value: value.toString() };
  if (value instanceof ArrayBuffer) return { __type: 'binary', value: base32(new Uint8Array(value)) };
  return value;
}

/** RFC 4648 §6. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  const text = groups.map((it) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(it.padEnd(5, '0'), 2)]);
  return text.join('').padEnd(Math.ceil(text.length / 8) * 8, '=');
}

describe.each(Object.entries(files))('%s', (_, file) => {
  it.each(file as readonly Vector[])('$name', (vector) => {
    const outcome = outcomeOf(vector);
    if (vector.name in deviations) expect(outcome).toEqual(deviations[vector.name]);
    else if (vector.must_fail) expect(outcome).toBe(FAILS);
    else if (!(vector.can_fail && outcome === FAILS)) expect(outcome).toEqual(vector.expected);
  });
});

it('has run all vectors, each with a name of its own', () => {
  expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
  expect(vectors).toHaveLength(126);
  expect(vectors.filter(({ must_fail }) => must_fail)).toHaveLength(59);
  expect(Object.keys(deviations).filter((name) => !vectors.some((it) => it.name === name))).toEqual([]);
});

describe('CDN-Cache-Control (RFC 9213 §2.1)', () => {
  const ofDictionaries = (dictionary as readonly Vector[]).map((it) => ({ ...it, value: fieldOf(it) }));

  it.each(ofDictionaries.filter((it) => it.must_fail))('is ignored as a whole: $name', ({ value }) => {
    expect(parseTargeted(value)).toBeNull();
    // Not even what came before, or after, the mistake.
    expect(parseTargeted(`max-age=60, ${value}`)).toBeNull();
  });

  it.each(ofDictionaries.filter((it) => !it.must_fail))('has the members of: $name', (vector) => {
    const names = (vector.expected as [string, unknown][]).map(([name]) => name);
    const directives = parseTargeted(vector.value);
    if (names.length === 0) expect(directives).toBeNull();
    else expect(names.filter((name) => !directives?.has(name))).toEqual([]);
  });
});
