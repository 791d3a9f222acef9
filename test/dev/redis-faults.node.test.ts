import { expect, test } from 'vitest';
import { createRedisFaults } from '../../dev/redis/faults.ts';

test('latency is spent before anything else becomes of a request', async () => {
  const slept: number[] = [];
  const faults = createRedisFaults(async (ms) => void slept.push(ms));
  faults.control('POST', Buffer.from('{"latency_ms":700,"error":"LOADING"}'));
  const met = await faults.meet({ form: 'command', commands: [['PING']] });
  expect([slept, met]).toEqual([[700], { status: 400, body: '{"error":"LOADING"}' }]);
});
