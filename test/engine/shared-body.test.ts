import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HeldLease } from '../../src/engine/lead.ts';
import { newNotes } from '../../src/engine/notes.ts';
import { takeBody } from '../../src/engine/shared-body.ts';
import { byHand } from '../support/worker/origin.ts';
import { aClass, goodSettings, world } from '../support/worker/world.ts';

/** What may happen to a body on its way: who does what, one after the other, and how its source ends. */
const schedules = fc.record({
  steps: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.record({ origin: fc.nat(30) }) },
      { weight: 4, arbitrary: fc.constant('client takes' as const) },
      { weight: 1, arbitrary: fc.constant('client leaves' as const) },
    ),
    { maxLength: 8 },
  ),
  announced: fc.constantFrom('no', 'right', 'one less', 'one more'),
  origin: fc.constantFrom('ends', 'ends', 'breaks off', 'falls silent'),
  collectBytes: fc.constantFrom(0, 40, 1_000, 1_000),
  unsentBytes: fc.constantFrom(30, 1_000, 1_000),
});

const ends = ['reads on', 'leaves', 'rests'].flatMap((client) => [
  { client, storing: 'works' },
  { client, storing: 'fails' },
]);

// Nothing stays unsent, all are told once, and nobody is told what is not so.
test.each(ends)(
  'whatever happens, until its client $client, and storing $storing',
  async ({ client, storing }) => {
    await fc.assert(
      fc.asyncProperty(schedules, async (schedule) => {
        const { steps, announced, origin, collectBytes, unsentBytes } = schedule;
        const text = 'first'.concat(
          ...steps.map((step) => (typeof step === 'string' ? '' : 'x'.repeat(step.origin))),
        );
        const off = { right: 0, 'one less': -1, 'one more': 1 };
        const length = announced === 'no' ? undefined : text.length + off[announced as keyof typeof off];
        const isRight = origin === 'ends' && (length ?? text.length) === text.length;

        const it = begin(length, { collectBytes, unsentBytes, storing });
        await turns();
        const reader = (await it.begun).getReader();
        const got = { text: '', ended: false, hasLeft: false };
        const read = async () => {
          const { value, done } = await reader.read().catch(() => ({ value: undefined, done: 'broken off' }));
          got.text += new TextDecoder().decode(value);
          got.ended ||= done === true && !got.hasLeft;
          return !done;
        };
        const leave = async () => {
          got.hasLeft = true;
          await reader.cancel().catch(() => {});
        };
        let reading = Promise.resolve(true); // the platform takes one read at a time
        for (const step of steps) {
          if (step === 'client takes') reading = reading.then(read);
          else if (step === 'client leaves') await leave();
          else if (!it.body.isCancelled()) it.body.write('x'.repeat(step.origin));
          await turns();
        }
        if (!it.body.isCancelled()) {
          if (origin === 'ends') it.body.end();
          if (origin === 'breaks off') it.body.breakOff();
        }
        if (client === 'leaves') await leave();
        const readOn = async (more: boolean): Promise<boolean> => more && readOn(await read());
        if (client === 'reads on') reading = reading.then(readOn);
        await turns();
        if (origin === 'falls silent') clock.advance(60_000);
        await turns();
        if (client === 'rests') clock.advance(300_000);
        await it.settled();
        await reading;

        expect(it.unsent()).toBe(0);
        // One that is known to be too large is not collected: its lease ends with its fetch.
        expect(it.told.released).toBe(collectBytes > 0 && (length ?? 0) <= collectBytes ? 1 : 0);
        expect(it.told.completed.length).toBeLessThanOrEqual(1);
        const isStored = it.told.completed.length === 1;
        if (isStored) expect(it.told.completed).toEqual([text]);
        if (isStored) expect(isRight && text.length <= collectBytes).toBe(true);
        if (isRight && unsentBytes === 1_000 && text.length <= collectBytes) expect(isStored).toBe(true);
        const end = (await it.ended).is;
        if (isStored && storing === 'works') expect(end).toBe('entry');
        else if (isRight) expect(end).toBe('unshared');
        else expect(end).toMatch(/^(unshared|failed)$/);
        expect(text.startsWith(got.text)).toBe(true);
        if (got.ended) expect([isRight, got.text]).toEqual([true, text]);
        if (isRight && client === 'reads on' && !got.hasLeft) expect(got.ended).toBe(true);
      }),
      { numRuns: 30 },
    );
  },
  30_000,
);

const { edge, clock } = world([aClass()]);
const { isolate: anIsolate } = edge.app.ready(goodSettings);

/** A body whose first part has come, and what is told of it. */
function begin(
  length: number | undefined,
  { collectBytes, unsentBytes, storing }: { collectBytes: number; unsentBytes: number; storing: string },
) {
  const isolate = { ...anIsolate, bounds: { ...anIsolate.bounds, unsentBytes } };
  const background: Promise<unknown>[] = [];
  const context = {
    isolate,
    identity: null,
    deadlineMs: clock.now() + 15_000,
    notes: newNotes(),
    waitUntil: (work: Promise<unknown>) => void background.push(work),
  };
  const told = { released: 0, completed: [] as string[] };
  const held = {
    outlastsFetch: false,
    label: { className: 'report' },
    release: () => {
      told.released += 1;
    },
  };
  const begun = Promise.withResolvers<ReadableStream<Uint8Array>>();
  const body = byHand();
  body.write('first');
  const ended = takeBody(
    context,
    held as unknown as HeldLease,
    { body: body.reply().body, length },
    {
      patience: { bytes: 4, ms: 50 },
      mustComplete: false,
      collectBytes,
      idleMs: 60_000,
      joinedWaitMs: 10_000_000,
      complete: async (bytes) => {
        told.completed.push(new TextDecoder().decode(bytes));
        if (storing === 'fails') throw new Error('cannot be stored');
        return { is: 'entry' };
      },
      tellBegun: begun.resolve,
    },
  );
  return {
    body,
    begun: begun.promise,
    ended,
    told,
    unsent: () => isolate.unsent.bytes,
    settled: () => Promise.all(background),
  };
}

/** Lets everything come as far as it gets by itself. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise((done) => setTimeout(done, 0));
}
