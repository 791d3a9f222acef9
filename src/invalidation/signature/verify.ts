import { bounds } from '../../bounds.ts';
import { readClaim } from './claim.ts';
import { fieldOf, nameAt, parseJson } from './payload.ts';
import type { SignatureRefusal } from './refusal.ts';
import { type Scheme, signsId } from './scheme.ts';
import { faultOfTimestamp } from './timestamp.ts';

export interface Verified {
  readonly is: 'verified';
  /** Undefined when the body is not JSON in UTF-8. */
  readonly payload: unknown;
  readonly type: string | null;
  /** `signed`: whether the signature covers the id. */
  readonly event: { readonly id: string; readonly signed: boolean } | null;
}

export interface RefusedWebhook {
  readonly is: 'refused';
  readonly why: SignatureRefusal;
}

/** Rejects for nothing that a sender can send. The body is never text before it is verified. */
export type Verify = (headers: Headers, body: Uint8Array<ArrayBuffer>) => Promise<Verified | RefusedWebhook>;

const hmac = { name: 'HMAC', hash: 'SHA-256' };
const encoder = new TextEncoder();

/** Several secrets while they are rotated: any of them will do. `now` in milliseconds since the epoch. */
export function createVerify(
  scheme: Scheme,
  secrets: readonly Uint8Array<ArrayBuffer>[],
  now: () => number,
): Verify {
  if (secrets.length === 0 || secrets.length > bounds.hookSecrets)
    throw new TypeError(
      `createVerify: there are ${secrets.length} secrets; give it 1 to ${bounds.hookSecrets}`,
    );
  // Kept as keys, not as a promise of them, which would belong to the request that made it.
  let keys: readonly CryptoKey[] | undefined;

  return async function verify(headers, body) {
    const nowMs = now();
    const claim = readClaim(scheme, headers, nowMs);
    if (typeof claim === 'string') return refused(claim);
    keys ??= await Promise.all(secrets.map(keyOf));
    if (!(await anyMatches(keys, claim.signatures, joined(claim.before, body))))
      return refused('bad-signature');
    const payload = parseJson(body);
    const fault = faultOfBodyTime(scheme, payload, nowMs);
    return fault === null
      ? { is: 'verified', payload, ...namesOf(scheme, headers, payload) }
      : refused(fault);
  };
}

const refused = (why: SignatureRefusal): RefusedWebhook => ({ is: 'refused', why });

const keyOf = (secret: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey('raw', secret, hmac, false, ['sign']);

/** The body is hashed once for each secret, however many signatures a stranger shows; all pairs, each in constant time. */
async function anyMatches(
  keys: readonly CryptoKey[],
  signatures: readonly Uint8Array<ArrayBuffer>[],
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const expected = await Promise.all(keys.map((key) => crypto.subtle.sign('HMAC', key, signed)));
  const pairs = expected.flatMap((one) => signatures.map((it) => isEqual(one, it)));
  return pairs.includes(true);
}

const isEqual = (expected: ArrayBuffer, shown: Uint8Array<ArrayBuffer>) =>
  shown.length === expected.byteLength && crypto.subtle.timingSafeEqual(expected, shown);

function joined(before: string, body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (before === '') return body;
  const first = encoder.encode(before);
  const all = new Uint8Array(first.length + body.length);
  all.set(first);
  all.set(body, first.length);
  return all;
}

/** A time in the body says something only once the body is known to be the sender's. */
function faultOfBodyTime({ timestamp }: Scheme, payload: unknown, nowMs: number): SignatureRefusal | null {
  if (timestamp === null || !('field' in timestamp)) return null;
  const value = fieldOf(payload, timestamp.field);
  if (value === undefined) return 'no-timestamp';
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  return faultOfTimestamp(timestamp, text, nowMs);
}

function namesOf(scheme: Scheme, headers: Headers, payload: unknown): Pick<Verified, 'type' | 'event'> {
  const id = scheme.id && nameAt(scheme.id, headers, payload);
  const type = scheme.type.map((place) => nameAt(place, headers, payload)).find((it) => it !== null);
  return { type: type ?? null, event: id === null ? null : { id, signed: signsId(scheme) } };
}
