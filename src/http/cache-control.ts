import { listOf } from './message.ts';

/** A cache directive's argument: text without quotes, or true where there is none. */
export type Argument = string | true;

/** Directives by name in lower case, each with every argument that it was given. */
export class Directives extends Map<string, Argument[]> {
  all(name: string): readonly Argument[] {
    return this.get(name) ?? [];
  }

  /** Whether it is given without an argument: what allows something must be well-formed. */
  says(name: string): boolean {
    return this.all(name).includes(true);
  }

  /** Whether it is given without an argument that limits it to some fields. */
  isUnqualified(name: string): boolean {
    return this.all(name).some((it) => namesIn(it).length === 0);
  }

  /** RFC 9111 §5.2.2.4, §5.2.2.7: the fields that `no-cache` or `private` is limited to, in lower case. */
  fieldsOf(name: string): string[] {
    return this.all(name).flatMap(namesIn);
  }

  /** Whether it is given, each time with a number of seconds. */
  hasMs(name: string): boolean {
    return this.has(name) && this.all(name).every((it) => deltaMs(it) !== null);
  }

  /**
   * RFC 9111 §1.2.2, §4.2.1: seconds in ms. Absent: undefined. What is not a number counts as 0, which is stale; given
   * twice, the smaller counts.
   */
  ms(name: string): number | undefined {
    const given = this.get(name);
    return given && Math.min(...given.map((it) => deltaMs(it) ?? 0));
  }
}

/** RFC 9111 §1.2.2: a larger number counts as this one. */
export const MOST_SECONDS = 2 ** 31;

/** RFC 9111 §1.2.2: a non-negative whole number of seconds, in ms; null for anything else. */
export function deltaMs(text: Argument): number | null {
  if (text === true || !/^\d+$/.test(text)) return null;
  return Math.min(Number(text), MOST_SECONDS) * 1000;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** Neither a number nor a field's name, so that what forbids still forbids, and what allows does not. */
export const MALFORMED = '?';

const onlyToken = new RegExp(`^${token}$`);
/** RFC 9111 §5.2: `token [ "=" ( token / quoted-string ) ]`. */
const directive = new RegExp(`^(${token})(?:=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)"))?$`);
const forbidding = /\b(?:no-store|no-cache|private|must-revalidate|proxy-revalidate)\b/g;
const leadingToken = new RegExp(`^${token}`);

/**
 * `Cache-Control` (RFC 9111 §5.2). An absent field has no directives. What is malformed counts as its directive with an
 * argument that is not valid, so that a malformed `max-age` is stale and a malformed `no-store` still forbids.
 */
export function parseCacheControl(header: string | null): Directives {
  const given = new Directives();
  const add = (name: string, argument: Argument) => {
    const before = given.get(name);
    if (before) before.push(argument);
    else given.set(name, [argument]);
  };
  const { members, unclosed } = membersOf(header ?? '');
  for (const [i, member] of [...members, ...unclosed].entries()) {
    // A quote that is never closed must not hide what forbids, nor show what allows.
    const match = i < members.length ? directive.exec(member) : null;
    const name = (match?.[1] ?? leadingToken.exec(member)?.[0])?.toLowerCase();
    if (name === undefined) continue;
    const argument = match ? (match[2] ?? match[3]?.replace(/\\(.)/g, '$1') ?? true) : MALFORMED;
    add(name, argument);
    // `public; no-store`: what is malformed hides nothing that forbids.
    if (!match)
      for (const word of member.toLowerCase().match(forbidding) ?? [])
        if (word !== name) add(word, MALFORMED);
  }
  return given;
}

/** RFC 9110 §5.6.1, §5.1: a list of field names; none where anything in it is not one. */
function namesIn(argument: Argument): string[] {
  const given = argument === true ? [] : listOf(argument);
  return given.every((it) => onlyToken.test(it) && !/^\d+$/.test(it)) ? given : [];
}

/** RFC 9110 §5.6.1: separated by commas outside of quotes, without empty ones. `unclosed`: those after a quote that never ends. */
function membersOf(text: string): { readonly members: string[]; readonly unclosed: string[] } {
  const members: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '\\' && quoted) at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      members.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  const rest = (quoted ? text.slice(from).split(',') : [text.slice(from)]).map((member) => member.trim());
  const notEmpty = (member: string) => member !== '';
  return quoted
    ? { members: members.filter(notEmpty), unclosed: rest.filter(notEmpty) }
    : { members: [...members, ...rest].filter(notEmpty), unclosed: [] };
}
