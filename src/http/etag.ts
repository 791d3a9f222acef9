import { bounds } from '../bounds.ts';
import { sha256, toBase64url } from '../digest.ts';

/** An entity tag (RFC 9110 §8.8.3); `opaque` is what stands between the quotes. */
export interface EntityTag {
  readonly weak: boolean;
  readonly opaque: string;
}

/** The content codings that an entry can be sent in. */
export type Coding = 'identity' | 'gzip';

/** obs-text (RFC 9110 §5.5) is grammatical, though no tag that we send has it. */
const entityTag = /(W\/)?"([\x21\x23-\x7e\u0080-\uffff]*)"/y;

/** The tag that begins at `at`, and where it ends; null where none begins. */
export function entityTagAt(
  text: string,
  at: number,
): { readonly tag: EntityTag; readonly end: number } | null {
  entityTag.lastIndex = at;
  const match = entityTag.exec(text);
  return match && { tag: { weak: match[1] !== undefined, opaque: match[2]! }, end: entityTag.lastIndex };
}

/**
 * Null for what is not an entity tag, and for one too long to keep. ASCII only: an origin's tag with other bytes may not
 * survive decoding unchanged, so the entry gets a tag of our own.
 */
export function parseEntityTag(text: string): EntityTag | null {
  if (text.length > bounds.entityTagBytes || !/^[\x21-\x7e]*$/.test(text)) return null;
  const read = entityTagAt(text, 0);
  return read?.end === text.length ? read.tag : null;
}

export function formatEntityTag({ weak, opaque }: EntityTag): string {
  return `${weak ? 'W/' : ''}"${opaque}"`;
}

/** The tag where the origin sends none: 160 bits of SHA-256 over the body before any coding, in base64url. */
export async function strongEtagOf(body: Uint8Array): Promise<EntityTag> {
  return { weak: false, opaque: toBase64url((await sha256(body)).subarray(0, 20)) };
}

/** RFC 9110 §8.8.3.3: representations that differ in their coding must not share a strong tag. */
export function entityTagFor(tag: EntityTag, coding: Coding): EntityTag {
  return coding === 'identity' ? tag : { ...tag, opaque: `${tag.opaque}-${coding}` };
}

/** The tag before `entityTagFor` gave it that coding. */
export function entityTagWithout(tag: EntityTag, coding: Coding): EntityTag {
  const suffix = `-${coding}`;
  return tag.opaque.endsWith(suffix) ? { ...tag, opaque: tag.opaque.slice(0, -suffix.length) } : tag;
}

/** Weak comparison (RFC 9110 §8.8.3.2), as If-None-Match asks for. */
export function weaklyEqual(a: EntityTag, b: EntityTag): boolean {
  return a.opaque === b.opaque;
}
