import { BoundedMap } from '../bounded-map.ts';
import { toHex } from '../digest.ts';
import type { EdgeRequest } from '../engine/request.ts';
import type { LogLine } from '../telemetry/log.ts';

/** How an id stands in the log, and where to look for it in a text. */
interface HashedId {
  readonly hash: string;
  readonly pattern: RegExp;
  /** Of what is left of it where a line was cut. */
  readonly begun: RegExp | null;
}

/** The route that takes a path, `/t/:tenant`. */
type PatternOf = (method: string, path: string) => string;

/**
 * The log with hashes in place of the ids of tenants and users: keyed, so that nobody without the key can try names. Of a path it has the route
 * alone, and none at the origin: nobody knows whose ids a client, verified or not, has put into them.
 */
export class LogIds {
  readonly #key: Promise<CryptoKey>;
  readonly #known: BoundedMap<string, HashedId>;

  readonly #patternOf: PatternOf;

  constructor(key: string, most: number, patternOf: PatternOf) {
    this.#patternOf = patternOf;
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    this.#key = crypto.subtle.importKey('raw', new TextEncoder().encode(key), algorithm, false, ['sign']);
    this.#known = new BoundedMap(most);
  }

  /** A line of this request; at once where this isolate has hashed its ids before. */
  hidden(shown: LogLine, { identity, logged }: EdgeRequest): LogLine | Promise<LogLine> {
    const line = this.#withoutPaths(shown);
    const { admin } = line;
    const address =
      typeof admin === 'string' && admin.startsWith(byAccess) ? admin.slice(byAccess.length) : undefined;
    const ids = [identity?.tenant, logged?.tenant, identity?.user, address].filter((id) => id !== undefined);
    // One may stand in another.
    ids.sort((a, b) => b.length - a.length);
    const known = ids.flatMap((id) => this.#known.get(id) ?? []);
    if (known.length === ids.length) return withoutIds(line, known);
    return Promise.all(ids.map((id) => this.#hashed(id))).then((made) => withoutIds(line, made));
  }

  #withoutPaths(line: LogLine): LogLine {
    const { method, path, failures } = line;
    return {
      ...line,
      ...(typeof path === 'string' && { path: this.#patternOf(String(method), path) }),
      resolved: undefined,
      origin_path: undefined,
      ...(Array.isArray(failures) && {
        failures: failures.map((it: object) => ({ ...it, origin_path: undefined })),
      }),
    };
  }

  async #hashed(id: string): Promise<HashedId> {
    const mac = await crypto.subtle.sign('HMAC', await this.#key, new TextEncoder().encode(id));
    const made = { hash: toHex(new Uint8Array(mac).subarray(0, 8)), ...patternsOf(id) };
    this.#known.set(id, made);
    return made;
  }
}

/** Of whom Cloudflare Access let through: an address follows. */
const byAccess = 'access:';

/** The id by itself, not as a part of a longer word, each character of it as it is or percent-encoded, however often. */
function patternsOf(id: string): Pick<HashedId, 'pattern' | 'begun'> {
  const chars = [...id].map(charPattern);
  const before = '(?<![\\w%-])';
  const pattern = new RegExp(`${before}${chars.join('')}(?![\\w%-])`, 'g');
  const most = chars.slice(leastBegun).reduceRight((rest, char) => `(?:${char}${rest})?`, '');
  // A line is cut before its ids are hidden: at its end.
  const begun = new RegExp(`${before}${chars.slice(0, leastBegun).join('')}${most}(?:%[\\da-fA-F]?)?$`, 'gm');
  return { pattern, begun: chars.length > leastBegun ? begun : null };
}

/** So much of an id says too little of it. */
const leastBegun = 3;

function charPattern(char: string): string {
  const plain = char.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
  const bytes = [...new TextEncoder().encode(char)].map((byte) => byte.toString(16).padStart(2, '0'));
  const hex = (digit: string) => (digit >= 'a' ? `[${digit}${digit.toUpperCase()}]` : digit);
  const encoded = bytes.map((two) => `%(?:25)*${[...two].map(hex).join('')}`).join('');
  return char === ' ' ? `(?: |\\+|${encoded})` : `(?:${plain}|${encoded})`;
}

function withoutIds(line: LogLine, ids: readonly HashedId[]): LogLine {
  const hide = (text: string) =>
    ids.reduce((left, { hash, pattern, begun }) => {
      const whole = left.replace(pattern, hash);
      return begun ? whole.replace(begun, hash) : whole;
    }, text);
  const entries = Object.entries(line).map(([name, value]) => [
    name,
    // Each text in it, however deep.
    mayHoldIds.has(name) && value !== undefined
      ? JSON.parse(JSON.stringify(value), (_, it: unknown) => (typeof it === 'string' ? hide(it) : it))
      : value,
  ]);
  return Object.fromEntries(entries);
}

/** What a client, an origin or an error may have put an id into; in development also the query and the key. */
const mayHoldIds = new Set('tenant failures why stack query key event_id hook_event admin'.split(' '));
