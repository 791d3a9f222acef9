import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { parseSettings, type SettingsError } from '../../src/edge/settings.ts';
import { webhooks } from '../../src/index.ts';
import { eventsOf } from '../../src/invalidation/sources.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { isPlaceholder } from '../../src/strategy/placeholder.ts';
import { secrets, sent } from '../support/worker/sender.ts';
import { aClass, goodSettings, world } from '../support/worker/world.ts';

const deployed: Record<string, unknown> = {
  ...goodSettings,
  STORE: undefined,
  UPSTASH_REDIS_REST_URL: 'https://eu1-something.upstash.io',
  UPSTASH_REDIS_REST_TOKEN: 'AYNgAS8dGhlLXRva2Vu',
};
const development = { ...deployed, ENVIRONMENT: 'development' };

/** Setting → what is said of it. */
function faultsOf(env: Record<string, unknown>): Record<string, string> {
  try {
    parseSettings(env);
    return {};
  } catch (error) {
    const { faults } = error as SettingsError;
    expect(new Set(faults.map(({ setting }) => setting)).size, 'each setting once').toBe(faults.length);
    return Object.fromEntries(faults.map(({ setting, says }) => [setting, says]));
  }
}

const inToml = 'is still a placeholder; set it under [vars] in wrangler.toml';
const asSecret = (name: string) => `is still a placeholder; set it with 'wrangler secret put ${name}'`;

