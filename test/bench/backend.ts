import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devJwks } from '../../dev/keys.ts';
import { findRedis } from '../../dev/redis/find.ts';
import { type Counts, startGateway } from '../../dev/redis/gateway.ts';
import { bodyOf, type Size, sizes } from './body.ts';

/** What stands behind the Workers, in a process of its own so that it takes no time from the load: Redis' gateway, an origin, a JWKS. */
export interface Ready {
  readonly gateway: { readonly url: string; readonly token: string };
  readonly origin: string;
  readonly redis: string;
}

export type FromBackend =
  | { readonly ready: Ready }
  | { readonly failed: string }
  | { readonly counts: Counts };
export type ToBackend = 'counts' | 'stop';

const bodies = new Map(Object.keys(sizes).map((name) => [name, Buffer.from(bodyOf(sizes[name as Size]))]));
const jwks = Buffer.from(JSON.stringify(devJwks()));

async function main(): Promise<void> {
  const redis = await findRedis({ log: (line) => console.error(`… ${line}`) });
  if (redis.kind === 'none') throw new Error(`the bench needs Redis: ${redis.why}`);
  const gateway = await startGateway({ redisUrl: redis.url });
  const origin = createServer((request, response) => {
    const size = /^\/documents\/(\w+)\//.exec(request.url ?? '')?.[1] ?? '';
    const body = request.url === '/jwks.json' ? jwks : bodies.get(size);
    response.writeHead(body ? 200 : 404, {
      'Content-Type': 'application/json',
      'Content-Length': body?.length ?? 0,
      // Only the HTTP cache looks at it.
      'Cache-Control': 'public, max-age=3600',
    });
    response.end(body);
  });
  origin.keepAliveTimeout = 600_000;
  origin.listen(0, '127.0.0.1');
  await once(origin, 'listening');
  const stop = async () => {
    await gateway.close();
    await redis.stop();
    process.exit(0);
  };
  process.on('disconnect', stop);
  process.on('message', (message: ToBackend) => {
    if (message === 'stop') return void stop();
    tell({ counts: gateway.counts() });
    gateway.resetCounts();
  });
  const { port } = origin.address() as AddressInfo;
  tell({
    ready: {
      gateway: { url: gateway.url, token: gateway.token },
      origin: `http://127.0.0.1:${port}`,
      redis: redis.describe,
    },
  });
}

const tell = (message: FromBackend) => process.send!(message);

// The one who started us ends us: Ctrl-C reaches the whole group.
process.on('SIGINT', () => {});
main().catch((error: Error) => {
  tell({ failed: error.message });
  process.disconnect();
});
