import { createHash } from 'node:crypto';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { OpenFeature } from '@openfeature/server-sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../../dev/bundle.ts';
import { type RunningEdge, startEdge } from '../../dev/edge.ts';

const TOKEN = 'token-of-a-service-0123456789';

/** OpenFeature's own provider, as another service has it, before the demo in workerd. */
describe.each(['', '/-'])('at the base %j', (base) => {
  let edge: RunningEdge;
  beforeAll(async () => {
    edge = await startEdge({
      script: await bundle('routes/index.ts'),
      bindings: {
        ENVIRONMENT: 'development',
        STORE: 'memory',
        METRICS_FLUSH: 'off',
        JWKS_URL: 'http://127.0.0.1:9/.well-known/jwks.json',
        JWT_ISSUER: 'https://issuer.test',
        JWT_AUDIENCE: 'edge',
        ORIGIN_URL: 'http://127.0.0.1:9',
        ORIGIN_SECRET: 'only-the-edge-and-its-origin-know',
        ADMIN_TOKENS: JSON.stringify({
          service: {
            sha256: createHash('sha256').update(TOKEN).digest('hex'),
            scopes: ['read', 'rollout'],
          },
        }),
      },
    });
    const provider = new OFREPProvider({
      baseUrl: edge.url + base,
      headers: [['Authorization', `Bearer ${TOKEN}`]],
    });
    await OpenFeature.setProviderAndWait(provider);
  });
  afterAll(async () => {
    await OpenFeature.close();
    await edge?.stop();
  });

  const set = async (name: string, asked: unknown) => {
    const { status } = await fetch(`${edge.url}/-/rollout/${name}`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${TOKEN}`, 'If-Match': '*' },
      body: JSON.stringify(asked),
    });
    expect(status).toBe(200);
  };

  test('the modes of classes are read, for whom they are asked', async () => {
    const client = OpenFeature.getClient();
    const modeOf = (name: string, targetingKey: string) =>
      client.getStringDetails(name, 'unknown', { targetingKey });
    expect(await modeOf('analytics', 'acme/ann')).toMatchObject({
      ...{ value: 'on', variant: 'on', reason: 'STATIC' },
      flagMetadata: { percent: 100, unit: 'tenant', version: '0' },
    });
    await set('analytics', {
      mode: 'on',
      percent: 0.5,
      allow: ['acme'],
      deny: ['acme/eve'],
      why: 'the first',
    });
    expect(await modeOf('analytics', 'acme/ann')).toMatchObject({ value: 'on', reason: 'TARGETING_MATCH' });
    expect(await modeOf('analytics', 'acme/eve')).toMatchObject({ value: 'off', reason: 'TARGETING_MATCH' });
    expect(await modeOf('analytics', 'globex')).toMatchObject({
      ...{ value: 'off', reason: 'SPLIT' },
      flagMetadata: { percent: 0.5 },
    });
    await set('analytics', { mode: 'shadow', why: 'look first' });
    expect(await modeOf('analytics', 'acme/ann')).toMatchObject({ value: 'shadow', reason: 'STATIC' });
  });

  test('what cannot be answered is told, and the caller’s own value holds', async () => {
    const client = OpenFeature.getClient();
    expect(await client.getStringDetails('analitics', 'mine')).toMatchObject({
      ...{ value: 'mine', reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' },
      errorMessage: 'There is no class "analitics" in this Worker; did you mean "analytics"?',
    });
    await set('permissions', { mode: 'on', percent: 50, why: 'x' });
    expect(await client.getStringDetails('permissions', 'mine')).toMatchObject({
      ...{ value: 'mine', errorCode: 'TARGETING_KEY_MISSING' },
    });
    expect(await client.getBooleanDetails('invoice', false)).toMatchObject({
      ...{ value: false, errorCode: 'TYPE_MISMATCH' },
    });
  });
});
