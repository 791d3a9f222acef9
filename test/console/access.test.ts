import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { consoleSettings, cookieOf, form, withCookie } from '../support/worker/console.ts';
import { aClass, world } from '../support/worker/world.ts';

const team = 'https://acme-team.cloudflareaccess.com';
const AUD = '32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228';
const person = { type: 'app', email: 'ann@example.com', sub: '7335d417-61da-459d-899c-0a01c76a2f94' };

/** Cloudflare Access in front of the console: a team that signs, and publishes its keys. */
async function scene(settings: Record<string, string> = {}) {
  const [own, other] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  const made = world([aClass()], {
    settings: { ...(await consoleSettings()), ACCESS_TEAM: 'acme-team', ACCESS_AUD: AUD, ...settings },
  });
  // As Cloudflare has it, with the keys in other forms too.
  made.origin.on('/cdn-cgi/access/certs', { keys: [jwk], public_cert: {}, public_certs: [] });
  const nowS = Math.floor(made.clock.now() / 1000);
  const sign = (claims: Record<string, unknown>, key = own.privateKey) =>
    new SignJWT({ iss: team, aud: [AUD], iat: nowS, nbf: nowS, exp: nowS + 60, ...person, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'JWT' })
      .sign(key);
  const asked = async (claims = {}, key = own.privateKey) => ({
    as: null,
    headers: { 'Cf-Access-Jwt-Assertion': await sign(claims, key) },
  });
  return { ...made, sign, asked, other };
}

