import { describe, expect, test } from 'vitest';
import { parseSettings, SettingsError } from '../../src/edge/settings.ts';
import { worker } from '../../src/edge/worker.ts';
import { aClass, goodSettings, world } from '../support/worker/world.ts';

const redis = {
  STORE: undefined,
  UPSTASH_REDIS_REST_URL: 'https://eu1-something.upstash.io',
  UPSTASH_REDIS_REST_TOKEN: 'a-token-of-upstash',
};
const deployed = { ...goodSettings, ...redis };

/** Setting → what is said of it. */
function faultsOf(env: Record<string, unknown>): Record<string, string> {
  try {
    parseSettings(env);
    return {};
  } catch (error) {
    const { faults } = error as SettingsError;
    expect(error).toBeInstanceOf(SettingsError);
    return Object.fromEntries(faults.map(({ setting, says }) => [setting, says]));
  }
}

test('Nobody who switches classes is named like the guard: what it holds is purged and told by its name', () => {
  const tokens = (scope: string) => JSON.stringify({ guard: { sha256: 'a'.repeat(64), scopes: [scope] } });
  expect(faultsOf({ ...deployed, ADMIN_TOKENS: tokens('rollout') })).toEqual({
    ADMIN_TOKENS: expect.stringContaining('guard'),
  });
  expect(faultsOf({ ...deployed, ADMIN_TOKENS: tokens('purge') })).toEqual({});
});

describe('good settings', () => {
  test('for a deployment', () => {
    expect(parseSettings({ ...deployed, ORIGIN_URL: 'https://origin.test/api/' })).toMatchObject({
      ORIGIN_URL: 'https://origin.test/api',
      NAMESPACE: '',
      CORS_ORIGINS: [],
      LOG: 'all',
      development: false,
      redis: { url: 'https://eu1-something.upstash.io', token: 'a-token-of-upstash' },
      jwt: { issuer: goodSettings.JWT_ISSUER },
    });
  });

  test('with API keys only', () => {
    const { JWKS_URL: _, JWT_ISSUER: __, JWT_AUDIENCE: ___, ...rest } = deployed;
    const API_KEYS = JSON.stringify({
      ['0'.repeat(64)]: { name: 'n', tenant: 'acme', user: 'n', roles: [] },
    });
    expect(parseSettings({ ...rest, API_KEYS }).jwt).toBeUndefined();
  });

  test('the memory store in development, and elsewhere only when it is said twice', () => {
    const memory = { ...deployed, STORE: 'memory' };
    expect(parseSettings({ ...memory, ENVIRONMENT: 'development' }).redis).toBe('memory');
    expect(parseSettings({ ...memory, STORE: 'memory memory' }).redis).toBe('memory');
    expect(faultsOf(memory)).toEqual({ STORE: expect.stringContaining('STORE="memory memory"') });
  });
});

describe('QStash', () => {
  const complete = {
    ...deployed,
    QSTASH_TOKEN: 'a-token',
    QSTASH_CURRENT_SIGNING_KEY: 'sig_current',
    QSTASH_NEXT_SIGNING_KEY: 'sig_next',
    PUBLIC_URL: 'https://edge.test/',
  };

  test('is there with all of its settings, and not there without any', () => {
    expect(parseSettings(complete).qstash).toMatchObject({
      url: 'https://qstash.upstash.io',
      publicUrl: 'https://edge.test',
      retries: 5,
    });
    expect(parseSettings({ ...deployed, PUBLIC_URL: 'https://edge.test' }).qstash).toBeNull();
  });

  test.each(['QSTASH_TOKEN', 'QSTASH_CURRENT_SIGNING_KEY', 'QSTASH_NEXT_SIGNING_KEY', 'PUBLIC_URL'])(
    'without %s it is a fault',
    (name) => {
      const faults = faultsOf({ ...complete, [name]: undefined });
      expect(faults).toEqual({
        [name]: expect.stringContaining('is missing beside the other QStash settings'),
      });
    },
  );

  test.each(['sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r', 'sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs'])(
    'outside development the public development key %s is a fault',
    (key) => {
      const withKey = { ...complete, QSTASH_NEXT_SIGNING_KEY: key };
      expect(faultsOf(withKey)).toEqual({
        QSTASH_NEXT_SIGNING_KEY: expect.stringContaining('everyone knows'),
      });
      expect(faultsOf({ ...withKey, ENVIRONMENT: 'development' })).toEqual({});
    },
  );

  test('is needed by a class that settles', async () => {
    const { edge } = world([aClass({ settle: '5s' })]);
    expect((await edge.get('/report/r1')).status).toBe(503);
    expect(edge.log).toMatchObject([
      {
        event: 'settings',
        faults: [{ setting: 'QSTASH_TOKEN', says: expect.stringContaining('settle of report') }],
      },
    ]);
  });
});

