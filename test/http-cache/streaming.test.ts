import { describe, expect, test } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { breaksOff, inPieces } from '../support/worker/origin.ts';
import { ask, get, httpWorld, said } from './support.ts';

const fresh = { 'Cache-Control': 'max-age=60' };
const large = 'x'.repeat(200_000);
const tagged = { ...fresh, 'Cache-Tag': 'shelf:7' };

/** A body that the test writes by hand. */
function byHand(headers: Record<string, string> = {}) {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (it) => {
      controller = it;
    },
    cancel: () => {
      cancelled = true;
    },
  });
  const bytes = (text: string) => new TextEncoder().encode(text);
  return {
    reply: () => new Response(body, { headers: { ...fresh, ...headers } }),
    write: (text: string) => controller.enqueue(bytes(text)),
    end: () => controller.close(),
    breakOff: () => controller.error(new Error('Network connection lost.')),
    isCancelled: () => cancelled,
  };
}

/** The answer to a request whose body has begun to come, and has not ended within the wait for small ones. */
async function underWay(
  { origin, clock, edge }: ReturnType<typeof httpWorld>,
  body: ReturnType<typeof byHand>,
): Promise<Response> {
  origin.on('/a', body.reply);
  body.write('first');
  const sent = edge.send('/a', { as: null });
  await clock.asleep(1, sleeps.firstBytes);
  clock.advance(100);
  return sent;
}

