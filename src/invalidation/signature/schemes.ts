import type { Scheme } from './scheme.ts';

export { hmacScheme } from './hmac-scheme.ts';
export type { Scheme } from './scheme.ts';

export type SchemeName =
  | 'stripe'
  | 'github'
  | 'shopify'
  | 'standard'
  | 'svix'
  | 'paddle'
  | 'linear'
  | 'slack';

/** As the providers document it. What one of them does differently stands here, and nowhere else. */
export const schemes: Readonly<Record<SchemeName, Scheme>> = {
  stripe: {
    header: 'Stripe-Signature',
    parting: ',',
    label: 'v1=',
    encoding: 'hex',
    signed: '{timestamp}.{body}',
    timestamp: { label: 't=', unit: 's', windowMs: 300_000 },
    secret: 'text', // it begins with whsec_, and that is part of the key
    id: { field: 'id' },
    type: [{ field: 'type' }],
  },
  github: {
    header: 'X-Hub-Signature-256',
    parting: null,
    label: 'sha256=',
    encoding: 'hex',
    signed: '{body}',
    timestamp: null,
    secret: 'text',
    id: { header: 'X-GitHub-Delivery' },
    type: [{ header: 'X-GitHub-Event' }],
  },
  shopify: {
    header: 'X-Shopify-Hmac-SHA256',
    parting: null,
    label: '',
    encoding: 'base64',
    signed: '{body}',
    timestamp: null,
    secret: 'text',
    id: { header: 'X-Shopify-Webhook-Id' },
    type: [{ header: 'X-Shopify-Topic' }],
  },
  /** https://www.standardwebhooks.com */
  standard: {
    header: 'webhook-signature',
    parting: ' ',
    label: 'v1,',
    encoding: 'base64',
    signed: '{id}.{timestamp}.{body}',
    timestamp: { header: 'webhook-timestamp', unit: 's', windowMs: 300_000 },
    secret: 'whsec',
    id: { header: 'webhook-id' },
    type: [{ field: 'type' }],
  },
  /** Clerk too. */
  svix: {
    header: 'svix-signature',
    parting: ' ',
    label: 'v1,',
    encoding: 'base64',
    signed: '{id}.{timestamp}.{body}',
    timestamp: { header: 'svix-timestamp', unit: 's', windowMs: 300_000 },
    secret: 'whsec',
    id: { header: 'svix-id' },
    type: [{ field: 'type' }],
  },
  paddle: {
    header: 'Paddle-Signature',
    parting: ';',
    label: 'h1=',
    encoding: 'hex',
    signed: '{timestamp}:{body}',
    timestamp: { label: 'ts=', unit: 's', windowMs: 5_000 },
    secret: 'text',
    id: { field: 'event_id' },
    type: [{ field: 'event_type' }],
  },
  linear: {
    header: 'Linear-Signature',
    parting: null,
    label: '',
    encoding: 'hex',
    signed: '{body}',
    timestamp: { field: 'webhookTimestamp', unit: 'ms', windowMs: 60_000 },
    secret: 'text',
    id: { header: 'Linear-Delivery' },
    type: [{ field: 'type' }],
  },
  slack: {
    header: 'X-Slack-Signature',
    parting: null,
    label: 'v0=',
    encoding: 'hex',
    signed: 'v0:{timestamp}:{body}',
    timestamp: { header: 'X-Slack-Request-Timestamp', unit: 's', windowMs: 300_000 },
    secret: 'text',
    id: { field: 'event_id' },
    type: [{ field: 'event.type' }, { field: 'type' }],
  },
};
