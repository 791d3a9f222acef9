import { sign as signGithub, verify as verifyGithub } from '@octokit/webhooks-methods';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, it } from 'vitest';
import { type SchemeName, schemes } from '../../../src/invalidation/signature/schemes.ts';
import { readSecret } from '../../../src/invalidation/signature/secrets.ts';
import { createVerify } from '../../../src/invalidation/signature/verify.ts';
import { bytesOf, sign } from './signers.ts';

/** The standard SDKs ask the real clock, so these tests do. All of them sign text only. */
const atMs = Math.floor(Date.now() / 1_000) * 1_000;
const at = new Date(atMs);
const stripe = new Stripe('sk_test_nothing');
const whsec = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

interface Sdk {
  readonly secret: string;
  sign(body: string, id: string): Promise<Record<string, string>> | Record<string, string>;
  /** Throws, or says false, for what it refuses. */
  verify(body: string, headers: Record<string, string>): unknown;
}

const sdks: Partial<Record<SchemeName, Sdk>> = {
  stripe: {
    secret: 'whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH',
    sign: async (payload) => ({
      'stripe-signature': await stripe.webhooks.generateTestHeaderStringAsync({
        payload,
        secret: sdks.stripe!.secret,
        timestamp: atMs / 1_000,
      }),
    }),
    verify: (payload, headers) =>
      stripe.webhooks.signature!.verifyHeaderAsync(
        payload,
        headers['Stripe-Signature']!,
        sdks.stripe!.secret,
      ),
  },
  github: {
    secret: "It's a Secret to Everybody",
    sign: async (body, id) => ({
      'x-hub-signature-256': await signGithub(sdks.github!.secret, body),
      'x-github-delivery': id,
    }),
    verify: (body, headers) => verifyGithub(sdks.github!.secret, body, headers['X-Hub-Signature-256']!),
  },
  standard: {
    secret: whsec,
    sign: (body, id) => ({
      'webhook-id': id,
      'webhook-timestamp': String(atMs / 1_000),
      'webhook-signature': new StandardWebhook(whsec).sign(id, at, body),
    }),
    verify: (body, headers) => new StandardWebhook(whsec).verify(body, headers, { jsonParse: false }) ?? true,
  },
  svix: {
    secret: whsec,
    sign: (body, id) => ({
      'svix-id': id,
      'svix-timestamp': String(atMs / 1_000),
      'svix-signature': new SvixWebhook(whsec).sign(id, at, body),
    }),
    verify: (body, headers) => new SvixWebhook(whsec).verify(body, headers),
  },
};

const keyOf = (name: SchemeName, text: string) => {
  const secret = readSecret(schemes[name], text);
  if (secret instanceof Uint8Array) return secret;
  throw new Error(secret.fault);
};

const bodies = {
  json: JSON.stringify({ id: 'evt_1', type: 'invoice.paid' }),
  'an empty object': '{}',
  unicode: JSON.stringify({ id: 'Zürich 東京 🌧️ \u2028', note: 'e\u0301 is not é' }),
  'spaced json': '{ "id" : "evt_1",\r\n\t"n": 1.0 }\n',
  '1 MiB': JSON.stringify({ id: 'evt_1', pad: 'x'.repeat(1_024 * 1_024) }),
};

describe.each(Object.entries(sdks) as [SchemeName, Sdk][])('%s’s own SDK', (name, sdk) => {
  const verify = createVerify(schemes[name], [keyOf(name, sdk.secret)], () => atMs);

  it.each(Object.entries(bodies))('signs %s as we verify it', async (_, body) => {
    const answer = await verify(new Headers(await sdk.sign(body, 'msg_1')), bytesOf(body));
    expect(answer).toMatchObject({ is: 'verified', payload: JSON.parse(body) });
  });

  it.each(Object.entries(bodies))('verifies %s as these tests’ signer signs it', async (_, body) => {
    const message = { id: 'msg_1', atMs, body: bytesOf(body) };
    const { headers } = await sign(name, message, keyOf(name, sdk.secret));
    expect(await sdk.verify(body, { ...headers })).toBeTruthy();
  });

  it('signs text that is no JSON', async () => {
    const answer = await verify(
      new Headers(await sdk.sign('Hello, World!', 'msg_1')),
      bytesOf('Hello, World!'),
    );
    expect(answer).toMatchObject({ is: 'verified', payload: undefined });
  });
});

/** Examples that the providers print in their documents. */
it.each<[SchemeName, string, number, Record<string, string>, string]>([
  [
    'github',
    "It's a Secret to Everybody",
    0,
    {
      'X-Hub-Signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    },
    'Hello, World!',
  ],
  [
    'standard',
    whsec,
    1_614_265_330,
    {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    '{"test": 2432232314}',
  ],
  [
    'slack',
    '8f742231b10e8888abcd99yyyzzz85a5',
    1_531_420_618,
    {
      'X-Slack-Request-Timestamp': '1531420618',
      'X-Slack-Signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V' +
      '&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=' +
      '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
      '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  ],
])('%s’s printed example is accepted', async (name, secret, seconds, headers, body) => {
  const verify = createVerify(schemes[name], [keyOf(name, secret)], () => seconds * 1_000);
  expect(await verify(new Headers(headers), bytesOf(body))).toMatchObject({ is: 'verified' });
});
