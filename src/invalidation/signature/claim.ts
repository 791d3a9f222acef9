import { isPrintable } from './printable.ts';
import type { SignatureRefusal } from './refusal.ts';
import type { Scheme } from './scheme.ts';
import { readSignatureHeader } from './signature-header.ts';
import { faultOfTimestamp } from './timestamp.ts';

/** A webhook's headers, read; whether they are true, the signatures tell. */
export interface Claim {
  readonly signatures: readonly Uint8Array<ArrayBuffer>[];
  /** The signed text before the body. */
  readonly before: string;
}

/** A `SignatureRefusal`: it needs no HMAC to be refused. */
export function readClaim(scheme: Scheme, headers: Headers, nowMs: number): Claim | SignatureRefusal {
  const read = readSignatureHeader(scheme, headers.get(scheme.header));
  if (typeof read === 'string') return read;
  const id = readId(scheme, headers);
  if (id.fault) return id.fault;
  const time = readTime(scheme, headers, read.timestamp, nowMs);
  if (time.fault) return time.fault;
  const values = { '{id}': id.text, '{timestamp}': time.text, '{body}': '' };
  // In one pass, or an id could say {timestamp}.
  const before = scheme.signed.replace(/\{\w+\}/g, (name) => values[name as keyof typeof values]);
  return { signatures: read.signatures, before };
}

/** A part of what is signed, or why there is none. */
type Read =
  | { readonly text: string; readonly fault?: never }
  | { readonly fault: SignatureRefusal; readonly text?: never };

const unsigned: Read = { text: '' };

function readId({ id, signed }: Scheme, headers: Headers): Read {
  const [, after] = signed.split('{id}');
  if (after === undefined || id === null || !('header' in id)) return unsigned;
  const text = headers.get(id.header);
  if (text === null || text === '') return { fault: 'no-id' };
  // Signed with `a.1` and `2.…`, it would be signed with `a` and `1.2.…` too: one signature, two webhooks.
  return isPrintable(text) && !text.includes(after.charAt(0)) ? { text } : { fault: 'malformed-id' };
}

function readTime({ timestamp }: Scheme, headers: Headers, beside: string | null, nowMs: number): Read {
  if (timestamp === null || 'field' in timestamp) return unsigned;
  const text = 'label' in timestamp ? beside : headers.get(timestamp.header);
  if (text === null) return { fault: 'no-timestamp' };
  const fault = faultOfTimestamp(timestamp, text, nowMs);
  return fault === null ? { text } : { fault };
}
