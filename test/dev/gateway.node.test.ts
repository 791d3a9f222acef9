import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { findServer, startRedis } from '../../dev/redis/find.ts';
import { type Gateway, startGateway } from '../../dev/redis/gateway.ts';
import { describeWithRedis, freshNamespace } from '../support/redis.ts';

/** As the store uses the SDK: every value a string, one request for one call, one attempt. */
const storeOptions = {
  automaticDeserialization: false,
  responseEncoding: false,
  enableAutoPipelining: false,
  retry: { retries: 0 },
  readYourWrites: false,
  enableTelemetry: false,
} as const;

const worlds = [
  { world: 'default options', options: {} },
  { world: "the store's options", options: storeOptions },
  { world: 'base64 and raw values', options: { ...storeOptions, responseEncoding: 'base64' } },
] as const;

/** What a cache stores: text that must come back as it was. */
const texts: Record<string, string> = {
  'a number': '42',
  'a large number': '12345678901234567890',
  null: 'null',
  empty: '',
  'the status': 'OK',
  'what looks like base64': 'T0s=',
  unicode: 'Grüße, 世界 🧊 \u0000 \u2028',
  json: '{"a":[1,"\\"",null]}',
  'line ends': 'a\r\n$3\r\nb',
  'one megabyte': 'é'.repeat(512 * 1024),
};

function client(gateway: Gateway, options: object = storeOptions): Redis {
  return new Redis({ url: gateway.url, token: gateway.token, ...options });
}

