import { expect, test } from 'vitest';
import { entryBytes } from '../../../../cli/assess/figures/memory.ts';
import { encodeEntry } from '../../../../src/store/wire.ts';

const NONCE = 'A'.repeat(22);
/** What Redis itself needs for a name, as `MEMORY USAGE` has it for short values: the least that is to be expected. */
const LEAST_PER_NAME = 60;

/** Characters of an entry as the engine writes it for a class with one tag, and of that tag's generation, their names included. */
async function written(body: Uint8Array, id: string): Promise<number> {
  const key = `reports:v1:tenant:acme:${id}`;
  const { parts } = await encodeEntry({
    ...{ fullKey: key, fillToken: NONCE, principal: { tenant: 'h'.repeat(22), user: 'h'.repeat(22) } },
    ...{
      status: 200,
      headers: [
        ['content-type', 'application/json'],
        ['content-language', 'en'],
      ],
    },
    ...{ etag: `"${NONCE}"`, fetchedMs: 1.79e12, fetchMs: 120, ttlMs: 600_000, body },
  });
  const names = ['gen:acme:@t', 'gen:acme:@c:reports', 'gen:@all:@c:reports', `gen:acme:report:${id}`];
  const generations = names.map((name) => `${name}=${NONCE}.${NONCE}`).join(' ');
  const own = names[3]!.length + `${NONCE}.${NONCE}.0`.length;
  return key.length + parts.head.length + generations.length + parts.tail.length + own;
}

const json = (bytes: number) => new TextEncoder().encode(JSON.stringify('x'.repeat(bytes - 2)));
const noise = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));

test.each([
  ['small text', json(200)],
  ['large text, stored compressed', json(20_000)],
  ['what cannot be compressed, as base64', noise(50_000)],
])('%s: the estimate is no less than what is stored', async (_, body) => {
  const id = '/v1/reports/r1?range=2026-10';
  expect(entryBytes(body.length, id.length)).toBeGreaterThan((await written(body, id)) + 2 * LEAST_PER_NAME);
});

test('and of what is stored as it came, it is not much more', async () => {
  const id = '/v1/reports/r1?range=2026-10';
  expect(entryBytes(50_000, id.length)).toBeLessThan(1.02 * (await written(noise(50_000), id)));
  expect(entryBytes(0, id.length)).toBeLessThan(1.7 * (await written(new Uint8Array(), id)));
});