describe('what a template has in a setting’s place is refused in production', () => {
  const key = { name: 'n', tenant: '<tenant>', user: 'u', roles: [] };
  test.each<[string, string, string]>([
    ['ORIGIN_URL', 'https://origin.example.com', inToml],
    ['ORIGIN_URL', 'https://example.com/api', inToml],
    ['ORIGIN_URL', 'https://EXAMPLE.ORG:8443/', inToml],
    ['ORIGIN_URL', 'https://origin.acme.example', inToml],
    ['ORIGIN_URL', 'https://origin.invalid/', inToml],
    ['ORIGIN_URL', 'https://<your origin>/', inToml],
    ['ORIGIN_URL', 'https://your-origin.com', inToml],
    ['ORIGIN_URL', 'https://api.YOUR_COMPANY.com', inToml],
    ['ORIGIN_URL', 'https://yourdomain.com', inToml],
    ['ORIGIN_URL', 'https://app.yourcompany.com/api', inToml],
    ['ORIGIN_URL', 'https://api.your-company.co.uk', inToml],
    ['ORIGIN_URL', 'https://your-idp.eu.auth0.com', inToml],
    ['ORIGIN_URL', 'https://your-origin-host.fly.dev', inToml],
    ['ORIGIN_URL', 'https://your-app-name.herokuapp.com', inToml],
    ['ORIGIN_URL', 'https://my.your-domain.com', inToml],
    ['ORIGIN_URL', 'https://add-your-domain.com', inToml],
    ['PUBLIC_URL', 'https://cache.your-subdomain.workers.dev', inToml],
    ['JWT_AUDIENCE', 'api.yourcompany.com', inToml],
    ['JWT_AUDIENCE', 'your-audience', inToml],
    ['JWT_AUDIENCE', '{your-audience}', inToml],
    ['JWT_AUDIENCE', '{audience, change-me}', inToml],
    ['ORIGIN_SECRET', '{change-me-to-a-secret}', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', '{your-origin-secret}', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', '{{ YOUR_ORIGIN_SECRET }}', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', '{replace with a secret}', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', '\u0024{YOUR_ORIGIN_SECRET}', asSecret('ORIGIN_SECRET')],
    ['UPSTASH_REDIS_REST_TOKEN', '{...}', asSecret('UPSTASH_REDIS_REST_TOKEN')],
    ['CORS_ORIGINS', 'https://app.acme.test, https://app.yourdomain.com', inToml],
    ['NAMESPACE', 'your-namespace', inToml],
    ['ORIGIN_SECRET', 'REPLACE_WITH_SECRET', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', 'replace-with-a-secret-of-your-own', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', 'INSERT_YOUR_SECRET_HERE', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', 'change-to-something-secret', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', 'changemechangeme', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', 'change-me', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', 'replace_this_with_a_secret', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', '<at least 16 characters>', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', 'your-origin-secret', asSecret('ORIGIN_SECRET')],
    ['ORIGIN_SECRET', 'xxxxxxxxxxxxxxxxxxxx', asSecret('ORIGIN_SECRET')],
    ['JWKS_URL', 'https://id.example.com/.well-known/jwks.json', inToml],
    ['JWKS_URL', 'https://your-tenant.auth0.com/.well-known/jwks.json', inToml],
    ['JWT_ISSUER', 'https://id.example.net/', inToml],
    ['JWT_ISSUER', 'https://<tenant>.auth0.com/', inToml],
    ['JWT_ISSUER', 'https://{tenant}.auth0.com/', inToml],
    ['ORIGIN_URL', 'https://{origin}', inToml],
    ['CORS_ORIGINS', '{your-app}, {your-site}', inToml],
    ['JWT_ISSUER', 'https://\u0024{YOUR_TENANT}.auth0.com/', inToml],
    ['JWT_AUDIENCE', 'https://api.example.com', inToml],
    ['JWT_AUDIENCE', 'api.example.com', inToml],
    ['JWT_AUDIENCE', '<audience>', inToml],
    ['JWT_AUDIENCE', 'TODO', inToml],
    ['PUBLIC_URL', 'https://edge.example.com', inToml],
    ['UPSTASH_REDIS_REST_URL', 'https://your-db.upstash.io', asSecret('UPSTASH_REDIS_REST_URL')],
    ['UPSTASH_REDIS_REST_TOKEN', 'your_token', asSecret('UPSTASH_REDIS_REST_TOKEN')],
    ['UPSTASH_REDIS_REST_TOKEN', '...', asSecret('UPSTASH_REDIS_REST_TOKEN')],
    ['QSTASH_URL', 'https://qstash.example.com', inToml],
    ['CORS_ORIGINS', 'https://app.example.com', inToml],
    ['CORS_ORIGINS', 'https://app.acme.test, https://app.example.com', inToml],
    ['NAMESPACE', '<name>', inToml],
    ['API_KEYS', JSON.stringify({ ['0'.repeat(64)]: key }), asSecret('API_KEYS')],
    ['API_KEYS', '{"<SHA-256 of the key, hex>":{}}', asSecret('API_KEYS')],
    [
      'ADMIN_TOKENS',
      '{"<name>":{"sha256":"<of the token, hex>","scopes":["purge"]}}',
      asSecret('ADMIN_TOKENS'),
    ],
  ])('%s = %j', (setting, value, says) => {
    expect(faultsOf({ ...deployed, [setting]: value })).toEqual({ [setting]: says });
    expect(faultsOf({ ...development, [setting]: value })[setting] ?? '').not.toContain('placeholder');
  });

  test.each([
    'https://acme.com/example.com',
    'https://example.company.com',
    'https://my-example.com',
    'https://example.com.au',
    'https://examples.com',
    'https://api.exchange-media.com',
    'https://four-seasons.com',
    'https://yourself.com',
    'https://origin.acme.test',
    'AX<y9>kq2:<b',
    'xx-1',
    '{"a":{"name":"n","roles":["<b"]},"b":{"name":"c>"}}',
  ])('%s is no placeholder', (value) => {
    // A path may be called anything.
    expect(isPlaceholder(value.replace('/example.com', '/examples'))).toBe(false);
  });

  test.each<[string, string]>([
    ['NAMESPACE', 'todo'],
    ['NAMESPACE', 'placeholder'],
    ['NAMESPACE', 'TODO'],
    ['NAMESPACE', 'xxx'],
    ['JWT_AUDIENCE', 'todo'],
    ['JWT_AUDIENCE', 'to-do'],
    ['JWT_AUDIENCE', 'know-your-customer'],
    ['JWT_AUDIENCE', 'https://know-your-customer.io'],
    ['JWT_ISSUER', 'https://id.acme.test/your-account/'],
    ['ORIGIN_URL', 'https://kyc.know-your-customer.io'],
    ['ORIGIN_URL', 'https://api.book-your-table.com'],
    ['ORIGIN_URL', 'https://api.yourselves.com'],
    ['ORIGIN_URL', 'https://www123.your-server.de'],
    ['ORIGIN_URL', 'https://api.your-move.com'],
    ['ORIGIN_URL', 'https://your-site-works.com'],
    ['ORIGIN_URL', 'https://your-apple.com'],
    ['JWT_ISSUER', 'https://login.your-storagebox.de/'],
    ['JWT_ISSUER', 'https://db7.your-database.de/'],
    ['ORIGIN_URL', 'https://change-to-solar.com'],
    ['JWT_AUDIENCE', 'api.your-move.com'],
    ['CORS_ORIGINS', 'https://your-move.com,https://app.your-move.com'],
    ['ORIGIN_SECRET', '{a-secret-of-your-own}'],
    ['ORIGIN_SECRET', '{kx9}qPl2-zR7s/wW4'],
    ['ORIGIN_URL', 'https://yourcompanyname-really.com'],
    ['ORIGIN_URL', 'https://irreplaceable-with-us.com'],
    ['ORIGIN_URL', 'https://todo.com'],
    ['CORS_ORIGINS', 'https://track-your-parcel.de'],
    ['CORS_ORIGINS', 'https://a.test,https://bring-your-own.test'],
    ['ORIGIN_SECRET', 'a-secret-of-your-own'],
    [
      'API_KEYS',
      JSON.stringify({ ['0'.repeat(64)]: { ...key, name: 'know your customer', tenant: 'acme' } }),
    ],
    [
      'API_KEYS',
      JSON.stringify({ ['0'.repeat(64)]: { ...key, name: 'your app, change me', tenant: 'todo' } }),
    ],
    ['ADMIN_TOKENS', JSON.stringify({ 'know-your-customer': { sha256: '0'.repeat(64), scopes: ['read'] } })],
  ])('%s = %j is a value of one’s own', (setting, value) => {
    expect(faultsOf({ ...deployed, [setting]: value })).toEqual({});
  });

  test('a deployment with one says so once, and is 503 to everybody', async () => {
    const { edge } = world([aClass()], { settings: { ORIGIN_URL: 'https://origin.example.com' } });
    for (const path of ['/report/r1', '/-/health']) expect((await edge.get(path)).status).toBe(503);
    const faults = [{ setting: 'ORIGIN_URL', says: inToml }];
    expect(edge.log).toEqual([{ event: 'settings', level: 'error', faults }]);
  });
});