describe('a fault names its setting and how to set it', () => {
  test('all that is missing, at once', () => {
    expect(Object.keys(faultsOf({}))).toEqual([
      'ORIGIN_URL',
      'ORIGIN_SECRET',
      'UPSTASH_REDIS_REST_URL',
      'UPSTASH_REDIS_REST_TOKEN',
      'JWKS_URL',
      'JWT_ISSUER',
      'JWT_AUDIENCE',
    ]);
    expect(faultsOf({ ...goodSettings, STORE: undefined, JWT_ISSUER: undefined })).toEqual({
      UPSTASH_REDIS_REST_URL: "is missing; set it with 'wrangler secret put UPSTASH_REDIS_REST_URL'",
      UPSTASH_REDIS_REST_TOKEN: "is missing; set it with 'wrangler secret put UPSTASH_REDIS_REST_TOKEN'",
      JWT_ISSUER: 'is missing; set it under [vars] in wrangler.toml',
    });
  });

  test.each<[string, unknown]>([
    ['ORIGIN_URL', 'origin.test'],
    ['ORIGIN_URL', 'ftp://origin.test'],
    ['ORIGIN_SECRET', 'short'],
    ['ORIGIN_SECRET', 'has a line\nbreak in it, and is long'],
    ['UPSTASH_REDIS_REST_URL', 'rediss://eu1-something.upstash.io:6379'],
    ['UPSTASH_REDIS_REST_TOKEN', ' '],
    ['JWKS_URL', 'not a url'],
    ['STORE', 'sqlite'],
    ['ENVIRONMENT', 'staging'],
    ['NAMESPACE', 'n'.repeat(65)],
    ['NAMESPACE', 7],
    ['CORS_ORIGINS', 'shop.example.net'],
    ['API_KEYS', '{not json'],
    ['API_KEYS', '{"my-secret-key-in-clear-text":{"name":"n","tenant":"t","user":"u","roles":[]}}'],
    ['LOG', 'none'],
    ['PUBLIC_URL', 'edge.example.com'],
    ['QSTASH_URL', 'qstash'],
    ['QSTASH_RETRIES', 'many'],
    ['QSTASH_RETRIES', '11'],
    ['ADMIN_TOKENS', 'not json'],
    ['ADMIN_TOKENS', '{"on-call":{"sha256":"my-secret-key-in-clear-text","scopes":["purge"]}}'],
    ['ADMIN_TOKENS', `{"on-call":{"sha256":"${'0'.repeat(64)}","scopes":["everything"]}}`],
    ['ADMIN_TOKENS', `{"on-call":{"sha256":"${'0'.repeat(64)}","scopes":[]}}`],
    // It parts a purge's source from its events.
    ['ADMIN_TOKENS', `{"on#call":{"sha256":"${'0'.repeat(64)}","scopes":["purge"]}}`],
  ])('%s = %j', (setting, value) => {
    const faults = faultsOf({ ...deployed, [setting]: value });
    expect(Object.keys(faults)).toEqual([setting]);
    expect(faults[setting]).toMatch(
      /set it (with 'wrangler secret put \w+'|under \[vars\] in wrangler\.toml)$/,
    );
    // Never the value: it may be a secret.
    if (String(value).trim() !== '' && setting !== 'STORE')
      expect(faults[setting]).not.toContain(String(value));
    expect(faults[setting]).not.toContain('my-secret-key-in-clear-text');
  });
});

test('in development, whatever the setting and the fault, the mend is the one for development', async () => {
  const mend = /; set it in the environment or in \.dev\.vars$/;
  const development = { ...deployed, ENVIRONMENT: 'development' };
  const faulty = {
    ...development,
    ORIGIN_URL: undefined,
    ORIGIN_SECRET: 'short',
    UPSTASH_REDIS_REST_TOKEN: undefined,
    JWT_ISSUER: undefined,
    API_KEYS: 'x',
    ADMIN_TOKENS: '{"a":1}',
    QSTASH_TOKEN: 'a-token',
    CORS_ORIGINS: 'x',
    LOG: 'none',
  };
  const faults = Object.values(faultsOf(faulty));
  expect(faults.length).toBeGreaterThan(9);
  for (const says of faults) expect(says).toMatch(mend);
  const { edge } = world([aClass({ settle: '5s' })], { settings: { ENVIRONMENT: 'development' } });
  await edge.get('/report/r1');
  expect(edge.log).toMatchObject([{ faults: [{ says: expect.stringMatching(mend) }] }]);
});

