import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { sleeps } from '../support/worker/clock.ts';
import { type FrontEndWorld, fresh, frontEnds, path, storable } from '../support/worker/front-ends.ts';
import { byHand } from '../support/worker/origin.ts';

const large = 'x'.repeat(200_000);
const textOf = (response: Response) => response.text().catch(() => 'broken off');

/** The answer to a request whose body has begun to come, and has not ended within the wait for small ones. */
async function underWay({ origin, clock, edge }: FrontEndWorld) {
  const body = byHand(fresh);
  origin.on(path, body.reply);
  body.write('first');
  const sent = edge.send(path);
  await clock.asleep(1, sleeps.firstBytes);
  clock.advance(100);
  return { body, sent: await sent };
}

/** Bodies that are passed on as they come. */
describe.each(frontEnds)('$name', ({ name, world, othersWait }) => {
  describe('a body that comes slowly', () => {
    test('is passed on as it comes', async () => {
      const made = world();
      const { body, sent } = await underWay(made);
      const reader = sent.body!.getReader();
      const next = async () => new TextDecoder().decode((await reader.read()).value);
      expect(await next()).toBe('first');
      body.write('second');
      expect(await next()).toBe('second');
      body.end();
      expect((await reader.read()).done).toBe(true);
      expect(await made.edge.get(path)).toMatchObject({
        text: 'firstsecond',
        cacheStatus: 'Stillfresh; hit; ttl=9',
      });
    });

    test('is stored though its client goes away', async () => {
      const made = world();
      const { body, sent } = await underWay(made);
      await sent.body!.cancel();
      body.write('second');
      body.end();
      await made.edge.settled();
      expect(await made.edge.get(path)).toMatchObject({
        text: 'firstsecond',
        cacheStatus: 'Stillfresh; hit; ttl=9',
      });
    });

    test('that is not stored is let go of when its client goes away', async () => {
      const { origin, edge } = world({ maxBytes: 1_000 });
      const body = byHand({ ...fresh, 'Content-Length': '100000' });
      origin.on(path, body.reply);
      body.write('first');
      const sent = await edge.send(path);
      await sent.body!.cancel();
      body.write('second');
      body.write('third');
      await edge.settled();
      expect(body.isCancelled()).toBe(true);
    });

    test('that stops coming is given up, and not stored', async () => {
      const made = world();
      const { origin, clock, edge } = made;
      const { body, sent } = await underWay(made);
      const reading = textOf(sent);
      await clock.asleep(1, sleeps.idleBody);
      clock.advance(61_000);
      expect(await reading).toBe('broken off');
      await edge.settled();
      expect(body.isCancelled()).toBe(true);
      expect(edge.redis.took()).not.toContain('fill');
      origin.on(path, storable({ total: 1 }));
      expect(await edge.get(path)).toMatchObject({ json: { total: 1 } });
    });

    test('that breaks off after the answer has begun breaks it off, and is not stored', async () => {
      const made = world();
      const { origin, edge } = made;
      const { body, sent } = await underWay(made);
      const reading = textOf(sent);
      body.breakOff();
      expect(await reading).toBe('broken off');
      await edge.settled();
      expect(edge.notes).toContain('truncated');
      expect(edge.redis.took()).not.toContain('fill');
      origin.on(path, storable({ total: 1 }));
      expect(await edge.get(path)).toMatchObject({ json: { total: 1 } });
    });

    test('may take longer than the origin’s deadline, and than the longest silence, as long as it comes', async () => {
      const made = world({ bounds: { originMs: 2_000, idleMs: 3_000 } });
      const { clock, edge } = made;
      const { body, sent } = await underWay(made);
      const reader = sent.body!.getReader();
      await reader.read();
      for (const part of ['second', 'third']) {
        await clock.asleep(1);
        clock.advance(2_400);
        body.write(part);
        expect(new TextDecoder().decode((await reader.read()).value)).toBe(part);
      }
      body.end();
      expect((await reader.read()).done).toBe(true);
      await edge.settled();
      expect(edge.notes).toEqual([]);
      expect(await edge.get(path)).toMatchObject({
        text: 'firstsecondthird',
        cacheStatus: 'Stillfresh; hit; ttl=5',
      });
    });

    test('is waited for by others for so long, and stored all the same when it comes later', async () => {
      const bounds = { originMs: 2_000, streamMs: 1_000 };
      const made = world({ bounds });
      const { origin, clock, edge } = made;
      const { body, sent } = await underWay(made);
      const reading = sent.text();
      const waitMs = bounds[othersWait];
      await clock.asleep(1, waitMs);
      const second = edge.ask(path);
      await clock.asleep(1, sleeps.follower - 100); // of its leader's lease 100 ms have passed
      const held = origin.hold(path);
      clock.advance(waitMs - 1);
      await clock.asleep(1, waitMs);
      expect(origin.count()).toBe(1);
      clock.advance(1);
      await held.arrived();
      held.answer(storable({ total: 2 }));
      expect(await second).toMatchObject({
        cacheStatus: 'Stillfresh; fwd=uri-miss; fwd-status=200',
        json: { total: 2 },
      });
      body.write(' second');
      body.end();
      expect(await reading).toBe('first second');
      await edge.settled();
      expect(await edge.get(path)).toMatchObject({
        text: 'first second',
        cacheStatus: `Stillfresh; hit; ttl=${9 - waitMs / 1_000}`,
      });
    });
  });

  /** A large body, how much of it was read, and whether it was let go of. */
  function counted(headers: Record<string, string> = {}) {
    const seen = { pieces: 0, cancelled: false };
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          if (seen.pieces === 20) return controller.close();
          seen.pieces += 1;
          controller.enqueue(new TextEncoder().encode('x'.repeat(10_000)));
        },
        cancel: () => {
          seen.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    return { seen, reply: () => new Response(body, { headers: { ...fresh, ...headers } }) };
  }

  describe('a large body', () => {
    test.each([
      ['of announced length', { 'Content-Length': String(large.length) }],
      ['of unknown length', {}],
    ])('is read at the origin’s pace while a copy is held: %s', async (_what, headers) => {
      const { origin, edge } = world();
      const { seen, reply } = counted(headers);
      origin.on(path, reply);
      const fill = edge.redis.hold('fill', 'request');
      const response = await edge.send(path);
      await fill.arrived(); // its client has taken nothing yet
      expect(seen.pieces).toBe(20);
      fill.release();
      expect(await response.text()).toBe(large);
      await edge.settled();
    });

    test('is read at its client’s pace where there is no copy', async () => {
      const { origin, edge } = world({ maxBytes: 1_000 });
      const { seen, reply } = counted();
      origin.on(path, reply);
      const response = await edge.send(path);
      await turns();
      expect(seen.pieces).toBeLessThan(20);
      expect(await response.text()).toBe(large);
      await edge.settled();
    });
  });

  const announced = { 'Content-Length': String(large.length) };
  const unsentOf = ({ edge }: FrontEndWorld) => edge.app.ready({}).isolate.unsent.bytes;

  describe('a client and its pace', () => {
    const ways: [string, number, Record<string, string>, boolean][] = [
      ['not stored, of announced length', 1_000, announced, false],
      ['not stored, of unknown length', 1_000, {}, false],
      ['found to be too large on its way', 95_000, {}, false],
      ['stored, of announced length', 1_000_000, announced, true],
      ['stored, of unknown length', 1_000_000, {}, true],
    ];

    test.each(ways)('it may rest between two parts: %s', async (_what, maxBytes, headers) => {
      const made = world({ maxBytes });
      const { origin, edge, clock } = made;
      const { reply } = counted(headers);
      origin.on(path, reply);
      const reader = (await edge.send(path)).body!.getReader();
      let bytes = 0;
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        bytes += read.value.length;
        await turns(20);
        clock.advance(90_000);
        await turns(20);
      }
      expect(bytes).toBe(large.length);
      await edge.settled();
      expect(edge.notes).not.toContain('truncated');
      expect(unsentOf(made)).toBe(0);
    });

    test('and the origin’s silence counts from when it is waited for', async () => {
      const made = world({ maxBytes: 1_000 });
      const { origin, edge, clock } = made;
      const body = byHand({ ...fresh, ...announced });
      origin.on(path, body.reply);
      body.write('first');
      const reader = (await edge.send(path)).body!.getReader();
      for (let part = 0; part < 3; part += 1) {
        await turns(20);
        clock.advance(59_000); // the client rests
        await reader.read();
        await turns(20);
        clock.advance(59_000); // the origin does
        await turns(20);
        body.write('more');
      }
      await reader.read();
      await turns(20);
      clock.advance(120_000);
      await expect(reader.read()).rejects.toThrow();
      await edge.settled();
      expect(body.isCancelled()).toBe(true);
      expect(edge.notes).toContain('truncated');
    });

    test.each(ways)('that takes nothing is given up: %s', async (_what, maxBytes, headers, isStored) => {
      const made = world({ maxBytes });
      const { origin, edge, clock } = made;
      const { seen, reply } = counted(headers);
      origin.on(path, reply);
      const sent = await edge.send(path);
      await turns(50);
      clock.advance(299_000);
      await turns(20);
      expect(unsentOf(made)).toBeGreaterThan(0);
      clock.advance(301_000);
      await edge.settled();
      expect(await textOf(sent)).toBe('broken off');
      expect(unsentOf(made)).toBe(0);
      expect(seen.cancelled).toBe(!isStored);
      expect(edge.notes).not.toContain('truncated'); // the origin was not at fault
      expect(edge.redis.took()).toEqual(['lookup', 'lease', isStored ? 'fill' : 'release']);
    });
  });

  describe('a client that is gone', () => {
    type ByHand = ReturnType<typeof byHand>;
    test.each<[string, (body: ByHand, made: FrontEndWorld) => void, 'fill' | 'release']>([
      ['ends short', (body) => body.end(), 'release'],
      ['ends long', (body) => [body.write('x'.repeat(100_000)), body.end()], 'release'],
      ['breaks off', (body) => body.breakOff(), 'release'],
      ['is silent', (_body, { clock }) => clock.advance(120_000), 'release'],
      ['is complete', (body) => [body.write('x'.repeat(99_995)), body.end()], 'fill'],
    ])('leaves no lease behind when its body %s', async (_how, ends, verb) => {
      const made = world();
      const { origin, edge } = made;
      const body = byHand({ ...fresh, 'Content-Length': '100000' });
      origin.on(path, body.reply);
      body.write('first');
      await (await edge.send(path)).body!.cancel();
      await turns(20);
      ends(body, made);
      await edge.settled();
      expect(edge.redis.took()).toEqual(['lookup', 'lease', verb]);
      expect(edge.notes).toEqual(verb === 'fill' ? [] : ['truncated']);
      expect(unsentOf(made)).toBe(0);
    });
  });

  describe('an exception while it is stored', () => {
    // A class needs the digest for the entry itself, the HTTP cache for its place alone.
    const whenNotStored = name === 'classes' ? 'internal: Error: no digest' : 'fill-failed';
    test.each([
      ['of announced length', announced],
      ['of unknown length', {}],
    ])('costs its client nothing, and leaves no lease behind: %s', async (_what, headers) => {
      const made = world();
      const { origin, edge } = made;
      const body = byHand({ ...fresh, ...headers });
      origin.on(path, body.reply);
      body.write(large.slice(0, 100_000));
      const reading = textOf(await edge.send(path));
      await turns(20);
      const digest = vi.spyOn(crypto.subtle, 'digest').mockRejectedValue(new Error('no digest'));
      onTestFinished(() => digest.mockRestore());
      body.write(large.slice(100_000));
      body.end();
      expect(await reading).toBe(large);
      await edge.settled();
      expect(edge.remarks).toEqual([whenNotStored]);
      expect(edge.redis.took()).toEqual(['lookup', 'lease', 'release']);
      expect(unsentOf(made)).toBe(0);
    });
  });

  describe('an answer ends only when the next request would find it', () => {
    // Nobody has captured its tag, so that it can be found only once Redis has it.
    const tagged = { ...fresh, 'Cache-Tag': 'shelf:7' };

    test.each([
      ['of announced length: the last part is held back', { ...tagged, ...announced }],
      ['of unknown length: its end is held back', tagged],
    ])('%s', async (_what, headers) => {
      const { origin, edge } = world({ tagsFromAnswer: true });
      origin.on(path, () => new Response(large, { headers }));
      const fill = edge.redis.hold('fill', 'request');
      const { seen, end } = follow(await edge.send(path));
      await turns();
      await fill.arrived();
      expect(seen.ended).toBe(false);
      if ('Content-Length' in headers) expect(seen.bytes).toBeLessThan(large.length);
      fill.release();
      await end;
      expect(seen).toEqual({ bytes: large.length, ended: true });
      expect(await edge.ask(path)).toMatchObject({ text: large, cacheStatus: 'Stillfresh; hit; ttl=10' });
      await edge.settled();
    });
  });
});

/** How much of an answer came, and whether it is at its end, as far as it gets by itself. */
function follow(response: Response) {
  const reader = response.body!.getReader();
  const seen = { bytes: 0, ended: false };
  const end = (async () => {
    for (let it = await reader.read(); !it.done; it = await reader.read()) seen.bytes += it.value.length;
    seen.ended = true;
  })();
  return { seen, end };
}

/** Lets everything come as far as it gets by itself. */
async function turns(most = 500): Promise<void> {
  for (let turn = 0; turn < most; turn += 1) await new Promise((done) => setTimeout(done, 0));
}
