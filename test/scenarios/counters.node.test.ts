import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { bundle } from '../../dev/bundle.ts';
import { type RunningEdge, startEdge } from '../../dev/edge.ts';
import { DEV_AUDIENCE, DEV_ISSUER, signDevToken } from '../../dev/keys.ts';
import { startGateway } from '../../dev/redis/gateway.ts';
import { Isolates } from '../../src/figures/isolates.ts';
import { Names } from '../../src/store/names.ts';
import { createUpstashStore } from '../../src/store/upstash.ts';
import { type Flush, flushShape, histogramOf } from '../../src/telemetry/flush.ts';
import { countOf } from '../../src/telemetry/histogram.ts';
import { describeWithRedis, type TestRedis } from '../support/redis.ts';
import { startScriptedOrigin } from './support/scripted-origin.ts';

const HOOK_SECRET = `whsec_${Buffer.from('a secret of at least 24 bytes').toString('base64')}`;

/** Three isolates with a route of every kind, before one origin and one Redis, both of which may fail. */
async function countersWorld({ redisUrl }: Pick<TestRedis, 'redisUrl'>) {
  const origin = await startScriptedOrigin();
  const gateway = await startGateway({ redisUrl });
  const past = await startGateway({ redisUrl });
  const namespace = `counters-${randomUUID()}`;
  const script = await bundle('test/scenarios/support/counters-entry.ts', []);
  const bindings = {
    ENVIRONMENT: 'development',
    ORIGIN_URL: origin.url,
    ORIGIN_SECRET: 'only-for-this-scenario',
    JWKS_URL: `${origin.url}/.well-known/jwks.json`,
    JWT_ISSUER: DEV_ISSUER,
    JWT_AUDIENCE: DEV_AUDIENCE,
    CORS_ORIGINS: '*',
    HOOK_SECRET_APP: HOOK_SECRET,
    NAMESPACE: namespace,
    UPSTASH_REDIS_REST_URL: gateway.url,
    UPSTASH_REDIS_REST_TOKEN: gateway.token,
  };
  const edges = await Promise.all([1, 2, 3].map(() => startEdge({ script, bindings })));
  const tokens = await Promise.all(
    ['ann', 'bob'].map((user) =>
      signDevToken({ tenant: 'acme', user, roles: [] }, { nowMs: Date.now(), expiresInMs: 86_400_000 }),
    ),
  );
  const store = createUpstashStore({ url: past.url, token: past.token, readMs: 10_000, writeMs: 10_000 });
  const stream = new Names(namespace).metrics.told();
  const each = (does: (edge: RunningEdge) => Promise<unknown>) => Promise.all(edges.map(does));
  return {
    origin,
    gateway,
    edges,
    tokens,
    settled: () => each((edge) => fetch(`${edge.url}/__settled`)),
    advance: (ms: number) => each((edge) => fetch(`${edge.url}/__advance?ms=${ms}`)),
    /** As the cron counts documents: of each isolate those that it has not counted. */
    async counted() {
      const told = await store.metrics.told({ stream, after: '0', most: 5_000 });
      const isolates = new Isolates();
      const sums = new Map<string, number>();
      const kept: Flush[] = [];
      for (const { text } of told) {
        const flush = flushShape.parse(JSON.parse(text));
        if (isolates.judge(flush) !== 'new') continue;
        isolates.counted(flush);
        kept.push(flush);
        for (const [key, n] of Object.entries(flush.counts)) sums.set(key, (sums.get(key) ?? 0) + n);
        for (const [key, parts] of Object.entries(flush.histograms))
          sums.set(key, (sums.get(key) ?? 0) + countOf(histogramOf(parts)));
      }
      return { sums: sumsOf(sums), documents: told.length, kept };
    },
    async stop() {
      await each((edge) => edge.stop());
      await gateway.close();
      await past.close();
      await origin.close();
    },
  };
}

/** Of a metric, of the series whose labels begin so; `null` is any. */
function sumsOf(sums: ReadonlyMap<string, number>) {
  return (id: string, ...labels: (string | null)[]): number => {
    let sum = 0;
    for (const [key, n] of sums) {
      const [name, ...values] = key.split('|');
      if (name === id && labels.every((it, i) => it === null || values[i] === it)) sum += n;
    }
    return sum;
  };
}

interface Kind {
  readonly method?: string;
  readonly path: (id: string) => string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: (id: string) => string;
  readonly as?: 'nobody';
  /** Sent as it stands: `fetch` resolves dot segments. */
  readonly isRaw?: boolean;
}

