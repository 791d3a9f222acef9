import { expect, test } from 'vitest';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { aClass, world } from '../support/worker/world.ts';

async function scene() {
  const settings = { ADMIN_TOKENS: await adminTokens('purge') };
  const { clock, edge } = world([aClass()], { settings });
  const { headers } = asAdmin('purge');
  const post = (body: ReadableStream) =>
    edge.answer(new Request('https://edge.test/-/purge', { method: 'POST', headers: { ...headers }, body }));
  return { clock, post };
}
const first = new TextEncoder().encode('{"tenant":');

test('A body that never ends is given up at the deadline, and the answer says so', async () => {
  const body = new ReadableStream({ start: (it) => it.enqueue(first) });
  const { clock, post } = await scene();
  const late = post(body);
  await clock.asleep(1, 15_000);
  clock.advance(15_000);
  const answer = await late;
  expect(answer.status).toBe(408);
  expect(await answer.json()).toMatchObject({ detail: 'The body did not come in time' });
});

test('So is one that breaks off', async () => {
  let sent = false;
  const body = new ReadableStream({
    pull(it) {
      if (sent) it.error(new Error('connection lost'));
      else it.enqueue(first);
      sent = true;
    },
  });
  const { post } = await scene();
  expect((await post(body)).status).toBe(400);
});

test('One that comes in pieces is read to its end', async () => {
  const pieces = ['{"tenant":"ac', 'me","tags":["a"]}'].map((it) => new TextEncoder().encode(it));
  const body = new ReadableStream({
    pull(it) {
      const piece = pieces.shift();
      if (piece) it.enqueue(piece);
      else it.close();
    },
  });
  const { post } = await scene();
  expect((await post(body)).status).toBe(202);
});
