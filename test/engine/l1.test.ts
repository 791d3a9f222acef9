import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { L1 } from '../../src/engine/l1.ts';
import type { Entry } from '../../src/store/wire.ts';

const entry = (key: string, body: Entry['body'] = '', generations: readonly string[] = []): Entry => ({
  fullKey: key,
  fillToken: key,
  principal: { tenant: 't', user: 'u' },
  status: 200,
  headers: [],
  etag: '"e"',
  fetchedMs: 0,
  fetchMs: 0,
  ttlMs: 1_000,
  coding: 'identity',
  length: body.length,
  body,
  generations: new Map(generations.map((name) => [name, 'g.g.0'])),
});
const keysIn = (l1: L1, keys: readonly string[]) => keys.filter((key) => l1.get(key) !== undefined);

describe('room', () => {
  test('the entry used least recently leaves first', () => {
    const l1 = new L1(5_000);
    for (const key of ['a', 'b', 'c']) l1.set(entry(key, 'x'.repeat(400)), 0, 0);
    l1.get('a');
    l1.set(entry('d', 'x'.repeat(400)), 0, 0);
    expect(keysIn(l1, ['a', 'b', 'c', 'd'])).toEqual(['a', 'c', 'd']);
  });

  test('one that is too large for the whole is not kept, and pushes nothing out', () => {
    const l1 = new L1(5_000);
    l1.set(entry('a'), 0, 0);
    l1.set(entry('b', new Uint8Array(5_000)), 0, 0);
    expect(keysIn(l1, ['a', 'b'])).toEqual(['a']);
  });

  test('nor is an older copy of it', () => {
    const l1 = new L1(5_000);
    l1.set(entry('a'), 0, 0);
    l1.set(entry('a', new Uint8Array(5_000)), 0, 0);
    expect(keysIn(l1, ['a'])).toEqual([]);
  });

  test('a body without its coding is kept beside its entry, takes room as that does, and goes with it', () => {
    const l1 = new L1(5_000);
    const [a, b] = [entry('a', new Uint8Array(100)), entry('b', new Uint8Array(100))];
    for (const it of [a, b]) l1.set(it, 0, 0);
    l1.setPlain(a, new Uint8Array(2_000));
    l1.set(a, 5, 0);
    expect(l1.plainOf(a)).toHaveLength(2_000);
    expect(l1.get('a')?.validity).toBe(5);

    l1.setPlain(b, new Uint8Array(2_000));
    expect(keysIn(l1, ['a', 'b'])).toEqual(['b']);
    expect(l1.plainOf(a)).toBeUndefined();

    l1.setPlain(b, new Uint8Array(5_000));
    expect(l1.plainOf(b)).toHaveLength(2_000);
    l1.set(entry('b', new Uint8Array(100)), 0, 0);
    expect(l1.plainOf(b)).toBeUndefined();
    l1.setPlain(b, new Uint8Array(1));
    expect(l1.plainOf(l1.get('b')!.entry)).toBeUndefined();
  });

  test('whatever is kept, dropped, read and purged, the bodies never exceed the bound', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const body = fc.oneof(
      fc.nat(3_000).map((length) => 'é'.repeat(length)),
      fc.nat(6_000).map((length) => new Uint8Array(length)),
    );
    const step = fc.oneof(
      fc.tuple(fc.constant('keep' as const), key, body),
      fc.tuple(fc.constantFrom('drop' as const, 'get' as const, 'purge' as const), key),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const l1 = new L1(10_000);
        for (const [what, name, value] of steps) {
          if (what === 'keep') l1.set(entry(name, value, [`tag:${name}`]), 0, l1.epoch);
          else if (what === 'purge') l1.purge([`tag:${name}`]);
          else l1[what](name);
          const bytes = ['a', 'b', 'c', 'd', 'e'].map((it) => {
            const held = l1.get(it)?.entry.body ?? '';
            return typeof held === 'string' ? held.length * 2 : held.length;
          });
          if (bytes.reduce((sum, one) => sum + one, 0) > 10_000) return false;
        }
        // Dropped to the last, it counts nothing: all of the room is there again.
        for (const name of ['a', 'b', 'c', 'd', 'e']) l1.drop(name);
        l1.set(entry('whole', new Uint8Array(9_000)), 0, l1.epoch);
        return l1.get('whole') !== undefined;
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a purge in this isolate', () => {
  test('drops what names one of its generations, and nothing else', () => {
    const l1 = new L1(100_000);
    l1.set(entry('a', '', ['t1', 't2']), 0, 0);
    l1.set(entry('b', '', ['t3']), 0, 0);
    l1.purge(['t2', 't9']);
    expect(keysIn(l1, ['a', 'b'])).toEqual(['b']);
  });

  test('keeps out a reply that was under way', () => {
    const l1 = new L1(100_000);
    const { epoch } = l1;
    l1.purge(['t1']);
    l1.set(entry('a', '', ['t1']), 0, epoch);
    expect(l1.get('a')).toBeUndefined();
    l1.set(entry('a', '', ['t1']), 0, l1.epoch);
    expect(l1.get('a')).toBeDefined();
  });
});
