import { toBase64url } from '../digest.ts';

/**
 * Who is logged in, as the cookie says it: `name~end~mac`. The MAC's key is made of the hash of the token that was shown, and of the secret
 * that the origin is shown, so that
 * - to replace a token, or to take it out of the setting, ends its sessions; what it may do is looked up at each request;
 * - whoever has read the setting `ADMIN_TOKENS` alone cannot make a cookie;
 * - a stolen cookie opens the console until its end, and nothing else: it is no token, and no token can be computed from it, unless that is
 *   one that can be guessed (then whoever has the origin's secret besides can try guesses against the MAC).
 */
export interface Session {
  /** Of the token. */
  readonly name: string;
  readonly endsMs: number;
}

export interface SessionSecrets {
  /** SHA-256 of the token, in hex. */
  readonly tokenHash: string;
  readonly originSecret: string;
}

export async function sealSession(session: Session, secrets: SessionSecrets): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', await macKey(secrets), signedOf(session));
  return `${session.name}~${session.endsMs}~${toBase64url(new Uint8Array(mac))}`;
}

/** Null for a text that is none. Nothing of it may be believed before it was opened. */
export function readSession(text: string): (Session & { readonly mac: string }) | null {
  const [, name, ends, mac] = /^([\w.-]{1,64})~(\d{1,15})~([\w-]{43})$/.exec(text) ?? [];
  return name === undefined ? null : { name, endsMs: Number(ends), mac: mac! };
}

export async function isSealed(
  { mac, ...session }: NonNullable<ReturnType<typeof readSession>>,
  secrets: SessionSecrets,
): Promise<boolean> {
  const bytes = Uint8Array.fromBase64(mac, { alphabet: 'base64url' });
  // Compares in constant time.
  return crypto.subtle.verify('HMAC', await macKey(secrets), bytes, signedOf(session));
}

const encoder = new TextEncoder();

const signedOf = ({ name, endsMs }: Session) => encoder.encode(`${name}~${endsMs}`);

/** For this purpose alone: whatever else is ever made of a token's hash is made under other words. */
const PURPOSE = 'stillfresh console session 1';

async function macKey({ tokenHash, originSecret }: SessionSecrets): Promise<CryptoKey> {
  const root = await hmacKey(Uint8Array.fromHex(tokenHash));
  return hmacKey(await crypto.subtle.sign('HMAC', root, encoder.encode(`${PURPOSE}\0${originSecret}`)));
}

const hmacKey = (bytes: ArrayBuffer | Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
