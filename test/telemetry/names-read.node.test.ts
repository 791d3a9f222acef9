import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { decodeEntry, type Entry, encodeEntry } from '../../src/store/wire.ts';
import { NamesRead } from '../../src/telemetry/names-read.ts';
import { draftOf, storedText } from '../store/support/entries.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function heldMiB(): number {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

const quarterMiB = 'report '.repeat((256 * 1024) / 7);

/** What a hit from Redis makes of its text: an entry that nobody else holds. */
async function fromRedis(i: number, isOneKey: boolean): Promise<Entry> {
  const key = isOneKey ? 0 : i;
  const made = await encodeEntry(
    draftOf(quarterMiB, {
      fullKey: `report:v1:tenant:acme:${key}`,
      fillToken: `a-token-of-128-bits-${key}`,
      selecting: [],
    }),
  );
  const tags = new Map([
    ['gen:acme:@t', 'nonce'],
    [`gen:acme:report-of-the-year:${key}`, 'nonce'],
  ]);
  return decodeEntry(storedText(made, tags)) as Entry;
}

test.each([
  ['one key', 'a hit', true],
  ['many keys', 'a hit', false],
  ['one key', 'a fill', true],
  ['many keys', 'a fill', false],
])('%s of 256 KiB each, %s: what is counted holds no body', async (_, what, isOneKey) => {
  const names = new NamesRead(bounds.sketchedNames);
  const beforeMiB = heldMiB();
  const most = bounds.sketchedNames / 2;
  for (let i = 0; i < most; i += 1) {
    const entry = await fromRedis(i, isOneKey);
    if (what === 'a fill') names.fill(entry, 'acme');
    else names.read(entry, 'acme', true);
  }
  // Two hundred of them are 50 MiB.
  expect(heldMiB() - beforeMiB).toBeLessThan(10);
  const { tags, tenants } = names.take();
  expect(tenants).toEqual([['acme', ...(what === 'a fill' ? [0, 0, most, 0] : [most, most, 0, 0])]]);
  expect(tags.reduce((all, [, reads, , fills]) => all + reads! + fills!, 0)).toBe(most);
});

test('nothing is followed where nobody takes it', () => {
  const names = new NamesRead(0);
  names.read({ fullKey: 'k', generationNames: ['gen:acme:report:r1'] }, 'acme', true);
  names.fill({ fullKey: 'k', generationNames: ['gen:acme:report:r1'] }, 'acme');
  names.purge(['gen:acme:report:r1'], 'acme');
  names.miss('k');
  expect(names.take()).toEqual({ tags: [], tenants: [], missed: [] });
});