describe('Cloudflare Access', () => {
  test('whom it lets through may look, under their own name, and there is nothing to log out of', async () => {
    const { edge, asked, origin } = await scene();
    const page = await edge.get('/-/console/settings', await asked());
    expect(page.status).toBe(200);
    expect(page.text).toContain('access:ann@example.com');
    expect(page.text).not.toContain('Log out');
    // An address is not put into the line of every page; of who does something it is.
    expect(edge.log.at(-1)).toMatchObject({ admin: 'access' });
    expect((await edge.get('/-/console/purges', await asked())).status).toBe(200);
    expect(origin.requests.map(({ url }) => url)).toEqual([`${team}/cdn-cgi/access/certs`]);
  });

  test('a service token goes by its name, and a name can hold no mark of a source', async () => {
    const { edge, asked } = await scene();
    const service = { email: undefined, common_name: 'e367826f93b8.access' };
    expect((await edge.get('/-/console/settings', await asked(service))).text).toContain(
      'access:e367826f93b8.access',
    );
    const odd = await edge.get('/-/console/settings', await asked({ email: 'a#b,<c>@example.com' }));
    expect(odd.text).toContain('access:a_b__c_@example.com');
  });

  test('they may only read, unless the setting says more; a purge has their name', async () => {
    const purge = { whose: 'tenant', tenant: 'acme', tags: 'report:r1' };
    const post = async ({ edge, asked }: Awaited<ReturnType<typeof scene>>) =>
      edge.get('/-/console/purges', form(purge, { headers: (await asked()).headers }));
    const reading = await scene();
    expect((await post(reading)).status).toBe(403);
    const purging = await scene({ ACCESS_SCOPES: 'read, purge' });
    const answer = await post(purging);
    expect(answer.status).toBe(303);
    const lineOf = ({ edge }: typeof purging) => edge.log.find(({ method }) => method === 'POST');
    expect(lineOf(purging)).toMatchObject({ admin: 'access:ann@example.com', path: '/-/console/purges' });
    const hashing = await scene({ ACCESS_SCOPES: 'read, purge', LOG_HASH_IDS: 'a-key-for-the-log-alone' });
    await post(hashing);
    expect(lineOf(hashing)).toMatchObject({ admin: expect.stringMatching(/^access:[0-9a-f]{16}$/) });
    const receipt = await purging.edge.get(answer.headers.get('Location')!, await purging.asked());
    expect(receipt.text).toContain('admin:access:ann@example.com');
    // Its cookie goes along with what other sites send.
    const forged = form(purge, {
      headers: { ...(await purging.asked()).headers, Origin: 'https://evil.test' },
    });
    expect((await purging.edge.get('/-/console/purges', forged)).status).toBe(403);
    const none = await scene({ ACCESS_SCOPES: 'purge' });
    expect((await none.edge.get('/-/console', await none.asked())).status).toBe(303);
  });

  test.each<[string, Record<string, unknown>]>([
    ['for another application', { aud: ['another'] }],
    ['of another team', { iss: 'https://other-team.cloudflareaccess.com' }],
    ['that has expired', { exp: 1_000_000_000 }],
    ['that is of a session, and of no application', { type: 'org' }],
    ['of no type', { type: undefined }],
    ['of nobody', { email: undefined }],
    ['of an empty name', { email: '' }],
  ])('an assertion %s opens nothing', async (_, claims) => {
    const { edge, asked } = await scene();
    const answer = await edge.get('/-/console/settings', await asked(claims));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('Location')).toMatch(/^\/-\/console\/login/);
  });

  test('nor does one that somebody else has signed, or none has, nor the cookie of it alone', async () => {
    const { edge, asked, other, sign } = await scene();
    const signed = await sign({});
    const unsigned = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${signed.split('.')[1]}.`;
    for (const headers of [
      (await asked({}, other.privateKey)).headers,
      { 'Cf-Access-Jwt-Assertion': unsigned },
      { 'Cf-Access-Jwt-Assertion': 'rubbish' },
      { 'Cf-Access-Jwt-Assertion': '' },
      { Cookie: `CF_Authorization=${signed}` },
      { Authorization: `Bearer ${signed}` },
    ])
      expect((await edge.get('/-/console/settings', { as: null, headers })).status).toBe(303);
  });

  test('an assertion is nothing where the settings do not name a team, and nowhere but in the console', async () => {
    const { edge, asked } = await scene();
    expect((await edge.get('/-/purges', await asked())).status).toBe(401);
    expect((await edge.get('/report/r1', await asked())).status).toBe(401);
    const without = world([aClass()], { settings: await consoleSettings() });
    expect((await without.edge.get('/-/console', await asked())).status).toBe(303);
    expect(without.origin.count()).toBe(0);
  });

  test('a session by token counts before it', async () => {
    const { edge, asked } = await scene();
    const cookie = await cookieOf(edge);
    const { headers } = await asked();
    const page = await edge.get('/-/console/settings', withCookie(cookie, { headers }));
    expect(page.text).toContain('<span>read-purge</span>');
  });

  test('while its keys cannot be had, nobody knows: 503, and not the login', async () => {
    const { edge, asked, origin } = await scene();
    origin.on('/cdn-cgi/access/certs', () => new Response('no', { status: 500 }));
    const answer = await edge.get('/-/console/settings', await asked());
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('access:');
    expect(edge.log.at(-1)).toMatchObject({
      status: 503,
      why: expect.stringMatching(/^Access: the JWKS endpoint/),
    });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['a team without its audience', { ACCESS_TEAM: 't' }, /ACCESS_AUD is missing/],
    ['an audience without its team', { ACCESS_AUD: AUD }, /ACCESS_TEAM is missing/],
    ['a team as a URL', { ACCESS_TEAM: team, ACCESS_AUD: AUD }, /ACCESS_TEAM must be the name before/],
    [
      'scopes that are none',
      { ACCESS_TEAM: 't', ACCESS_AUD: AUD, ACCESS_SCOPES: 'read,all' },
      /ACCESS_SCOPES .*must be among/,
    ],
  ])('%s is told as a setting at fault', async (_, settings, says) => {
    const { edge } = world([aClass()], { settings });
    expect((await edge.get('/-/console')).status).toBe(503);
    const { faults } = edge.log.find(({ event }) => event === 'settings') as unknown as {
      faults: { setting: string; says: string }[];
    };
    expect(faults.map((it) => `${it.setting} ${it.says}`).join('\n')).toMatch(says);
  });
});
