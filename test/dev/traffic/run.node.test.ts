import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import type { Handover } from '../../../dev/handover.ts';
import { faultKinds, noPlaceFor } from '../../../dev/traffic/faults.ts';
import type { TrafficOptions } from '../../../dev/traffic/options.ts';
import { progressOf, summaryOf, summaryText } from '../../../dev/traffic/report.ts';
import { runTraffic } from '../../../dev/traffic/run.ts';
import { saidBy } from '../../../dev/traffic/tally.ts';

const stack: Handover = {
  url: 'http://edge.test',
  origin: 'http://origin.test',
  gateway: 'http://redis.test',
  queue: 'http://queue.test',
  adminToken: 'an-admin-token',
  originSecret: 'a-secret',
};

interface Call {
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: unknown;
  readonly atMs: number;
}

interface Scene {
  readonly options?: Partial<TrafficOptions>;
  readonly stack?: Partial<Handover>;
  /** Default: a hit with an `ETag`; of what is no edge, an empty 200. */
  readonly answer?: (call: Call) => Response | Promise<Response>;
  /** Ctrl-C after so long. */
  readonly interruptAtMs?: number;
}

const options: TrafficOptions = {
  url: new URL(stack.url),
  durationMs: 60_000,
  rate: 20,
  seed: 1,
  faults: [],
  json: false,
};

const hit = { 'Cache-Status': 'Stillfresh; hit; ttl=10', ETag: '"1"' };

/** A stack that is played; time goes on in pauses alone. */
async function sent({ answer, interruptAtMs = Infinity, ...given }: Scene) {
  const calls: Call[] = [];
  const interruption = new AbortController();
  let nowMs = 0;
  const environment = {
    fetch: (async (input: string, init: RequestInit = {}) => {
      const { host, pathname, search } = new URL(input);
      const call = {
        host,
        path: pathname + search,
        method: init.method ?? 'GET',
        headers: new Headers(init.headers),
        body: init.body ? JSON.parse(String(init.body)) : null,
        atMs: nowMs,
      };
      calls.push(call);
      if (answer) return answer(call);
      if (host !== 'edge.test') return new Response();
      return new Response(null, { status: call.path === '/-/purge' ? 202 : 200, headers: hit });
    }) as typeof fetch,
    now: () => nowMs,
    sleep: async (ms: number, signal: AbortSignal) => {
      nowMs += ms;
      await new Promise(setImmediate); // what was sent goes on meanwhile
      if (nowMs >= interruptAtMs) interruption.abort();
      signal.throwIfAborted();
    },
    timeout: () => new AbortController().signal,
    interrupted: interruption.signal,
  };
  const asked = { ...options, ...given.options };
  const running = runTraffic(asked, { ...stack, ...given.stack }, environment);
  const traffic = await running.catch((error: unknown) => error as Error);
  return {
    traffic,
    calls,
    asked,
    endedMs: nowMs,
    faultsAt: (host: string) => calls.filter((it) => it.host === host && it.path === '/faults'),
  };
}

/** One that came to its end. */
async function done(scene: Scene) {
  const { traffic, ...rest } = await sent(scene);
  if (traffic instanceof Error) throw traffic;
  return { traffic, ...rest };
}

