import { BoundedMap } from '../bounded-map.ts';
import { toHex } from '../digest.ts';
import type { EdgeRequest } from '../engine/request.ts';
import type { LogLine } from '../telemetry/log.ts';

/** How an id stands in the log, and where to look for it in a text. */
interface HashedId {
  readonly hash: string;
  readonly pattern: RegExp;
}

/** The log with hashes in place of the ids of tenants and users: keyed, so that nobody without the key can try names. */
export class LogIds {
  readonly #key: Promise<CryptoKey>;
  readonly #known: BoundedMap<string, HashedId>;

  constructor(key: string, most: number) {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    this.#key = crypto.subtle.importKey('raw', new TextEncoder().encode(key), algorithm, false, ['sign']);
    this.#known = new BoundedMap(most);
  }

  /** A line of this request; at once where this isolate has hashed its ids before. */
  hidden(line: LogLine, { identity, logged }: EdgeRequest): LogLine | Promise<LogLine> {
    const ids = [identity?.tenant, logged?.tenant, identity?.user].filter((id) => id !== undefined);
    // One may stand in another.
    ids.sort((a, b) => b.length - a.length);
    const known = ids.flatMap((id) => this.#known.get(id) ?? []);
    if (known.length === ids.length) return withoutIds(line, known);
    return Promise.all(ids.map((id) => this.#hashed(id))).then((made) => withoutIds(line, made));
  }

  async #hashed(id: string): Promise<HashedId> {
    const mac = await crypto.subtle.sign('HMAC', await this.#key, new TextEncoder().encode(id));
    const made = { hash: toHex(new Uint8Array(mac).subarray(0, 8)), pattern: patternOf(id) };
    this.#known.set(id, made);
    return made;
  }
}

/** The id by itself, not as a part of a longer word, in whichever way a URL has it. */
function patternOf(id: string): RegExp {
  const encoded = encodeURIComponent(id);
  // A path is logged as it is routed, which leaves delimiters encoded.
  const forms = new Set([id, encoded, encodeURI(id), decodeURI(encoded)]);
  const escaped = [...forms].map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(`(?<![\\w%-])(?:${escaped.join('|')})(?![\\w%-])`, 'g');
}

function withoutIds(line: LogLine, ids: readonly HashedId[]): LogLine {
  const hide = (text: string) => ids.reduce((left, { hash, pattern }) => left.replace(pattern, hash), text);
  const entries = Object.entries(line).map(([name, value]) => [
    name,
    mayHoldIds.has(name) ? inAll(value, hide) : value,
  ]);
  return Object.fromEntries(entries);
}

/** Each text in it, however deep. */
function inAll(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === 'string') return hide(value);
  if (Array.isArray(value)) return value.map((it) => inAll(it, hide));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, inAll(it, hide)]));
}

/** What a client, an origin or an error may have put an id into; in development also the query and the key. */
const mayHoldIds = new Set([
  ...['tenant', 'path', 'resolved', 'origin_path', 'failures', 'why', 'stack', 'query', 'key'],
]);
