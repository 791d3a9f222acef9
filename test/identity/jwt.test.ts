import { base64url, exportSPKI, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJwtVerifier, type JwtVerifier } from '../../src/identity/jwt.ts';
import {
  anchor,
  bounds,
  createClock,
  createEndpoint,
  createIssuer,
  goodClaims,
  type Issuer,
  seconds,
  settings,
  start,
} from './issuer.ts';

let issuer: Issuer;
let verify: JwtVerifier;
const clock = createClock();

beforeAll(async () => {
  issuer = await createIssuer();
  verify = createJwtVerifier({ ...settings, fetch: createEndpoint(issuer).fetch, ...clock, bounds });
});

const refused = (why: string | RegExp) =>
  expect.objectContaining({ name: 'CredentialRefused', message: expect.stringMatching(why) });

describe('a token that proves an identity', () => {
  it('gives tenant, user, roles and hashes of the principal', async () => {
    const { identity, expiresAtMs } = await verify(await issuer.sign(), anchor);
    expect(identity).toMatchObject({ tenant: 'acme', user: 'ann', roles: ['admin'] });
    expect(identity.principal.tenant).toMatch(/^[\w-]{22}$/);
    expect(identity.principal.user).toMatch(/^[\w-]{22}$/);
    expect(expiresAtMs).toBe(start + 600_000 + bounds.clockToleranceMs);
  });

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'])('may be signed with %s', async (alg) => {
    const other = await createIssuer('other', alg);
    const options = { ...settings, fetch: createEndpoint(issuer, other).fetch, ...clock, bounds };
    const { identity } = await createJwtVerifier(options)(await other.sign(), anchor);
    expect(identity.user).toBe('ann');
  });

  it.each([
    ['a list', ['a', 'b'], ['a', 'b']],
    ['a string separated by spaces', 'a  b', ['a', 'b']],
    ['nothing', undefined, []],
    ['null', null, []],
    ['outside ASCII', ['admin', 'Führung', '管理者', '🍰'], ['admin', 'Führung', '管理者', '🍰']],
    ['outside ASCII in a string', 'lecture rédaction', ['lecture', 'rédaction']],
    ['with spaces and line ends', [' a', 'b c', 'd\n'], [' a', 'b c', 'd\n']],
    ['longer than a name', ['a'.repeat(1_000)], ['a'.repeat(1_000)]],
    ['empty ones among them', ['', 'a'], ['a']],
    ['as many as are allowed, among many spaces', `${' '.repeat(500)}a`, ['a']],
  ])('names roles as %s', async (_, roles, expected) => {
    const { identity } = await verify(await issuer.sign({ ...goodClaims, roles }), anchor);
    expect(identity.roles).toEqual(expected);
  });

  it.each<[written: string, tenant: string]>([
    ['7', '7'],
    ['0', '0'],
    ['-7', '-7'],
    ['7.0', '7'],
    ['1e3', '1000'],
    ['9007199254740991', '9007199254740991'],
  ])('a tenant that is the number %s is that of its decimal text', async (written, tenant) => {
    const counted = await verify(
      await issuer.sign({ ...goodClaims, tenant_id: JSON.parse(written) }),
      anchor,
    );
    const named = await verify(await issuer.sign({ ...goodClaims, tenant_id: tenant }), anchor);
    expect(counted).toEqual(named);
  });

  it.each(['-0', '9007199254740992', '9007199254740993', '1e400', '1e21', '1.5', '[7]', '"7 "'])(
    'a tenant that is %s, as an issuer may write it, is refused',
    async (written) => {
      const text = JSON.stringify({ ...goodClaims, tenant_id: 'here' }).replace('"here"', written);
      await expect(verify(await issuer.signText(text), anchor)).rejects.toEqual(refused(/tenant/));
    },
  );

  it('names the same user of two tenants as two principals', async () => {
    const acme = await verify(await issuer.sign(), anchor);
    const globex = await verify(await issuer.sign({ ...goodClaims, tenant_id: 'globex' }), anchor);
    expect(globex.identity.principal.user).not.toBe(acme.identity.principal.user);
  });

  it('may be meant for several audiences, of which we are one', async () => {
    await expect(
      verify(await issuer.sign({ ...goodClaims, aud: ['x', 'edge'] }), anchor),
    ).resolves.toBeDefined();
  });
});

