import { expect, it } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import { startHooked } from './support/hooked.ts';

/** Many webhooks at once, while the queue and Redis are slow and fail now and then: what is answered 202 is applied. */
describeWithRedis('200 webhooks in flight', (redis) => {
  it.each([
    ['all is well', {}],
    ['one of three requests to QStash is cut, and one of three to Redis', { cut: 3 }],
  ])(
    'each ends in 202 or an honest 5xx, and each 202 has an applied receipt: %s',
    async (_, { cut = 0 }: { cut?: number }) => {
      const world = await startHooked(redis);
      try {
        let asked = 0;
        const onRequest = world.gateway.onRequest;
        world.gateway.onRequest = (commands, meta) => {
          asked += 1;
          return cut > 0 && asked % cut === 0 ? { drop: true } : onRequest?.(commands, meta);
        };
        if (cut > 0) world.qstash.faults({ cut_every: cut });
        const answers = await Promise.all(
          Array.from({ length: 200 }, (_, i) =>
            world.hook(i % 2, 'invoice_updated', { invoice_id: `inv_${String(i).padStart(4, '0')}` }),
          ),
        );
        world.qstash.faults({});
        const taken = answers.filter(({ status }) => status === 202);
        const refused = answers.filter(({ status }) => status !== 202);
        for (const { status, headers } of refused) {
          expect(status).toBe(503);
          expect(headers['content-type']).toBe('application/problem+json');
          expect(headers['retry-after']).toBe('5');
        }
        if (cut === 0) expect(refused).toEqual([]);
        expect(taken.length).toBeGreaterThan(0);
        world.gateway.onRequest = onRequest;
        await world.pass(300_000);
        const states: Record<string, number> = {};
        const vias = new Set<string | null>();
        for (const answer of taken) {
          const { state, applied_via } = await world.receipt(
            (answer.json() as { purge_id: string }).purge_id,
          );
          states[state] = (states[state] ?? 0) + 1;
          vias.add(applied_via);
        }
        if (cut > 0) expect(vias).toContain('direct');
        expect(Object.keys(states).filter((it) => it !== 'applied' && it !== 'verified')).toEqual([]);
        expect(Object.values(states).reduce((sum, n) => sum + n, 0)).toBe(taken.length);
      } finally {
        await world.stop();
      }
    },
  );
});