describe('an edge that is not set up', () => {
  const broken = { ...goodSettings, ORIGIN_SECRET: 'tooshort-secret', ORIGIN_URL: 'nowhere' };

  test('answers every request with a generic 503, and logs the faults once', async () => {
    const { edge } = world([aClass()], { settings: broken });
    for (const path of ['/report/r1', '/-/health', '/nothing']) {
      const answer = await edge.get(path);
      expect(answer).toMatchObject({
        status: 503,
        json: { type: 'urn:stillfresh:problem:misconfigured', title: 'The service is not set up' },
      });
      expect(answer.text).not.toMatch(/ORIGIN|secret|nowhere/);
    }
    expect(edge.log).toEqual([
      {
        event: 'settings',
        level: 'error',
        faults: [
          { setting: 'ORIGIN_URL', says: 'must be an http(s) URL; set it under [vars] in wrangler.toml' },
          {
            setting: 'ORIGIN_SECRET',
            says: "must have at least 16 characters; set it with 'wrangler secret put ORIGIN_SECRET'",
          },
        ],
      },
    ]);
  });

  test('says so from the cron trigger too, which does not fail', async () => {
    const { edge } = world([aClass()]);
    await worker(edge.app).scheduled(
      { cron: '* * * * *' } as ScheduledController,
      broken,
      {} as ExecutionContext,
    );
    expect(edge.log).toMatchObject([{ event: 'settings', faults: [{}, {}] }]);
  });
});

describe('the cron trigger', () => {
  const run = async (fail: boolean) => {
    const { edge } = world([aClass()]);
    if (fail) edge.redis.fail();
    const ctx = { waitUntil: () => {} } as unknown as ExecutionContext;
    await worker(edge.app).scheduled({ cron: '*/5 * * * *' } as ScheduledController, goodSettings, ctx);
    return edge.log;
  };

  test('calls the store, so that a dead one shows before a user meets it', async () => {
    expect(await run(false)).toMatchObject([{ event: 'cron', level: 'info', cron: '*/5 * * * *' }]);
    expect(await run(true)).toMatchObject([{ event: 'cron', level: 'error', notes: ['redis-unreachable'] }]);
  });
});

describe('who is told of alerts', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const webhook = { ALERT_URL: 'https://alerts.test/hook', ALERT_SECRET: secret };

  test('nobody, unless it is set', () => {
    expect(parseSettings(deployed)).toMatchObject({
      receivers: { webhook: null, slack: null, namespace: '' },
      redisMemoryBytes: null,
    });
  });

  test('a webhook, Slack, or both; and how much Redis holds', () => {
    const all = {
      ...webhook,
      ALERT_SLACK_URL: 'https://hooks.slack.test/x',
      REDIS_MEMORY_BYTES: '268435456',
    };
    const { receivers, redisMemoryBytes } = parseSettings({ ...deployed, ...all });
    expect(receivers.webhook).toEqual({ url: webhook.ALERT_URL, secret: expect.any(Uint8Array) });
    expect(receivers.webhook?.secret).toHaveLength(24);
    expect(receivers.slack).toEqual({ url: 'https://hooks.slack.test/x' });
    expect(redisMemoryBytes).toBe(268_435_456);
  });

  test.each<[string, Record<string, string>, Record<string, string>]>([
    [
      'a URL without its secret',
      { ALERT_URL: webhook.ALERT_URL },
      { ALERT_SECRET: "is missing beside the other; set it with 'wrangler secret put ALERT_SECRET'" },
    ],
    ['a secret without its URL', { ALERT_SECRET: secret }, { ALERT_URL: 'is missing beside the other' }],
    [
      'a secret of another form',
      { ...webhook, ALERT_SECRET: 'not base64!' },
      { ALERT_SECRET: 'is not whsec_ and standard base64' },
    ],
    [
      'one that can be guessed',
      { ...webhook, ALERT_SECRET: 'whsec_c2hvcnQ=' },
      { ALERT_SECRET: 'is shorter than 16 bytes' },
    ],
    ['no URL', { ALERT_SLACK_URL: 'hooks.slack.test' }, { ALERT_SLACK_URL: 'must be an http(s) URL' }],
    [
      'a URL with credentials',
      { ...webhook, ALERT_URL: 'https://a:b@alerts.test/' },
      { ALERT_URL: 'must not hold credentials' },
    ],
    [
      'bytes in words',
      { REDIS_MEMORY_BYTES: '256MB' },
      { REDIS_MEMORY_BYTES: 'must be a whole number of bytes, such as 268435456 for 256 MiB' },
    ],
    ['none', { REDIS_MEMORY_BYTES: '0' }, { REDIS_MEMORY_BYTES: 'must be a whole number' }],
  ])('%s is refused by name, and never shown', (_, given, says) => {
    const found = faultsOf({ ...deployed, ...given });
    expect(Object.keys(found)).toEqual(Object.keys(says));
    for (const [name, text] of Object.entries(says)) expect(found[name]).toContain(text);
    expect(JSON.stringify(found)).not.toContain('c2hvcnQ');
  });
});
