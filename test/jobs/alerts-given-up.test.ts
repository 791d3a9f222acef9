import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { StoreError } from '../../src/store/port.ts';
import {
  alertSecret,
  badMinute as bad,
  fineMinute as fine,
  hitRateAlone as only,
  slackUrl,
  watchedWorld,
  webhook,
} from '../alerts/support/watched-world.ts';
import { delivery } from '../support/worker/queue.ts';

/** What the queue could not deliver: its receiver was down for longer than the queue tries. */

afterEach(() => void vi.useRealTimers());

type Kept = { outbox: { name: string; triedMs: number | null }[]; handedOver: unknown[] };
type World = Awaited<ReturnType<typeof watchedWorld>>;
/** It fires, and the queue has the message: `alert_…`. */
async function firing(more: Parameters<typeof watchedWorld>[0] = {}) {
  const it = await watchedWorld({ alerts: only, ...more });
  await it.minutes(22, bad);
  return { it, first: [...it.queue.posts.keys()][0]! };
}
/** A tick that is killed once the queue has taken its messages, before it could keep that. */
async function killedTick(it: World) {
  const { post } = it.queue;
  it.queue.post = async (posts) => {
    await post.call(it.queue, posts);
    throw new Error('killed');
  };
  await it.minutes(1, bad);
  it.queue.post = post;
}
const latest = (it: World) => [...it.queue.posts.values()].at(-1)!;
const unsent = async (it: World) => (await it.rows())[0]!.unsent;

describe('a message that the queue has given up', () => {
  test('is sent again, under the id that the receiver may know, and another that the queue does not, signed anew', async () => {
    const { it, first } = await firing();
    expect(await it.queue.giveUpPost(it.edge, first)).toMatchObject({ status: 200, json: { post: first } });
    expect(it.edge.remarks).toContain('alert-undelivered: 503');
    expect(await unsent(it)).toBe(1);
    await it.minutes(1, bad);
    const [before, after] = [it.queue.posts.get(first)!, latest(it)];
    expect(after.id).toBe(`${first}.1`);
    expect(after.headers['webhook-id']).toBe(before.headers['webhook-id']);
    expect(after.headers['webhook-timestamp']).not.toBe(before.headers['webhook-timestamp']);
    expect(after.body).toBe(before.body);
    vi.useFakeTimers({ now: it.clock.now(), toFake: ['Date'] });
    expect(new Webhook(alertSecret).verify(after.body, { ...after.headers })).toMatchObject({
      status: 'firing',
    });
    expect(it.told()).toEqual(['StillfreshHitRate firing']);
    expect(await unsent(it)).toBe(0);
    await it.minutes(10, bad);
    expect(it.queue.posts.size).toBe(2);
  });

  test('and reported twice, or by another isolate after a restart, is sent once', async () => {
    const { it, first } = await firing();
    await it.queue.giveUpPost(it.edge, first);
    await it.queue.giveUpPost(it.again(only), first);
    expect(await unsent(it)).toBe(1);
    await it.minutes(1, bad, it.again(only));
    expect(await it.queue.giveUpPost(it.edge, first)).toMatchObject({ status: 200 });
    await it.minutes(5, bad);
    expect(it.queue.handedOver).toEqual([first, `${first}.1`]);
  });

  test('before a tick that was killed could keep that it was handed over, is not taken for delivered', async () => {
    const it = await watchedWorld({ alerts: only });
    await it.minutes(20, bad);
    await killedTick(it);
    const [first] = it.queue.posts.keys();
    await it.queue.giveUpPost(it.edge, first!);
    await it.minutes(2, bad);
    expect([...it.queue.posts.keys()]).toEqual([first, `${first}.1`]);
  });

  test('nor is the other channel’s, which QStash has delivered, sent anew', async () => {
    const it = await watchedWorld({ alerts: only, settings: { ...webhook, ALERT_SLACK_URL: slackUrl } });
    await it.minutes(20, bad);
    await killedTick(it);
    const [first, toSlack] = [...it.queue.posts.values()].toSorted((a) => (a.url === slackUrl ? 1 : -1));
    await it.queue.giveUpPost(it.edge, first!.id);
    it.queue.handedOver.length = 0;
    await it.minutes(4, bad);
    expect(it.queue.handedOver.toSorted()).toEqual([`${first!.id}.1`, toSlack!.id].toSorted());
    expect(it.queue.posts.size).toBe(3);
  });

  test('goes on for a day, ever more seldom, and is then dropped', async () => {
    const { it } = await firing();
    const fromMs = it.clock.now();
    const at: number[] = [];
    while (it.clock.now() - fromMs < bounds.alertUnsentMs + 600_000) {
      const { id } = [...it.queue.posts.values()].findLast(({ body }) => body.includes('HitRate'))!;
      if (!it.queue.givenUp.has(id)) {
        at.push(it.clock.now());
        it.clock.advance(110_000);
        await it.queue.giveUpPost(it.edge, id);
      }
      // Ticks a few minutes apart are enough to see it.
      it.clock.advance(180_000);
      await it.minutes(1, bad);
    }
    const apart = at.map((ms, i) => ms - (at[i - 1] ?? ms)).slice(1);
    expect(apart[0]).toBeLessThan(10 * 60_000);
    expect(Math.max(...apart)).toBeLessThan(bounds.alertAgainAtMostMs + 5 * 60_000);
    // Six messages of QStash's each time, which has 1,000 a day for nothing.
    expect(at.length).toBeGreaterThan(40);
    expect(at.length).toBeLessThan(80);
    expect(await unsent(it)).toBe(0);
    expect(it.logs).toContainEqual(
      expect.objectContaining({ notes: expect.arrayContaining(['alert-dropped']) }),
    );
  });

  test('at one channel is not sent to the other again', async () => {
    const { it } = await firing({ settings: { ...webhook, ALERT_SLACK_URL: slackUrl } });
    const toSlack = [...it.queue.posts.values()].find(({ url }) => url === slackUrl)!;
    await it.queue.giveUpPost(it.edge, toSlack.id);
    await it.minutes(3, bad);
    expect([...it.queue.posts.values()].map(({ url }) => url === slackUrl)).toEqual([false, true, true]);
    expect(latest(it).id).toBe(`${toSlack.id}.1`);
  });
});

