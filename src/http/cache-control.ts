/** A cache directive's argument: text without quotes, or true where there is none. */
export type Argument = string | true;

/** Directives by name in lower case, each with every argument that it was given. */
export class Directives {
  readonly #given: ReadonlyMap<string, readonly Argument[]>;

  constructor(given: ReadonlyMap<string, readonly Argument[]>) {
    this.#given = given;
  }

  get isEmpty(): boolean {
    return this.#given.size === 0;
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  /** Without an argument, which would limit it to the fields that it names. */
  isWhole(name: string): boolean {
    return this.#given.get(name)?.some((it) => it === true || it.trim() === '') ?? false;
  }

  /** RFC 9111 §5.2.2.4, §5.2.2.7: the fields that `no-cache` or `private` is limited to, in lower case. */
  fieldsOf(name: string): string[] {
    const given = this.#given.get(name) ?? [];
    return given.flatMap((it) => (it === true ? [] : it.split(','))).map((it) => it.trim().toLowerCase());
  }

  /**
   * RFC 9111 §1.2.2, §4.2.1: seconds in ms. Absent: undefined. What is not a number counts as 0, which is stale; given
   * twice, the smaller counts.
   */
  ms(name: string): number | undefined {
    const given = this.#given.get(name);
    return given && Math.min(...given.map((it) => deltaMs(it) ?? 0));
  }
}

/** RFC 9111 §1.2.2: larger than this is as good as this. */
const MOST_SECONDS = 2 ** 31;

/** RFC 9111 §1.2.2: a non-negative whole number of seconds, in ms; null for anything else. */
export function deltaMs(text: Argument): number | null {
  if (text === true || !/^\d+$/.test(text)) return null;
  return Math.min(Number(text), MOST_SECONDS) * 1000;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** RFC 9111 §5.2: `token [ "=" ( token / quoted-string ) ]`. */
const directive = new RegExp(`^(${token})(?:=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)"))?$`);
const leadingToken = new RegExp(`^${token}`);

/**
 * `Cache-Control` (RFC 9111 §5.2). An absent field has no directives. What is malformed counts as its directive with an
 * argument that is not valid, so that a malformed `max-age` is stale and a malformed `no-store` still forbids.
 */
export function parseCacheControl(header: string | null): Directives {
  const given = new Map<string, Argument[]>();
  for (const member of membersOf(header ?? '')) {
    const match = directive.exec(member);
    const name = (match?.[1] ?? leadingToken.exec(member)?.[0])?.toLowerCase();
    if (name === undefined) continue;
    const argument = match ? (match[2] ?? match[3]?.replace(/\\(.)/g, '$1') ?? true) : restricts(name) || '?';
    given.set(name, [...(given.get(name) ?? []), argument]);
  }
  return new Directives(given);
}

const restrictions = ['no-store', 'no-cache', 'private', 'must-revalidate', 'proxy-revalidate'];
/** Of these, one that is malformed counts as the whole. */
const restricts = (name: string) => restrictions.includes(name);

/** RFC 9110 §5.6.1: parted by commas outside of quotes; empty ones are ignored. */
export function membersOf(text: string): string[] {
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
  // A quote that is never closed must not hide what follows it.
  const rest = text.slice(from);
  members.push(...(quoted ? rest.split(',') : [rest]).map((member) => member.trim()));
  return members.filter((member) => member !== '');
}