/** Requests of every kind: what they come to depends on what is stored, and on what fails. */
const kinds: Readonly<Record<string, Kind>> = {
  read: { path: (id) => `/doc/${id}` },
  'read again': { path: (id) => `/doc/${id}` },
  'read by head': { method: 'HEAD', path: (id) => `/doc/${id}` },
  'read of what is had': { path: (id) => `/doc/${id}`, headers: { 'If-None-Match': '*' } },
  'read by a rule': { path: (id) => `/ruled/${id}` },
  'compared read': { path: (id) => `/compared/${id}` },
  'strict read': { path: (id) => `/strict/${id}` },
  'loaded read': { path: (id) => `/loaded/${id}` },
  'handler that reads two': { path: (id) => `/own/${id}` },
  'read by nobody': { path: (id) => `/doc/${id}`, as: 'nobody' },
  'read with a bad parameter': { path: () => '/doc/NOT-VALID' },
  write: { method: 'PATCH', path: (id) => `/doc/${id}`, body: (id) => `of ${id}` },
  'handler with a bug': { path: () => '/broken' },
  'handler that refuses': { path: () => '/gone' },
  'path that is none': { path: () => '/nowhere' },
  'wrong method': { method: 'DELETE', path: (id) => `/strict/${id}` },
  health: { path: () => '/-/health' },
  'admin without a token': { method: 'POST', path: () => '/-/purge', body: () => '{}' },
  'path too long': { path: () => `/${'x'.repeat(9_000)}` },
  preflight: {
    method: 'OPTIONS',
    path: (id) => `/doc/${id}`,
    headers: { Origin: 'https://app.test', 'Access-Control-Request-Method': 'GET' },
  },
  webhook: { method: 'POST', path: () => '/hooks/app' },
  'webhook of somebody': { method: 'POST', path: () => '/hooks/app', body: () => '{}' },
  'http read': { path: (id) => `/http/${id}`, as: 'nobody' },
  'http read again': { path: (id) => `/http/${id}`, as: 'nobody' },
  'http read with credentials': { path: (id) => `/http/${id}` },
  'http read that has dots': { path: (id) => `/http/x/../${id}`, isRaw: true },
  'http head': { method: 'HEAD', path: (id) => `/http/${id}`, as: 'nobody' },
  'http range': { path: (id) => `/http/${id}`, headers: { Range: 'bytes=0-3' }, as: 'nobody' },
  'http only if cached': {
    path: (id) => `/http/${id}`,
    headers: { 'Cache-Control': 'only-if-cached' },
    as: 'nobody',
  },
  'http no store': { path: (id) => `/http/${id}`, headers: { 'Cache-Control': 'no-store' }, as: 'nobody' },
  'http of what is not stored': { path: (id) => `/http/private-${id}`, as: 'nobody' },
  'http post': { method: 'POST', path: (id) => `/http/${id}`, body: () => 'posted', as: 'nobody' },
  'http options': { method: 'OPTIONS', path: (id) => `/http/${id}`, as: 'nobody' },
};

const getRaw = (url: string, path: string) =>
  new Promise<void>((done, failed) => {
    const { hostname, port } = new URL(url);
    get({ hostname, port, path }, (answer) => answer.resume().on('end', done)).on('error', failed);
  });

const classes = ['rights', 'doc', 'ruled', 'strict', 'compared', 'loaded', 'http'];

