import { type HmacSchemeOptions, type Scheme, schemeDefaults } from './scheme.ts';

/** A row of the table says what differs from the defaults; tests hold each to the rules of `hmacScheme`. */
const row = (differs: HmacSchemeOptions): Scheme => ({ ...schemeDefaults, ...differs });

/** https://www.standardwebhooks.com: its headers begin so, or with a vendor's name. */
const standardWebhooks = (prefix: string) =>
  row({
    header: `${prefix}-signature`,
    parting: ' ',
    label: 'v1,',
    encoding: 'base64',
    signed: '{id}.{timestamp}.{body}',
    timestamp: { header: `${prefix}-timestamp`, unit: 's', windowMs: 300_000 },
    secret: 'whsec',
    id: { header: `${prefix}-id` },
  });

/** As the providers document it. What one of them does differently stands here, and nowhere else. */
export const schemes = {
  /** A secret begins with `whsec_`, and that is part of the key. */
  stripe: row({
    header: 'Stripe-Signature',
    parting: ',',
    label: 'v1=',
    signed: '{timestamp}.{body}',
    timestamp: { label: 't=', unit: 's', windowMs: 300_000 },
    id: { field: 'id' },
  }),
  github: row({
    header: 'X-Hub-Signature-256',
    label: 'sha256=',
    id: { header: 'X-GitHub-Delivery' },
    type: [{ header: 'X-GitHub-Event' }],
  }),
  shopify: row({
    header: 'X-Shopify-Hmac-SHA256',
    encoding: 'base64',
    id: { header: 'X-Shopify-Webhook-Id' },
    type: [{ header: 'X-Shopify-Topic' }],
  }),
  standard: standardWebhooks('webhook'),
  /** Clerk too. */
  svix: standardWebhooks('svix'),
  paddle: row({
    header: 'Paddle-Signature',
    parting: ';',
    label: 'h1=',
    signed: '{timestamp}:{body}',
    timestamp: { label: 'ts=', unit: 's', windowMs: 5_000 },
    id: { field: 'event_id' },
    type: [{ field: 'event_type' }],
  }),
  linear: row({
    header: 'Linear-Signature',
    timestamp: { field: 'webhookTimestamp', unit: 'ms', windowMs: 60_000 },
    id: { header: 'Linear-Delivery' },
  }),
  slack: row({
    header: 'X-Slack-Signature',
    label: 'v0=',
    signed: 'v0:{timestamp}:{body}',
    timestamp: { header: 'X-Slack-Request-Timestamp', unit: 's', windowMs: 300_000 },
    id: { field: 'event_id' },
    type: [{ field: 'event.type' }, { field: 'type' }],
  }),
};

export type SchemeName = keyof typeof schemes;