describe('traffic', () => {
  test('shows each place what opens it, and nothing else', async () => {
    const { calls } = await done({});
    for (const { host, path, headers } of calls) {
      const [authorization, secret] = [headers.get('Authorization'), headers.get('X-Origin-Secret')];
      if (host === 'origin.test') expect([authorization, secret]).toEqual([null, 'a-secret']);
      else if (path === '/-/purge') expect([authorization, secret]).toEqual(['Bearer an-admin-token', null]);
      else expect([host, secret]).toEqual(['edge.test', null]);
    }
    expect(
      calls.filter(({ headers, host }) => host === 'edge.test' && !headers.has('Authorization')).length,
    ).toBeGreaterThan(5);
  });

  test('renews tokens before they end', async () => {
    const { calls } = await done({ options: { durationMs: 25 * 60_000, rate: 5 } });
    const asAnn = calls.flatMap(({ headers, atMs }) => {
      const token = headers.get('Authorization')?.replace('Bearer ', '') ?? '';
      const claims = token.includes('.') ? decodeJwt(token) : null;
      return claims?.sub === 'ann' && claims['tenant'] === 'acme'
        ? [{ token, leftMs: claims.exp! * 1000 - atMs }]
        : [];
    });
    expect(new Set(asAnn.map(({ token }) => token)).size).toBe(3);
    expect(Math.min(...asAnn.map(({ leftMs }) => leftMs))).toBeGreaterThan(50_000);
  });

  test('shows an ETag where it was given one', async () => {
    const { traffic, calls } = await done({});
    const shown = calls.filter(({ headers }) => headers.has('If-None-Match'));
    expect(shown.length).toBeGreaterThan(10);
    expect(traffic.tally.done.conditional).toBe(shown.length);
    for (const { headers } of shown) expect(headers.get('If-None-Match')).toBe('"1"');
  });

  test('counts as many outcomes as it sent requests', async () => {
    const { traffic, calls, asked } = await done({});
    const { requests, hit_rate, by_outcome, purges, changes } = summaryOf(traffic, asked, 'the console');
    const edge = calls.filter(({ host, path }) => host === 'edge.test' && path !== '/-/purge');
    expect([requests, by_outcome['hit'], hit_rate]).toEqual([edge.length, edge.length, 1]);
    expect(purges).toBe(calls.filter(({ path }) => path === '/-/purge').length);
    expect(changes).toBe(calls.filter(({ host }) => host === 'origin.test').length);
  });

  test.each([
    [{ adminToken: null }, ({ path }: Call) => path === '/-/purge'],
    [{ originSecret: null }, ({ host }: Call) => host === 'origin.test'],
  ])('does without what it has no key to: %j', async (missing, isThere) => {
    const { calls, traffic } = await done({ stack: missing });
    expect(calls.filter(isThere)).toEqual([]);
    expect(traffic.tally.done.failed).toBe(0);
  });

  test('has at most 64 answers to wait for, and leaves out what is late', async () => {
    const waiting: ((response: Response) => void)[] = [];
    let most = 0;
    let unanswered = 0;
    const release = setInterval(() => {
      for (const answer of waiting.splice(0, 8)) {
        unanswered -= 1;
        answer(new Response(null, { headers: hit }));
      }
    }, 1);
    const { traffic } = await done({
      options: { rate: 200, durationMs: 5_000 },
      answer: () => {
        unanswered += 1;
        most = Math.max(most, unanswered);
        return new Promise((answer) => void waiting.push(answer));
      },
    }).finally(() => clearInterval(release));
    expect(most).toBe(64);
    expect(traffic.tally.hitRate()).toBe(1);
  });

  test('ends by itself once nobody answers, and says so', async () => {
    const { traffic, calls } = await sent({ answer: () => Promise.reject(new Error('ECONNREFUSED')) });
    expect(traffic).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('does not answer any more'),
    });
    expect(calls.length).toBeLessThan(100);
  });
});

describe('faults', () => {
  test.each(Object.entries(faultKinds))(
    '%s is in force for a while, and then no more',
    async (kind, { at, body }) => {
      const { calls, traffic } = await done({ options: { faults: [kind as keyof typeof faultKinds] } });
      const posted = calls.filter(({ path }) => path === '/faults');
      const host = at && { origin: 'origin.test', gateway: 'redis.test', queue: 'queue.test' }[at];
      expect(posted.map((it) => [it.host, it.body])).toEqual(
        host
          ? [
              [host, body],
              [host, {}],
            ]
          : [],
      );
      expect(traffic.faults).toEqual([{ kind, fromMs: 12_000, toMs: 37_200 }]);
      const { changes, silent_changes } = traffic.tally.done;
      expect(changes).toBeGreaterThan(5);
      expect(silent_changes > 5).toBe(kind === 'silent');
      expect(calls.filter(({ path }) => path.endsWith('?silent=1')).length).toBe(silent_changes);
    },
  );

  test.each<[string, Scene]>([
    ['Ctrl-C', { interruptAtMs: 20_000 }],
    [
      'an edge that is gone',
      {
        answer: ({ host, atMs }) =>
          host === 'edge.test' && atMs > 20_000 ? Promise.reject(new Error('gone')) : new Response(),
      },
    ],
    [
      'its end, while one is in force',
      { options: { faults: ['redis'], durationMs: 60_000 }, interruptAtMs: 59_000 },
    ],
  ])('%s leaves none in force', async (_, scene) => {
    const { faultsAt, endedMs } = await sent({ ...scene, options: { faults: ['redis'], ...scene.options } });
    expect(faultsAt('redis.test').map(({ body }) => body)).toEqual([{ drop: true }, {}]);
    expect(endedMs).toBeLessThan(60_000);
  });

  test('nor while the last answers do not come', async () => {
    const faults: unknown[] = [];
    const { promise: isCleared, resolve: cleared } = Promise.withResolvers<Response>();
    await done({
      options: { faults: ['redis'], rate: 2 },
      interruptAtMs: 20_000,
      answer: ({ host, path, body }) => {
        if (path === '/faults') faults.push(body);
        if (faults.length === 2) cleared(new Response());
        return host === 'edge.test' && faults.length > 0
          ? isCleared.then((it) => it.clone())
          : new Response();
      },
    });
    expect(faults).toEqual([{ drop: true }, {}]);
  });

  test.each<[keyof typeof faultKinds, Partial<Handover>, RegExp | null]>([
    ['redis', { gateway: null }, /^--faults redis: this stack has no Redis/],
    ['slow-redis', { gateway: null }, /^--faults slow-redis: /],
    ['queue', { queue: null }, /^--faults queue: this stack has no stand-in/],
    ['silent', { gateway: null, queue: null }, null],
    ['origin', { gateway: null, queue: null }, null],
  ])('%s has no place where there is %j', (kind, missing, said) => {
    const why = noPlaceFor(['slow', kind], { ...stack, ...missing });
    if (said === null) expect(why).toBeNull();
    else expect(why).toMatch(said);
  });
});

