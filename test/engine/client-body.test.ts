import { describe, expect, test } from 'vitest';
import { webhooks } from '../../src/index.ts';
import { hmacScheme } from '../../src/invalidation/signature/hmac-scheme.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { byHand } from '../support/worker/origin.ts';
import { HandQueue } from '../support/worker/queue.ts';
import { secrets } from '../support/worker/sender.ts';
import { type Asked, aClass, world } from '../support/worker/world.ts';

/** Whoever reads all of a client's body: where, as whom, and for how long it waits. */
const readers: [string, string, string, Asked, number][] = [
  ['a purge by hand', 'POST', '/-/purge', asAdmin('purge'), 15_000],
  ['a webhook', 'POST', '/hooks/github', { as: null }, 15_000],
  ['a delivery', 'POST', '/-/deliveries', { as: null }, 15_000],
  ['the report of a failure', 'POST', '/-/failures', { as: null }, 15_000],
  ['a write', 'PATCH', '/report/r1', {}, 120_000],
];

async function scene() {
  const report = aClass({ writeThrough: 'purge' });
  const strategy = defineStrategy({ classes: [report] });
  const scheme = hmacScheme({ header: 'X-Hub-Signature-256', label: 'sha256=' });
  const made = world([report], {
    strategy,
    queue: new HandQueue(),
    settings: { ...secrets, ADMIN_TOKENS: await adminTokens('purge') },
    routes: (app) => app.route('/hooks', webhooks(strategy, { github: { scheme, events: {} } })),
  });
  /** What it is answered while its body comes by hand. */
  const send = async (method: string, path: string, asked: Asked) => {
    const body = byHand();
    const { url, headers } = await made.edge.request(path, asked);
    const request = new Request(url, { method, headers, body: body.reply().body });
    return { body, answer: made.edge.answer(request) };
  };
  return { ...made, send };
}

describe.each(readers)('the body of %s', (_who, method, path, asked, waitMs) => {
  test.each<[string, number, string]>([
    ['never comes', 0, ''],
    ['begins and never ends', 0, '{"tenant":'],
    ['comes a byte at a time, so that it is never idle', 10, ' '],
  ])('that %s is given up at its deadline', async (_how, further, part) => {
    const { clock, origin, edge, send } = await scene();
    const { body, answer } = await send(method, path, asked);
    if (part !== '') body.write(part);
    for (let i = 1; i <= further; i += 1) {
      await clock.asleep(1, waitMs);
      clock.advance(waitMs / 20);
      body.write(part);
    }
    await clock.asleep(1, waitMs);
    clock.advance(waitMs - further * (waitMs / 20));
    expect(await (await answer).json()).toMatchObject({
      type: 'urn:stillfresh:problem:invalid-request',
      status: 408,
      detail: 'The body did not come in time',
    });
    await edge.settled();
    expect(body.isCancelled()).toBe(true);
    expect(origin.count()).toBe(0);
    expect(edge.redis.took()).toEqual([]);
  });

  test('that breaks off is refused', async () => {
    const { origin, edge, send } = await scene();
    const { body, answer } = await send(method, path, asked);
    body.write('{"tenant":');
    body.breakOff();
    expect(await (await answer).json()).toMatchObject({ status: 400, detail: 'The body broke off' });
    expect(origin.count()).toBe(0);
    expect(edge.redis.took()).toEqual([]);
  });

  test('that is too large is refused before all of it has come', async () => {
    const { origin, edge, send } = await scene();
    const { body, answer } = await send(method, path, asked);
    body.write('x'.repeat(2_000_000));
    body.write('x'.repeat(2_000_000));
    expect(await (await answer).json()).toMatchObject({ status: 413 });
    expect(body.isCancelled()).toBe(true);
    expect(origin.count()).toBe(0);
    expect(edge.redis.took()).toEqual([]);
  });
});

test('a slow one is read to its end', async () => {
  const { clock, origin, edge, send } = await scene();
  origin.on('PATCH /report/r1', async (request) => new Response(await request.text()));
  const { body, answer } = await send('PATCH', '/report/r1', {});
  for (const part of ['{"to', 'tal"', ':2}']) {
    await clock.asleep(1, 120_000);
    clock.advance(39_000);
    body.write(part);
  }
  body.end();
  expect(await (await answer).json()).toEqual({ total: 2 });
  await edge.settled();
});

test('one that comes in pieces is read to its end', async () => {
  const { send } = await scene();
  const { body, answer } = await send('POST', '/-/purge', asAdmin('purge'));
  for (const part of ['{"tenant":"ac', '', 'me","tags":["a"]}']) body.write(part);
  body.end();
  expect((await answer).status).toBe(202);
});