test('where as many wait as may, none is lost for one that came back without a word', async () => {
  const { it, first } = await firing();
  const { names } = it.edge.isolate;
  const keys = [names.metrics.version(), names.metrics.state()];
  const [expected = null, text] = await it.store.metrics.read(keys);
  const kept = JSON.parse(text!);
  const [{ notification }] = kept.alerts.handedOver;
  const waiting = Array.from({ length: bounds.alertsUnsent }, (_, i) => ({
    ...notification,
    id: `another/${i}`,
    name: `another-${i}`,
  }));
  kept.alerts.outbox = waiting;
  await it.store.metrics.settle({
    version: { key: keys[0]!, expected, next: 'with all that may wait' },
    values: [{ keys: [keys[1]!], value: JSON.stringify(kept), lifeMs: null }],
    told: null,
  });
  await it.queue.giveUpPost(it.edge, first);
  const log = await it.cron();
  expect(log).toMatchObject({ notes: ['alert-dropped'] });
});

test.each([
  [
    'was tried',
    ({ outbox: [it] }: Kept) => void Object.assign(it!, { triedMs: it!.triedMs! + 24 * 3_600_000 }),
  ],
  [
    'was handed over, of what came before,',
    (alerts: Kept) => {
      const { name } = alerts.outbox[0]!;
      const untilMs = alerts.outbox[0]!.triedMs! + 24 * 3_600_000;
      alerts.handedOver.push({ name, channel: 'webhook', untilMs });
    },
  ],
])('one that %s by a clock that was a day ahead does not wait for that day', async (_, ahead) => {
  const { it, first } = await firing();
  await it.queue.giveUpPost(it.edge, first);
  const { names } = it.edge.isolate;
  const keys = [names.metrics.version(), names.metrics.state()];
  const [expected = null, text] = await it.store.metrics.read(keys);
  const kept = JSON.parse(text!);
  ahead(kept.alerts);
  await it.store.metrics.settle({
    version: { key: keys[0]!, expected, next: 'by a wrong clock' },
    values: [{ keys: [keys[1]!], value: JSON.stringify(kept), lifeMs: null }],
    told: null,
  });
  await it.minutes(3, bad);
  expect([...it.queue.posts.keys()]).toEqual([first, `${first}.1`]);
});

describe('its order', () => {
  test.each(['before', 'after'])('is kept where it is reported %s its end waits too', async (when) => {
    const { it, first } = await firing();
    if (when === 'before') await it.queue.giveUpPost(it.edge, first);
    it.queue.down = true;
    await it.minutes(8, fine);
    if (when === 'after') await it.queue.giveUpPost(it.edge, first);
    it.queue.down = false;
    await it.minutes(6, fine);
    expect(it.told()).toEqual(['StillfreshHitRate firing', 'StillfreshHitRate resolved']);
  });

  test('a report that comes when the queue has its end already opens nothing again', async () => {
    const { it, first } = await firing();
    await it.minutes(10, fine);
    expect(it.told()).toEqual(['StillfreshHitRate firing', 'StillfreshHitRate resolved']);
    await it.queue.giveUpPost(it.edge, first);
    await it.minutes(5, fine);
    expect(it.told()).toEqual(['StillfreshHitRate resolved']);
    expect(await unsent(it)).toBe(0);
  });

  test('of both that were given up the end is sent last', async () => {
    const { it, first } = await firing();
    await it.minutes(2, bad);
    await it.queue.giveUpPost(it.edge, first);
    await it.minutes(9, fine);
    const ended = latest(it).id;
    await it.queue.giveUpPost(it.edge, ended);
    await it.minutes(5, fine);
    expect(it.told()).toEqual(['StillfreshHitRate firing', 'StillfreshHitRate resolved']);
    expect(latest(it).id).toBe(`${ended}.1`);
  });
});

