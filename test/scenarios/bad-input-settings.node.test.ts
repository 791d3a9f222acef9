import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundle } from '../../dev/bundle.ts';
import { startEdge } from '../../dev/edge.ts';
import { SECRETS, startTarget, type Target } from './support/hostile.ts';
import { send } from './support/http.ts';

/** Something that a person may put where a secret belongs, or the secret where something else belongs. */
const CANARY = 'canary7';
const LONG_CANARY = `${CANARY}-hunter2-hunter2-hunter2`;

let target: Target;
beforeAll(async () => {
  target = await startTarget('test/scenarios/support/settings-entry.ts', {
    STORE: 'redis',
    UPSTASH_REDIS_REST_URL: 'https://db.test',
  });
});
afterAll(() => target.stop());

type Changed = Readonly<Record<string, unknown>>;

const start = (settings: Changed) =>
  send(target.url, 'GET /-/health', { headers: { 'X-Settings': JSON.stringify(settings) } });

interface Line {
  readonly event: string;
  readonly level: string;
  readonly faults: readonly { readonly setting: string; readonly says: string }[];
}

/** The one line that an isolate logs when it cannot start, and the caller's generic answer. */
async function startUpFault(settings: Changed): Promise<Line> {
  target.logs.length = 0;
  const answer = await start(settings);
  expect(answer.status, answer.text).toBe(503);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.json()).toEqual({
    type: 'urn:stillfresh:problem:misconfigured',
    title: 'The service is not set up',
    status: 503,
    instance: expect.stringMatching(/^urn:uuid:/),
  });
  const lines = () => target.logs.filter((line) => line.includes('"event":"settings"'));
  await vi.waitFor(() => expect(lines()).toHaveLength(1));
  const text = lines()[0]!;
  for (const secret of [...Object.values(SECRETS), CANARY])
    expect(text + answer.text, 'a value shows').not.toContain(secret);
  expect(text).not.toMatch(/\bat .+:\d+:\d+/);
  const line = JSON.parse(text) as Line;
  expect(line).toMatchObject({ event: 'settings', level: 'error' });
  return line;
}

const HASH = 'a'.repeat(64);
const HOLDER = { name: 'export', tenant: 'acme', user: 'export', roles: [] };
const keys = (value: unknown) => ({ API_KEYS: typeof value === 'string' ? value : JSON.stringify(value) });

it('good settings start', async () => {
  for (const settings of [
    {},
    { ENVIRONMENT: null, NAMESPACE: 'staging', LOG: 'problems' },
    { STORE: 'memory memory', UPSTASH_REDIS_REST_URL: null, UPSTASH_REDIS_REST_TOKEN: null },
    { STORE: 'memory', ENVIRONMENT: 'development' },
    { JWKS_URL: null, JWT_ISSUER: null, JWT_AUDIENCE: null, ...keys({ [HASH]: HOLDER }) },
    { CORS_ORIGINS: 'https://a.test, https://b.test' },
    { CORS_ORIGINS: '*' },
    { ORIGIN_URL: 'https://origin.test/api/v2/' },
  ])
    expect((await start(settings)).status, JSON.stringify(settings)).toBe(200);
});

