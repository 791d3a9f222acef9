import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { deployedBundle } from '../../dev/deployed.ts';
import { startEdge } from '../../dev/edge.ts';

const KEY = 'a-key-of-a-machine-of-acme';

/** The demo's origin, as far as one request needs it. */
async function startOrigin() {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ tenant: 'acme', user: 'machine', role: 'viewer', can: [] }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

test('what is deployed runs in workerd: a miss, then a hit, and its map leads to the source', async () => {
  const { code, map } = await deployedBundle();
  const { sources } = JSON.parse(map) as { sources: string[] };
  expect(sources.some((it) => it.endsWith('src/engine/lookup.ts'))).toBe(true);

  const origin = await startOrigin();
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  const edge = await startEdge({
    script: code,
    bindings: {
      ORIGIN_URL: origin.url,
      ORIGIN_SECRET: 'a-secret-of-the-origin',
      STORE: 'memory memory',
      API_KEYS: JSON.stringify({
        [sha256]: { name: 'machine', tenant: 'acme', user: 'machine', roles: ['viewer'] },
      }),
      METRICS_FLUSH: 'off',
    },
  });
  const read = async () => {
    const response = await fetch(`${edge.url}/v1/me/permissions`, { headers: { 'X-API-Key': KEY } });
    return [response.status, response.headers.get('cache-status')];
  };
  try {
    expect(await read()).toEqual([200, expect.stringContaining('fwd=uri-miss')]);
    expect(await read()).toEqual([200, expect.stringContaining('Stillfresh; hit')]);
    expect(origin.asked()).toBe(1);
  } finally {
    await edge.stop();
    await origin.stop();
  }
}, 120_000);
