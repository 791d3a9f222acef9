import { createHmac } from 'node:crypto';
import { verify as octokitVerify } from '@octokit/webhooks-methods';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, test } from 'vitest';
import { type Signing, sign } from '../../cli/sign.ts';
import { hmacScheme } from '../../src/invalidation/signature/hmac-scheme.ts';
import { type SchemeName, schemes } from '../../src/invalidation/signature/schemes.ts';

const WHSEC = `whsec_${Buffer.from('forty-two bytes of a key').toString('base64')}`;
const TEXT = 'a-secret-of-characters';
const BODY = '{"id":"evt_1","type":"invoice_paid","data":{"name":"Zoë"}}';

function signed(scheme: SchemeName, options: Partial<Signing> = {}) {
  const { headers, body } = sign({
    scheme: schemes[scheme],
    secret: TEXT,
    body: Buffer.from(BODY),
    id: 'msg_1',
    type: undefined,
    nowMs: Date.now(),
    ...options,
  });
  return { headers, body: Buffer.from(body).toString() };
}

describe('a webhook that we sign, as the provider’s own library reads it', () => {
  test('Standard Webhooks', () => {
    const { headers, body } = signed('standard', { secret: WHSEC });
    expect(new StandardWebhook(WHSEC).verify(body, headers)).toEqual(JSON.parse(BODY));
  });

  test('Svix', () => {
    const { headers, body } = signed('svix', { secret: WHSEC });
    expect(new SvixWebhook(WHSEC).verify(body, headers)).toEqual(JSON.parse(BODY));
  });

  test('Stripe, whose prefix is a part of the key', () => {
    const { headers, body } = signed('stripe', { secret: WHSEC });
    const event = Stripe.webhooks.constructEvent(body, headers['Stripe-Signature']!, WHSEC);
    expect(event.id).toBe('evt_1');
  });

  test('GitHub, with its type and delivery in headers', async () => {
    const { headers, body } = signed('github', { type: 'membership' });
    expect(await octokitVerify(TEXT, body, headers['X-Hub-Signature-256']!)).toBe(true);
    expect(headers).toMatchObject({ 'X-GitHub-Event': 'membership', 'X-GitHub-Delivery': 'msg_1' });
  });
});

describe('and as the provider documents it, where there is no library', () => {
  const nowMs = Date.parse('2026-11-24T12:00:00.789Z');
  const hmac = (text: string, encoding: 'hex' | 'base64' = 'hex') =>
    createHmac('sha256', TEXT).update(text).digest(encoding);
  const s = '1795521600';

  test.each<[SchemeName, object]>([
    ['shopify', { 'X-Shopify-HMAC-SHA256': hmac(BODY, 'base64'), 'X-Shopify-Topic': 'products/update' }],
    ['paddle', { 'Paddle-Signature': `ts=${s};h1=${hmac(`${s}:${BODY}`)}` }],
    ['slack', { 'X-Slack-Signature': `v0=${hmac(`v0:${s}:${BODY}`)}`, 'X-Slack-Request-Timestamp': s }],
  ])('%s', (scheme, expected) => {
    const { headers, body } = signed(scheme, { nowMs, type: 'products/update' });
    const found = Object.fromEntries(Object.entries(headers).map(([name, it]) => [name.toLowerCase(), it]));
    for (const [name, it] of Object.entries(expected)) expect(found[name.toLowerCase()]).toBe(it);
    expect(body).toBe(BODY);
  });

  test('linear, whose time stands in the payload: it is that of now', () => {
    const { headers, body } = signed('linear', { nowMs });
    expect(JSON.parse(body)).toEqual({ ...JSON.parse(BODY), webhookTimestamp: nowMs });
    expect(headers['Linear-Signature']).toBe(hmac(body));
  });

  test('a scheme of your own, a time deep in the payload among it', () => {
    const scheme = hmacScheme({
      header: 'X-Acme-Signature',
      label: 'sha256=',
      timestamp: { field: 'data.at', unit: 's', windowMs: 1_000 },
    });
    const { headers, body } = signed('github', { scheme, nowMs });
    expect(JSON.parse(body).data).toEqual({ name: 'Zoë', at: Number(s) });
    expect(headers).toEqual({ 'X-Acme-Signature': `sha256=${hmac(body)}` });
    expect(() => signed('github', { scheme, body: Buffer.from('[') })).toThrow('it is not JSON');
    expect(() => signed('github', { scheme, body: Buffer.from('{}') })).toThrow('no place for data.at');
  });
});
