import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createVerify } from '../../../src/invalidation/signature/verify.ts';
import { bytesOf, type Message, type SignerName, schemeOf, sign, signerNames, signers } from './signers.ts';

const bytes = (length: { minLength?: number; maxLength: number }) =>
  fc.uint8Array(length).map((it) => new Uint8Array(it));

/** Printable ASCII without what parts an id from what follows, nor outer spaces, which no header keeps. */
const id = fc
  .string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 256,
  })
  .filter((text) => text !== '' && text === text.trim() && !/[./]/.test(text));

const caseOf = (name: SignerName) => {
  const { unitMs, windowMs } = signers[name];
  const limitMs = Math.min(windowMs, 1e9) - unitMs;
  return fc.record({
    id,
    nowMs: fc.integer({ min: 1_000_000_000_000, max: 9_000_000_000_000 }),
    ageMs: fc.integer({ min: -limitMs, max: limitMs }),
    body: bytes({ maxLength: 300 }),
    secrets: fc.array(bytes({ minLength: 16, maxLength: 100 }), { minLength: 1, maxLength: 4 }),
    by: fc.nat(),
  });
};

/** Linear's time stands in the body, which is JSON therefore. */
function messageOf(name: SignerName, id: string, sentMs: number, body: Uint8Array<ArrayBuffer>): Message {
  const { unitMs } = signers[name];
  const atMs = Math.floor(sentMs / unitMs) * unitMs;
  if (name !== 'linear') return { id, atMs, body };
  return { id, atMs, body: bytesOf(JSON.stringify({ body: body.toHex(), webhookTimestamp: atMs })) };
}

it.each(signerNames)('%s: whatever is signed is accepted', { timeout: 60_000 }, async (name) => {
  await fc.assert(
    fc.asyncProperty(caseOf(name), async ({ id, nowMs, ageMs, body, secrets, by }) => {
      const message = messageOf(name, id, nowMs - ageMs, body);
      const { headers } = await sign(name, message, secrets[by % secrets.length]!);
      // A part of something larger, as bodies may be.
      const received = new Uint8Array([0, ...message.body, 0]).subarray(1, -1);
      const answer = await createVerify(schemeOf(name), secrets, () => nowMs)(new Headers(headers), received);
      expect(answer).toMatchObject({ is: 'verified' });
      if (signers[name].signs.includes('id')) expect(answer).toMatchObject({ event: { id, signed: true } });
      expect(received).toEqual(message.body);
    }),
    { numRuns: 500 },
  );
});
