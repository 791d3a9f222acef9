import { bounds } from '../../bounds.ts';
import { fromBase64 } from './base64.ts';
import type { SignatureRefusal } from './refusal.ts';
import type { Scheme } from './scheme.ts';

export interface SignatureHeader {
  readonly signatures: readonly Uint8Array<ArrayBuffer>[];
  /** The timestamp as written, where the scheme has it in this header. */
  readonly timestamp: string | null;
}

/** A version that we do not know, or do not trust any more: `v0=…`, `v1a,…`. */
const otherItem = /^[\w.-]+[=,:][\x21-\x7e]+$/;

/** Strict: one signature has one spelling, and a header that we do not wholly understand is no proof. */
export function readSignatureHeader(
  { parting, label, encoding, timestamp }: Scheme,
  value: string | null,
): SignatureHeader | SignatureRefusal {
  if (value === null) return 'no-signature';
  const timeLabel = timestamp !== null && 'label' in timestamp ? timestamp.label : null;
  const signatures: Uint8Array<ArrayBuffer>[] = [];
  let time: string | null = null;
  for (const item of parting === null ? [value] : value.split(parting)) {
    if (timeLabel !== null && item.startsWith(timeLabel)) {
      if (time !== null) return 'malformed-signature';
      time = item.slice(timeLabel.length);
    } else if (item.startsWith(label)) {
      const signature = decode[encoding](item.slice(label.length));
      if (signature === null) return 'malformed-signature';
      if (signatures.push(signature) > bounds.hookSignatures) return 'too-many-signatures';
    } else if (!otherItem.test(item)) return 'malformed-signature';
  }
  return signatures.length === 0 ? 'no-signature' : { signatures, timestamp: time };
}

/** Decoders of all 256 bits: a shortened signature is easier to forge. */
const decode = {
  hex: (text: string) => (/^[0-9a-f]{64}$/.test(text) ? Uint8Array.fromHex(text) : null),
  base64: (text: string) => (/^[A-Za-z0-9+/]{43}=$/.test(text) ? fromBase64(text) : null),
} as const;
