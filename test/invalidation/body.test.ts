import { expect, test } from 'vitest';
import { adminTokens, asAdmin } from '../support/worker/admin.ts';
import { aClass, world } from '../support/worker/world.ts';

async function postOf(body: ReadableStream, requestMs = 15_000) {
  const settings = { ADMIN_TOKENS: await adminTokens('purge') };
  const { edge } = world([aClass()], { settings, bounds: { requestMs } });
  const { headers } = asAdmin('purge');
  const request = new Request('https://edge.test/-/purge', { method: 'POST', headers: { ...headers }, body });
  return edge.answer(request);
}
const first = new TextEncoder().encode('{"tenant":');

test('A body that never ends is given up at the deadline, and the answer says so', async () => {
  const body = new ReadableStream({ start: (it) => it.enqueue(first) });
  const answer = await postOf(body, 20);
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
  expect((await postOf(body)).status).toBe(400);
});

test('One that comes in pieces is taken whole', async () => {
  const pieces = ['{"tenant":"ac', 'me","tags":["a"]}'].map((it) => new TextEncoder().encode(it));
  const body = new ReadableStream({
    pull(it) {
      const piece = pieces.shift();
      if (piece) it.enqueue(piece);
      else it.close();
    },
  });
  expect((await postOf(body)).status).toBe(202);
});
