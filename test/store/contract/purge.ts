import { describe, expect, test } from 'vitest';
import type { Lease, LeaseReply, Purge } from '../../../src/store/port.ts';
import { HOUR } from '../support/beds.ts';
import { receiptToWrite, type Scene } from '../support/scene.ts';

export function purgeContract(scene: () => Scene): void {
  describe('purge', () => {
    test('replaces `last` alone, and writes no receipt, where nothing is known of what it names, if so asked', async () => {
      const it = scene();
      expect(await it.purge('n', { ifAnyExists: true })).toEqual({ applied: 'nothing', stored: null });
      expect(await it.valueOf(it.receipt)).toBeNull();
      await it.lease('one', { lastName: it.last, generationNames: [] });
      expect(await it.purge('n', { ifAnyExists: true })).toEqual({ applied: 'nothing', stored: null });
      expect(await it.store.lookup([it.tag, it.last, it.receipt])).toEqual([null, 'n', null]);
      await it.lease('one', { lastName: it.last });
      expect(await it.purge('n', { ifAnyExists: true })).toMatchObject({ applied: 'now' });
      expect([await it.valueOf(it.tag), await it.valueOf(it.last)]).toEqual(['n.n.0', 'n']);
      expect(await it.purge('m', { ifAnyExists: true })).toMatchObject({ applied: 'already' });
    });

    test('hard: replaces both nonces of the named generations, and `last`, and nothing else', async () => {
      const it = scene();
      await it.fill('one', await it.lease('one', { lastName: it.last }));
      const entry = await it.valueOf(it.key);
      expect(await it.purge('new')).toEqual({ applied: 'now', stored: null });
      expect(await it.store.lookup([it.tenant, it.tag, it.last, it.key])).toEqual([
        'one.one.0',
        'new.new.0',
        'new',
        entry,
      ]);
    });

    test('soft: replaces the soft nonce, says when, keeps the hard one', async () => {
      const it = scene();
      await it.lease('one', { lastName: it.last });
      await it.purge('new', { mode: 'soft' });
      const [tag, last] = await it.store.lookup([it.tag, it.last]);
      expect(tag).toMatch(/^one\.new\.\d{13}\.one\.0$/);
      expect(last).toBe('new');
    });

    test('soft, soft again, then hard: the last word counts', async () => {
      const it = scene();
      await it.lease('one');
      await it.purge('two', { mode: 'soft', receipt: receiptToWrite(`${it.receipt}a`, '{}', HOUR) });
      await it.purge('three', {
        mode: 'soft',
        receipt: receiptToWrite(`${it.receipt}b`, '{}', HOUR),
      });
      expect(await it.valueOf(it.tag)).toMatch(/^one\.three\.\d{13}\.two\.\d{13}\.one\.0$/);
      await it.purge('four', { receipt: receiptToWrite(`${it.receipt}c`, '{}', HOUR) });
      expect(await it.valueOf(it.tag)).toBe('four.four.0');
    });

    test('soft: as many nonces as were asked for are kept, the youngest first', async () => {
      const it = scene();
      await it.lease('one');
      for (const nonce of ['a', 'b', 'c', 'd'])
        await it.purge(nonce, { mode: 'soft', receipt: receiptToWrite(it.receipt + nonce, '{}', HOUR) });
      expect(await it.valueOf(it.tag)).toMatch(/^one\.d\.\d{13}\.c\.\d{13}\.b\.\d{13}$/);
      const receipt = receiptToWrite(`${it.receipt}e`, '{}', HOUR);
      await it.purge('e', { mode: 'soft', softNonces: 2, receipt });
      expect(await it.valueOf(it.tag)).toMatch(/^one\.e\.\d{13}\.d\.\d{13}$/);
    });

    test('soft: takes over what an earlier version wrote', async () => {
      const it = scene();
      await it.lease('one');
      await it.write(it.tag, 'h.s.1750000000000');
      await it.purge('new', { mode: 'soft' });
      expect(await it.valueOf(it.tag)).toMatch(/^h\.new\.\d{13}\.s\.1750000000000$/);
    });

    test('hard, with others softly in the same step: each in its own way', async () => {
      const it = scene();
      const names = { generationNames: [it.tag], softNames: [it.tenant, it.lateA] };
      await it.lease('one', { lastName: it.last });
      expect(await it.purge('new', names)).toMatchObject({ applied: 'now' });
      const [tag, tenant, missing, last] = await it.store.lookup([it.tag, it.tenant, it.lateA, it.last]);
      expect([tag, missing, last]).toEqual(['new.new.0', null, 'new']);
      expect(tenant).toMatch(/^one\.new\.\d{13}\.one\.0$/);
    });

    test('of a tenant’s and of public data in one step: replaces both `last`', async () => {
      const it = scene();
      await it.lease('one', { lastName: it.last });
      await it.lease('two', { lastName: it.lateB, generationNames: [] });
      expect(await it.purge('new', { publicLastName: it.lateB })).toMatchObject({ applied: 'now' });
      expect(await it.store.lookup([it.tag, it.last, it.lateB])).toEqual(['new.new.0', 'new', 'new']);
      const receipt = receiptToWrite(`${it.receipt}b`, '{}', HOUR);
      await it.evict(it.lateB);
      expect(await it.purge('newer', { publicLastName: it.lateB, receipt })).toMatchObject({
        applied: 'now',
      });
      expect(await it.store.lookup([it.last, it.lateB])).toEqual(['newer', null]);
    });

    test.each(['hard', 'soft'] as const)('%s: lifetimes stay as they were', async (mode) => {
      const it = scene();
      await it.lease('one', { lastName: it.last });
      await it.pass(1, [it.tag, it.last]);
      await it.purge('new', { mode });
      expect(await it.hoursLeft([it.tag, it.last])).toEqual([3, 3]);
    });

    test.each(['hard', 'soft'] as const)('%s: what is missing stays missing', async (mode) => {
      const it = scene();
      expect(await it.purge('new', { mode })).toEqual({ applied: 'now', stored: null });
      expect(await it.store.lookup([it.tag, it.last])).toEqual([null, null]);
    });

    test('writes the receipt, marked as applied', async () => {
      const it = scene();
      await it.purge('new');
      expect(await it.valueOf(it.receipt)).toBe('applied 1 1000 1234 0 0 delivery:0\n{"tags":["tag"]}');
      expect(await it.hoursOf(it.receipt)).toBe(9);
    });

    test('of no generation replaces `last` and writes the receipt', async () => {
      const it = scene();
      await it.lease('one', { lastName: it.last });
      expect(await it.purge('new', { generationNames: [] })).toMatchObject({ applied: 'now' });
      expect(await it.store.lookup([it.tag, it.last])).toEqual(['one.one.0', 'new']);
    });
  });

  describe('purge: the receipt counts the names that had a generation', () => {
    const metOf = async (it: Scene) =>
      /^\S+ 1 1000 1234 0 0 delivery:(\d+)\n/.exec((await it.valueOf(it.receipt))!)?.[1];
    const [all, known] = [(it: Scene) => [it.tenant, it.tag], (it: Scene) => [it.tag]];

    test.each<[string, Partial<Purge>, leased: (it: Scene) => string[], met: string]>([
      ['none', {}, () => [], '0'],
      ['none but `last`, which is no generation', {}, () => [], '0'],
      ['one of two', {}, known, '1'],
      ['all', {}, all, '2'],
      ['all, softly', { mode: 'soft' }, all, '2'],
      ['one of two, softly', { mode: 'soft' }, known, '1'],
      ['none, softly', { mode: 'soft' }, () => [], '0'],
      ['one, if any exists', { ifAnyExists: true }, known, '1'],
      ['of no name', { generationNames: [] }, all, '0'],
    ])('%s', async (_, over, leased, met) => {
      const it = scene();
      await it.lease('one', { lastName: it.last, generationNames: leased(it) });
      await it.purge('new', { generationNames: all(it), ...over });
      expect(await metOf(it)).toBe(met);
    });

    test('with a write’s answer: what was there before it made its own', async () => {
      const it = scene();
      const leased = await it.lease('one', {
        generationNames: [it.tenant],
        lastName: it.last,
        takeLock: false,
      });
      const captured = [[it.tenant, leased.generations[0]!] as const, [it.tag, ''] as const];
      const entryToStore = { ...it.storing(leased), captured, capturedLast: leased.last! };
      expect(await it.purge('new', { entryToStore })).toMatchObject({ stored: ['one.one', 'new.new'] });
      expect(await metOf(it)).toBe('0');
    });

    test.each<[string, (it: Scene) => string[], met: string]>([
      ['nothing has come since', () => [], '1'],
      ['something has come since', all, '2'],
    ])('after a try without room that took away what it met: at least one (%s)', async (_, leased, met) => {
      const it = scene();
      await it.write(`${it.receipt}:met`, 'one.one.0');
      await it.lease('one', { generationNames: leased(it) });
      await it.purge('new', { generationNames: all(it) });
      expect(await metOf(it)).toBe(met);
    });

    test.each(['hard', 'soft'] as const)('%s: the first time, not again', async (mode) => {
      const it = scene();
      await it.lease('one', { generationNames: all(it) });
      await it.purge('new', { mode });
      await it.lease('two', { generationNames: [it.tenant] });
      await it.evict(it.tag);
      expect(await it.purge('again', { mode })).toMatchObject({ applied: 'already' });
      expect(await metOf(it)).toBe('1');
    });
  });

  describe('purge by an id that was applied before', () => {
    test('changes nothing: what was filled since stays valid', async () => {
      const it = scene();
      await it.lease('one');
      await it.purge('new');
      await it.fill('two', await it.lease('two', { lock: `${it.lock}2` }), { lock: `${it.lock}2` });
      const names = [it.key, it.tag, it.tenant, it.receipt];
      const before = await it.store.lookup(names);
      expect(await it.purge('again', { receipt: receiptToWrite(it.receipt, '{}', HOUR) })).toEqual({
        applied: 'already',
        stored: null,
      });
      expect(await it.store.lookup(names)).toEqual(before);
      expect(before[0]).toContain(`${it.tag}=new.new\n`);
    });

    test('does not store a write’s answer again', async () => {
      const it = scene();
      const captured = await it.lease('one', { takeLock: false });
      await it.purge('new');
      const store = it.storing(captured);
      expect(await it.purge('again', { entryToStore: store })).toEqual({ applied: 'already', stored: null });
      expect(await it.valueOf(it.key)).toBeNull();
    });

    test('whose receipt was evicted is applied once more', async () => {
      const it = scene();
      await it.lease('one');
      await it.purge('new');
      await it.evict(it.receipt);
      expect(await it.purge('again')).toMatchObject({ applied: 'now' });
      expect(await it.valueOf(it.tag)).toBe('again.again.0');
    });
  });

  describe('purge that stores a write’s answer', () => {
    test('stores it under the generations that the purge made', async () => {
      const it = scene();
      const store = it.storing(await it.lease('one', { takeLock: false }));
      expect(await it.purge('new', { entryToStore: store })).toEqual({
        applied: 'now',
        stored: ['one.one', 'new.new'],
      });
      expect(await it.valueOf(it.key)).toBe(
        `SF1 written\n${it.tenant}=one.one ${it.tag}=new.new\n{}\nwritten`,
      );
      expect(await it.hoursLeft([it.key, it.tenant, it.tag])).toEqual([2, 6, 6]);
    });

    test('stores it under the nonces of what is purged softly in the same step, and compares the owner’s own `last`', async () => {
      const it = scene();
      const leased = await it.lease('one', { takeLock: false, lastName: it.last });
      await it.lease('two', { lastName: it.lateB, generationNames: [], takeLock: false });
      const store = {
        ...it.storing(leased),
        captured: [...it.captured(leased), [it.lateA, ''] as const],
        capturedLast: leased.last!,
      };
      const names = { softNames: [it.tenant], publicLastName: it.lateB };
      expect(await it.purge('new', { ...names, entryToStore: store })).toEqual({
        applied: 'now',
        stored: ['one.new', 'new.new', 'new.new'],
      });
      expect(await it.valueOf(it.key)).toBe(
        `SF1 written\n${it.tenant}=one.new ${it.tag}=new.new ${it.lateA}=new.new\n{}\nwritten`,
      );
    });

    test('does not store it when another write came between; the purge counts all the same', async () => {
      const it = scene();
      const early = it.storing(await it.lease('one', { takeLock: false }));
      const later = it.storing(await it.lease('two', { takeLock: false }));
      await it.purge('new', { entryToStore: later });
      const stored = await it.valueOf(it.key);
      const overtaken = await it.purge('newer', {
        entryToStore: early,
        receipt: receiptToWrite(`${it.receipt}b`, '{}', HOUR),
      });
      expect(overtaken).toEqual({ applied: 'now', stored: null });
      expect(await it.store.lookup([it.key, it.tag])).toEqual([stored, 'newer.newer.0']);
    });

    test.each(['tenant', 'tag'] as const)(
      'does not store it when the %s’s generation is gone',
      async (which) => {
        const it = scene();
        const store = it.storing(await it.lease('one', { takeLock: false }));
        await it.evict(it[which]);
        expect(await it.purge('new', { entryToStore: store })).toEqual({ applied: 'now', stored: null });
        expect(await it.valueOf(it.key)).toBeNull();
        expect(await it.valueOf(it[which])).toBeNull();
      },
    );

    /** Of a URI that nobody had read when the write was sent: its tag has no generation yet. */
    const uncaptured = (it: Scene, leased: LeaseReply) => ({
      ...it.storing(leased),
      captured: [[it.tenant, leased.generations[0]!] as const, [it.tag, ''] as const],
      capturedLast: leased.last ?? '',
    });
    const beforeWrite = (it: Scene, more: Partial<Lease> = {}) =>
      it.lease('one', { generationNames: [it.tenant], lastName: it.last, takeLock: false, ...more });

    test.each([{}, { ifAnyExists: true as const }])(
      'makes the generation that it has not captured, if `last` is the captured one: %o',
      async (more) => {
        const it = scene();
        const store = uncaptured(it, await beforeWrite(it));
        expect(await it.purge('new', { entryToStore: store, ...more })).toEqual({
          applied: 'now',
          stored: ['one.one', 'new.new'],
        });
        expect(await it.valueOf(it.key)).toBe(
          `SF1 written\n${it.tenant}=one.one ${it.tag}=new.new\n{}\nwritten`,
        );
        expect(await it.store.lookup([it.tag, it.last])).toEqual(['new.new.0', 'new']);
        expect(await it.hoursLeft([it.key, it.tenant, it.tag])).toEqual([2, 6, 6]);
      },
    );

    test('replaces it where a reader has made it meanwhile, whose fetch is then discarded', async () => {
      const it = scene();
      const store = uncaptured(it, await beforeWrite(it));
      const reader = await it.lease('reader');
      expect(await it.purge('new', { entryToStore: store })).toMatchObject({
        stored: ['one.one', 'new.new'],
      });
      expect(await it.fill('reader', reader)).toMatchObject({ stored: false, refusal: 'purged' });
    });

    test.each([
      ['there was any purge since', (it: Scene) => it.purge('other', { generationNames: [] })],
      ['there was one that met nothing', (it: Scene) => it.purge('other', { ifAnyExists: true })],
      ['`last` is gone', (it: Scene) => it.evict(it.last)],
    ])('does not store it when %s', async (_, between) => {
      const it = scene();
      const store = uncaptured(it, await beforeWrite(it));
      await between(it);
      const receipt = receiptToWrite(`${it.receipt}b`, '{}', HOUR);
      expect(await it.purge('new', { entryToStore: store, receipt, ifAnyExists: true })).toEqual({
        applied: 'nothing',
        stored: null,
      });
      expect(await it.store.lookup([it.key, it.tag, receipt.names.key])).toEqual([null, null, null]);
    });

    test('does not store it when `last` was not there either: missing equals nothing', async () => {
      const it = scene();
      const store = uncaptured(it, await it.lease('one', { generationNames: [it.tenant], takeLock: false }));
      expect(await it.purge('new', { entryToStore: store })).toEqual({ applied: 'now', stored: null });
      expect(await it.store.lookup([it.key, it.tag])).toEqual([null, null]);
    });

    test('discards a fetch that began before it', async () => {
      const it = scene();
      const leased = await it.lease('reader');
      const store = it.storing(await it.lease('writer', { takeLock: false }));
      await it.purge('new', { entryToStore: store });
      expect(await it.fill('reader', leased)).toMatchObject({ stored: false, refusal: 'purged' });
      expect(await it.valueOf(it.key)).toMatch(/^SF1 written\n/);
    });

    test('never shortens a generation’s life', async () => {
      const it = scene();
      const leased = await it.lease('one', { takeLock: false });
      await it.purge('new', { entryToStore: { ...it.storing(leased), generationMs: HOUR } });
      expect(await it.hoursLeft([it.tenant, it.tag])).toEqual([4, 4]);
    });
  });
}
