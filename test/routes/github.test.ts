import examples from '@octokit/webhooks-examples';
import { expect, test } from 'vitest';
import { hooks } from '../../routes/hooks.ts';
import { strategy } from '../../routes/strategy.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { secrets, sent } from '../support/worker/sender.ts';
import { world } from '../support/worker/world.ts';

/** What GitHub really sends, all 329 payloads that its own SDK collects: each is a purge, or is ignored, and none is refused. */
test('Each of GitHub’s 329 example payloads is a purge or is ignored', async () => {
  const queue = new HandQueue();
  const { edge, clock, origin } = world([], {
    strategy,
    queue,
    settings: secrets,
    routes: (app) => app.route('/hooks', hooks),
  });
  origin.on('/accounts/github?account=38302899', { tenant: 'acme' });
  const became: Record<string, number> = {};
  for (const { name, examples: payloads } of examples) {
    for (const [i, body] of payloads.entries()) {
      const id = `${name}-${i}`;
      const asked = await sent('github', { nowMs: clock.now(), type: name, id, body });
      const { status, json } = await edge.get('/hooks/github', asked);
      expect(status, `${id}: ${JSON.stringify(json)}`).toBe(202);
      const { ignored = 'nothing' } = json as { ignored?: string };
      became[ignored] = (became[ignored] ?? 0) + 1;
    }
  }
  expect(Object.values(became).reduce((sum, n) => sum + n, 0)).toBe(329);
  const orders = queue.taken.flatMap(({ message: { step, order } }) => (step === 'apply' ? [order] : []));
  expect(became).toEqual({ nothing: orders.length, type: expect.any(Number), event: 5 });
  expect(new Set(orders.map(({ tenant }) => tenant))).toEqual(new Set(['acme']));
});
