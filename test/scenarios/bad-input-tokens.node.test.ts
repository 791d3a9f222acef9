import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTarget, type Target } from './support/hostile.ts';
import { type Answer, send } from './support/http.ts';

const ROUTE = 'GET /v1/dashboards/d1/kpis?range=2026-10';

let target: Target;
beforeAll(async () => {
  target = await startTarget('routes/index.ts');
});
afterAll(() => target.stop());

const show = (authorization: string, more: Record<string, string> = {}) =>
  send(target.url, ROUTE, { headers: { Authorization: authorization, ...more } });

function expectProblem(answer: Answer, expected: number): void {
  const { status, headers, text } = answer;
  target.mustBeSilent(JSON.stringify(headers) + text);
  expect(status, text).toBe(expected);
  expect(headers['content-type']).toBe('application/problem+json');
  expect(answer.json()).toMatchObject({ status: expected });
}

/** RFC 6750 §3: with a challenge, and without a word of why. */
function expectUnauthenticated(answer: Answer): void {
  expectProblem(answer, 401);
  expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="stillfresh"/);
  expect(Object.keys(answer.json() as object).sort()).toEqual(['instance', 'status', 'title', 'type']);
}

it('a good one is good', async () => {
  expect((await show(`Bearer ${target.good}`)).status).toBe(200);
  expect((await show(`bearer   ${target.good}`)).status).toBe(200);
});

describe('what is no token at all: 401', () => {
  it.each<[string, (good: string) => string]>([
    ['nothing', () => ''],
    ['only the scheme', () => 'Bearer'],
    ['another scheme', (good) => `Token ${good}`],
    ['Basic', () => 'Basic YW5uOnBhc3N3b3Jk'],
    ['no scheme', (good) => good],
    ['two', (good) => `Bearer ${good}, Bearer ${good}`],
    ['one and more', (good) => `Bearer ${good} ${good}`],
    ['in quotes', (good) => `Bearer "${good}"`],
    ['a word', () => 'Bearer null'],
    ['one part', (good) => `Bearer ${good.split('.')[0]}`],
    ['two parts', (good) => `Bearer ${good.split('.').slice(0, 2).join('.')}`],
    ['an empty signature', (good) => `Bearer ${good.split('.').slice(0, 2).join('.')}.`],
    ['an empty payload', (good) => `Bearer ${good.split('.')[0]}..${good.split('.')[2]}`],
    ['four parts', (good) => `Bearer ${good}.${good.split('.')[2]}`],
    ['five parts, as if encrypted', (good) => `Bearer ${good}.e30.e30`],
    ['only dots', () => 'Bearer ..'],
    ['9 KiB', () => `Bearer ${'a'.repeat(9_000)}`],
    ['20 KiB of parts', () => `Bearer ${'a.'.repeat(10_000)}`],
    ['bytes that are no text', () => 'Bearer \xff\xfe\x80'],
    ['a signature of zeros', (good) => `Bearer ${good.split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`],
    ['a signature of another length', (good) => `Bearer ${good.slice(0, -4)}`],
  ])('%s', async (_, authorization) => expectUnauthenticated(await show(authorization(target.good))));

  it('a token and an API key: 400', async () =>
    expectProblem(await show(`Bearer ${target.good}`, { 'X-API-Key': 'k' }), 400));

  it('an API key where none is set', async () => {
    for (const key of ['', 'k', 'k'.repeat(600), '\xff'])
      expectUnauthenticated(await send(target.url, ROUTE, { headers: { 'X-API-Key': key } }));
  });
});

const seconds = () => Math.floor(Date.now() / 1000);

