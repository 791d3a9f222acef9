import { execFile } from 'node:child_process';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from '../../dev/keys.ts';
import { originForTest } from './origin-client.ts';

/** Runs the command as a shell would: another process, which shares nothing with the origin. */
const token = (...flags: readonly string[]) => tokenIn({}, ...flags);

function tokenIn(env: Readonly<Record<string, string>>, ...flags: readonly string[]) {
  const script = new URL('../../dev/token.ts', import.meta.url).pathname;
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      process.execPath,
      [script, ...flags],
      { env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

describe('npm run token', () => {
  test('prints one token that the keys of every origin verify, whatever its port', async () => {
    const { code, stdout, stderr } = await token('--tenant', 'acme', '--user', 'ann');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);

    for (const { url } of [await originForTest(), await originForTest()]) {
      const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', url));
      const { payload, protectedHeader } = await jwtVerify(stdout.trim(), keys, {
        issuer: DEV_ISSUER,
        audience: DEV_AUDIENCE,
        algorithms: ['ES256'],
      });
      expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'dev-1', typ: 'JWT' });
      expect(payload).toMatchObject({ sub: 'ann', tenant: 'acme', roles: ['admin'] });
      expect(payload.exp! - payload.iat!).toBe(86_400);
    }
  });

  test('takes a lifetime, and says more as JSON', async () => {
    const { stdout } = await token('--tenant=globex', '--user=bob', '--expires-in=399d', '--json');
    const described = JSON.parse(stdout);
    const { iat, exp, roles } = decodeJwt(described.token);
    expect([exp! - iat!, roles]).toEqual([399 * 86_400, ['viewer']]);
    expect(described).toMatchObject({
      tenant: 'globex',
      user: 'bob',
      issuer: DEV_ISSUER,
      audience: DEV_AUDIENCE,
    });
  });

  test('takes roles and claims of one’s own; a claim is JSON, else text', async () => {
    const claims = ['org=7', 'groups=["a","b"]', 'https://x.example/t=a=b', 'mfa=true', 'sub="007"'];
    const flags = claims.flatMap((claim) => ['--claim', claim]);
    const { stdout } = await token('--tenant=initech', '--user=peter', '--role=a', '--role=b c', ...flags);
    expect(decodeJwt(stdout.trim())).toMatchObject({
      tenant: 'initech',
      roles: ['a', 'b c'],
      org: 7,
      groups: ['a', 'b'],
      'https://x.example/t': 'a=b',
      mfa: true,
      sub: '007',
    });
    const admin = await token('--tenant=acme', '--user=ann', '--role=viewer');
    expect(decodeJwt(admin.stdout.trim())['roles'], 'in place of the one she has').toEqual(['viewer']);
  });

  test('says the issuer and the audience that the environment says', async () => {
    const env = { JWT_ISSUER: 'https://id.example/', JWT_AUDIENCE: 'our-api' };
    const { stdout } = await tokenIn(env, '--tenant=acme', '--user=ann', '--json');
    const { token: jwt, issuer, audience } = JSON.parse(stdout);
    expect(decodeJwt(jwt)).toMatchObject({ iss: 'https://id.example/', aud: 'our-api' });
    expect([issuer, audience]).toEqual(['https://id.example/', 'our-api']);
  });

  test('signs for strangers too, without a role', async () => {
    const { stdout } = await token('--tenant', 'initech', '--user', 'peter');
    expect(decodeJwt(stdout.trim())).toMatchObject({ sub: 'peter', tenant: 'initech', roles: [] });
  });

  test('takes roles and claims of your own, as often as they are given', async () => {
    const line =
      '--tenant acme --user ann --role owner --role auditor --claim plan=gold --claim seats=5 --claim aud=other';
    const { stdout } = await token(...line.split(' '));
    expect(decodeJwt(stdout.trim())).toMatchObject({
      roles: ['owner', 'auditor'],
      plan: 'gold',
      seats: 5,
      aud: 'other',
      tenant: 'acme',
    });
  });

  test('explains itself', async () => {
    const { code, stdout } = await token('--help');
    expect(code).toBe(0);
    for (const flag of ['--tenant', '--user', '--role', '--claim', '--expires-in', '--json'])
      expect(stdout).toContain(flag);
  });

  test.each<[readonly string[], string]>([
    [['--user', 'ann'], '--tenant is missing'],
    [['--tenant', 'acme'], '--user is missing'],
    [['--tenant', '', '--user', 'ann'], '--tenant is empty'],
    [['--tenant', 'acme', '--user'], '--user'],
    [['--tenant', 'acme', '--user', 'ann', '--role'], '--role has no value'],
    [['--tenant', 'acme', '--user', 'ann', '--rol', 'admin'], 'did you mean --role?'],
    [['--tenant', 'acme', '--user', 'ann', '--claim', 'plan'], '--claim plan: give a name and a value'],
    [['--tenant', 'acme', '--user', 'ann', '--claim', 'exp=1'], '--claim exp: give --expires-in instead'],
    [['--tenant', 'acme', '--user', 'ann', '--claim', 'a=1', '--claim', 'a=2'], '--claim a is given twice'],
    [['acme', 'ann'], 'acme stands alone'],
    [['--tenant', 'acme', '--tenant', 'globex', '--user', 'ann'], '--tenant is given twice'],
    ...['mfa', '=true', 'iat=1'].map((claim): [string[], string] => [
      ['--tenant', 'acme', '--user', 'ann', '--claim', claim],
      '--claim',
    ]),
    ...['soon', '1', '-1h', '1.5h', '0s', '400d', '9600h', '999999999d'].map((time): [string[], string] => [
      ['--tenant', 'acme', '--user', 'ann', `--expires-in=${time}`],
      '--expires-in',
    ]),
  ])('%j is refused on stderr alone, naming the flag', async (flags, named) => {
    const { code, stdout, stderr } = await token(...flags);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')[0]).toContain(named);
    expect(stderr).not.toContain('    at ');
  });
});

test('the published keys hold no private part, and verify only what was signed', async () => {
  const { ask, url } = await originForTest();
  const { keys } = (await ask('GET /.well-known/jwks.json', { secret: '' })).json;
  expect(keys).toHaveLength(1);
  expect(Object.keys(keys[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);

  const signed = await signDevToken(
    { tenant: 'acme', user: 'ann', roles: ['admin'] },
    { nowMs: Date.parse('2026-11-01T00:00:00.900Z'), expiresInMs: 60_000 },
  );
  const currentDate = new Date('2026-11-01T00:00:59Z');
  const published = createRemoteJWKSet(new URL('/.well-known/jwks.json', url));
  await expect(jwtVerify(signed, published, { currentDate })).resolves.toBeDefined();
  const [head, , signature] = signed.split('.');
  const other = Buffer.from(JSON.stringify({ ...decodeJwt(signed), sub: 'bob' })).toString('base64url');
  await expect(jwtVerify(`${head}.${other}.${signature}`, published, { currentDate })).rejects.toThrow(
    'signature',
  );
});