describe('what an answer says of itself', () => {
  test.each<[number, string | null, string, string]>([
    [200, 'Stillfresh; hit; ttl=599', 'hit', ''],
    [304, 'Stillfresh; hit; ttl=1; key="a;b"', 'hit', ''],
    [200, 'Stillfresh; hit; ttl=-12', 'stale', ''],
    [200, 'Stillfresh; hit; ttl=0', 'stale', ''],
    [200, 'Stillfresh; hit; ttl=-40; detail=stale-if-error', 'stale', 'stale-if-error'],
    [200, 'Stillfresh; fwd=uri-miss; stored', 'miss', 'uri-miss'],
    [200, 'Stillfresh; fwd=stale; detail=purged', 'miss', 'stale purged'],
    [404, 'Stillfresh; fwd=uri-miss; fwd-status=404', 'miss', 'uri-miss'],
    [200, 'Stillfresh; fwd=method', 'bypass', 'method'],
    [200, 'Stillfresh; fwd=bypass; detail=off', 'bypass', 'bypass off'],
    [403, 'Stillfresh; detail=forbidden', 'refused', 'forbidden'],
    [401, null, 'refused', 'status 401'],
    [502, 'Stillfresh; fwd=uri-miss; detail=origin-failed', 'error', 'uri-miss origin-failed'],
    [503, null, 'error', 'status 503'],
    [200, null, 'bypass', ''],
    [200, '"', 'bypass', ''],
  ])('%i %s: %s', (status, cacheStatus, outcome, why) => {
    expect(saidBy(status, cacheStatus)).toEqual({ outcome, why });
  });
});

describe('what is told', () => {
  test('is how far it is, a line in ten seconds', async () => {
    let err = '';
    const progress = progressOf({ stderr: { write: (text) => (err += text) }, env: {} }, options);
    const { traffic } = await done({});
    for (let elapsedMs = 0; elapsedMs < 35_000; elapsedMs += 100)
      progress.show({ elapsedMs, tally: traffic.tally, fault: elapsedMs > 15_000 ? 'redis' : null });
    progress.end();
    expect(err.split('\n').map((it) => it.slice(0, 40))).toEqual(
      [
        '0:10 of 1:00  hit rate 100.0 %  hit 1',
        '0:20 of 1:00 [redis]  hit rate 100.0 %  ',
        '0:30 of 1:00 [redis]  hit rate 100.0 %  ',
        '',
      ].map((it, at) => (at === 0 ? expect.stringContaining('0:10 of 1:00  hit rate 100.0 %  hit ') : it)),
    );
  });

  test('is one line in a terminal, which it gives back', () => {
    let err = '';
    const stderr = { write: (text: string) => (err += text), isTTY: true, columns: 30 };
    const progress = progressOf({ stderr, env: {} }, options);
    for (const elapsedMs of [0, 100, 600])
      progress.show({ elapsedMs, tally: { requestsOf: () => 0, hitRate: () => null } as never, fault: null });
    progress.end();
    expect(err).toBe(
      '\r0:00 of 1:00  hit rate -  hit\u001b[K\r0:01 of 1:00  hit rate -  hit\u001b[K\r\u001b[K',
    );
  });

  test('at the end is by outcome, why, and where to look next', async () => {
    const { traffic, asked } = await done({
      options: { faults: ['redis'] },
      answer: ({ host, path, headers }) => {
        if (host !== 'edge.test') return new Response();
        if (path === '/-/purge') return new Response(null, { status: 202 });
        if (!headers.has('Authorization')) return new Response(null, { status: 401 });
        return new Response(null, {
          headers: {
            'Cache-Status': path.includes('kpis') ? 'Stillfresh; fwd=uri-miss' : hit['Cache-Status'],
          },
        });
      },
    });
    const text = summaryText(traffic, asked, 'http://edge.test/-/console');
    expect(text).toMatch(/^\d+ requests in 1:00, seed 1; hit rate \d\d\.\d %\n/);
    expect(text).toMatch(/^hit +\d+ +\d+\.\d %/m);
    expect(text).toMatch(/^error +0 +0\.0 % +- +-$/m);
    expect(text).toMatch(/^why +uri-miss \d+, status 401 \d+$/m);
    expect(text).toContain('fault      redis, from 0:12 to 0:37\n');
    expect(text).toContain('  http://edge.test/-/console\n');
  });
});
