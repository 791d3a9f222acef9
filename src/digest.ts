const encoder = new TextEncoder();

/** Of text in UTF-8, or of bytes. */
export const sha256 = (of: string | Uint8Array) => digest('SHA-256', of);

/** For `EVALSHA` alone: Redis names its scripts by it. */
export const sha1 = (text: string) => digest('SHA-1', text);

async function digest(algorithm: string, of: string | Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(
    await crypto.subtle.digest(algorithm, typeof of === 'string' ? encoder.encode(of) : of),
  );
}

/** Short, and safe in a name, a header or a URL: without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** By hand, because Node, in which some tests run, has no `toHex` yet. */
export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
