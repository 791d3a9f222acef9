import type { Asked } from './world.ts';

/** Senders of webhooks, each as its provider documents it; the providers' own signers are asked in `signature/`. */
export const secrets = {
  HOOK_SECRET_APP: `whsec_${btoa('the key of the app, 32 bytes long')}`,
  HOOK_SECRET_STRIPE: 'whsec_stripe-uses-it-as-it-is',
  HOOK_SECRET_GITHUB: 'the-secret-given-to-github',
  HOOK_SECRET_SHOPIFY: 'the-client-secret-of-the-app',
};
export type Sender = 'app' | 'stripe' | 'github' | 'shopify';

export interface Event {
  /** GitHub's and Shopify's stand in a header. */
  readonly type?: string;
  readonly id?: string;
  readonly nowMs: number;
  /** JSON, or text as it is. */
  readonly body: unknown;
  /** Sent in place of, or beside, what is right. */
  readonly headers?: Record<string, string>;
  readonly secret?: string;
}

/** The webhook as a request to the edge. */
export async function sent(sender: Sender, event: Event): Promise<Asked> {
  const body = typeof event.body === 'string' ? event.body : JSON.stringify(event.body);
  const headers = await signed[sender](body, event);
  return { as: null, method: 'POST', body, headers: { ...headers, ...event.headers } };
}

const seconds = ({ nowMs }: Event) => String(Math.floor(nowMs / 1000));

const signed: Record<Sender, (body: string, event: Event) => Promise<Record<string, string>>> = {
  async app(body, event) {
    const { id = 'msg_1', secret = secrets.HOOK_SECRET_APP } = event;
    const key = Uint8Array.fromBase64(secret.slice('whsec_'.length));
    const signature = (await hmac(key, `${id}.${seconds(event)}.${body}`)).toBase64();
    return { 'webhook-id': id, 'webhook-timestamp': seconds(event), 'webhook-signature': `v1,${signature}` };
  },
  async stripe(body, event) {
    const { secret = secrets.HOOK_SECRET_STRIPE } = event;
    const signature = (await hmac(bytes(secret), `${seconds(event)}.${body}`)).toHex();
    return { 'Stripe-Signature': `t=${seconds(event)},v1=${signature}` };
  },
  async github(body, { type = 'ping', id = 'a-delivery', secret = secrets.HOOK_SECRET_GITHUB }) {
    const signature = (await hmac(bytes(secret), body)).toHex();
    return { 'X-GitHub-Event': type, 'X-GitHub-Delivery': id, 'X-Hub-Signature-256': `sha256=${signature}` };
  },
  async shopify(body, { type = 'shop/update', id = 'a-webhook', secret = secrets.HOOK_SECRET_SHOPIFY }) {
    const signature = (await hmac(bytes(secret), body)).toBase64();
    return { 'X-Shopify-Topic': type, 'X-Shopify-Webhook-Id': id, 'X-Shopify-Hmac-SHA256': signature };
  },
};

const bytes = (text: string) => new Uint8Array(new TextEncoder().encode(text));

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, bytes(text)));
}