describe('well signed, but not for this edge or not by its rules: 401', () => {
  it.each<[string, () => Record<string, unknown>]>([
    ['expired', () => ({ exp: seconds() - 60 })],
    ['without exp', () => ({ exp: undefined })],
    ['exp as text', () => ({ exp: String(seconds() + 60) })],
    ['exp null', () => ({ exp: null })],
    ['exp negative', () => ({ exp: -1 })],
    ['not yet valid', () => ({ nbf: seconds() + 600 })],
    ['nbf as text', () => ({ nbf: 'now' })],
    ['another issuer', () => ({ iss: 'https://evil.test' })],
    ['an issuer that only begins alike', () => ({ iss: 'https://issuer.test.evil.test' })],
    ['no issuer', () => ({ iss: undefined })],
    ['a list of issuers', () => ({ iss: ['https://issuer.test'] })],
    ['another audience', () => ({ aud: 'other' })],
    ['no audience', () => ({ aud: undefined })],
    ['an audience of nothing', () => ({ aud: [] })],
    ['an audience in capitals', () => ({ aud: 'EDGE' })],
    ['no user', () => ({ sub: undefined })],
    ['an empty user', () => ({ sub: '' })],
    ['a user that is a number', () => ({ sub: 1 })],
    ['a user that is a list', () => ({ sub: ['ann'] })],
    ['a user with an outer space', () => ({ sub: 'ann ' })],
    ['a user with a line end', () => ({ sub: 'ann\r\nX-Tenant-Id: globex' })],
    ['a user with a NUL', () => ({ sub: 'ann\0' })],
    ['a user that is not ASCII', () => ({ sub: 'änn' })],
    ['a user of 300 characters', () => ({ sub: 'a'.repeat(300) })],
    ['no tenant', () => ({ tenant: undefined })],
    ['a tenant that is null', () => ({ tenant: null })],
    ['a tenant that is an object', () => ({ tenant: { id: 'acme' } })],
    ['a tenant with a line end', () => ({ tenant: 'acme\nglobex' })],
    ['a tenant with a space before', () => ({ tenant: ' acme' })],
    ['roles that are a number', () => ({ roles: 1 })],
    ['roles that are an object', () => ({ roles: { admin: true } })],
    ['a role that is a number', () => ({ roles: ['admin', 1] })],
    ['1,000 roles', () => ({ roles: Array.from({ length: 1_000 }, (_, i) => `r${i}`) })],
  ])('%s', async (_, claims) =>
    expectUnauthenticated(await show(`Bearer ${target.issuer.token(target.claims(claims()))}`)),
  );

  it.each<[string, unknown]>([
    ['a list', []],
    ['null', null],
    ['text', '"ann"'],
    ['no JSON', 'ann'],
    ['nothing', ''],
    ['half a JSON', '{"sub":"ann"'],
    ['nothing but depth', '['.repeat(2_000)],
    ['no UTF-8', '{"sub":"\xff"}'],
  ])('a payload that is %s', async (_, payload) =>
    expectUnauthenticated(await show(`Bearer ${target.issuer.token(payload)}`)),
  );

  it.each<[string, unknown]>([
    ['alg none', { alg: 'none' }],
    ['alg in lower case', { alg: 'es256', kid: 'k1' }],
    ['alg of another key type', { alg: 'RS256', kid: 'k1' }],
    ['alg of another curve', { alg: 'ES384', kid: 'k1' }],
    ['alg unknown', { alg: 'XX', kid: 'k1' }],
    ['alg a list', { alg: ['ES256'], kid: 'k1' }],
    ['no alg', { kid: 'k1' }],
    ['a critical extension', { alg: 'ES256', kid: 'k1', crit: ['exp'], exp: 1 }],
    ['an empty crit', { alg: 'ES256', kid: 'k1', crit: [] }],
    ['an unencoded payload', { alg: 'ES256', kid: 'k1', b64: false, crit: ['b64'] }],
    ['another kid', { alg: 'ES256', kid: 'k2' }],
    ['kid __proto__', '{"alg":"ES256","kid":"__proto__"}'],
    ['kid a path', { alg: 'ES256', kid: '../../../dev/null' }],
    ['kid of 4 KiB', { alg: 'ES256', kid: 'k'.repeat(4_096) }],
    ['no JSON', 'ES256'],
    ['a list', []],
    ['null', 'null'],
    ['nothing', ''],
  ])('a header with %s', async (_, header) => {
    expectUnauthenticated(await show(`Bearer ${target.issuer.token(target.claims(), header)}`));
  });

  it('HS256 with the public key as the secret', async () => {
    for (const alg of ['HS256', 'HS512', 'none'])
      expectUnauthenticated(
        await show(`Bearer ${target.issuer.hmacToken(target.claims(), { alg, kid: 'k1' })}`),
      );
  });

  it('keys that the token brings along', async () => {
    for (const header of [
      { alg: 'ES256', kid: 'own', jku: 'https://evil.test/jwks.json' },
      { alg: 'ES256', kid: 'own', x5u: 'https://evil.test/cert.pem' },
      { alg: 'ES256', kid: 'own', jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } },
    ])
      expectUnauthenticated(await show(`Bearer ${target.issuer.token(target.claims(), header)}`));
  });
});

