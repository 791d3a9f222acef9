import type { Scheme } from './scheme.ts';

/** What is signed, by a scheme whose id and time stand in headers. */
export interface ToSign {
  readonly id: string;
  readonly nowMs: number;
  readonly body: string;
}

const encoder = new TextEncoder();

/** In Node too, which has no `toBase64`. */
const write = {
  hex: (mac: Uint8Array) => Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join(''),
  base64: (mac: Uint8Array) => btoa(String.fromCharCode(...mac)),
} as const;

/** The headers by which a receiver verifies a webhook of ours, by the row that we would verify it by. */
export async function signatureHeaders(
  { header, label, encoding, signed, timestamp, id: place }: Scheme,
  secret: Uint8Array<ArrayBuffer>,
  { id, nowMs, body }: ToSign,
): Promise<Record<string, string>> {
  const time = String(timestamp?.unit === 'ms' ? nowMs : Math.floor(nowMs / 1_000));
  const values = { '{id}': id, '{timestamp}': time, '{body}': body };
  const text = signed.replace(/\{\w+\}/g, (name) => values[name as keyof typeof values]);
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)));
  return {
    [header]: `${label}${write[encoding](mac)}`,
    ...(timestamp && 'header' in timestamp && { [timestamp.header]: time }),
    ...(place && 'header' in place && { [place.header]: id }),
  };
}
