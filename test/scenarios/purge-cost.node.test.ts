import { expect, it } from 'vitest';
import { startRedis } from '../../dev/redis/find.ts';
import { Names } from '../../src/store/names.ts';
import { describeWithRedis } from '../support/redis.ts';
import { type Hooked, startHooked } from './support/hooked.ts';
import { send } from './support/http.ts';

/** What a purge costs does not depend on how much it makes unusable: counted by Redis itself, inside scripts too. */
describeWithRedis('Redis commands of a purge', () => {
  it('are the same for 10 entries and for 100,000, by tag, by class, and of everything', async () => {
    const redis = await startRedis(); // of its own: it is emptied of nothing else's counts
    const world = await startHooked({ redisUrl: redis.url });
    try {
      await world.ask(0, ann, INVOICE);
      await world.settled();
      await costOf(world, { tags: ['warm-up'] }); // Redis has the scripts from here on
      const costs: Record<string, number>[] = [];
      let stored = 0;
      for (const entries of [10, 100_000]) {
        stored = await fillUpTo(world, stored, entries);
        for (const what of [{ tags: ['invoice:inv_0001'] }, { classes: ['invoice'] }, { everything: true }])
          costs.push(await costOf(world, what));
      }
      const [tag, cls, all, ...many] = costs;
      expect(many).toEqual([tag, cls, all]);
      // Accepted, applied at once, delivered (`already`): each one script, and what it calls.
      expect(tag!['evalsha']).toBe(3);
      expect(Object.values(tag!).reduce((sum, n) => sum + n, 0)).toBeLessThan(40);
      const read = await world.ask(0, ann, INVOICE);
      expect(read.headers['cache-status']).toContain('detail=purged');
    } finally {
      await world.stop();
      await redis.stop();
    }
  });
});

const ann = { tenant: 'acme', user: 'ann' };
const INVOICE = 'GET /v1/invoices/inv_0001';

/** Entries that name the tag, the class and the tenant, until there are so many. */
async function fillUpTo(world: Hooked, from: number, to: number): Promise<number> {
  const [entry] = (await world.keys('invoice:v1:tenant:acme:inv_0001')) as [string];
  const text = (await world.command('GET', entry)) as string;
  expect(text).toContain(`${new Names('').tenantPart('acme')}:invoice:inv_0001=`);
  for (let at = from; at < to; at += 5_000) {
    const commands = Array.from({ length: Math.min(5_000, to - at) }, (_, i) => [
      'SET',
      `${entry}-${at + i}`,
      text,
    ]);
    const answer = await send(world.gateway.url, 'POST /pipeline', {
      headers: { Authorization: `Bearer ${world.gateway.token}` },
      body: JSON.stringify(commands),
    });
    expect(answer.status).toBe(200);
  }
  expect(await world.command('DBSIZE')).toBeGreaterThanOrEqual(to);
  return to;
}

/** By command, without those of the counting itself. */
async function costOf(world: Hooked, what: object): Promise<Record<string, number>> {
  await world.command('CONFIG', 'RESETSTAT');
  const answer = await world.admin('POST /-/purge', { tenant: 'acme', ...what });
  expect(answer.status).toBe(202);
  await world.quiet();
  const stats = String(await world.command('INFO', 'commandstats'));
  const counted = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  const others = ['info', 'config|resetstat', 'ping'];
  return Object.fromEntries(
    counted.filter(([, name]) => !others.includes(name!)).map(([, name, calls]) => [name!, Number(calls)]),
  );
}