describe('a report', () => {
  test('while Redis is gone is asked for again, and then heeded', async () => {
    const { it, first } = await firing();
    const { read } = it.store.metrics;
    const failing = { read: () => Promise.reject(new StoreError('unreachable')) };
    Object.assign(it.store.metrics, failing);
    expect(await it.queue.giveUpPost(it.edge, first)).toMatchObject({ status: 503 });
    Object.assign(it.store.metrics, { read });
    expect(await it.queue.giveUpPost(it.edge, first)).toMatchObject({ status: 200 });
    expect(await unsent(it)).toBe(1);
  });

  test('in the very moment in which the cron settles is not lost', async () => {
    const { it, first } = await firing();
    const { metrics } = it.store;
    const settle = metrics.settle.bind(metrics);
    let isOvertaken = false;
    Object.assign(metrics, {
      settle: async (settlement: Parameters<typeof settle>[0]) => {
        Object.assign(metrics, { settle });
        isOvertaken = true;
        await it.cron(it.again(only));
        return settle(settlement);
      },
    });
    const report = it.queue.giveUpPost(it.edge, first);
    await it.clock.asleep(1, bounds.settleAgainMs);
    it.clock.advance(bounds.settleAgainMs);
    expect(await report).toMatchObject({ status: 200 });
    expect(isOvertaken).toBe(true);
    expect(await unsent(it)).toBe(1);
  });

  test.each<[string, string, Record<string, string>]>([
    ['nobody has signed', '', { 'Upstash-Signature': 'by hand' }],
    ['is signed as one about a purge', '', { 'Upstash-Signature': 'signed for failures' }],
    ['is signed as one about another post', '.1', {}],
  ])('that %s is refused, and changes nothing', async (_, suffix, headers) => {
    const { it, first } = await firing();
    const signed = { 'Upstash-Signature': `signed for failures of ${first}`, ...headers };
    const answer = await it.edge.get(
      `/-/failures?post=${first}${suffix}`,
      delivery('{"status":503}', signed),
    );
    expect(answer.status).toBe(401);
    expect(await unsent(it)).toBe(0);
  });

  test.each(['no JSON', '7', 'null'])('that is none (%s) never comes again', async (body) => {
    const { it, first } = await firing();
    const headers = { 'Upstash-Signature': `signed for failures of ${first}` };
    const answer = await it.edge.get(`/-/failures?post=${first}`, delivery(body, headers));
    expect(answer.status).toBe(489);
    expect(await unsent(it)).toBe(0);
  });

  test('of what nobody has sent, or waits for, is taken, and changes nothing', async () => {
    const { it } = await firing();
    const headers = { 'Upstash-Signature': 'signed for failures of <b>&' };
    const answer = await it.edge.get('/-/failures?post=<b>%26', delivery('{"status":0}', headers));
    expect(answer.status).toBe(200);
    expect(it.edge.remarks).toContain('alert-undelivered: no answer');
    expect(await unsent(it)).toBe(0);
  });
});

test('what another version has kept stays as it is: only the outbox changes', async () => {
  const { it, first } = await firing();
  const { names } = it.edge.isolate;
  const keys = [names.metrics.version(), names.metrics.state()];
  const [expected = null, text] = await it.store.metrics.read(keys);
  const kept = JSON.parse(text!);
  kept.alerts.alerts['hit-rate'].ofLater = true;
  kept.alerts.ofLater = { is: 'kept' };
  await it.store.metrics.settle({
    version: { key: keys[0]!, expected, next: 'by the later one' },
    values: [{ keys: [keys[1]!], value: JSON.stringify(kept), lifeMs: null }],
    told: null,
  });
  await it.queue.giveUpPost(it.edge, first);
  const [, after] = await it.store.metrics.read(keys);
  const { outbox, handedOver, ...rest } = JSON.parse(after!).alerts;
  const { outbox: _, handedOver: __, ...before } = kept.alerts;
  expect(rest).toEqual(before);
  expect([outbox.length, handedOver.length]).toEqual([1, 0]);
});
