import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../../dev/redis/gateway.ts';
import { describeWithRedis, freshNamespace } from '../support/redis.ts';

describeWithRedis('faults of the REST gateway', ({ redisUrl }) => {
  async function faulty() {
    const gateway = await startGateway({ redisUrl });
    onTestFinished(() => gateway.close());
    const ask = async (path: string, init?: RequestInit) => {
      const response = await fetch(gateway.url + path, init);
      return { status: response.status, body: await response.json() };
    };
    const headers = { Authorization: `Bearer ${gateway.token}` };
    return {
      gateway,
      /** As somebody at a terminal: without a token. */
      fault: (body: unknown) => ask('/faults', { method: 'POST', body: JSON.stringify(body) }),
      inForce: () => ask('/faults'),
      run: (...command: string[]) =>
        ask('/', {
          method: 'POST',
          headers,
          body: JSON.stringify(command),
          signal: AbortSignal.timeout(1_000),
        }),
    };
  }

  test('one is in force at a time, the last one posted; GET says which', async () => {
    const { fault, inForce, run } = await faulty();
    expect(await inForce()).toEqual({ status: 200, body: {} });
    expect(await fault({ status: 503 })).toEqual({ status: 200, body: { status: 503 } });
    expect(await run('PING')).toEqual({ status: 503, body: { error: 'a fault was asked for' } });
    expect(await inForce()).toEqual({ status: 200, body: { status: 503 } });
    await fault({});
    expect(await run('PING')).toEqual({ status: 200, body: { result: 'PONG' } });
  });

  test.each<[string, object, object]>([
    [
      'an error of Redis’ own',
      { error: 'OOM command not allowed' },
      { status: 400, body: { error: 'OOM command not allowed' } },
    ],
    ['a status', { status: 429 }, { status: 429, body: { error: 'a fault was asked for' } }],
  ])('%s: Redis sees nothing', async (_, wanted, answer) => {
    const { fault, run } = await faulty();
    const key = freshNamespace();
    await fault(wanted);
    expect(await run('SET', key, '1')).toEqual(answer);
    await fault({});
    expect((await run('GET', key)).body).toEqual({ result: null });
  });

  test('a cut connection, and silence', async () => {
    const { fault, run } = await faulty();
    await fault({ drop: true });
    await expect(run('PING')).rejects.toThrow('fetch failed');
    await fault({ hang: true });
    await expect(run('PING')).rejects.toThrow('timeout');
  });

  test('for one command alone, also in a pipeline, however it is written', async () => {
    const { gateway, fault, run } = await faulty();
    await fault({ status: 503, command: 'mget' });
    expect((await run('PING')).status).toBe(200);
    expect((await run('MGET', 'a')).status).toBe(503);
    const pipeline = await fetch(`${gateway.url}/pipeline`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${gateway.token}` },
      body: '[["PING"],["mGet","a"]]',
    });
    expect(pipeline.status).toBe(503);
  });

  test('what is no fault is refused, naming the field; what was in force stays', async () => {
    const { gateway, fault, inForce } = await faulty();
    await fault({ status: 500 });
    const cases: [unknown, string][] = [
      [{ latency_ms: -1 }, 'latency_ms: '],
      [{ status: 200 }, 'status: '],
      [{ error: '' }, 'error: '],
      [{ drop: 'yes' }, 'drop: '],
      [{ hang: 1 }, 'hang: '],
      [{ command: 'GET a' }, 'command: is not the name of a command, such as MGET'],
      [
        { refuse: true },
        'refuse: is not a field here; known are latency_ms, status, error, drop, hang, command',
      ],
      [[], 'body: '],
    ];
    for (const [body, says] of cases) {
      const { status, body: answer } = await fault(body);
      expect([status, (answer as { error: string }).error]).toEqual([422, expect.stringContaining(says)]);
    }
    expect((await fetch(`${gateway.url}/faults`, { method: 'POST', body: '{' })).status).toBe(422);
    expect((await fetch(`${gateway.url}/faults`, { method: 'PUT', body: '{}' })).status).toBe(405);
    expect((await inForce()).body).toEqual({ status: 500 });
  });
});
