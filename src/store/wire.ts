import { bounds } from '../bounds.ts';
import type { Principal } from '../identity/identity.ts';
import { captureOf } from './generation.ts';
import type { EntryParts } from './port.ts';
import { isList, isNumber, isText, isTextOrNull } from './shapes.ts';

/**
 * How an entry stands in Redis, version 1:
 *
 *     SF1 <fill token>\n
 *     <generation's name>=<hard>.<soft> …\n     written by the script, which alone knows the late ones
 *     <meta, JSON>\n
 *     <body>                                    text as it is; gzip and other binary as base64
 *
 * A reader of another version takes it for a miss. `meta.x` is kept for how the body is encrypted: an entry that
 * has it is a miss for a reader that knows no encryption.
 */
const MAGIC = 'SF1 ';
/**
 * Version 2 is version 1 with `selecting` in its meta: a response of an HTTP cache, kept with the origin's own coding and
 * nothing compressed.
 */
const MAGIC_2 = 'SF2 ';

const isRecord = (it: unknown): it is Record<string, unknown> =>
  typeof it === 'object' && it !== null && !Array.isArray(it);

const pairsOf =
  <T>(isValue: (it: unknown) => it is T) =>
  (it: unknown): it is readonly (readonly [name: string, value: T])[] =>
    isList(it) && it.every((one) => isList(one) && one.length === 2 && isText(one[0]) && isValue(one[1]));

/** Exactly these fields, each of that shape. By hand: a schema, interpreted at every hit, costs five times as much. */
const metaShape = {
  /** In full, so that an entry found under another key is seen. */
  key: isText,
  /** Who filled it. */
  principal: (it: unknown): it is Principal =>
    isRecord(it) && Object.keys(it).length === 2 && isText(it['tenant']) && isText(it['user']),
  status: isNumber,
  headers: pairsOf(isText),
  etag: isText,
  /** When the fetch began: the data are at least as new as this. Milliseconds since the epoch. */
  fetchedMs: isNumber,
  /** How long the fetch took. */
  fetchMs: isNumber,
  ttlMs: isNumber,
  coding: (it: unknown) => it === 'identity' || it === 'gzip',
  /** How the body is written here. */
  written: (it: unknown) => it === 'text' || it === 'base64',
  /** Bytes of the body without the coding above. */
  length: isNumber,
};
const metaFields = Object.entries(metaShape);

const isSelecting = pairsOf(isTextOrNull);

type Checked<Shape> = Shape extends (it: unknown) => it is infer T ? T : never;

type Meta = { readonly [field in keyof typeof metaShape]: Checked<(typeof metaShape)[field]> } & {
  /** RFC 9111 §4.1: the request fields that selected this response, with their values; null: absent. */
  readonly selecting?: Checked<typeof isSelecting>;
};

const isMeta = (it: unknown, version: 1 | 2): it is Meta =>
  isRecord(it) &&
  Object.keys(it).length === metaFields.length + version - 1 &&
  metaFields.every(([field, fits]) => fits(it[field])) &&
  (version === 1 || isSelecting(it['selecting']));

/** A stored answer, as it is kept in isolate memory. */
export interface Entry extends Omit<Meta, 'written' | 'key'> {
  /** However long. */
  readonly fullKey: string;
  /** Identity of this fill; two entries with the same one are the same. */
  readonly fillToken: string;
  /** Every tag it depends on, as a generation's name, with the generation it was filled under. */
  readonly generations: ReadonlyMap<string, string>;
  /** The body as coded by `coding`. */
  readonly body: string | Uint8Array;
}

/** A fetched answer, before it is written. */
export type Draft = Omit<Entry, 'generations' | 'coding' | 'length' | 'body'> & { readonly body: Uint8Array };

/** An entry without its generations, and how it is written. */
export interface EncodedEntry {
  readonly parts: EntryParts;
  withGenerations(generations: ReadonlyMap<string, string>): Entry;
}

export async function encodeEntry({
  body: bytes,
  fullKey,
  fillToken,
  ...draft
}: Draft): Promise<EncodedEntry> {
  const asItIs = draft.selecting !== undefined;
  const { coding, written, body, text } = asItIs ? plainForm(bytes) : await smallestForm(bytes);
  const { length } = bytes;
  const meta: Meta = { key: fullKey, ...draft, written, coding, length };
  const entry: Omit<Entry, 'generations'> = {
    ...draft,
    fullKey,
    fillToken,
    coding,
    length,
    body: asItIs ? bytes : body,
  };
  return {
    parts: { head: `${asItIs ? MAGIC_2 : MAGIC}${fillToken}\n`, tail: `\n${JSON.stringify(meta)}\n${text}` },
    withGenerations: (generations) => ({ ...entry, generations }),
  };
}

