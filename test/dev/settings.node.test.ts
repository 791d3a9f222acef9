import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bindingsFor, databaseOf, givenSettings, storeOfSettings } from '../../dev/settings.ts';
import { type CommandOptions, checkout, freePorts, root, run } from './dev-command.ts';

const node = join(root, 'node_modules/.bin/node');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Every setting that docs/operations.md lists, but a binding, which is no text. */
const [, table = ''] =
  /## Settings\n(.*?)\n## /s.exec(readFileSync(join(root, 'docs/operations.md'), 'utf8')) ?? [];
const documented = [...table.matchAll(/^\| `([A-Z_<>]+)` \| (?:var|secret) \|/gm)].map(([, name]) => name!);

const holder = { name: 'export', tenant: 'acme', user: 'export', roles: [] };
const apiKeys = JSON.stringify({ [sha256('a-key')]: holder });
const onCall = { sha256: sha256('a-token-of-the-team'), scopes: ['read'] };

/** What is given, and what the Worker must then have. Both settings that cannot be had here are refused by name. */
const honoured: Readonly<Record<string, string>> = {
  ORIGIN_URL: 'http://127.0.0.1:1/api',
  ORIGIN_SECRET: 'the-secret-of-our-origin',
  UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1',
  UPSTASH_REDIS_REST_TOKEN: 'a-token-of-upstash',
  JWKS_URL: 'http://127.0.0.1:1/jwks.json',
  JWT_ISSUER: 'https://id.example/',
  JWT_AUDIENCE: 'our-api',
  API_KEYS: apiKeys,
  NAMESPACE: 'dev-ann',
  PUBLIC_URL: 'https://tunnel.example',
  QSTASH_TOKEN: 'a-token-of-qstash',
  QSTASH_CURRENT_SIGNING_KEY: 'sig_current',
  QSTASH_NEXT_SIGNING_KEY: 'sig_next',
  QSTASH_URL: 'http://127.0.0.1:2',
  QSTASH_RETRIES: '2',
  'HOOK_SECRET_<SOURCE>': 'the-secret-of-github',
  ADMIN_TOKENS: JSON.stringify({ 'on-call': onCall }),
  CORS_ORIGINS: 'https://app.example',
  ALERT_URL: 'https://alerts.example.net/hook',
  ALERT_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  ALERT_SLACK_URL: 'https://hooks.slack.com/services/T0/B0/x',
  REDIS_MEMORY_BYTES: '268435456',
  LOG: 'problems',
  LOG_SAMPLE: '0.5',
  KILL_SWITCH: 'on',
  CANARY: 'off',
  LOG_HASH_IDS: 'a-key-for-the-log-alone',
  METRICS_FLUSH: 'off',
  REDIS_PRICE: '0.4',
  ACCESS_TEAM: 'acme',
  ACCESS_AUD: '0123456789abcdef',
  ACCESS_SCOPES: 'read',
  ENVIRONMENT: 'development',
  STORE: 'redis',
};
const refused: Readonly<Record<string, { value: string; says: RegExp }>> = {
  ENVIRONMENT: {
    value: 'production',
    says: /^dev: ENVIRONMENT: npm run dev is always development; unset it$/,
  },
  STORE: { value: 'sqlite', says: /^dev: STORE: give memory or redis, or unset it$/ },
};

/** Shows the Worker's own vars and secrets. */
const routes = {
  'routes/index.ts': `${readFileSync(join(root, 'routes/index.ts'), 'utf8')}
app.get('/vars', (c) => c.json(c.env));
`,
};
const named = (settings: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name.replace('<SOURCE>', 'GITHUB'), value]),
  );

async function varsOf(files: Readonly<Record<string, string>>, env: CommandOptions['env'] = {}) {
  const copy = checkout({ ...routes, ...files });
  const port = await freePorts();
  const command = run(node, ['dev/main.ts', '--port', String(port)], { cwd: copy.cwd, env });
  onTestFinished(async () => {
    command.signalGroup('SIGTERM');
    await command.ended;
    copy.remove();
  });
  await command.line(/^ready /);
  const vars = (await (await fetch(`http://127.0.0.1:${port}/vars`)).json()) as Record<string, string>;
  return { vars, said: command.said };
}

function expectHonoured(vars: Readonly<Record<string, string>>): void {
  const { ADMIN_TOKENS, ...rest } = named(honoured);
  expect(vars).toMatchObject(rest);
  // Beside the token that npm run dev prints.
  expect(JSON.parse(vars['ADMIN_TOKENS']!)).toEqual({
    ...JSON.parse(ADMIN_TOKENS!),
    development: expect.anything(),
  });
}

