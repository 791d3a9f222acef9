import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeWithRedis } from '../support/redis.ts';
import { memoryBed, upstashBed } from './support/beds.ts';
import { playReceipts, receiptTraces } from './support/receipt-trace.ts';
import { failingTwice, type Operation, play, traces } from './support/trace.ts';

/** Every answer that a verb can give, so that the traces are known to have been where it matters. */
const everyAnswer = [
  'lease granted',
  'lease lost to a token',
  'lease lost to the marker',
  'lease lost to a failure',
  'lease without the lock',
  'fill stored',
  'fill stored stale',
  'fill stored with late tags',
  'fill lease-lost',
  'fill purged',
  'fill late-tags-raced',
  'purge now',
  'purge already',
  'purge nothing',
  'purge stored',
  'purge overtaken',
];

const everyReceiptAnswer = [
  'accept null',
  'apply now',
  'apply already',
  'verify verified',
  'verify missing',
  'verify not-applied',
  'verify too-early',
  'bury true',
  'bury false',
  'swap true',
  'swap false',
];

interface Step {
  readonly answer: Readonly<Record<string, unknown>> | string | null;
}

describeWithRedis('Memory and Redis, given the same operations', (redis) => {
  test('answer alike, and hold the same values for the same time after each', {
    timeout: 120_000,
  }, async () => {
    const reached = new Set<string>();
    let operations = 0;
    await fc.assert(
      fc.asyncProperty(traces, async (trace) => {
        operations += trace.length;
        const inMemory = await play(memoryBed(), trace);
        expect(await play(upstashBed(redis), trace)).toEqual(inMemory);
        for (const [i, op] of trace.entries()) reached.add(kindOf(op, (inMemory[i] as Step).answer));
      }),
      // By chance alone two leases seldom fail one after the other.
      { numRuns: 120, examples: [[failingTwice]] },
    );
    expect(operations).toBeGreaterThan(2_000);
    expect([...reached]).toEqual(expect.arrayContaining(everyAnswer));
  });

  test('do so with receipts, their lists and counts too', { timeout: 120_000 }, async () => {
    const reached = new Set<string>();
    await fc.assert(
      fc.asyncProperty(receiptTraces, async (trace) => {
        const inMemory = await playReceipts(memoryBed(), trace);
        expect(await playReceipts(upstashBed(redis), trace)).toEqual(inMemory);
        for (const [i, op] of trace.entries()) reached.add(`${op.do} ${answerOf(inMemory[i] as Step)}`);
      }),
      { numRuns: 80 },
    );
    expect([...reached]).toEqual(expect.arrayContaining(everyReceiptAnswer));
  });
});

const answerOf = ({ answer }: Step): unknown =>
  answer === null || typeof answer !== 'object' ? answer : (answer['is'] ?? answer['applied']);

function kindOf(op: Operation, answer: Step['answer']): string {
  if (answer === null || typeof answer === 'string') return op.do;
  switch (op.do) {
    case 'lease':
      if (!op.takeLock) return 'lease without the lock';
      if (answer['granted']) return 'lease granted';
      if (String(answer['holder']).startsWith('failed ')) return 'lease lost to a failure';
      return answer['holder'] === 'direct' ? 'lease lost to the marker' : 'lease lost to a token';
    case 'fill':
      if (!answer['stored']) return `fill ${answer['refusal']}`;
      if (!answer['current']) return 'fill stored stale';
      return (answer['created'] as unknown[]).length > 0 ? 'fill stored with late tags' : 'fill stored';
    case 'purge':
      if (answer['applied'] === 'already' || answer['asked'] === 'not to store')
        return `purge ${answer['applied']}`;
      return answer['stored'] === null ? 'purge overtaken' : 'purge stored';
    default:
      return op.do;
  }
}
