import { hmacScheme } from '../../../src/invalidation/signature/hmac-scheme.ts';
import { type SchemeName, schemes } from '../../../src/invalidation/signature/schemes.ts';

/**
 * How the senders sign, written anew from their documents: it shares nothing with `src/`, so that a mistake there is not
 * made here again. `sdks.test.ts` has the providers' own code check it.
 */

export interface Message {
  readonly id: string;
  /** When it is sent, in whole seconds for all but Linear and `custom`. */
  readonly atMs: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface Signer {
  readonly encoding: 'hex' | 'base64';
  /** What is signed before the body. */
  before(message: Message): string;
  /** Stands before each signature. */
  readonly label: string;
  /** Parts several. */
  readonly parting: string | null;
  headers(message: Message, labelled: string): Record<string, string>;
  /** Whether the id, or the time, is part of what is signed, and outside the body. */
  readonly signs: readonly ('id' | 'time')[];
  /** The precision of its time. */
  readonly unitMs: 1 | 1_000;
  /** How far its time may be off. */
  readonly windowMs: number;
}

export type SignerName = SchemeName | 'custom';

const seconds = ({ atMs }: Message) => String(atMs / 1_000);
const nothing = () => '';

export const signers: Readonly<Record<SignerName, Signer>> = {
  stripe: {
    encoding: 'hex',
    before: (it) => `${seconds(it)}.`,
    label: 'v1=',
    parting: ',',
    headers: (it, labelled) => ({ 'Stripe-Signature': `t=${seconds(it)},${labelled}` }),
    signs: ['time'],
    unitMs: 1_000,
    windowMs: 300_000,
  },
  github: {
    encoding: 'hex',
    before: nothing,
    label: 'sha256=',
    parting: null,
    headers: (it, labelled) => ({
      'X-Hub-Signature-256': labelled,
      'X-GitHub-Event': 'push',
      'X-GitHub-Delivery': it.id,
    }),
    signs: [],
    unitMs: 1_000,
    windowMs: Number.POSITIVE_INFINITY,
  },
  shopify: {
    encoding: 'base64',
    before: nothing,
    label: '',
    parting: null,
    headers: (it, labelled) => ({
      'X-Shopify-Hmac-Sha256': labelled,
      'X-Shopify-Topic': 'products/update',
      'X-Shopify-Webhook-Id': it.id,
    }),
    signs: [],
    unitMs: 1_000,
    windowMs: Number.POSITIVE_INFINITY,
  },
  standard: {
    encoding: 'base64',
    before: (it) => `${it.id}.${seconds(it)}.`,
    label: 'v1,',
    parting: ' ',
    headers: (it, labelled) => ({
      'webhook-id': it.id,
      'webhook-timestamp': seconds(it),
      'webhook-signature': labelled,
    }),
    signs: ['id', 'time'],
    unitMs: 1_000,
    windowMs: 300_000,
  },
  svix: {
    encoding: 'base64',
    before: (it) => `${it.id}.${seconds(it)}.`,
    label: 'v1,',
    parting: ' ',
    headers: (it, labelled) => ({
      'svix-id': it.id,
      'svix-timestamp': seconds(it),
      'svix-signature': labelled,
    }),
    signs: ['id', 'time'],
    unitMs: 1_000,
    windowMs: 300_000,
  },
  paddle: {
    encoding: 'hex',
    before: (it) => `${seconds(it)}:`,
    label: 'h1=',
    parting: ';',
    headers: (it, labelled) => ({ 'Paddle-Signature': `ts=${seconds(it)};${labelled}` }),
    signs: ['time'],
    unitMs: 1_000,
    windowMs: 5_000,
  },
  linear: {
    encoding: 'hex',
    before: nothing,
    label: '',
    parting: null,
    headers: (it, labelled) => ({ 'Linear-Signature': labelled, 'Linear-Delivery': it.id }),
    signs: [],
    unitMs: 1,
    windowMs: 60_000,
  },
  slack: {
    encoding: 'hex',
    before: (it) => `v0:${seconds(it)}:`,
    label: 'v0=',
    parting: null,
    headers: (it, labelled) => ({
      'X-Slack-Request-Timestamp': seconds(it),
      'X-Slack-Signature': labelled,
    }),
    signs: ['time'],
    unitMs: 1_000,
    windowMs: 300_000,
  },
  custom: {
    encoding: 'base64',
    before: (it) => `acme/${it.atMs}/${it.id}/`,
    label: 'sig-2:',
    parting: ';',
    headers: (it, labelled) => ({
      'X-Acme-Id': it.id,
      'X-Acme-Sent': String(it.atMs),
      'X-Acme-Signature': labelled,
    }),
    signs: ['id', 'time'],
    unitMs: 1,
    windowMs: 30_000,
  },
};

export const signerNames = Object.keys(signers) as SignerName[];

/** The scheme under test; `custom` is what a team would write for the signer above. */
export const schemeOf = (name: SignerName) => (name === 'custom' ? acme : schemes[name]);

const acme = hmacScheme({
  header: 'X-Acme-Signature',
  parting: ';',
  label: 'sig-2:',
  encoding: 'base64',
  signed: 'acme/{timestamp}/{id}/{body}',
  timestamp: { header: 'X-Acme-Sent', unit: 'ms', windowMs: 30_000 },
  id: { header: 'X-Acme-Id' },
  type: [{ field: 'kind' }],
});

const encoder = new TextEncoder();
export const bytesOf = (text: string) => new Uint8Array(encoder.encode(text));

export async function signatureOf(
  { encoding, before }: Pick<Signer, 'encoding' | 'before'>,
  message: Message,
  secret: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const signed = [...encoder.encode(before(message)), ...message.body];
  return encoded(encoding, new Uint8Array(await crypto.subtle.sign('HMAC', key, new Uint8Array(signed))));
}

export function encoded(encoding: 'hex' | 'base64', bytes: Uint8Array): string {
  if (encoding === 'base64') return btoa(String.fromCharCode(...bytes));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export async function sign(
  name: SignerName,
  message: Message,
  secret: Uint8Array<ArrayBuffer>,
): Promise<Sent> {
  const signer = signers[name];
  const labelled = signer.label + (await signatureOf(signer, message, secret));
  return { headers: signer.headers(message, labelled), body: message.body };
}

/** A message that has all that any of the schemes reads. */
export function messageOf(id: string, atMs: number, extra: Readonly<Record<string, unknown>> = {}): Message {
  const payload = { id, event_id: id, type: 'invoice.paid', webhookTimestamp: atMs, ...extra };
  return { id, atMs, body: bytesOf(JSON.stringify(payload)) };
}