async function post(gateway: Gateway, path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${gateway.token}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

describeWithRedis('The REST gateway', ({ redisUrl }) => {
  let gateway: Gateway;
  let key: string;
  beforeAll(async () => {
    gateway = await startGateway({ redisUrl });
  });
  afterAll(() => gateway.close());
  beforeEach(() => {
    key = freshNamespace();
    gateway.resetCounts();
  });

  describe.each(worlds)('driven by the SDK with $world', ({ options }) => {
    test('keeps a value and tells absence', async () => {
      const redis = client(gateway, options);
      expect(await redis.set(key, 'value', { px: 60_000 })).toBe('OK');
      expect(await redis.get(key)).toBe('value');
      expect(await redis.mget(key, `${key}:none`)).toEqual(['value', null]);
      expect(await redis.get(`${key}:none`)).toBeNull();
    });

    test('counts, and lists keys', async () => {
      const redis = client(gateway, options);
      expect(await redis.incrby(key, 41)).toBe(41);
      expect(await redis.exists(key, `${key}:none`)).toBe(1);
      expect(await redis.sadd(`${key}:set`, 'member')).toBe(1);
      expect(await redis.smembers(`${key}:set`)).toEqual(['member']);
      expect(await redis.hset(`${key}:hash`, { field: 'x' })).toBe(1);
      expect(await redis.hget(`${key}:hash`, 'field')).toBe('x');
    });

    test('runs a pipeline in order', async () => {
      const pipeline = client(gateway, options).pipeline().set(key, 'a').append(key, 'b').get(key);
      expect(await pipeline.exec()).toEqual(['OK', 2, 'ab']);
      expect(gateway.counts()).toEqual({
        requests: 1,
        commands: 3,
        byCommand: { SET: 1, APPEND: 1, GET: 1 },
      });
    });

    test('runs a transaction', async () => {
      const transaction = client(gateway, options).multi().set(key, 'a').get(key).del(key);
      expect(await transaction.exec()).toEqual(['OK', 'a', 1]);
    });

    test('runs scripts, by source and by digest', async () => {
      const redis = client(gateway, options);
      const source = 'return {KEYS[1], ARGV[1], 7, false}';
      const digest = await redis.scriptLoad(source);
      expect(await redis.eval(source, [key], ['x'])).toEqual([key, 'x', 7, null]);
      expect(await redis.evalsha(digest, [key], ['x'])).toEqual([key, 'x', 7, null]);
      await expect(redis.evalsha('0'.repeat(40), [key], [])).rejects.toThrow('NOSCRIPT');
    });

    test('passes on what Redis says is wrong', async () => {
      const redis = client(gateway, options);
      await redis.lpush(key, 'x');
      await expect(redis.get(key)).rejects.toThrow('WRONGTYPE');
      await expect(redis.exec(['GET'])).rejects.toThrow('wrong number of arguments');
    });

    test('refuses another token', async () => {
      const stranger = new Redis({ url: gateway.url, token: 'guess', ...options });
      await expect(stranger.get(key)).rejects.toThrow('WRONGPASS');
      expect(gateway.counts().requests).toBe(0);
    });
  });

  describe.each(Object.entries(texts))('text: %s', (_name, text) => {
    test.each(worlds.slice(1))('comes back as it was, with $world', async ({ options }) => {
      const redis = client(gateway, options);
      await redis.set(key, text);
      expect((await redis.get(key)) === text).toBe(true);
      expect(await redis.strlen(key)).toBe(Buffer.byteLength(text));
      expect((await redis.mget<string[]>(key))[0] === text).toBe(true);
    });
  });

  describe('over plain HTTP', () => {
    test('binary survives with base64, and is replaced without', async () => {
      const bytes = '/wCA/gE=';
      const script = `return redis.call('SET', KEYS[1], '\\255\\0\\128\\254\\1')`;
      await post(gateway, '/', ['EVAL', script, '1', key]);
      expect((await post(gateway, '/', ['GET', key], { 'Upstash-Encoding': 'base64' })).body).toEqual({
        result: bytes,
      });
      expect((await post(gateway, '/', ['GET', key])).body).toEqual({ result: '\ufffd\0\ufffd\ufffd\x01' });
    });

    test('base64 encodes every string but OK, in nested arrays too', async () => {
      const base64 = { 'Upstash-Encoding': 'base64' };
      const nested = ['EVAL', `return {'a', {1, {'b', false}}, 'OK'}`, '0'];
      expect((await post(gateway, '/', nested, base64)).body).toEqual({
        result: ['YQ==', [1, ['Yg==', null]], 'T0s='],
      });
      expect((await post(gateway, '/', nested)).body).toEqual({ result: ['a', [1, ['b', null]], 'OK'] });
      expect((await post(gateway, '/', ['PING'], base64)).body).toEqual({ result: 'UE9ORw==' });
      expect(
        (
          await post(
            gateway,
            '/pipeline',
            [
              ['SET', key, 'a'],
              ['GET', key],
            ],
            base64,
          )
        ).body,
      ).toEqual([{ result: 'OK' }, { result: 'YQ==' }]);
    });

    test('a pipeline goes on after an error, with status 200', async () => {
      const commands = [['SET', key, 'a'], ['LPUSH', key, 'b'], ['NOSUCH'], ['GET', key]];
      const { status, body } = await post(gateway, '/pipeline', commands);
      expect(status).toBe(200);
      expect(body).toEqual([
        { result: 'OK' },
        { error: expect.stringContaining('WRONGTYPE') },
        { error: expect.stringContaining('unknown command') },
        { result: 'a' },
      ]);
    });

    test('a transaction reports an error at run time in its place', async () => {
      const { status, body } = await post(gateway, '/multi-exec', [
        ['SET', key, 'a'],
        ['LPUSH', key, 'b'],
        ['GET', key],
      ]);
      expect(status).toBe(200);
      expect(body).toEqual([
        { result: 'OK' },
        { error: expect.stringContaining('WRONGTYPE') },
        { result: 'a' },
      ]);
    });

    test('a transaction with a malformed command does nothing at all', async () => {
      const { status, body } = await post(gateway, '/multi-exec', [['SET', key, 'a'], ['GET']]);
      expect(status).toBe(400);
      expect(body).toEqual({ error: expect.stringContaining('EXECABORT') });
      expect((await post(gateway, '/', ['EXISTS', key])).body).toEqual({ result: 0 });
    });

    test('concurrent transactions never mix', async () => {
      const move = [
        ['INCR', key],
        ['DECR', key],
      ];
      const all = await Promise.all(Array.from({ length: 100 }, () => post(gateway, '/multi-exec', move)));
      for (const { body } of all) expect(body).toEqual([{ result: 1 }, { result: 0 }]);
    });

    test('a hash is a flat array, as in RESP2', async () => {
      await post(gateway, '/', ['hset', key, 'a', '1', 'b', '2']);
      expect((await post(gateway, '/', ['hgetall', key])).body).toEqual({ result: ['a', '1', 'b', '2'] });
    });

    test('numbers and booleans are arguments too', async () => {
      expect((await post(gateway, '/', ['SET', key, 42, 'EX', 100])).body).toEqual({ result: 'OK' });
      expect((await post(gateway, '/', ['GET', key])).body).toEqual({ result: '42' });
      expect((await post(gateway, '/', ['ECHO', true])).body).toEqual({ result: 'true' });
    });

    test.each([
      ['JSON that ends too early', '/', '["GET"', 'failed to parse'],
      ['no body', '/', '', 'failed to parse'],
      ['an object', '/', '{"a":1}', 'failed to parse'],
      ['no command', '/', '[]', 'empty command'],
      ['a null argument', '/', '["GET",null]', 'failed to parse'],
      ['a pipeline where one command belongs', '/', '[["PING"]]', 'failed to parse'],
      ['one command where a pipeline belongs', '/pipeline', '["PING"]', 'failed to parse'],
      ['an empty pipeline', '/pipeline', '[]', 'empty pipeline'],
      ['an empty transaction', '/multi-exec', '[]', 'empty pipeline'],
      ['a blocking command', '/', '["blpop","x","0"]', 'not available'],
      ['a blocking read', '/', '["XREAD","block","0","STREAMS","x","$"]', 'not available'],
      ['a subscription inside a pipeline', '/pipeline', '[["PING"],["SUBSCRIBE","x"]]', 'not available'],
    ])('%s gets 400', async (_name, path, body, message) => {
      const answer = await post(gateway, path, body);
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({ error: expect.stringContaining(message) });
    });

    test('an error of Redis gets 400', async () => {
      const { status, body } = await post(gateway, '/', ['NOSUCH']);
      expect(status).toBe(400);
      expect(body).toEqual({ error: expect.stringContaining('unknown command') });
    });

    test.each([{}, { Authorization: 'Bearer guess' }, { Authorization: 'Basic Zzp4' }])(
      '%j gets 401',
      async (headers) => {
        const response = await fetch(gateway.url, { method: 'POST', headers, body: '["PING"]' });
        expect(response.status).toBe(401);
        expect(await response.json()).toEqual({ error: expect.stringContaining('WRONGPASS') });
      },
    );

    test('another method gets 405', async () => {
      const response = await fetch(gateway.url, {
        method: 'DELETE',
        headers: { Authorization: `Bearer ${gateway.token}` },
      });
      expect(response.status).toBe(405);
    });

    test('takes 10 MB, and no more', async () => {
      const frame = JSON.stringify(['SET', key, '']).length;
      const most = 10 * 1024 * 1024 - frame;
      expect((await post(gateway, '/', ['SET', key, 'x'.repeat(most)])).body).toEqual({ result: 'OK' });
      const { status, body } = await post(gateway, '/', ['SET', key, 'x'.repeat(most + 1)]);
      expect(status).toBe(413);
      expect(body).toEqual({ error: expect.stringContaining('max request size exceeded') });
      await post(gateway, '/', ['DEL', key]);
    });

    test('the path can be the command, and the body its value', async () => {
      const get = async (path: string) =>
        (await fetch(`${gateway.url}${path}?_token=${gateway.token}`)).json();
      expect(await get(`/set/${key}/a%2Fb%20c`)).toEqual({ result: 'OK' });
      expect(await get(`/get/${key}`)).toEqual({ result: 'a/b c' });
      expect((await post(gateway, `/set/${key}?EX=100`, 'body')).body).toEqual({ result: 'OK' });
      expect(await get(`/get/${key}`)).toEqual({ result: 'body' });
      expect((await post(gateway, `/ttl/${key}`, '')).body).toEqual({ result: 100 });
    });
  });

  describe('under the control of a test', () => {
    beforeEach(() => {
      onTestFinished(() => {
        gateway.onRequest = undefined;
        gateway.afterRequest = undefined;
      });
    });

    test('a barrier before Redis: the command has not run yet', async () => {
      const redis = client(gateway);
      const arrived = Promise.withResolvers<string[][]>();
      const barrier = Promise.withResolvers<void>();
      gateway.onRequest = async (commands) => {
        if (commands[0]?.[0] !== 'set') return;
        arrived.resolve(commands);
        await barrier.promise;
      };
      const write = redis.set(key, 'late');
      expect(await arrived.promise).toEqual([['set', key, 'late']]);
      expect(await redis.get(key)).toBeNull();
      barrier.resolve();
      expect(await write).toBe('OK');
    });

    test('a barrier after Redis: the command has run, the answer is still under way', async () => {
      const redis = client(gateway);
      const ran = Promise.withResolvers<void>();
      const barrier = Promise.withResolvers<void>();
      gateway.afterRequest = async (commands) => {
        if (commands[0]?.[0] !== 'set') return;
        ran.resolve();
        await barrier.promise;
      };
      let answered = false;
      const write = redis.set(key, 'early').then(() => {
        answered = true;
      });
      await ran.promise;
      expect(await redis.get(key)).toBe('early');
      expect(answered).toBe(false);
      barrier.resolve();
      await write;
    });

    test('a request can be failed, garbled, or cut off', async () => {
      const redis = client(gateway);
      gateway.onRequest = () => ({ respond: { status: 500, body: '{"error":"ERR made up"}' } });
      await expect(redis.get(key)).rejects.toThrow('ERR made up');
      gateway.onRequest = () => ({ respond: { status: 200, body: '<html>' } });
      await expect(redis.get(key)).rejects.toThrow();
      gateway.onRequest = () => ({ drop: true });
      await expect(redis.get(key)).rejects.toThrow();
    });

    test('an answer can be lost after the command ran', async () => {
      const redis = client(gateway);
      gateway.afterRequest = () => ({ drop: true });
      await expect(redis.set(key, 'applied')).rejects.toThrow();
      gateway.afterRequest = undefined;
      expect(await redis.get(key)).toBe('applied');
    });
  });

  test('a port in use is one clear line', async () => {
    const port = Number(new URL(gateway.url).port);
    await expect(startGateway({ redisUrl, port })).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`);
  });
});

const server = await findServer();

describe.skipIf(server.kind === 'none')(
  `The gateway when Redis goes away${server.kind === 'none' ? ` (${server.why})` : ''}`,
  () => {
    test('answers 503 at once, and works again as soon as Redis is back', async () => {
      let redis = await startRedis();
      onTestFinished(() => redis.stop());
      const gateway = await startGateway({ redisUrl: redis.url });
      onTestFinished(() => gateway.close());

      expect((await post(gateway, '/', ['SET', 'a', '1'])).status).toBe(200);
      await redis.stop();
      for (const [path, body] of [
        ['/', ['GET', 'a']],
        ['/pipeline', [['GET', 'a']]],
        ['/multi-exec', [['GET', 'a']]],
      ] as const) {
        const down = await post(gateway, path, body);
        expect(down.status).toBe(503);
        expect(down.body).toEqual({ error: expect.stringContaining('cannot be reached') });
      }
      await expect(client(gateway).get('a')).rejects.toThrow('cannot be reached');

      redis = await startRedis({ port: redis.port });
      expect(await post(gateway, '/', ['GET', 'a'])).toEqual({ status: 200, body: { result: null } });
    });

    test('fails the requests that were waiting for Redis when it died', async () => {
      const redis = await startRedis();
      onTestFinished(() => redis.stop());
      const gateway = await startGateway({ redisUrl: redis.url });
      onTestFinished(() => gateway.close());
      const arrived = Promise.withResolvers<void>();
      gateway.onRequest = () => arrived.resolve();

      await post(gateway, '/', ['PING']);
      // Stopped, not dead: Redis takes the command and does not reply.
      process.kill(redis.pid, 'SIGSTOP');
      const waiting = post(gateway, '/', ['GET', 'a']);
      await arrived.promise;
      process.kill(redis.pid, 'SIGKILL');
      expect((await waiting).status).toBe(503);
    });

    test('starts before Redis does', async () => {
      const first = await startRedis();
      await first.stop();
      const gateway = await startGateway({ redisUrl: first.url });
      onTestFinished(() => gateway.close());
      expect((await post(gateway, '/', ['PING'])).status).toBe(503);
      const second = await startRedis({ port: first.port });
      onTestFinished(() => second.stop());
      expect((await post(gateway, '/', ['PING'])).body).toEqual({ result: 'PONG' });
    });
  },
);