describe('every setting of docs/operations.md, in npm run dev', () => {
  it('is honoured, or refused by name: a setting that is added must be too', () => {
    expect(documented.length).toBeGreaterThan(18);
    expect(documented.toSorted()).toEqual(Object.keys(honoured).toSorted());
  });

  it('is taken from the environment, as it is', async () => {
    const { vars, said } = await varsOf({}, named(honoured));
    expectHonoured(vars);
    expect(said.join('\n')).toMatch(/^redis +http:\/\/127\.0\.0\.1:1, as UPSTASH_REDIS_REST_URL says$/m);
  });

  it('or from .dev.vars, where a team may have vars of its own; the environment wins, and what is empty is not set', async () => {
    const lines = Object.entries({ ...named(honoured), OUR_FLAG: 'on', ADMIN_TOKEN: 'the-token-of-ann' });
    const file = lines.map(([name, value]) => `${name}='${value}'`).join('\n');
    const env = { JWT_AUDIENCE: 'from-outside', QSTASH_RETRIES: '', OUR_FLAG: 'off', OTHER_FLAG: 'on' };
    const { vars, said } = await varsOf({ '.dev.vars': `# ours\n${file}\n` }, env);
    const { JWT_AUDIENCE, QSTASH_RETRIES, ...rest } = vars;
    expectHonoured({ ...rest, JWT_AUDIENCE: honoured['JWT_AUDIENCE']!, QSTASH_RETRIES: '2' });
    expect([JWT_AUDIENCE, QSTASH_RETRIES]).toEqual(['from-outside', undefined]);
    expect(vars['OUR_FLAG'], 'what is no setting is the file’s alone').toBe('on');
    // Neither is for a Worker, nor is the rest of the environment.
    for (const name of ['ADMIN_TOKEN', 'OTHER_FLAG', 'PATH']) expect(vars).not.toHaveProperty(name);
    expect(said).toContain('export ADMIN_TOKEN=the-token-of-ann');
  });

  it.each(Object.entries(refused))('%s=… that cannot be is one line, and exit code 1', async (name, it) => {
    const args = ['dev/main.ts', '--store', 'memory', '--port', String(await freePorts())];
    const command = run(node, args, {
      env: { [name]: it.value },
    });
    expect((await command.ended).code).toBe(1);
    expect(command.said).toEqual([expect.stringMatching(it.says)]);
  });
});

it.each([
  ['a mark at its beginning', '\uFEFFFIRST=1\nSECOND=2\n'],
  ['lines as Windows ends them', 'FIRST=1\r\nSECOND=2\r\n'],
])('.dev.vars with %s is read as it is meant', (_, text) => {
  const folder = mkdtempSync(join(tmpdir(), 'stillfresh-vars-'));
  writeFileSync(join(folder, '.dev.vars'), text);
  expect(givenSettings({}, folder).devVars).toEqual({ FIRST: '1', SECOND: '2' });
});

describe('a database of one’s own', () => {
  const database = {
    UPSTASH_REDIS_REST_URL: 'https://a.upstash.io',
    UPSTASH_REDIS_REST_TOKEN: 't',
    NAMESPACE: 'dev',
  };
  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'without its token',
      { UPSTASH_REDIS_REST_TOKEN: '' },
      /^UPSTASH_REDIS_REST_URL is set: set UPSTASH_REDIS_REST_TOKEN too/,
    ],
    [
      'without its URL',
      { UPSTASH_REDIS_REST_URL: '' },
      /^UPSTASH_REDIS_REST_TOKEN is set: set UPSTASH_REDIS_REST_URL too/,
    ],
    ['beside another', { REDIS_URL: 'redis://127.0.0.1' }, /two databases; unset one of them$/],
    // Users of a deployment would else be served what development has stored.
    ['under the names of a deployment', { NAMESPACE: '' }, /set NAMESPACE too, such as dev-ann$/],
  ])('%s is refused', (_, changed, says) => {
    expect(() => databaseOf({ ...database, ...changed })).toThrow(says);
  });
  it('is taken whole, or not at all', () => {
    expect(databaseOf(database)).toEqual({ url: 'https://a.upstash.io', token: 't' });
    expect(databaseOf({ REDIS_URL: 'redis://127.0.0.1' })).toBeNull();
  });
});

it('STORE says what --store does; said twice, as a deployment must, it is the same', () => {
  const of = (STORE?: string) => storeOfSettings({ STORE });
  expect([of('memory'), of('memory memory'), of('redis'), of(''), of()]).toEqual([
    'memory',
    'memory',
    'redis',
    undefined,
    undefined,
  ]);
});

it('no CORS at all is an empty list, where every other empty setting is not set', () => {
  const description = {
    known: true,
    routes: [],
    sources: {},
    claims: { tenant: [], user: [], roles: [] },
    settings: ['LOG', 'CORS_ORIGINS'],
  };
  const bindings = (settings: Readonly<Record<string, string>>) =>
    bindingsFor(
      description,
      { settings, devVars: {} },
      { defaults: { CORS_ORIGINS: '*' }, parts: { LOG: undefined } },
    );
  expect(bindings({ LOG: '', CORS_ORIGINS: '' })).toEqual({ CORS_ORIGINS: '' });
  expect(bindings({})).toEqual({ CORS_ORIGINS: '*' });
});