describe('one fault: a line that names the setting and how to set it, a generic 503, and no value anywhere', () => {
  it.each<[string, Changed]>([
    ['ORIGIN_URL', { ORIGIN_URL: null }],
    ['ORIGIN_URL', { ORIGIN_URL: '' }],
    ['ORIGIN_URL', { ORIGIN_URL: `${CANARY}.test` }],
    ['ORIGIN_URL', { ORIGIN_URL: `ftp://${CANARY}.test` }],
    ['ORIGIN_URL', { ORIGIN_URL: `javascript:alert("${CANARY}")` }],
    ['ORIGIN_URL', { ORIGIN_URL: `http://` }],
    ['ORIGIN_URL', { ORIGIN_URL: 42 }],
    ['ORIGIN_URL', { ORIGIN_URL: { url: CANARY } }],
    // A path is appended to it: behind a query or a fragment every path would be the same page.
    ['ORIGIN_URL', { ORIGIN_URL: `https://origin.test/?key=${CANARY}` }],
    ['ORIGIN_URL', { ORIGIN_URL: `https://origin.test/#${CANARY}` }],
    // fetch refuses credentials in a URL: every request would fail.
    ['ORIGIN_URL', { ORIGIN_URL: `https://user:${CANARY}@origin.test` }],
    ['ORIGIN_SECRET', { ORIGIN_SECRET: null }],
    ['ORIGIN_SECRET', { ORIGIN_SECRET: '' }],
    ['ORIGIN_SECRET', { ORIGIN_SECRET: CANARY }],
    ['ORIGIN_SECRET', { ORIGIN_SECRET: `${LONG_CANARY}\n` }],
    ['ORIGIN_SECRET', { ORIGIN_SECRET: `${LONG_CANARY} with spaces` }],
    ['ORIGIN_SECRET', { ORIGIN_SECRET: `${LONG_CANARY}é` }],
    ['ORIGIN_SECRET', { ORIGIN_SECRET: [LONG_CANARY] }],
    ['STORE', { STORE: 'memory' }],
    ['STORE', { STORE: CANARY }],
    ['STORE', { STORE: '' }],
    ['UPSTASH_REDIS_REST_URL', { UPSTASH_REDIS_REST_URL: null }],
    ['UPSTASH_REDIS_REST_URL', { UPSTASH_REDIS_REST_URL: `redis://:${CANARY}@db.test:6379` }],
    ['UPSTASH_REDIS_REST_URL', { UPSTASH_REDIS_REST_URL: `https://user:${CANARY}@db.test` }],
    ['UPSTASH_REDIS_REST_TOKEN', { UPSTASH_REDIS_REST_TOKEN: null }],
    ['UPSTASH_REDIS_REST_TOKEN', { UPSTASH_REDIS_REST_TOKEN: '  ' }],
    ['UPSTASH_REDIS_REST_TOKEN', { UPSTASH_REDIS_REST_TOKEN: `${CANARY}\r\nX-Injected: 1` }],
    ['UPSTASH_REDIS_REST_TOKEN', { UPSTASH_REDIS_REST_TOKEN: `${CANARY}é` }],
    ['JWKS_URL', { JWKS_URL: null }],
    ['JWKS_URL', { JWKS_URL: CANARY }],
    ['JWKS_URL', { JWKS_URL: `https://user:${CANARY}@issuer.test/jwks.json` }],
    ['JWT_ISSUER', { JWT_ISSUER: null }],
    ['JWT_ISSUER', { JWT_ISSUER: ' ' }],
    ['JWT_AUDIENCE', { JWT_AUDIENCE: null }],
    ['JWT_AUDIENCE', { JWT_AUDIENCE: false }],
    ['ENVIRONMENT', { ENVIRONMENT: CANARY }],
    ['ENVIRONMENT', { ENVIRONMENT: '' }],
    ['NAMESPACE', { NAMESPACE: CANARY.repeat(20) }],
    ['LOG', { LOG: CANARY }],
    ['CORS_ORIGINS', { CORS_ORIGINS: CANARY }],
    ['CORS_ORIGINS', { CORS_ORIGINS: `https://a.test ${CANARY}` }],
    ['CORS_ORIGINS', { CORS_ORIGINS: ['https://a.test'] }],
    // A browser sends neither a path nor a trailing slash: such an origin would never match.
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://a.test/' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://a.test/app' }],
    ['API_KEYS', keys('')],
    ['API_KEYS', keys(CANARY)],
    ['API_KEYS', keys([])],
    ['API_KEYS', keys('null')],
    // The key itself where its hash belongs.
    ['API_KEYS', keys({ [CANARY]: HOLDER })],
    ['API_KEYS', keys({ [LONG_CANARY]: HOLDER })],
    ['API_KEYS', keys({ [HASH]: HOLDER, [LONG_CANARY]: HOLDER })],
    ['API_KEYS', keys({ [HASH]: CANARY })],
    ['API_KEYS', keys({ [HASH]: { ...HOLDER, [CANARY]: 1 } })],
    ['API_KEYS', keys({ [HASH]: { ...HOLDER, tenant: `${CANARY}\n` } })],
    ['API_KEYS', keys({ [HASH]: { ...HOLDER, roles: [CANARY, `${CANARY} `] } })],
    ['API_KEYS', keys({ [HASH.toUpperCase()]: HOLDER })],
  ])('%s: %j', async (setting, settings) => {
    const { faults } = await startUpFault(settings);
    expect([...new Set(faults.map((it) => it.setting))]).toEqual([setting]);
    for (const { says } of faults)
      expect(says).toMatch(/wrangler secret put \w+'$|wrangler\.toml$|STORE="memory memory"$/);
  });
});

it('several faults: all of them in the one line', async () => {
  const { faults } = await startUpFault({ ORIGIN_URL: null, ORIGIN_SECRET: null, LOG: 'x' });
  expect(faults.map((it) => it.setting).sort()).toEqual(['LOG', 'ORIGIN_SECRET', 'ORIGIN_URL']);
});

it('nothing is set at all: what is needed is named', async () => {
  const nothing = Object.fromEntries(
    ['ENVIRONMENT', 'ORIGIN_URL', 'ORIGIN_SECRET', 'STORE', 'JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE']
      .concat('UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN')
      .map((name) => [name, null]),
  );
  const { faults } = await startUpFault(nothing);
  for (const setting of [
    'ORIGIN_URL',
    'ORIGIN_SECRET',
    'UPSTASH_REDIS_REST_URL',
    'UPSTASH_REDIS_REST_TOKEN',
    'JWKS_URL',
    'JWT_ISSUER',
    'JWT_AUDIENCE',
  ])
    expect(faults.map((it) => it.setting)).toContain(setting);
});

it('secrets are set as secrets, the others as vars', async () => {
  const { faults } = await startUpFault({ ORIGIN_URL: null, ORIGIN_SECRET: null });
  expect(faults).toEqual([
    { setting: 'ORIGIN_URL', says: 'is missing; set it under [vars] in wrangler.toml' },
    { setting: 'ORIGIN_SECRET', says: "is missing; set it with 'wrangler secret put ORIGIN_SECRET'" },
  ]);
});

it('a key where its hash belongs is said by its place', async () => {
  const { faults } = await startUpFault(keys({ [HASH]: HOLDER, [LONG_CANARY]: HOLDER }));
  expect(faults.map((it) => it.says)).toEqual([
    "at entry 2 must be named by the SHA-256 of its key, in lower-case hex; set it with 'wrangler secret put API_KEYS'",
  ]);
});

it('the Worker that is deployed says it once for each isolate, however many ask, and its cron does not fail', async () => {
  const lines: string[] = [];
  const edge = await startEdge({
    script: await bundle(),
    log: (line) => void lines.push(line),
    bindings: { STORE: 'memory memory', ORIGIN_SECRET: SECRETS.ORIGIN_SECRET },
  });
  try {
    await edge.scheduled();
    for (const path of ['/v1/me/permissions', '/v1/nothing', '/-/health'])
      expect((await send(edge.url, `GET ${path}`)).status).toBe(503);
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    const { faults } = JSON.parse(lines[0]!) as Line;
    expect(faults.map((it) => it.setting)).toEqual(['ORIGIN_URL', 'JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE']);
  } finally {
    await edge.stop();
  }
});
