import { bounds } from '../../bounds.ts';
import { fromBase64 } from './base64.ts';
import type { Scheme } from './scheme.ts';

const encoder = new TextEncoder();
const prefix = 'whsec_';

/**
 * Bytes of one secret, written as the scheme says; or its fault, for the log, as in "the secret …". That never holds any
 * of the secret.
 */
export function readSecret(scheme: Scheme, text: string): Uint8Array<ArrayBuffer> | { fault: string } {
  const bytes = scheme.secret === 'text' ? new Uint8Array(encoder.encode(text)) : readWhsec(text);
  if (bytes === null) return { fault: `is not ${prefix} and standard base64, padded with =` };
  if (bytes.length < bounds.hookSecretBytes)
    return { fault: `is shorter than ${bounds.hookSecretBytes} bytes` };
  return bytes;
}

/** The prefix may be left out, as in the providers' own libraries: it says what the secret is for, and is no part of the key. */
const readWhsec = (text: string) => fromBase64(text.startsWith(prefix) ? text.slice(prefix.length) : text);
