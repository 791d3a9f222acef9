import { createHash, randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';

export interface KeyPair {
  readonly current: string;
  readonly next: string;
}

export interface SigningKeys {
  readonly pair: KeyPair;
  rotate(): void;
  /** The `Upstash-Signature` of one delivery: each has an id of its own. */
  sign(delivery: { readonly url: string; readonly body: Buffer; readonly nowMs: number }): Promise<string>;
}

const LIFETIME_S = 300;

export function createSigningKeys(initial: KeyPair = { current: newKey(), next: newKey() }): SigningKeys {
  let pair = initial;
  return {
    get pair() {
      return pair;
    },
    rotate() {
      pair = { current: pair.next, next: newKey() };
    },
    sign({ url, body, nowMs }) {
      const now = Math.floor(nowMs / 1000);
      // base64url, and yet padded, as QStash writes it: a verifier must expect that.
      const hash = createHash('sha256').update(body).digest('base64url').padEnd(44, '=');
      return new SignJWT({ body: hash })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuer('Upstash')
        .setSubject(url)
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(now + LIFETIME_S)
        .setJti(`jwt_${randomBytes(20).toString('base64url')}`)
        .sign(new TextEncoder().encode(pair.current));
    },
  };
}

const newKey = (): string => `sig_${randomBytes(20).toString('base64url')}`;