describe('a name that is near to a setting’s is refused in production', () => {
  test.each([
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['cors_origins', 'CORS_ORIGINS'],
    ['CORS_ORGINS', 'CORS_ORIGINS'],
    ['CORSORIGINS', 'CORS_ORIGINS'],
    ['JWKS_URI', 'JWKS_URL'],
    ['JWT_ISUER', 'JWT_ISSUER'],
    ['JWT_AUDIENCES', 'JWT_AUDIENCE'],
    ['ADMIN_TOKEN', 'ADMIN_TOKENS'],
    ['API_KEY', 'API_KEYS'],
    ['ORIGN_URL', 'ORIGIN_URL'],
    ['ORIGIN_URI', 'ORIGIN_URL'],
    ['PUBLIC_URI', 'PUBLIC_URL'],
    ['ORIGIN_SECRETS', 'ORIGIN_SECRET'],
    ['UPSTASH_REDIS_REST_TOKENS', 'UPSTASH_REDIS_REST_TOKEN'],
    ['UPSTASH_REDIS_RESTURL', 'UPSTASH_REDIS_REST_URL'],
    ['QSTASH_CURRENT_SIGNING_KEYS', 'QSTASH_CURRENT_SIGNING_KEY'],
    ['QSTASH_RETRY', 'QSTASH_RETRIES'],
    ['ENVIRONEMNT', 'ENVIRONMENT'],
    ['NAME_SPACE', 'NAMESPACE'],
    ['log', 'LOG'],
    ['HOOK_SECRETS_APP', 'HOOK_SECRET_APP'],
    ['HOOK_SECERT_APP', 'HOOK_SECRET_APP'],
    ['HOOKS_SECRET_my_shop', 'HOOK_SECRET_MY_SHOP'],
    ['HOOKSECRET_APP', 'HOOK_SECRET_APP'],
    ['HOOK_SECRETS_SHOP2', 'HOOK_SECRET_SHOP2'],
    ['HOOK_SECRET', 'HOOK_SECRET_<SOURCE>'],
  ])('%s: did you mean %s', (name, meant) => {
    const says = `is no setting; did you mean ${meant}? A var of your own needs a name that is less alike`;
    if (meant === 'QSTASH_RETRIES') return expect(faultsOf({ ...deployed, [name]: '3' })).toEqual({});
    expect(faultsOf({ ...deployed, [meant]: undefined, [name]: 'canary7' })[name]).toBe(says);
    expect(faultsOf({ ...development, [name]: 'canary7' })).toEqual({});
  });

  test.each(['', ' '])('also where the setting itself is %j, as in the template', (empty) => {
    const env = { ...deployed, CORS_ORIGINS: empty, CORS_ORIGIN: 'https://a.test' };
    expect(Object.keys(faultsOf(env))).toEqual(['CORS_ORIGIN']);
  });

  const warned = async (settings: Record<string, string>) => {
    const { edge } = world([aClass()], { settings });
    for (const _ of [1, 2]) expect((await edge.get('/-/health')).status).toBe(200);
    return edge.log.filter(({ event }) => event === 'settings');
  };
  const alike = (name: string, meant: string) => ({
    setting: name,
    says: `is no setting; did you mean ${meant}? A var of your own needs a name that is less alike`,
  });

  test.each([
    ['ORIGN_URL', 'ORIGIN_URL', {}],
    ['API_KEY', 'API_KEYS', { API_KEYS: '{}' }],
    ['CORS_ORIGIN', 'CORS_ORIGINS', { CORS_ORIGINS: 'https://a.test' }],
    ['log', 'LOG', { LOG: 'all' }],
    ['HOOK_SECRETS_APP', 'HOOK_SECRET_APP', { HOOK_SECRET_APP: 'a-secret-of-the-app' }],
    ['HOOK_SECERT_app', 'HOOK_SECRET_APP', { hook_secret_app: 'a-secret-of-the-app' }],
  ])('beside the setting itself %s is only told, once', async (name, meant, given) => {
    expect(await warned({ ...given, [name]: 'canary7' })).toEqual([
      { event: 'settings', level: 'warn', faults: [alike(name, meant)] },
    ]);
  });

  test('in development it is told, once', async () => {
    const faults = [alike('CORS_ORIGIN', 'CORS_ORIGINS')];
    expect(await warned({ ENVIRONMENT: 'development', CORS_ORIGIN: 'canary7', SCORE: 'A4' })).toEqual([
      { event: 'settings', level: 'warn', faults },
    ]);
  });

  test.each([
    ...[
      'MY_FLAG',
      'SENTRY_DSN',
      'SCORE',
      'STORED',
      'STORES',
      'SHORE',
      'LOGS',
      'UPSTASH_URL',
      'ORIGINAL_URL',
      'BOOK_SECRET_X',
      'COOK_SECRET',
      'DATABASE_URL',
      'STRIPE_API_KEY',
      'LOG_LEVEL',
      'LOGO',
      'SITE_URL',
      'API_URL',
    ],
    ...[
      'PUBLIC_KEY',
      'ORIGIN_ID',
      'ORIGIN_URL_2',
      'JWT_SECRET',
      'VERSION',
      'REDIS_URL',
      'SHOP_NAMESPACE',
      'STORE_ID',
    ],
    ...[
      'HOOK_SECRET_SHOP',
      'hook_secret_shop',
      'HOOK_TOKEN',
      'WEBHOOK_URL',
      'N'.repeat(5_000),
      '',
      '_',
      '__proto__x',
    ],
  ])("%s is the team's own", (name) => {
    expect(faultsOf({ ...deployed, [name]: 'anything' })).toEqual({});
  });

  test.each([
    ['a KV namespace', { get: () => null }],
    ['a function', () => null],
    ['a number', 7],
    ['nothing', undefined],
  ])('bound to %s, it is no setting at all', (_, value) => {
    expect(faultsOf({ ...deployed, CORS_ORIGIN: value })).toEqual({});
  });
});