describe('claims that prove nothing', () => {
  const without = (name: string): JWTPayload => ({ ...goodClaims, [name]: undefined });
  it.each<[string, JWTPayload, RegExp]>([
    ['another issuer', { ...goodClaims, iss: 'https://other.test/' }, /iss/],
    ['another audience', { ...goodClaims, aud: 'other' }, /aud/],
    ['no issuer', without('iss'), /iss/],
    ['no audience', without('aud'), /aud/],
    ['no expiry', without('exp'), /exp/],
    ['an expiry that is no number', { ...goodClaims, exp: 'tomorrow' as never }, /exp/],
    ['not yet valid', { ...goodClaims, nbf: seconds + 6 }, /nbf/],
    ['no tenant', without('tenant_id'), /tenant is not a string/],
    ['a tenant that is a list', { ...goodClaims, tenant_id: ['acme'] }, /tenant is not a string/],
    ['a tenant that is true', { ...goodClaims, tenant_id: true }, /tenant is not a string/],
    ...[1.5, -0.5, 1e21, 1e-7, 2 ** 53, -(2 ** 53)].map((tenant_id): [string, JWTPayload, RegExp] => [
      `a tenant that is ${tenant_id}`,
      { ...goodClaims, tenant_id },
      /tenant is a number that is no exact integer/,
    ]),
    ['a user that is a number', { ...goodClaims, sub: 7 as never }, /user is not a string/],
    ['a role that is a number', { ...goodClaims, roles: ['a', 7] }, /role is not a string/],
    ['an empty tenant', { ...goodClaims, tenant_id: '' }, /tenant is empty/],
    ['a tenant that a header would trim into another', { ...goodClaims, tenant_id: 'acme ' }, /tenant/],
    ['a tenant with a line break', { ...goodClaims, tenant_id: 'acme\nX-User-Id: bob' }, /tenant/],
    ['a tenant with half a character', { ...goodClaims, tenant_id: '\ud800' }, /tenant/],
    ['a tenant of 257 bytes', { ...goodClaims, tenant_id: 'a'.repeat(257) }, /tenant/],
    ['no user', without('sub'), /user is not a string/],
    ['roles that are a number', { ...goodClaims, roles: 7 }, /roles/],
    ['a role that is an object', { ...goodClaims, roles: [{}] }, /role is not a string/],
    ['too many roles', { ...goodClaims, roles: Array(bounds.roles + 1).fill('a') }, /too many roles/],
  ])('%s', async (_, claims, why) => {
    await expect(verify(await issuer.sign(claims), anchor)).rejects.toEqual(refused(why));
  });

  it('a claim that only the prototype has', async () => {
    const odd = { ...settings, claims: { ...settings.claims, roles: ['constructor'] } };
    const options = { ...odd, fetch: createEndpoint(issuer).fetch, ...clock, bounds };
    const { identity } = await createJwtVerifier(options)(await issuer.sign(), anchor);
    expect(identity.roles).toEqual([]);
  });

  it('takes 256 bytes, and a nbf or exp off by no more than the tolerance', async () => {
    const token = await issuer.sign({ ...goodClaims, tenant_id: 'a'.repeat(256), nbf: seconds + 5 });
    await expect(verify(token, anchor)).resolves.toBeDefined();
  });

  it('is refused from the instant of expiry, tolerance included', async () => {
    const token = await issuer.sign();
    const later = createClock();
    const options = { ...settings, fetch: createEndpoint(issuer).fetch, ...later, bounds };
    const verifyLater = createJwtVerifier(options);
    later.ms = start + 600_000 + bounds.clockToleranceMs - 1;
    const { expiresAtMs } = await verifyLater(token, anchor);
    later.advance(1);
    expect(later.ms).toBe(expiresAtMs);
    await expect(verifyLater(token, anchor)).rejects.toEqual(refused(/exp/));
  });
});

describe('signatures that prove nothing', () => {
  it('none', async () => {
    await expect(verify(new UnsecuredJWT(goodClaims).encode(), anchor)).rejects.toEqual(refused(/./));
    const header = base64url.encode(JSON.stringify({ alg: 'none', kid: 'k1' }));
    const body = base64url.encode(JSON.stringify(goodClaims));
    await expect(verify(`${header}.${body}.`, anchor)).rejects.toEqual(refused(/alg/));
  });

  it('HS256 with the public key, or the JWK, for a secret', async () => {
    for (const secret of [await exportSPKI(issuer.publicKey), JSON.stringify(issuer.jwk)]) {
      const forged = await new SignJWT(goodClaims)
        .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
        .sign(new TextEncoder().encode(secret));
      await expect(verify(forged, anchor)).rejects.toEqual(refused(/alg/));
    }
  });

  it('an asymmetric algorithm that is not on the list', async () => {
    const other = await createIssuer('k1', 'ES384');
    const options = { ...settings, fetch: createEndpoint(other).fetch, ...clock, bounds };
    await expect(createJwtVerifier(options)(await other.sign(), anchor)).rejects.toEqual(refused(/alg/));
  });

  it('of a stranger under a known kid, or one that brings its own key', async () => {
    const stranger = await createIssuer('k1');
    await expect(verify(await stranger.sign(), anchor)).rejects.toEqual(refused(/signature/));
    const withKey = await stranger.sign(goodClaims, { kid: 'k1', jwk: stranger.jwk } as never);
    await expect(verify(withKey, anchor)).rejects.toEqual(refused(/signature/));
  });

  it('over other claims', async () => {
    const [header, , signature] = (await issuer.sign()).split('.');
    const body = base64url.encode(JSON.stringify({ ...goodClaims, tenant_id: 'globex' }));
    await expect(verify(`${header}.${body}.${signature}`, anchor)).rejects.toEqual(refused(/signature/));
  });

  it('of a stranger who names no key, where several could be meant', async () => {
    const options = { ...settings, fetch: createEndpoint(issuer, await createIssuer('k2')).fetch, ...clock };
    const stranger = await createIssuer('k3');
    const token = await stranger.sign(goodClaims, {});
    await expect(createJwtVerifier({ ...options, bounds })(token, anchor)).rejects.toEqual(refused(/no key/));
  });

  it.each(['', '.', '..', 'a.b.c', 'a.b', '....', 'e30.e30.e30', `${'a'.repeat(10_000)}.e30.AA`])(
    'no token at all: %.20s',
    async (text) => {
      await expect(verify(text, anchor)).rejects.toEqual(refused(/./));
    },
  );

  it('never shows the token or its claims in what is logged', async () => {
    const token = await issuer.sign({ ...goodClaims, sub: 'secret-subject', aud: 'other' });
    const error = await verify(token, anchor).catch((reason: Error) => reason);
    expect(`${(error as Error).message} ${JSON.stringify(error)}`).not.toMatch(/secret-subject|eyJ/);
    expect((error as Error).cause).toBeUndefined();
  });
});
