import { describe, expect, test } from 'vitest';
import { HOUR } from '../support/beds.ts';
import { receiptToWrite, type Scene } from '../support/scene.ts';

export function receiptContract(scene: () => Scene): void {
  const ask = (it: Scene, id = '1', over = {}) => {
    const whole = receiptToWrite(`${it.prefix}:purge:${id}`, `{"id":"${id}"}`, 9 * HOUR);
    const names = { ...whole.names, lists: [`${it.prefix}:purges:acme`, `${it.prefix}:purges:@all`] };
    return { ...whole, id, names: { ...names, open: `${it.prefix}:purges:@open` }, ...over };
  };
  const apply = (it: Scene, id = '1', over = {}) =>
    it.purge(`nonce-${id}`, { receipt: ask(it, id), ...over });
  const textOf = async (it: Scene, id = '1') => (await it.store.receipts.read([ask(it, id).names.key]))[0];
  const due = (it: Scene, untilMs = 9_999_999) =>
    it.store.receipts.due({ open: ask(it).names.open, untilMs, most: 10 });
  const page = (it: Scene, over = {}) =>
    it.store.receipts.page({
      list: ask(it).names.lists[0]!,
      ...{ beforeMs: 9_999_999, sinceMs: 0, skip: 0, most: 10, ...over },
    });
  const verify = (it: Scene, nowMs: number) =>
    it.store.receipts.verify({ id: '1', names: ask(it).names, nowMs, afterMs: 500 });

  describe('a receipt', () => {
    test('is accepted, applied, verified', async () => {
      const it = scene();
      await it.store.receipts.accept(ask(it));
      expect(await textOf(it)).toBe('accepted 0 1000 0 0 0 -\n{"id":"1"}');
      expect(await it.hoursOf(ask(it).names.key)).toBe(9);
      expect(await due(it)).toEqual(['1']);
      await apply(it);
      expect(await textOf(it)).toBe('applied 1 1000 1234 0 0 delivery:0\n{"id":"1"}');
      expect(await verify(it, 1733)).toEqual({ is: 'too-early', waitMs: 1 });
      expect(await verify(it, 1734)).toEqual({ is: 'verified' });
      expect(await textOf(it)).toBe('verified 1 1000 1234 1734 0 delivery:0\n{"id":"1"}');
      expect(await it.hoursOf(ask(it).names.key)).toBe(9);
      expect(await due(it)).toEqual([]);
      expect(await verify(it, 9999)).toEqual({ is: 'verified' });
      expect(await textOf(it)).toContain(' 1734 ');
    });

    test('of a purge that was never accepted is written by the purge, and listed', async () => {
      const it = scene();
      await apply(it, '1', { attempt: 4, via: 'eager' });
      expect(await textOf(it)).toBe('applied 4 1000 1234 0 0 eager:0\n{"id":"1"}');
      expect(await page(it)).toEqual([{ id: '1', acceptedMs: 1000 }]);
      expect(await due(it)).toEqual(['1']);
    });

    test('that says applied or verified is not accepted again, nor applied again', async () => {
      const it = scene();
      await apply(it);
      const applied = await textOf(it);
      await it.store.receipts.accept(ask(it));
      expect(await textOf(it)).toBe(applied);
      await verify(it, 5000);
      const verified = await textOf(it);
      await it.store.receipts.accept(ask(it));
      expect(await apply(it, '1', { nonce: 'other' })).toEqual({ applied: 'already', stored: null });
      expect(await textOf(it)).toBe(verified);
      expect(await due(it)).toEqual([]);
    });

    test('is not verified before the purge was applied, and missing where there is none', async () => {
      const it = scene();
      expect(await verify(it, 5000)).toEqual({ is: 'missing' });
      await it.store.receipts.accept(ask(it));
      expect(await verify(it, 5000)).toEqual({ is: 'not-applied' });
    });

    test('dies unless the purge was applied, and lives again when it is tried again', async () => {
      const it = scene();
      await it.store.receipts.accept(ask(it));
      expect(await it.store.receipts.bury({ ...ask(it), nowMs: 2000 })).toBe(true);
      expect(await textOf(it)).toBe('dead 0 1000 0 0 2000 -\n{"id":"1"}');
      expect(await due(it)).toEqual([]);
      expect(await verify(it, 9000)).toEqual({ is: 'not-applied' });
      await it.store.receipts.accept(ask(it, '1', { acceptedMs: 3000 }));
      expect(await textOf(it)).toBe('accepted 0 1000 0 0 0 -\n{"id":"1"}');
      await apply(it);
      expect(await it.store.receipts.bury({ ...ask(it), nowMs: 2000 })).toBe(false);
      expect(await textOf(it)).toMatch(/^applied 1 1000 /);
    });

    test('that was never written can die, and is then listed', async () => {
      const it = scene();
      expect(await it.store.receipts.bury({ ...ask(it), nowMs: 2000 })).toBe(true);
      expect(await page(it)).toEqual([{ id: '1', acceptedMs: 1000 }]);
    });

    test('that the version before wrote, without a count, is verified as it is', async () => {
      const it = scene();
      await apply(it);
      const { key } = ask(it).names;
      await it.write(key, 'applied 1 1000 1234 0 0 delivery\n{"id":"1"}');
      expect(await apply(it)).toEqual({ applied: 'already', stored: null });
      expect(await verify(it, 5000)).toEqual({ is: 'verified' });
      expect(await textOf(it)).toBe('verified 1 1000 1234 5000 0 delivery\n{"id":"1"}');
    });

    test('is written so that the version before reads it, all but who applied it', async () => {
      const it = scene();
      await apply(it);
      expect(await textOf(it)).toMatch(
        /^(accepted|applied|verified|dead) (\d+) (\d+) (\d+) (\d+) (\d+) (\S+)\n/,
      );
    });

    test('of an older version counts as applied', async () => {
      const it = scene();
      const { key } = ask(it).names;
      await it.store.receipts.swap({ key, expected: null, value: 'applied {"purge_id":"1"}', lifeMs: HOUR });
      expect(await apply(it)).toEqual({ applied: 'already', stored: null });
    });
  });

  describe('a list of receipts', () => {
    test('is read newest first, page by page, those of one moment too', async () => {
      const it = scene();
      for (const [id, acceptedMs] of Object.entries({ a: 10, b: 20, c: 20, d: 20, e: 30 }))
        await it.store.receipts.accept(ask(it, id, { acceptedMs }));
      const ids = async (over: object) => (await page(it, over)).map(({ id }) => id);
      expect(await ids({})).toEqual(['e', 'd', 'c', 'b', 'a']);
      expect(await ids({ most: 2 })).toEqual(['e', 'd']);
      expect(await ids({ most: 2, beforeMs: 20, skip: 1 })).toEqual(['c', 'b']);
      expect(await ids({ beforeMs: 20, skip: 3 })).toEqual(['a']);
      expect(await ids({ sinceMs: 20 })).toEqual(['e', 'd', 'c', 'b']);
      expect(await ids({ list: ask(it).names.lists[1] })).toEqual(['e', 'd', 'c', 'b', 'a']);
      expect(await ids({ list: `${it.prefix}:purges:globex` })).toEqual([]);
    });

    test('of open ones says which are due, oldest first, and puts them off', async () => {
      const it = scene();
      const { open } = ask(it).names;
      for (const [id, dueMs] of Object.entries({ a: 300, b: 100, c: 200 }))
        await it.store.receipts.accept(ask(it, id, { dueMs }));
      expect(await due(it, 200)).toEqual(['b', 'c']);
      await it.store.receipts.reopen({ open, id: 'b', dueMs: 900 });
      await it.store.receipts.reopen({ open, id: 'c', dueMs: null });
      await it.store.receipts.reopen({ open, id: 'unknown', dueMs: 1 });
      expect(await due(it)).toEqual(['a', 'b']);
    });
  });

  describe('beside receipts', () => {
    test('counts', async () => {
      const it = scene();
      const name = `${it.prefix}:count:x`;
      await it.store.receipts.count(name);
      await it.store.receipts.count(name);
      expect(await it.valueOf(name)).toBe('2');
      expect(await it.hoursOf(name)).toBe('forever');
    });

    test('swaps a value only for the one expected', async () => {
      const it = scene();
      const swap = (expected: string | null, value: string) =>
        it.store.receipts.swap({ key: `${it.prefix}:erase:1`, expected, value, lifeMs: HOUR });
      expect(await swap('x', 'a')).toBe(false);
      expect(await swap(null, 'a')).toBe(true);
      expect(await swap(null, 'b')).toBe(false);
      expect(await swap('x', 'b')).toBe(false);
      expect(await swap('a', 'b')).toBe(true);
      expect(await it.valueOf(`${it.prefix}:erase:1`)).toBe('b');
    });

    test('tells of a swap in the same step, and of none that was refused', async () => {
      const it = scene();
      const stream = `${it.prefix}:audit`;
      const swap = (expected: string | null, value: string, texts: readonly string[]) =>
        it.store.receipts.swap({
          ...{ key: `${it.prefix}:flags`, expected, value, lifeMs: null },
          tell: { stream, texts, most: 100 },
        });
      expect(await swap(null, 'a', ['one', 'two'])).toBe(true);
      expect(await swap(null, 'b', ['three'])).toBe(false);
      expect(await swap('a', 'b', ['four'])).toBe(true);
      const told = await it.store.metrics.told({ stream, after: '0', most: 10 });
      expect(told.map(({ text }) => text)).toEqual(['one', 'two', 'four']);
      expect(await it.hoursOf(`${it.prefix}:flags`)).toBe('forever');
    });

    test('finds every name of a pattern in parts, and removes names', async () => {
      const it = scene();
      const made = Array.from({ length: 25 }, (_, i) => `${it.prefix}:some:${i}`);
      for (const name of made) await it.store.receipts.count(name);
      const found = new Set<string>();
      let cursor = '0';
      do {
        const part = await it.store.receipts.scan({ cursor, match: `${it.prefix}:some:*`, count: 10 });
        for (const name of part.names) found.add(name);
        cursor = part.cursor;
      } while (cursor !== '0');
      expect([...found].sort()).toEqual([...made].sort());
      expect(await it.store.receipts.remove(made.slice(0, 3))).toBe(3);
      expect(await it.store.receipts.remove([])).toBe(0);
      expect(await it.store.receipts.read(made.slice(2, 4))).toEqual([null, '1']);
    });
  });
}
