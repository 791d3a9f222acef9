import { describe, expect, test } from 'vitest';
import { httpCache } from '../../src/index.ts';
import { bucketOf } from '../../src/rollout/bucket.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { type Asked, aClass, type TestEdge, world } from '../support/worker/world.ts';

/** A class in each mode, and one that counts users. */
async function scene(settings: Record<string, string> = {}) {
  const ADMIN_TOKENS = await adminTokens('read', 'rollout');
  const classes = [
    aClass({ name: 'plain' }),
    aClass({ name: 'quarter', rollout: { mode: 'on', percent: '25%', allow: ['acme'], deny: ['acme/eve'] } }),
    aClass({
      name: 'users',
      scope: 'user',
      access: 'user',
      rollout: { mode: 'on', percent: '25%', unit: 'user' },
    }),
    aClass({ name: 'looking', rollout: { mode: 'shadow' } }),
    aClass({ name: 'parked', rollout: { mode: 'off' } }),
  ];
  return world(classes, {
    settings: { ADMIN_TOKENS, METRICS_FLUSH: 'off', ...settings },
    routes: (app) => app.get('/pages/*', httpCache({ origin: 'https://origin.test', name: 'pages' })),
  });
}

const json = (body: unknown, more: Asked = {}) =>
  asAdmin('read', { method: 'POST', body: JSON.stringify(body), ...more });
const one = (edge: TestEdge, key: string, context: unknown = {}) =>
  edge.get(`/ofrep/v1/evaluate/flags/${key}`, json({ context }));
const all = (edge: TestEdge, context: unknown, more: Asked = {}) =>
  edge.get('/ofrep/v1/evaluate/flags', json({ context }, more));

/** Names in the first quarter of a class, and others. */
const tenants = Array.from({ length: 40 }, (_, i) => `t${i}`);
const inside = (cls: string) => tenants.find((it) => bucketOf(cls, it) < 25)!;
const outside = (cls: string) => tenants.find((it) => bucketOf(cls, it) >= 25)!;

describe('one flag', () => {
  test.each([
    ['plain', {}, 'on', 'STATIC'],
    ['looking', {}, 'shadow', 'STATIC'],
    ['parked', {}, 'off', 'STATIC'],
    ['quarter', { targetingKey: inside('quarter') }, 'on', 'SPLIT'],
    ['quarter', { targetingKey: outside('quarter') }, 'off', 'SPLIT'],
    ['quarter', { targetingKey: `${outside('quarter')}/ann` }, 'off', 'SPLIT'],
    ['quarter', { targetingKey: 'acme/bob' }, 'on', 'TARGETING_MATCH'],
    ['quarter', { targetingKey: 'acme/eve' }, 'off', 'TARGETING_MATCH'],
    [
      'quarter',
      { targetingKey: 'whatever', tenant: 'acme', user: 'eve', plan: 'gold' },
      'off',
      'TARGETING_MATCH',
    ],
  ])('%s for %j is %s, %s', async (key, context, value, reason) => {
    const { edge } = await scene();
    const answer = await one(edge, key, context);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Content-Type')).toBe('application/json');
    expect(answer.json).toMatchObject({ key, value, variant: value, reason, metadata: { version: '0' } });
  });

  test('is what a request of the same tenant is answered by', async () => {
    const { edge, origin } = await scene();
    origin.on('/quarter/q1', { a: 1 });
    for (const tenant of tenants.slice(0, 8)) {
      const { value } = (await one(edge, 'quarter', { targetingKey: tenant })).json as { value: string };
      const read = await edge.get('/quarter/q1', { as: `ann@${tenant}` });
      expect([tenant, value === 'off']).toEqual([tenant, /detail=off/.test(read.cacheStatus!)]);
    }
  });

  test('of users it is by both names, whatever else their tenant is', async () => {
    const { edge } = await scene();
    const user = tenants.find((it) => bucketOf('users', `acme/${it}`) < 25)!;
    expect((await one(edge, 'users', { targetingKey: `acme/${user}` })).json).toMatchObject({ value: 'on' });
    expect((await one(edge, 'users', { targetingKey: 'acme' })).json).toEqual({
      key: 'users',
      errorCode: 'TARGETING_KEY_MISSING',
      errorDetails: "users is on for some: say a user: targetingKey 'acme/ann'",
    });
  });

  test.each([
    ['no context', '{}', 'quarter', 400, 'TARGETING_KEY_MISSING', /say a tenant/],
    ['no body', '', 'quarter', 400, 'TARGETING_KEY_MISSING', /say a tenant/],
    ['no JSON', '{', 'plain', 400, 'PARSE_ERROR', /not JSON/],
    ['a list', '[]', 'plain', 400, 'INVALID_CONTEXT', /^the body must be an object/],
    [
      'a context of text',
      '{"context":"acme"}',
      'plain',
      400,
      'INVALID_CONTEXT',
      /^context must be an object/,
    ],
    [
      'a key that is a number',
      '{"context":{"targetingKey":7}}',
      'plain',
      400,
      'INVALID_CONTEXT',
      /^context.targetingKey must be text/,
    ],
    [
      'a tenant without a name',
      '{"context":{"tenant":""}}',
      'plain',
      400,
      'INVALID_CONTEXT',
      /^context.tenant is not a name/,
    ],
    ['a class that there is not', '{}', 'plian', 404, 'FLAG_NOT_FOUND', /did you mean "plain"\?$/],
  ])('%s is told as the protocol has it', async (_, body, key, status, errorCode, details) => {
    const { edge } = await scene();
    const answer = await edge.get(
      `/ofrep/v1/evaluate/flags/${key}`,
      asAdmin('read', { method: 'POST', body }),
    );
    expect([answer.status, answer.json]).toEqual([
      status,
      { key, errorCode, errorDetails: expect.stringMatching(details) },
    ]);
  });
});

