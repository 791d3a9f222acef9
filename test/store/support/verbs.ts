import type { Fill, Lease, Metrics, Purge, Receipts, Release, Store } from '../../../src/store/port.ts';

import { receiptToWrite } from './scene.ts';

/** In every name, value and secret below: an error that lets one out is found by this word. */
export const SECRET = 'hush';

const [key, lock, tag, last] = ['key', 'lock', 'tag', 'last'].map((it) => `${SECRET}:${it}`) as [
  ...[string, string, string, string],
];
const token = `${SECRET}-token`;
const entry = { head: `SF1 ${token}\n`, tail: `\n{}\n${SECRET}` };
const captured = [[tag, `${SECRET}.${SECRET}`]] as const;
const lifetimes = { lifeMs: 60_000, generationMs: 60_000 };

export const lookup = [key, tag];
export const lease: Lease = {
  ...{ key, lock, generationNames: [tag], lastName: last, token },
  ...{ takeLock: true, lockMs: 60_000, generationMs: 60_000 },
};
const late = {
  generationNames: [`${tag}2`],
  lastName: last,
  capturedLast: SECRET,
  namesKey: `${SECRET}:late`,
};
export const fill: Fill = {
  ...{ key, lock, token, captured, uncaptured: late, entryParts: entry, mustBeCurrent: true },
  ...lifetimes,
};
export const release: Release = { lock, token, directMs: 1_000 };
export const purge: Purge = {
  ...{ receipt: receiptToWrite(`${SECRET}:purge:1`, SECRET, 60_000), attempt: 1, via: 'delivery' },
  ...{
    mode: 'hard',
    nowMs: 1,
    generationNames: [tag],
    lastName: last,
    nonce: `${SECRET}-nonce`,
    softNonces: 8,
  },
  entryToStore: { key, captured, entryParts: entry, ...lifetimes },
};

/** One of each, with a reply that is well-formed and replies that are not. */
export const verbs: readonly {
  readonly verb: Exclude<keyof Store, 'receipts' | 'metrics'>;
  readonly ask: unknown;
  readonly good: unknown;
  readonly wrong: readonly unknown[];
}[] = [
  { verb: 'lookup', ask: lookup, good: ['a', null], wrong: [['a'], ['a', 'b', 'c'], ['a', 1], ['a', ['b']]] },
  {
    ...{ verb: 'lease', ask: lease, good: [1, null, 0, null, 'g', 'l'] },
    wrong: [
      [1, null, 0, null, 'g'],
      [1, null, 0, null, 'g', 'l', 'x'],
      ['1', null, 0, null, 'g', 'l'],
      [null, null, 0, null, 'g', 'l'],
      [0, 1, 0, null, 'g', 'l'],
      [0, 'h', '0', null, 'g', 'l'],
      [1, null, 0, 0, 'g', 'l'],
      [1, null, 0, null, null, 'l'],
      [1, null, 0, null, 'g', null],
    ],
  },
  {
    ...{ verb: 'fill', ask: fill, good: ['stored', 'g'] },
    wrong: [['stored'], ['stored', null], ['stored', 'g', 'h'], ['else'], [1]],
  },
  { verb: 'release', ask: release, good: 1, wrong: ['1', 2, true, [1]] },
  {
    ...{ verb: 'purge', ask: purge, good: ['now', 1, 'g'] },
    wrong: [['now'], ['now', '1', 'g'], ['now', 1], ['now', 1, null], ['now', 0, 'g'], ['then', 0]],
  },
];

const receipt = receiptToWrite(`${SECRET}:purge:1`, SECRET, 60_000);
const open = `${SECRET}:open`;
const ofReceipt = { id: receipt.id, names: receipt.names };

/** The same for receipts. */
export const receiptVerbs: readonly {
  readonly verb: keyof Receipts;
  readonly ask: unknown;
  readonly command: string;
  readonly good: unknown;
  readonly wrong: readonly unknown[];
}[] = [
  { verb: 'accept', ask: receipt, command: 'evalsha', good: 'accepted', wrong: [1, null, ['accepted']] },
  { verb: 'read', ask: ['a', 'b'], command: 'mget', good: ['x', null], wrong: [['x'], ['x', 1], null, 'x'] },
  {
    ...{ verb: 'page', ask: { list: open, beforeMs: 2, sinceMs: 1, skip: 0, most: 2 }, command: 'zrange' },
    ...{ good: ['a', '1'], wrong: [['a'], ['a', 'b'], [1, '1'], null] },
  },
  {
    ...{ verb: 'due', ask: { open, untilMs: 1, most: 1 }, command: 'zrange' },
    ...{ good: ['a'], wrong: [[1], null, 'a'] },
  },
  { verb: 'reopen', ask: { open, id: 'a', dueMs: 1 }, command: 'zadd', good: 0, wrong: ['0', null, []] },
  { verb: 'reopen', ask: { open, id: 'a', dueMs: null }, command: 'zrem', good: 1, wrong: ['1', null, []] },
  {
    ...{ verb: 'verify', ask: { ...ofReceipt, nowMs: 1, afterMs: 1 }, command: 'evalsha' },
    ...{ good: ['too-early', 5], wrong: [['too-early', '5'], ['else', 0], [], 'verified', null] },
  },
  { verb: 'bury', ask: { ...receipt, nowMs: 1 }, command: 'evalsha', good: 1, wrong: [2, '1', null] },
  { verb: 'count', ask: `${SECRET}:count`, command: 'incr', good: 1, wrong: ['1', null] },
  {
    ...{ verb: 'scan', ask: { cursor: '0', match: `${SECRET}*`, count: 1 }, command: 'scan' },
    ...{ good: ['0', ['a']], wrong: [['0'], [0, ['a']], ['0', [1]], null] },
  },
  { verb: 'remove', ask: ['a'], command: 'del', good: 1, wrong: ['1', null] },
  {
    ...{ verb: 'swap', ask: { key: SECRET, expected: null, value: SECRET, lifeMs: 1 }, command: 'evalsha' },
    ...{ good: 0, wrong: [2, '1', null] },
  },
];

const stream = `${SECRET}:told`;

/** The same for figures. */
export const metricsVerbs: readonly {
  readonly verb: keyof Metrics;
  readonly ask: unknown;
  readonly command: string;
  readonly good: unknown;
  readonly wrong: readonly unknown[];
}[] = [
  {
    ...{ verb: 'tell', ask: { stream, text: SECRET, most: 9 }, command: 'XADD' },
    ...{ good: '1-0', wrong: [1, null, ['1-0']] },
  },
  {
    ...{ verb: 'told', ask: { stream, after: '0', most: 9 }, command: 'XRANGE' },
    ...{ good: [['1-0', ['d', 'x']]], wrong: [null, 'x', [1], ['1-0'], [[1, []]], [['1-0', null]], {}] },
  },
  { verb: 'read', ask: ['a', 'b'], command: 'mget', good: ['x', null], wrong: [['x'], ['x', 1], null, 'x'] },
  {
    verb: 'settle',
    ask: {
      version: { key: `${SECRET}:version`, expected: null, next: SECRET },
      values: [{ keys: [`${SECRET}:totals`], value: SECRET, lifeMs: 1 }],
      told: { stream, upTo: '1-0' },
    },
    ...{ command: 'evalsha', good: 0, wrong: [2, '1', null, true] },
  },
  { verb: 'memory', ask: null, command: 'INFO', good: 'used_memory:1', wrong: [1, null, ['x'], {}] },
];