describe('well signed, of whom nobody knows', () => {
  it.each([
    'acme:globex',
    'acme/../globex',
    '@public',
    '@all',
    '*',
    '{tenant_id}',
    '%2e%2e',
    'acme%00',
    '__proto__',
    'a b',
    '"',
    '\\',
    't'.repeat(256),
  ])('tenant %s gets what the origin has for it: nothing', async (tenant) => {
    const answer = await show(`Bearer ${target.issuer.token(target.claims({ tenant }))}`);
    expectProblem(answer, 403);
  });

  it.each(['ann:x', '../ann', '*', 'constructor', '@u:ann', 'u'.repeat(256)])('user %s too', async (user) =>
    expectProblem(await show(`Bearer ${target.issuer.token(target.claims({ sub: user }))}`), 403),
  );
});

describe('a good one, damaged', () => {
  const chars = [...'ABCZabcz0189-_.=~+/ "\',;:{}%\x7eé'];
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const at = (text: string, where: number) => Math.floor(where * text.length);
  const mutation = fc.oneof(
    fc.tuple(place, fc.constantFrom(...chars)).map(
      ([where, char]) =>
        (token: string) =>
          token.slice(0, at(token, where)) + char + token.slice(at(token, where) + 1),
    ),
    fc.tuple(place, fc.constantFrom(...chars)).map(
      ([where, char]) =>
        (token: string) =>
          token.slice(0, at(token, where)) + char + token.slice(at(token, where)),
    ),
    place.map(
      (where) => (token: string) => token.slice(0, at(token, where)) + token.slice(at(token, where) + 1),
    ),
    place.map((where) => (token: string) => token.slice(0, at(token, where))),
    place.map((where) => (token: string) => token.slice(at(token, where) + 1)),
    fc.tuple(place, place).map(([one, other]) => (token: string) => {
      const swapped = [...token];
      [swapped[at(token, one)], swapped[at(token, other)]] = [
        token[at(token, other)]!,
        token[at(token, one)]!,
      ];
      return swapped.join('');
    }),
    fc
      .constantFrom([0, 2, 1], [1, 0, 2], [2, 1, 0], [0, 0, 2], [0, 1, 1], [0, 1, 0])
      .map((order) => (token: string) => order.map((i) => token.split('.')[i]).join('.')),
    fc.tuple(fc.nat(2), fc.constantFrom('', 'e30', 'bnVsbA', 'W10', 'AA', '!', '%00')).map(
      ([which, other]) =>
        (token: string) =>
          token
            .split('.')
            .map((part, i) => (i === which ? other : part))
            .join('.'),
    ),
    fc.boolean().map((up) => (token: string) => (up ? token.toUpperCase() : token.toLowerCase())),
  );
  const damaged = fc
    .array(mutation, { minLength: 1, maxLength: 3 })
    .map((all) => (good: string) => all.reduce((token, mutate) => mutate(token), good));

  /** A signature's last character has bits that say nothing, and base64 may be padded: such a token is as good as before. */
  function isStillGood(token: string): boolean {
    const [header, payload, signature = ''] = token.trim().split('.');
    const bytes = (it: string) => Buffer.from(it, 'base64url').toString('hex');
    const [goodHeader, goodPayload, goodSignature] = target.good.split('.');
    return header === goodHeader && payload === goodPayload && bytes(signature) === bytes(goodSignature!);
  }

  it('is bad: always 401, never more', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(damaged, async (damage) => {
        const token = damage(target.good);
        fc.pre(!isStillGood(token));
        expectUnauthenticated(await show(`Bearer ${token}`));
        refused += 1;
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThanOrEqual(300);
    expect((await show(`Bearer ${target.good}`)).status).toBe(200);
  });
});

it('nothing of all this was a fault of the Worker, and no token is in its log', () => {
  const all = target.logs.join('\n');
  expect(all).not.toMatch(/"level":"error"|"internal"/);
  expect(all).not.toMatch(/eyJ[\w-]+\.|Bearer /);
});
