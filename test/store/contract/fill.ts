import { describe, expect, test } from 'vitest';
import { HOUR } from '../support/beds.ts';
import { receiptToWrite, type Scene } from '../support/scene.ts';

export function fillContract(scene: () => Scene): void {
  describe('fill', () => {
    test('stores the entry with its generations in the middle, and frees the lock', async () => {
      const it = scene();
      expect(await it.fill('one', await it.lease('one'))).toEqual({
        stored: true,
        current: true,
        created: [],
      });
      expect(await it.valueOf(it.key)).toBe(`SF1 one\n${it.tenant}=one.one ${it.tag}=one.one\n{}\nbody`);
      expect(await it.valueOf(it.lock)).toBeNull();
      expect(await it.hoursLeft([it.key, it.tenant, it.tag])).toEqual([2, 5, 5]);
    });

    test('never shortens a generation’s life', async () => {
      const it = scene();
      await it.fill('one', await it.lease('one'), { generationMs: 3 * HOUR });
      expect(await it.hoursLeft([it.tenant, it.tag])).toEqual([4, 4]);
    });

    test('keeps any text as it is', async () => {
      const it = scene();
      const body = '"\\\u0000\u2028 null 42 = \n\uFEFF🧊';
      await it.fill('one', await it.lease('one'), { entryParts: { head: 'h\n', tail: `\n${body}` } });
      expect((await it.valueOf(it.key))?.endsWith(`\n${body}`)).toBe(true);
    });

    test('writes beside it how the entries of a URI are told apart, and takes it away again', async () => {
      const it = scene();
      const key = `${it.prefix}:vary`;
      await it.fill('one', await it.lease('one'), { beside: [{ key, value: 'accept,origin' }] });
      expect([await it.valueOf(key), await it.hoursOf(key)]).toEqual(['accept,origin', 2]);
      await it.fill('two', await it.lease('two'), { beside: [{ key, value: '' }] });
      expect(await it.valueOf(key)).toBeNull();
      expect(await it.valueOf(it.key)).toContain('SF1 two');
    });

    test('writes no such rule with an entry that it refuses, and with one whose tags are late it does', async () => {
      const it = scene();
      const rule = { key: `${it.prefix}:vary`, value: 'accept' };
      const leased = await it.lease('one', { lastName: it.last });
      expect(await it.fill('other', leased, { beside: [rule] })).toMatchObject({ stored: false });
      expect(await it.valueOf(rule.key)).toBeNull();
      expect(await it.fill('one', leased, { beside: [rule], uncaptured: it.lateTags(leased) })).toMatchObject(
        {
          stored: true,
        },
      );
      expect(await it.valueOf(rule.key)).toBe('accept');
    });

    test('keeps that rule as long as the longest of these entries lives, and writes it where late tags are refused', async () => {
      const it = scene();
      const rule = { key: `${it.prefix}:vary`, value: 'accept' };
      await it.fill('one', await it.lease('one'), { beside: [rule], lifeMs: 3 * HOUR });
      await it.fill('two', await it.lease('two'), { beside: [rule], lifeMs: HOUR });
      expect(await it.hoursOf(rule.key)).toBe(3);
      const leased = await it.lease('three', { lastName: it.last });
      await it.purge('n', { generationNames: [] });
      const other = { key: `${it.prefix}:vary-other`, value: 'origin' };
      expect(
        await it.fill('three', leased, { beside: [other], uncaptured: it.lateTags(leased) }),
      ).toMatchObject({
        refusal: 'late-tags-raced',
      });
      expect(await it.valueOf(other.key)).toBe('origin');
    });

    describe('refuses when the lease is lost', () => {
      test('because it ended', async () => {
        const it = scene();
        const leased = await it.lease('one');
        await it.pass(1, [it.lock]);
        expect(await it.fill('one', leased)).toEqual({ stored: false, refusal: 'lease-lost' });
        expect(await it.valueOf(it.key)).toBeNull();
      });

      test('to another, who keeps it, and whose entry stays', async () => {
        const it = scene();
        const leased = await it.lease('one');
        await it.release({ lock: it.lock, token: 'one', directMs: 0 });
        await it.fill('two', await it.lease('two'));
        await it.lease('three');
        expect(await it.fill('one', leased)).toEqual({ stored: false, refusal: 'lease-lost' });
        expect(await it.valueOf(it.lock)).toBe('three');
        expect(await it.valueOf(it.key)).toMatch(/^SF1 two\n/);
      });

      test('to the marker', async () => {
        const it = scene();
        const leased = await it.lease('one');
        await it.release({ lock: it.lock, token: 'one', directMs: HOUR });
        expect(await it.fill('one', leased)).toEqual({ stored: false, refusal: 'lease-lost' });
        expect(await it.valueOf(it.lock)).toBe('direct');
      });
    });

    describe('refuses, and frees the lock, when a generation', () => {
      test.each(['hard', 'soft'] as const)(
        'was purged meanwhile (%s), and it must be current',
        async (mode) => {
          const it = scene();
          const leased = await it.lease('one');
          await it.purge('new', { mode });
          expect(await it.fill('one', leased, { mustBeCurrent: true })).toEqual({
            stored: false,
            refusal: 'purged',
          });
          expect(await it.store.lookup([it.key, it.lock])).toEqual([null, null]);
        },
      );

      test('was purged softly, then hard', async () => {
        const it = scene();
        const leased = await it.lease('one');
        await it.purge('new', { mode: 'soft' });
        await it.purge('newer', { receipt: receiptToWrite(`${it.receipt}b`, '{}', HOUR) });
        expect(await it.fill('one', leased)).toEqual({ stored: false, refusal: 'purged' });
        expect(await it.store.lookup([it.key, it.lock])).toEqual([null, null]);
      });

      test('was evicted meanwhile', async () => {
        const it = scene();
        const leased = await it.lease('one');
        await it.evict(it.tenant);
        expect(await it.fill('one', leased)).toEqual({ stored: false, refusal: 'purged' });
        expect(await it.store.lookup([it.key, it.lock, it.tenant])).toEqual([null, null, null]);
      });

      test('was evicted and created anew', async () => {
        const it = scene();
        const leased = await it.lease('one');
        await it.evict(it.tag);
        await it.lease('two', { takeLock: false });
        expect(await it.fill('one', leased)).toEqual({ stored: false, refusal: 'purged' });
      });

      test('is missing, and nothing was captured: missing equals nothing', async () => {
        const it = scene();
        await it.lease('one', { generationNames: [] });
        const captured = [[it.tag, '']] as const;
        expect(await it.fill('one', await it.lease('two', { generationNames: [] }), { captured })).toEqual({
          stored: false,
          refusal: 'purged',
        });
      });
    });

    test('stores, under what was captured, what soft purges alone have overtaken, and says so', async () => {
      const it = scene();
      const leased = await it.lease('one');
      for (const nonce of ['a', 'b'])
        await it.purge(nonce, { mode: 'soft', receipt: receiptToWrite(it.receipt + nonce, '{}', HOUR) });
      expect(await it.fill('one', leased)).toEqual({ stored: true, current: false, created: [] });
      expect(await it.valueOf(it.key)).toBe(`SF1 one\n${it.tenant}=one.one ${it.tag}=one.one\n{}\nbody`);
      expect(await it.valueOf(it.tag)).toMatch(/^one\.b\.\d+\.a\.\d+\.one\.0$/);
      expect(await it.hoursLeft([it.key, it.lock, it.tenant, it.tag])).toEqual([2, null, 5, 5]);
    });

    test('takes a generation that an earlier version wrote', async () => {
      const it = scene();
      const leased = await it.lease('one');
      await it.write(it.tag, 'one.old.1750000000000');
      expect(await it.lease('two')).toMatchObject({ generations: ['one.one', 'one.old'] });
      expect(await it.fill('one', leased)).toMatchObject({ stored: true, current: false });
    });

    test('refused by a purge leaves the older entry where it was', async () => {
      const it = scene();
      await it.fill('one', await it.lease('one'));
      const leased = await it.lease('two');
      await it.purge('new');
      await it.fill('two', leased);
      expect(await it.valueOf(it.key)).toMatch(/^SF1 one\n/);
    });
  });

  describe('fill with tags that only the answer named', () => {
    test('creates their generations and stores them with the entry', async () => {
      const it = scene();
      const leased = await it.lease('one', { lastName: it.last });
      expect(await it.fill('one', leased, { uncaptured: it.lateTags(leased) })).toEqual({
        stored: true,
        current: true,
        created: ['one.one', 'one.one'],
      });
      expect((await it.valueOf(it.key))?.split('\n')[1]).toBe(
        `${it.tenant}=one.one ${it.tag}=one.one ${it.lateA}=one.one ${it.lateB}=one.one`,
      );
      expect(await it.hoursLeft([it.lateA, it.lateB, it.key])).toEqual([5, 5, 2]);
      expect(await it.valueOf(it.late)).toBeNull();
    });

    test('keeps and extends those that exist', async () => {
      const it = scene();
      await it.lease('zero', { generationNames: [it.lateB], takeLock: false, generationMs: HOUR });
      const leased = await it.lease('one', { lastName: it.last });
      expect(await it.fill('one', leased, { uncaptured: it.lateTags(leased) })).toEqual({
        stored: true,
        current: true,
        created: ['one.one', 'zero.zero'],
      });
      expect(await it.hoursLeft([it.lateA, it.lateB])).toEqual([5, 5]);
    });

    test('refuses when any purge of the tenant came between, and keeps their names for the next lease', async () => {
      const it = scene();
      const leased = await it.lease('one', { lastName: it.last });
      await it.purge('new', { generationNames: [it.lateA] });
      expect(await it.fill('one', leased, { uncaptured: it.lateTags(leased) })).toEqual({
        stored: false,
        refusal: 'late-tags-raced',
      });
      const names = [it.key, it.lock, it.lateA, it.lateB, it.late];
      expect(await it.store.lookup(names)).toEqual([null, null, null, null, `${it.lateA} ${it.lateB}`]);
      expect(await it.hoursOf(it.late)).toBe(5);
    });

    test('refuses when `last` was evicted, even if none was captured', async () => {
      const it = scene();
      const leased = await it.lease('one', { lastName: it.last });
      await it.evict(it.last);
      const late = it.lateTags(leased);
      expect(await it.fill('one', leased, { uncaptured: late })).toMatchObject({
        refusal: 'late-tags-raced',
      });
      const again = await it.lease('two');
      expect(await it.fill('two', again, { uncaptured: { ...late, capturedLast: '' } })).toMatchObject({
        refusal: 'late-tags-raced',
      });
    });

    test('refuses when `last` was evicted and created anew', async () => {
      const it = scene();
      const leased = await it.lease('one', { lastName: it.last });
      await it.evict(it.last);
      await it.lease('two', { lastName: it.last, takeLock: false });
      expect(await it.fill('one', leased, { uncaptured: it.lateTags(leased) })).toMatchObject({
        stored: false,
      });
    });

    test('says `purged` when a captured generation changed too, and keeps no names', async () => {
      const it = scene();
      const leased = await it.lease('one', { lastName: it.last });
      await it.purge('new');
      expect(await it.fill('one', leased, { uncaptured: it.lateTags(leased) })).toMatchObject({
        refusal: 'purged',
      });
      expect(await it.valueOf(it.late)).toBeNull();
    });

    test('does not ask for `last` when there are none', async () => {
      const it = scene();
      const leased = await it.lease('one', { lastName: it.last });
      await it.purge('new', { generationNames: [it.lateA] });
      const late = { ...it.lateTags(leased), generationNames: [] };
      expect(await it.fill('one', leased, { uncaptured: late })).toEqual({
        stored: true,
        current: true,
        created: [],
      });
    });
  });
}