describeWithRedis('counters', (redis) => {
  it('obey their identities, and are the requests sent, whatever fails', { timeout: 240_000 }, async () => {
    const world = await countersWorld(redis);
    const { origin, gateway, edges, tokens } = world;
    try {
      for (let i = 0; i < 12; i += 1) {
        origin.set(`/docs/d${i}`, `of ${i}`);
        origin.set(`/http/d${i}`, `of ${i}`, {
          'Cache-Control': 'max-age=10, stale-while-revalidate=30, stale-if-error=600',
          ETag: `"${i}"`,
        });
        origin.set(`/http/private-d${i}`, `of ${i}`, { 'Cache-Control': 'private' });
      }
      origin.set('/docs/rights', 'all');

      const names = Object.keys(kinds);
      let sent = 0;
      let chance = 7;
      const random = (most: number) => {
        chance = Math.imul(chance ^ (chance >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
        return ((chance ^ (chance >>> 13)) >>> 0) % most;
      };
      const webhook = new Webhook(HOOK_SECRET);
      async function send(kind: Kind, edge: RunningEdge, id: string): Promise<void> {
        const { method = 'GET', path, headers = {}, body, as, isRaw } = kind;
        const isHook = path(id) === '/hooks/app' && !body;
        const text = isHook
          ? JSON.stringify({ type: 'changed', data: { tenant_id: 'acme', id } })
          : body?.(id);
        const at = new Date();
        const msg = `msg_${randomUUID()}`;
        const signed = isHook
          ? {
              'webhook-id': msg,
              'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
              'webhook-signature': webhook.sign(msg, at, text!),
            }
          : {};
        sent += 1;
        if (isRaw) return getRaw(edge.url, path(id));
        const answer = await fetch(edge.url + path(id), {
          method,
          headers: {
            ...(as !== 'nobody' && { Authorization: `Bearer ${tokens[random(2)]}` }),
            ...headers,
            ...signed,
          },
          ...(text !== undefined && { body: text }),
        });
        await answer.arrayBuffer();
      }
      async function burst(count: number): Promise<void> {
        const all = Array.from({ length: count }, () => {
          const name = names[random(names.length)]!;
          return send(kinds[name]!, edges[random(edges.length)]!, `d${random(12)}`);
        });
        await Promise.all(all);
      }

      // What is told arrives, and its reply is lost; or it does not arrive.
      let told = 0;
      const isTold = (commands: string[][]) => commands.some(([name]) => name?.toUpperCase() === 'XADD');
      gateway.onRequest = (commands) => (isTold(commands) && ++told % 5 === 2 ? { drop: true } : undefined);
      gateway.afterRequest = async (commands) => {
        if (!isTold(commands)) return undefined;
        if (told % 5 === 3) return { drop: true };
        // Longer than its deadline.
        if (told % 5 === 4) await new Promise((done) => setTimeout(done, 1_700));
        return undefined;
      };
      const faults: readonly (() => unknown)[] = [
        () => fetch(`${gateway.url}/faults`, { method: 'POST', body: '{"drop":true,"command":"MGET"}' }),
        () => fetch(`${gateway.url}/faults`, { method: 'POST', body: '{"status":500}' }),
        () => fetch(`${gateway.url}/faults`, { method: 'POST', body: '{"error":"OOM command not allowed"}' }),
        () => origin.fail(500),
        () => origin.fail(503),
      ];
      // One of each kind, however the rest falls out: stale while it is refreshed, and because its origin fails.
      const again = kinds['read']!;
      for (const ms of [0, 11_000, 51_000]) {
        await world.advance(ms);
        origin.fail(ms > 30_000 ? 500 : null);
        await send(again, edges[0]!, 'd1');
        await world.settled();
      }
      for (let round = 0; round < 24; round += 1) {
        await fetch(`${gateway.url}/faults`, { method: 'POST', body: '{}' });
        origin.fail(null);
        if (round % 2 === 1) await faults[((round - 1) / 2) % faults.length]!();
        await burst(210);
        // Past l1, past a ttl, past a window, past the breaker.
        await world.advance([1_500, 11_000, 50_000, 6_000][round % 4]!);
      }
      await fetch(`${gateway.url}/faults`, { method: 'POST', body: '{}' });
      origin.fail(null);
      await world.advance(11_000);
      await world.settled();
      expect(sent).toBeGreaterThan(5_000);
      // Well again: what nobody has acknowledged is told once more.
      gateway.onRequest = undefined;
      gateway.afterRequest = undefined;
      for (let i = 0; i < 2; i += 1) {
        for (const edge of edges) await send(kinds['health']!, edge, '');
        for (const edge of edges) await send(kinds['strict read']!, edge, 'd1');
        await world.settled();
      }

      const { sums, documents, kept } = await world.counted();
      // Each once, though some were told more than once.
      expect(sums('requests')).toBe(sent);
      expect(sums('requests_begun')).toBe(sent);
      expect(documents).toBeGreaterThan(kept.length);
      expect(sums('series_dropped')).toBe(0);
      expect(sums('requests')).toBe(
        ['hit', 'stale', 'miss', 'bypass', 'refused', 'error']
          .map((outcome) => sums('requests', null, outcome))
          .reduce((a, b) => a + b),
      );
      expect(sums('request_reasons')).toBe(sent);
      expect(sums('request_duration')).toBe(sent);
      // What the origin saw itself: a loader here sends one request, and nothing varies.
      expect(sums('origin_duration')).toBe(origin.count());
      expect(sums('origin_fetches')).toBe(origin.count());
      expect(sums('refusals')).toBe(sums('requests', null, 'refused'));
      expect(sums('bulkhead_refused')).toBe(sums('origin_failures', null, 'overloaded'));
      // Nothing is proved by what did not happen.
      for (const outcome of ['hit', 'stale', 'miss', 'bypass', 'refused', 'error'])
        expect([outcome, sums('requests', null, outcome)]).not.toEqual([outcome, 0]);
      for (const id of ['collapsed', 'fetches_in_vain', 'breaker_spared', 'redis_failures', 'purges'])
        expect([id, sums(id)]).not.toEqual([id, 0]);
      expect(sums('origin_fetches', null, 'comparison')).toBe(sums('comparisons'));
      for (const cause of ['miss', 'refresh', 'comparison', 'pass', 'write'])
        expect([cause, sums('origin_fetches', null, cause)]).not.toEqual([cause, 0]);

      for (const cls of classes) {
        const reads = (outcome: string) => sums('reads', cls, outcome);
        const fetched = sums('origin_fetches', cls, 'miss') + sums('origin_fetches', cls, 'pass');
        expect([cls, fetched]).toEqual([
          cls,
          reads('miss') +
            reads('bypass') +
            reads('error') -
            sums('collapsed', cls) -
            sums('unfetched', cls) +
            sums('fetches_in_vain', cls),
        ]);
      }
    } finally {
      await world.stop();
    }
  });
});