describe('all flags', () => {
  test('each with its value, or with what would have to be known', async () => {
    const { edge } = await scene();
    const { flags } = (await all(edge, { targetingKey: 'acme' })).json as { flags: { key: string }[] };
    expect(flags.map(({ key }) => key)).toEqual(['plain', 'quarter', 'users', 'looking', 'parked', 'pages']);
    expect(flags[1]).toMatchObject({ value: 'on', reason: 'TARGETING_MATCH' });
    expect(flags[2]).toMatchObject({ errorCode: 'TARGETING_KEY_MISSING' });
  });

  test('what is unchanged for the same context is 304, until somebody changes a flag', async () => {
    const { edge } = await scene();
    const context = { targetingKey: 'acme/ann' };
    const etag = (await all(edge, context)).headers.get('ETag')!;
    const held = { headers: { ...asAdmin('read').headers, 'If-None-Match': etag } };
    expect((await all(edge, context, held)).status).toBe(304);
    expect((await all(edge, { targetingKey: 'acme/eve' }, held)).status).toBe(200);
    await edge.get(
      '/-/rollout/plain',
      asAdmin('rollout', {
        method: 'PUT',
        body: JSON.stringify({ mode: 'off', why: 'x' }),
        headers: { 'If-Match': '*' },
      }),
    );
    const changed = await all(edge, context, held);
    expect(changed.status).toBe(200);
    expect((changed.json as { flags: unknown[] }).flags[0]).toMatchObject({ value: 'off', reason: 'STATIC' });
  });

  test('a context that is none is told without a key', async () => {
    const { edge } = await scene();
    const { status, json: said } = await all(edge, 'acme');
    expect([status, said]).toEqual([400, { errorCode: 'INVALID_CONTEXT', errorDetails: expect.any(String) }]);
  });
});

test('killed, all is off, and disabled', async () => {
  const { edge } = await scene({ KILL_SWITCH: 'on' });
  expect((await one(edge, 'plain')).json).toMatchObject({ value: 'off', reason: 'DISABLED' });
});

test('a provider may have either base', async () => {
  const { edge } = await scene();
  const answer = await edge.get('/-/ofrep/v1/evaluate/flags/plain', json({}));
  expect(answer.json).toMatchObject({ value: 'on' });
  expect((await edge.get('/ofrep/v1/evaluate/flags/plain', { method: 'POST', body: '{}' })).status).toBe(401);
  expect((await edge.get('/ofrep/v1/evaluate/flags/plain', asAdmin('read'))).status).toBe(405);
  expect(
    (await edge.get('/ofrep/v1/evaluate/flags/plain', asAdmin('rollout', { method: 'POST' }))).status,
  ).toBe(403);
});

describe('as old as those that requests are answered by', () => {
  const parked = { mode: 'off', why: 'x' };

  test('another isolate knows of a change 20 s later at most, and asks Redis no more often', async () => {
    const { edge, anotherEdge, clock } = await scene();
    const other = anotherEdge();
    expect((await one(other, 'plain')).json).toMatchObject({ value: 'on' });
    await edge.get(
      '/-/rollout/plain',
      asAdmin('rollout', {
        method: 'PUT',
        body: JSON.stringify(parked),
        headers: { 'If-Match': '*' },
      }),
    );
    other.redis.took();
    clock.advance(19_999);
    expect((await one(other, 'plain')).json).toMatchObject({ value: 'on' });
    expect(other.redis.took()).toEqual([]);
    clock.advance(1);
    expect((await one(other, 'plain')).json).toMatchObject({ value: 'off' });
    expect(other.redis.took()).toEqual(['lookup']);
  });

  test('without Redis the last ones hold', async () => {
    const { edge, clock } = await scene();
    await one(edge, 'looking');
    edge.redis.fail('lookup');
    clock.advance(60_000);
    expect((await one(edge, 'looking')).json).toMatchObject({ value: 'shadow' });
  });
});
