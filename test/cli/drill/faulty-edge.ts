import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** One way in which a cache can be wrong; `faithful`: none. Each stands between the drills and the real edge. */
export type Fault =
  | 'faithful'
  | 'serves-what-was-purged'
  | 'serves-a-fetch-overtaken-by-a-purge'
  | 'serves-permissions-from-memory'
  | 'mixes-users'
  | 'fetches-for-everyone'
  | 'ignores-if-none-match'
  | 'reflects-a-header'
  | 'loses-webhooks'
  | 'forgets-the-kill-switch'
  | 'needs-redis';

interface Passed {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** A proxy that plays an edge with a fault. */
export async function faultyEdge(edge: string) {
  let fault: Fault = 'faithful';
  const kept = new Map<string, Passed>();
  let redisFails = false;

  async function pass(
    request: IncomingMessage,
    body: Buffer,
    path: string,
    without: readonly string[] = [],
  ): Promise<Passed> {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers))
      if (
        typeof value === 'string' &&
        !['host', 'connection', 'content-length', 'transfer-encoding', ...without].includes(name)
      )
        headers.set(name, value);
    const { method = 'GET' } = request;
    const answer = await fetch(edge + path, {
      method,
      headers,
      redirect: 'manual',
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) };
  }

  async function answerOf(request: IncomingMessage, body: Buffer): Promise<Passed> {
    const { method, url: path = '/', headers } = request;
    const isCanary = method === 'GET' && path.startsWith('/v1/canary/');
    const who = headers.authorization ?? '';
    /** The first 200 of a key, for as long as the test goes on. */
    const first = async (key: string, from = () => pass(request, body, path)) => {
      const held = kept.get(key);
      if (held) return held;
      const answer = await from();
      if (answer.status === 200) kept.set(key, answer);
      return answer;
    };
    if (isCanary) {
      switch (fault) {
        case 'serves-what-was-purged':
          if (headers['if-none-match'] === undefined) {
            const answer = await pass(request, body, path);
            // As it was when it was a hit for the first time.
            if (!/;\s*hit/.test(answer.headers.get('cache-status') ?? '') && !kept.has(who + path))
              return answer;
            return first(who + path, async () => answer);
          }
          break;
        case 'serves-a-fetch-overtaken-by-a-purge':
          if (path.includes('/slow-')) return first(who + path);
          break;
        case 'serves-permissions-from-memory':
          if (path.includes('/own/')) {
            const answer = await pass(request, body, path);
            return /;\s*hit/.test(answer.headers.get('cache-status') ?? '') || kept.has(who + path)
              ? first(who + path, async () => answer)
              : answer;
          }
          break;
        case 'mixes-users':
          if (who !== '') return first(path);
          break;
        case 'fetches-for-everyone':
          if (path.includes('/slow-'))
            return pass(request, body, `${path}-${Math.random().toString(36).slice(2, 8)}`);
          break;
        case 'ignores-if-none-match':
          return pass(request, body, path, ['if-none-match']);
        case 'reflects-a-header':
          return first(who + path, async () => {
            const answer = await pass(request, body, path);
            const reflected = new Headers(answer.headers);
            reflected.set('X-Served-For', headers['x-forwarded-host']?.toString() ?? '-');
            return { ...answer, headers: reflected };
          });
        case 'needs-redis':
          if (redisFails) return { status: 500, headers: new Headers(), body: Buffer.from('{}') };
          break;
      }
    }
    if (fault === 'loses-webhooks' && method === 'POST' && path.startsWith('/hooks/'))
      return {
        status: 202,
        headers: new Headers(),
        body: Buffer.from('{"purge_id":"pur_AAAAAAAAAAAAAAAAAAAAAA"}'),
      };
    if (fault === 'forgets-the-kill-switch' && path === '/-/rollout/kill')
      return { status: 200, headers: new Headers(), body: Buffer.from('{}') };
    return pass(request, body, path);
  }

  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (request.url === '/faults') {
      redisFails = body.toString() !== '{}';
      response.end('{}');
      return;
    }
    const { status, headers, body: answered } = await answerOf(request, body);
    response.writeHead(
      status,
      Object.fromEntries(
        [...headers].filter(
          ([name]) =>
            !/^(content-encoding|content-length|transfer-encoding|connection|keep-alive)$/.test(name),
        ),
      ),
    );
    response.end(answered);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set(it: Fault) {
      fault = it;
      kept.clear();
      redisFails = false;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await setTimeout(0);
    },
  };
}
