import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { byHand } from '../support/worker/origin.ts';
import { ask, get, httpWorld, said } from './support.ts';

const fresh = { 'Cache-Control': 'max-age=60' };
const tagged = { ...fresh, 'Cache-Tag': 'shelf:7' };

describe('the next request of this isolate is a hit as soon as an answer has ended', () => {
  test.each([
    ['small, with tags that nobody has captured', said('tagged', tagged)],
    ['confirmed by the origin', said('', { ...fresh, ETag: '"1"' }, 304)],
  ])('%s', async (name, reply) => {
    const { origin, clock, edge } = httpWorld();
    if (name.startsWith('confirmed')) {
      origin.on('/a', said('a', { 'Cache-Control': 'max-age=1', ETag: '"1"' }));
      await get(edge, '/a');
      clock.advance(2_000);
    }
    origin.on('/a', reply);
    const first = await ask(edge, '/a'); // what goes on in the background is not waited for
    expect(first.cacheStatus).toContain('stored');
    const second = await ask(edge, '/a');
    expect(second.cacheStatus).toBe('Stillfresh; hit; ttl=60');
    expect(second.text).toBe(first.text);
    await edge.settled();
  });
});

test('an event stream is not even waited for', async () => {
  const { origin, edge } = httpWorld();
  const body = byHand({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  origin.on('/a', body.reply);
  const response = await edge.send('/a', { as: null });
  body.write('data: 1\n\n');
  const reader = response.body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: 1\n\n');
  await reader.cancel();
  body.write('data: 2\n\n');
  body.write('data: 3\n\n');
  await edge.settled();
  expect(body.isCancelled()).toBe(true);
});

test('an upload is streamed to the origin', async () => {
  const { origin, edge } = httpWorld();
  const body = byHand();
  let received = '';
  origin.on('POST /a', async (request: Request) => {
    for await (const chunk of request.body!) received += new TextDecoder().decode(chunk);
    return new Response('done');
  });
  const request = new Request('https://edge.test/a', { method: 'POST', body: body.reply().body });
  const answered = edge.answer(request);
  body.write('one ');
  body.write('two');
  body.end();
  expect(await (await answered).text()).toBe('done');
  expect(received).toBe('one two');
  await edge.settled();
});

test('an upload that never ends is given up, and its place given back', async () => {
  const { origin, clock, edge } = httpWorld({}, { bounds: { fetchesOfHttpCache: 1 } });
  origin.on('POST /a', async (request: Request) => new Response(await request.text()));
  const body = byHand();
  const request = new Request('https://edge.test/a', { method: 'POST', body: body.reply().body });
  const answered = edge.answer(request);
  body.write('one ');
  for (let part = 0; part < 10; part += 1) {
    await clock.asleep(1, 120_000);
    clock.advance(12_000);
    body.write('a byte now and then ');
  }
  expect((await answered).status).toBe(504);
  expect(await ask(edge, '/a', { method: 'POST', body: 'another' })).toMatchObject({ text: 'another' });
});

test('a body that is not stored and breaks off is noted', async () => {
  const { origin, clock, edge } = httpWorld();
  const body = byHand({ 'Cache-Control': 'no-store' });
  origin.on('/a', body.reply);
  body.write('first');
  const sent = edge.send('/a', { as: null });
  await clock.asleep(1, sleeps.firstBytes);
  clock.advance(100);
  const reading = (await sent).text().catch(() => 'broken off');
  body.breakOff();
  expect(await reading).toBe('broken off');
  await edge.settled();
  expect(edge.notes).toContain('truncated');
});

test('an event stream is never stored, and may be silent for long', async () => {
  const { origin, clock, edge } = httpWorld();
  const body = byHand({ ...fresh, 'Content-Type': 'text/event-stream' });
  origin.on('/a', body.reply);
  const response = await edge.send('/a', { as: null });
  expect(response.headers.get('Cache-Status')).toContain('detail=live');
  const reader = response.body!.getReader();
  clock.advance(300_000);
  body.write('data: 1\n\n');
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('data: 1\n\n');
  body.end();
  expect((await reader.read()).done).toBe(true);
  await edge.settled();
});