describe('webhook secrets', () => {
  const payload = z.object({ id: z.string() });
  const cls = aClass();
  const strategy = defineStrategy({
    classes: [cls],
    events: { happened: { payload, purges: { tags: ['report:{id}'] } } },
  });
  const mapping = eventsOf(strategy)('happened', payload, (it) => ({ tenant: 'acme', payload: it }));
  const source = { scheme: 'github', events: { ping: mapping } } as const;
  const start = async (settings: Record<string, string>, names: readonly string[] = ['github']) => {
    const sources = Object.fromEntries(names.map((name) => [name, source]));
    const { edge, clock } = world([cls], {
      strategy,
      settings,
      routes: (app) => app.route('/hooks', webhooks(strategy, sources)),
    });
    const asked = await sent('github', { nowMs: clock.now(), body: { id: 'r1' } });
    return { edge, answer: await edge.get(`/hooks/${names[0]}`, asked) };
  };
  const { HOOK_SECRET_GITHUB: secret } = secrets;

  test.each<[string, string[], Record<string, string>, [string, string][]]>([
    [
      'misspelt',
      ['github'],
      { HOOK_SECRET_GITHUP: secret },
      [['HOOK_SECRET_GITHUP', 'did you mean HOOK_SECRET_GITHUB?']],
    ],
    [
      'of another name',
      ['git-hub'],
      { HOOK_SECRET_GITHUB: secret },
      [['HOOK_SECRET_GITHUB', 'did you mean HOOK_SECRET_GIT_HUB?']],
    ],
    [
      'of none that is near',
      ['github', 'app'],
      { HOOK_SECRET_SHOP: secret, HOOK_SECRET_APP: secret },
      [['HOOK_SECRET_SHOP', 'not given: HOOK_SECRET_GITHUB']],
    ],
    [
      'left over, where every source has its own',
      ['github'],
      { HOOK_SECRET_GITHUB: secret, HOOK_SECRET_SHOP: secret },
      [],
    ],
    ['in lower case', ['github'], { hook_secret_github: secret }, []],
    ['not given at all', ['github'], {}, []],
  ])('%s: told once, and nothing is refused for it', async (_, names, settings, told) => {
    const { edge } = await start(settings, names);
    expect((await edge.get('/-/health')).status).toBe(200);
    const lines = edge.log.filter(({ event }) => event === 'settings');
    const faults = told.map(([setting, hint]) => ({
      setting,
      says: `is of no source in routes/hooks.ts; ${hint}`,
    }));
    expect(lines).toEqual(faults.length === 0 ? [] : [{ event: 'settings', level: 'warn', faults }]);
  });

  test.each([
    'change-me-change-me',
    '<the secret of github>',
    'your-webhook-secret',
    `${secret},your-second-secret`,
  ])('that is still %s: the source is 503 in production', async (text) => {
    const { edge, answer } = await start({ HOOK_SECRET_GITHUB: text });
    expect(answer.status).toBe(503);
    const why =
      "HOOK_SECRET_GITHUB is still a placeholder; set it with 'wrangler secret put HOOK_SECRET_GITHUB'";
    expect(edge.log.at(-1)).toMatchObject({ problem: 'misconfigured', why });
    const other = await start({ HOOK_SECRET_GITHUB: text, ENVIRONMENT: 'development' });
    expect(other.answer.status).toBe(text.startsWith(secret) ? 202 : 401);
  });
});
