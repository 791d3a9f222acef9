import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/digest.ts';
import { apiKeysSchema, createApiKeyVerifier } from '../../src/identity/api-key.ts';
import { createIdentifier, type Identify, unauthenticated } from '../../src/identity/resolve.ts';
import {
  anchor,
  bounds,
  createClock,
  createEndpoint,
  createIssuer,
  type Endpoint,
  goodClaims,
  type Issuer,
  settings,
} from './issuer.ts';

const realm = 'Bearer realm="stillfresh"';
const holder = { name: 'nightly-export', tenant: 'acme', user: 'export', roles: ['analyst'] };

let issuer: Issuer;
let endpoint: Endpoint;
let clock: ReturnType<typeof createClock>;
let identify: Identify;

beforeAll(async () => {
  issuer = await createIssuer();
});

beforeEach(async () => {
  clock = createClock();
  endpoint = createEndpoint(issuer);
  const apiKeys = { [(await sha256('key-1')).toHex()]: holder };
  identify = createIdentifier({ jwt: settings, apiKeys }, { fetch: endpoint.fetch, ...clock });
});

const asking = (headers: Record<string, string>) =>
  identify(new Request('https://edge.test/', { headers }), anchor);
const problem = (code: string, wwwAuthenticate?: string) =>
  expect.objectContaining({
    code,
    ...(wwwAuthenticate && {
      options: expect.objectContaining({ headers: { 'WWW-Authenticate': wwwAuthenticate } }),
    }),
  });
const invalidToken = problem('unauthenticated', `${realm}, error="invalid_token"`);

describe('who asks', () => {
  it('nobody, without a credential; a route that needs one answers 401 with a challenge', async () => {
    expect(await asking({})).toBeNull();
    expect(unauthenticated()).toEqual(problem('unauthenticated', realm));
    expect(unauthenticated().status).toBe(401);
  });

  it.each(['Bearer', 'bearer', 'BEARER '])('the holder of a token, after "%s"', async (scheme) => {
    expect(await asking({ Authorization: `${scheme} ${await issuer.sign()}` })).toMatchObject({
      tenant: 'acme',
      user: 'ann',
    });
  });

  it('the holder of an API key', async () => {
    expect(await asking({ 'X-API-Key': 'key-1' })).toMatchObject({
      tenant: 'acme',
      user: 'export',
      roles: ['analyst'],
      principal: { tenant: expect.stringMatching(/^[\w-]{22}$/) },
    });
  });

  it('two at once is a mistake of the caller, even where both are good', async () => {
    const both = { Authorization: `Bearer ${await issuer.sign()}`, 'X-API-Key': 'key-1' };
    await expect(asking(both)).rejects.toEqual(problem('invalid-request'));
  });
});

describe('refused', () => {
  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearer a, Bearer b', 'Bearer a%b', 'Bearer x.y.z'])(
    'the header "%s"',
    async (authorization) => {
      await expect(asking({ Authorization: authorization })).rejects.toEqual(invalidToken);
    },
  );

  it.each(['Basic YTpi', 'Bearerx', ''])(
    'another scheme, without an error code: "%s"',
    async (authorization) => {
      await expect(asking({ Authorization: authorization })).rejects.toEqual(
        problem('unauthenticated', realm),
      );
    },
  );

  it('a token of 10 KB, without a look at it', async () => {
    const long = await issuer.sign({ ...goodClaims, more: 'x'.repeat(10_000) });
    await expect(asking({ Authorization: `Bearer ${long}` })).rejects.toEqual(invalidToken);
    expect(endpoint.requests).toBe(0);
  });

  it.each(['key-2', '', 'KEY-1', 'k'.repeat(513)])('the API key "%.10s"', async (key) => {
    await expect(asking({ 'X-API-Key': key })).rejects.toEqual(problem('unauthenticated', realm));
  });

  it('any token, where no issuer is set', async () => {
    identify = createIdentifier({}, { fetch: endpoint.fetch, ...clock });
    await expect(asking({ Authorization: `Bearer ${await issuer.sign()}` })).rejects.toEqual(invalidToken);
  });

  it('nobody, while the keys of the issuer are not to be had: that is 503', async () => {
    endpoint.answer = async () => new Response(null, { status: 500 });
    const asked = asking({ Authorization: `Bearer ${await issuer.sign()}` });
    await expect(asked).rejects.toEqual(problem('unavailable'));
  });
});

describe('a verified token', () => {
  it('is remembered as the same identity, and forgotten at its expiry', async () => {
    const headers = {
      Authorization: `Bearer ${await issuer.sign({ ...goodClaims, exp: clock.ms / 1000 + 60 })}`,
    };
    const identity = await asking(headers);
    clock.advance(60_000 + bounds.clockToleranceMs - 1);
    expect(await asking(headers)).toBe(identity);
    clock.advance(1);
    await expect(asking(headers)).rejects.toEqual(invalidToken);
  });

  it('is not remembered for long after its key was withdrawn', async () => {
    const headers = {
      Authorization: `Bearer ${await issuer.sign({ ...goodClaims, exp: clock.ms / 1000 + 86_400 })}`,
    };
    await asking(headers);
    endpoint.publish(await createIssuer('k2'));
    clock.advance(bounds.jwksFreshMs - 1);
    expect(await asking(headers)).not.toBeNull();
    clock.advance(1);
    await expect(asking(headers)).rejects.toEqual(invalidToken);
  });

  it('does not vouch for one that differs in its signature', async () => {
    const token = await issuer.sign();
    await asking({ Authorization: `Bearer ${token}` });
    const other = token.slice(0, -10) + (token.at(-10) === 'A' ? 'B' : 'A') + token.slice(-9);
    await expect(asking({ Authorization: `Bearer ${other}` })).rejects.toEqual(invalidToken);
  });
});

describe('the setting API_KEYS', () => {
  const hash = 'a'.repeat(64);
  it.each([
    ['a key that is no hash', { 'key-1': holder }],
    ['a hash in capitals', { ['A'.repeat(64)]: holder }],
    ['an empty tenant', { [hash]: { ...holder, tenant: '' } }],
    ['no user', { [hash]: { name: 'x', tenant: 'acme', roles: [] } }],
    ['a field that nobody reads', { [hash]: { ...holder, scope: 'all' } }],
  ])('refuses %s', (_, keys) => {
    expect(apiKeysSchema.safeParse(keys).success).toBe(false);
  });

  it('verifies once and keeps the identity', async () => {
    const keys = apiKeysSchema.parse({ [(await sha256('key-1')).toHex()]: holder });
    const verify = createApiKeyVerifier(keys);
    expect(await verify('key-1')).toBe(await verify('key-1'));
  });
});