/** Why a value found in Redis is not an entry; each is a miss, counted and logged. */
export type Unreadable = 'other-version' | 'corrupt';

export function decodeEntry(text: string): Entry | Unreadable {
  const version = text.startsWith(MAGIC) ? 1 : text.startsWith(MAGIC_2) ? 2 : null;
  if (version === null) return 'other-version';
  const headEnd = text.indexOf('\n');
  const generationsEnd = text.indexOf('\n', headEnd + 1);
  const metaEnd = text.indexOf('\n', generationsEnd + 1);
  if (generationsEnd === -1 || metaEnd === -1) return 'corrupt';
  const generations = parseGenerations(text.slice(headEnd + 1, generationsEnd));
  const meta = parseMeta(text.slice(generationsEnd + 1, metaEnd), version);
  if (!generations || !meta) return 'corrupt';
  const { written, key: fullKey, ...rest } = meta;
  const body = parseBody(text.slice(metaEnd + 1), meta);
  if (body === null) return 'corrupt';
  return { ...rest, fullKey, fillToken: text.slice(MAGIC.length, headEnd), generations, body };
}

function parseGenerations(line: string): Map<string, string> | null {
  const pairs = line.split(' ').map((pair) => pair.split('='));
  if (pairs.length > bounds.tagsPerEntry || pairs.some((pair) => pair.length !== 2 || pair.includes('')))
    return null;
  // Earlier writers wrote the generation in full.
  return new Map((pairs as [string, string][]).map(([name, generation]) => [name, captureOf(generation)]));
}

function parseMeta(line: string, version: 1 | 2): Meta | null {
  try {
    const meta: unknown = JSON.parse(line);
    return isMeta(meta, version) ? meta : null;
  } catch {
    return null;
  }
}

/** Null when it is not complete: a value cut short must not be served. */
function parseBody(text: string, { written, coding, length }: Meta): string | Uint8Array | null {
  if (written === 'text') return coding === 'identity' && utf8Length(text, length) === length ? text : null;
  try {
    const bytes = Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' });
    return (coding === 'gzip' ? unzippedLength(bytes) : bytes.length) === length ? bytes : null;
  } catch {
    return null;
  }
}

/** Text that has as many units as bytes are expected is ASCII; only other text needs encoding to be measured. */
function utf8Length(text: string, expected: number): number {
  return text.length === expected ? expected : new TextEncoder().encode(text).length;
}

/** RFC 1952 §2.3.1: a member ends in ISIZE, its length before compression modulo 2^32, least significant byte first. */
function unzippedLength(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(bytes.byteLength - 4, true);
}

interface Form extends Pick<Meta, 'coding' | 'written'> {
  readonly body: string | Uint8Array;
  readonly text: string;
}

async function smallestForm(bytes: Uint8Array): Promise<Form> {
  const plain = plainForm(bytes);
  if (bytes.length < bounds.gzipFromBytes) return plain;
  const body = await gzip(bytes);
  const text = body.toBase64();
  // As Redis holds them: text in UTF-8, which is `bytes`.
  const plainBytes = plain.written === 'text' ? bytes.length : plain.text.length;
  return text.length < plainBytes ? { coding: 'gzip', written: 'base64', body, text } : plain;
}

function plainForm(bytes: Uint8Array): Form {
  try {
    // A byte order mark is part of the body: `ignoreBOM` keeps it.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { coding: 'identity', written: 'text', body: text, text };
  } catch {
    return { coding: 'identity', written: 'base64', body: bytes, text: bytes.toBase64() };
  }
}

async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Response(bytes).body!.pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The body for code that reads the value: without content coding, and as `textOf` has it in whatever form it is kept. */
export async function plainText(entry: Entry): Promise<string | null> {
  if (entry.coding === 'gzip') return textOf(await new Response(unzipped(entry)).bytes());
  if (typeof entry.body === 'string') return entry.body.replace(/^\uFEFF/, '');
  return textOf(entry.body);
}

/** Without a byte order mark; null for what is not UTF-8, in which nothing may be read that was not sent. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null;
  }
}

export function unzipped(entry: Entry): ReadableStream {
  return new Response(entry.body).body!.pipeThrough(new DecompressionStream('gzip'));
}