describe('the next request of this isolate is a hit as soon as an answer has ended', () => {
  test.each([
    ['small', said('small', fresh)],
    ['large', said(large, fresh)],
    ['large, of announced length', said(large, { ...fresh, 'Content-Length': String(large.length) })],
    ['in pieces', inPieces(['a', 'b', large], fresh)],
    ['small, with tags that nobody has captured', said('tagged', tagged)],
    ['large, with such tags', said(large, tagged)],
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

describe('a body that comes slowly', () => {
  test('is passed on as it comes', async () => {
    const made = httpWorld();
    const { edge } = made;
    const body = byHand();
    const sent = await underWay(made, body);
    const reader = sent.body!.getReader();
    const next = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await next()).toBe('first');
    body.write('second');
    expect(await next()).toBe('second');
    body.end();
    expect((await reader.read()).done).toBe(true);
    expect((await get(edge, '/a')).text).toBe('firstsecond');
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

  test('is stored though its client goes away', async () => {
    const made = httpWorld();
    const { edge } = made;
    const body = byHand();
    const sent = await underWay(made, body);
    await sent.body!.cancel();
    body.write('second');
    body.end();
    await edge.settled();
    expect(await get(edge, '/a')).toMatchObject({
      text: 'firstsecond',
      cacheStatus: 'Stillfresh; hit; ttl=59',
    });
  });

  test('that stops coming is given up, and not stored', async () => {
    const made = httpWorld();
    const { origin, clock, edge } = made;
    const body = byHand();
    const sent = await underWay(made, body);
    const reading = sent.text().catch(() => 'broken off');
    await clock.asleep(1, sleeps.idleBody);
    clock.advance(61_000);
    expect(await reading).toBe('broken off');
    await edge.settled();
    expect(body.isCancelled()).toBe(true);
    origin.on('/a', said('whole', fresh));
    expect((await get(edge, '/a')).text).toBe('whole');
  });

  test('that breaks off after the answer has begun breaks it off, and is not stored', async () => {
    const made = httpWorld();
    const { origin, edge } = made;
    const body = byHand();
    const sent = await underWay(made, body);
    const reading = sent.text().catch(() => 'broken off');
    body.breakOff();
    expect(await reading).toBe('broken off');
    await edge.settled();
    expect(edge.notes).toContain('truncated');
    origin.on('/a', said('whole', fresh));
    expect((await get(edge, '/a')).text).toBe('whole');
  });
});

test('a body that breaks off at once is a problem, not half an answer', async () => {
  const { origin, edge } = httpWorld();
  origin.on('/a', breaksOff('half', fresh));
  expect(await get(edge, '/a')).toMatchObject({
    status: 502,
    json: { type: 'urn:stillfresh:problem:origin-failed' },
    cacheStatus: 'Stillfresh; fwd=uri-miss; detail=origin-failed',
  });
});

test('a body beyond maxBytes is passed on whole, and not stored', async () => {
  const { origin, edge } = httpWorld({ maxBytes: 100_000 });
  origin.on('/announced', said(large, { ...fresh, 'Content-Length': String(large.length) }));
  origin.on('/pieces', inPieces(['x', large], fresh));
  for (const path of ['/announced', '/pieces']) {
    expect((await get(edge, path)).text.length).toBeGreaterThanOrEqual(large.length);
    expect((await get(edge, path)).cacheStatus).toContain('fwd=uri-miss');
  }
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

describe('an answer ends only when the next request would find it', () => {
  /** How much of an answer came, and whether it is at its end, as far as it gets by itself. */
  async function follow(response: Response) {
    const reader = response.body!.getReader();
    const seen = { bytes: 0, ended: false };
    const end = (async () => {
      for (let it = await reader.read(); !it.done; it = await reader.read()) seen.bytes += it.value.length;
      seen.ended = true;
    })();
    for (let turn = 0; turn < 500; turn += 1) await new Promise((done) => setTimeout(done, 0));
    return { seen, end };
  }

  test.each([
    [
      'of announced length: the last part is held back',
      { ...tagged, 'Content-Length': String(large.length) },
    ],
    ['of unknown length: its end is held back', tagged],
  ])('%s', async (_, headers) => {
    const { origin, edge } = httpWorld();
    origin.on('/a', said(large, headers));
    // Nobody has captured its tag, so that it can be found only once Redis has it.
    const fill = edge.redis.hold('fill', 'request');
    const { seen, end } = await follow(await edge.send('/a', { as: null }));
    await fill.arrived();
    expect(seen.ended).toBe(false);
    if ('Content-Length' in headers) expect(seen.bytes).toBeLessThan(large.length);
    fill.release();
    await Promise.all([edge.settled(), end]);
    expect(seen).toEqual({ bytes: large.length, ended: true });
    expect((await ask(edge, '/a')).cacheStatus).toBe('Stillfresh; hit; ttl=60');
  });
});

test('a body that is not stored and breaks off is noted', async () => {
  const made = httpWorld();
  const { edge } = made;
  const body = byHand({ 'Cache-Control': 'no-store' });
  const sent = await underWay(made, body);
  const reading = sent.text().catch(() => 'broken off');
  body.breakOff();
  expect(await reading).toBe('broken off');
  await edge.settled();
  expect(edge.notes).toContain('truncated');
});

test('nobody waits for a body that takes long, and it is stored all the same', async () => {
  const made = httpWorld();
  const { origin, clock, edge } = made;
  const slow = byHand();
  const sent = await underWay(made, slow);
  const reading = sent.text();
  const second = ask(edge, '/a');
  await clock.asleep(1, sleeps.follower - 100); // 100 ms of its leader's lease have passed
  origin.on('/a', said('by himself', fresh));
  clock.advance(1_000);
  expect((await second).text).toBe('by himself');
  slow.write(' second');
  slow.end();
  expect(await reading).toBe('first second');
  await edge.settled();
  expect(await get(edge, '/a')).toMatchObject({
    text: 'first second',
    cacheStatus: 'Stillfresh; hit; ttl=58',
  });
});

test('an event stream is never stored, and may be silent for long', async () => {
  const { origin, clock, edge } = httpWorld();
  const body = byHand({ 'Content-Type': 'text/event-stream' });
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

test('beyond a bound of what clients have not taken, bodies are passed on and not kept', async () => {
  const { origin, edge } = httpWorld({}, { bounds: { unsentBytes: 1_000 } });
  origin.on('/a', inPieces([large, large, large], fresh));
  const response = await edge.send('/a', { as: null });
  expect((await response.text()).length).toBe(3 * large.length);
  await edge.settled();
  expect((await get(edge, '/a')).cacheStatus).toContain('fwd=uri-miss');
});
