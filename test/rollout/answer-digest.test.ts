import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answerDigest } from '../../src/rollout/answer-digest.ts';
import { differencesOf, type Representation } from '../../src/rollout/compare.ts';

const by = { headers: ['X-Total'], ignoring: ['at', 'items.at', 'header:link'] };

const of = (text: string, headers: Record<string, string> = {}): Representation => ({
  status: 200,
  headers: Object.entries({ 'content-type': 'application/json', ...headers }),
  body: new TextEncoder().encode(text),
});

test.each([
  ['the order of fields, space, forms of numbers', '{"a":1,"b":[2]}', '{ "b": [2.0], "a": 10e-1 }', true],
  ['what is ignored', '{"at":1,"items":[{"at":1}]}', '{"at":2,"items":[{}]}', true],
  ['what is ignored elsewhere', '{"b":{"at":1}}', '{"b":{"at":2}}', false],
  ['a number and a text', '{"a":1}', '{"a":"1"}', false],
  ['numbers beyond 2^53', '[9007199254740993]', '[9007199254740992]', false],
  ['a list and what looks like it', '[1]', '{"0":1}', false],
  ['null and nothing', '{"a":null}', '{}', false],
  ['no JSON, in other bytes', 'one', 'two', false],
  ['no JSON, in the same bytes', 'one', 'one', true],
])('%s', async (_, one, other, isSame) => {
  expect((await answerDigest(of(one), by)) === (await answerDigest(of(other), by))).toBe(isSame);
});

test('status and headers that count', async () => {
  const plain = await answerDigest(of('{}'), by);
  expect(await answerDigest({ ...of('{}'), status: 404 }, by)).not.toBe(plain);
  expect(await answerDigest(of('{}', { 'X-Total': '1' }), by)).not.toBe(plain);
  expect(await answerDigest(of('{}', { Link: '</a>', Date: 'now' }), by)).toBe(plain);
});

test('whatever they are: equal as compare.ts finds them, and equal digests, are one', async () => {
  const value = fc.json({ maxDepth: 2, noUnicodeString: true } as never);
  const text = fc.oneof(
    value,
    fc.constantFrom('{"at":1,"a":[]}', '{"a":[]}', '{"a":{}}', '[1,2]', '[[1],2]'),
  );
  await fc.assert(
    fc.asyncProperty(text, text, async (one, other) => {
      const isEqual = differencesOf(of(one), of(other), by).length === 0;
      const [a, b] = await Promise.all([answerDigest(of(one), by), answerDigest(of(other), by)]);
      expect(a === b).toBe(isEqual);
    }),
  );
});
