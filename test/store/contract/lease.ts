import { describe, expect, test } from 'vitest';
import { HOUR } from '../support/beds.ts';
import type { Scene } from '../support/scene.ts';

export function leaseContract(scene: () => Scene): void {
  describe('lookup', () => {
    test('answers in the order asked, null where nothing is', async () => {
      const it = scene();
      await it.lease('one');
      expect(await it.store.lookup([it.tag, it.key, it.lock, it.tag])).toEqual([
        'one.one.0',
        null,
        'one',
        'one.one.0',
      ]);
    });

    test('of no names is an empty answer', async () => {
      expect(await scene().store.lookup([])).toEqual([]);
    });
  });

  describe('lease: generations', () => {
    test('are created where they are missing, with the token for nonce; so is `last`', async () => {
      const it = scene();
      expect(await it.lease('one', { lastName: it.last })).toEqual({
        granted: true,
        holder: null,
        lockRemainingMs: 0,
        generations: ['one.one', 'one.one'],
        last: 'one',
        entryText: null,
      });
      expect(await it.store.lookup([it.tenant, it.tag, it.last])).toEqual(['one.one.0', 'one.one.0', 'one']);
      expect(await it.hoursLeft([it.tenant, it.tag, it.last, it.lock])).toEqual([4, 4, 4, 1]);
    });

    test('and `last` are kept where they exist; `last` is not made unless asked for', async () => {
      const it = scene();
      expect(await it.lease('one')).toMatchObject({ last: null });
      expect(await it.valueOf(it.last)).toBeNull();
      await it.lease('two', { lastName: it.last });
      const third = await it.lease('three', { lastName: it.last });
      expect(third).toMatchObject({ generations: ['one.one', 'one.one'], last: 'two' });
    });

    test('live longer after a lease that needs them longer, never shorter', async () => {
      const it = scene();
      const names = [it.tenant, it.tag, it.last];
      await it.lease('one', { lastName: it.last, generationMs: 4 * HOUR });
      await it.lease('two', { lastName: it.last, generationMs: 2 * HOUR });
      expect(await it.hoursLeft(names)).toEqual([4, 4, 4]);
      await it.lease('three', { lastName: it.last, generationMs: 7 * HOUR });
      expect(await it.hoursLeft(names)).toEqual([7, 7, 7]);
    });

    test('that were evicted come back with another nonce', async () => {
      const it = scene();
      await it.lease('one');
      await it.evict(it.tag);
      expect(await it.lease('two')).toMatchObject({ generations: ['one.one', 'two.two'] });
    });

    test('of none: only the lock is taken', async () => {
      const it = scene();
      expect(await it.lease('one', { generationNames: [] })).toMatchObject({
        granted: true,
        generations: [],
      });
    });
  });

  describe('lease: the lock', () => {
    test('is refused to a second, who hears of the holder and of how long it may take', async () => {
      const it = scene();
      await it.lease('one');
      const lost = await it.lease('two', { lockMs: 3 * HOUR });
      expect(lost).toMatchObject({ granted: false, holder: 'one', generations: ['one.one', 'one.one'] });
      expect(Math.round(lost.lockRemainingMs / HOUR)).toBe(1);
      expect(await it.store.lookup([it.lock])).toEqual(['one']);
      expect(await it.hoursOf(it.lock)).toBe(1);
    });

    test('is free again when its time is over', async () => {
      const it = scene();
      await it.lease('one');
      await it.pass(1, [it.lock]);
      expect(await it.lease('two')).toMatchObject({ granted: true, holder: null });
    });

    test('is not taken before a write, and nobody else’s is touched', async () => {
      const it = scene();
      const written = await it.lease('one', { takeLock: false });
      expect(written).toMatchObject({ granted: false, holder: null, lockRemainingMs: 0, entryText: null });
      expect(written.generations).toEqual(['one.one', 'one.one']);
      expect(await it.valueOf(it.lock)).toBeNull();

      await it.lease('two');
      expect(await it.lease('three', { takeLock: false, generationMs: 6 * HOUR })).toMatchObject({
        granted: false,
        holder: null,
        lockRemainingMs: 0,
      });
      expect(await it.valueOf(it.lock)).toBe('two');
      expect(await it.hoursLeft([it.tenant, it.lock])).toEqual([6, 1]);
    });
  });

  describe('lease: the entry', () => {
    test('comes with the lease, granted or not, but not before a write', async () => {
      const it = scene();
      await it.fill('one', await it.lease('one'));
      const stored = await it.valueOf(it.key);
      expect(stored).toContain('body');
      expect(await it.lease('two')).toMatchObject({ granted: true, entryText: stored });
      expect(await it.lease('three')).toMatchObject({ granted: false, entryText: stored });
      expect(await it.lease('four', { takeLock: false })).toMatchObject({ entryText: null });
    });

    test('is not sent to who has it already', async () => {
      const it = scene();
      await it.fill('one', await it.lease('one'));
      const stored = await it.valueOf(it.key);
      expect(await it.lease('two', { knownFill: 'one' })).toMatchObject({ entryText: null });
      expect(await it.lease('two', { knownFill: 'another' })).toMatchObject({ entryText: stored });
      expect(await it.lease('two', { knownFill: '' })).toMatchObject({ entryText: stored });
    });
  });

  describe('release', () => {
    test('frees the lock', async () => {
      const it = scene();
      await it.lease('one');
      await it.release({ lock: it.lock, token: 'one', directMs: 0 });
      expect(await it.valueOf(it.lock)).toBeNull();
    });

    test('leaves a marker, when asked, that the next contender sees until it ends', async () => {
      const it = scene();
      await it.lease('one');
      await it.release({ lock: it.lock, token: 'one', directMs: 2 * HOUR });
      expect(await it.lease('two')).toMatchObject({ granted: false, holder: 'direct' });
      expect(await it.hoursOf(it.lock)).toBe(2);
      await it.pass(2, [it.lock]);
      expect(await it.lease('three')).toMatchObject({ granted: true });
    });

    describe('after a failure', () => {
      const failedOf = ({ lock, failed }: Scene, token: string, value: string) => ({
        ...{ lock, token, directMs: 0 },
        failed: { key: failed, value, ms: 2 * HOUR },
      });

      test('notes it, and frees the lock: the next one may try at once', async () => {
        const it = scene();
        await it.lease('one');
        await it.release(failedOf(it, 'one', 'failed a'));
        expect(await it.store.lookup([it.lock, it.failed])).toEqual([null, 'failed a']);
        expect(await it.hoursOf(it.failed)).toBe(2);
        expect(await it.lease('two')).toMatchObject({ granted: true });
      });

      test('when it is noted still leaves it in the lock too, so that nobody is granted it until it ends', async () => {
        const it = scene();
        for (const [token, value] of [
          ['one', 'failed a'],
          ['two', 'failed b'],
        ] as const) {
          await it.lease(token);
          await it.release(failedOf(it, token, value));
        }
        expect(await it.lease('three')).toMatchObject({ granted: false, holder: 'failed b' });
        expect(await it.store.lookup([it.lock, it.failed])).toEqual(['failed b', 'failed b']);
        expect(await it.hoursLeft([it.lock, it.failed])).toEqual([2, 2]);
        await it.pass(2, [it.lock, it.failed]);
        await it.lease('three');
        await it.release(failedOf(it, 'three', 'failed c'));
        expect(await it.store.lookup([it.lock, it.failed])).toEqual([null, 'failed c']);
      });

      test('is not forgotten by one that succeeds, or is not stored', async () => {
        const it = scene();
        await it.lease('one');
        await it.release(failedOf(it, 'one', 'failed a'));
        await it.fill('two', await it.lease('two'));
        await it.lease('three');
        await it.release({ lock: it.lock, token: 'three', directMs: 0 });
        await it.lease('four');
        await it.release(failedOf(it, 'four', 'failed b'));
        expect(await it.valueOf(it.lock)).toBe('failed b');
      });
    });

    test.each(['free', 'direct', 'failed'])(
      'of a lock that is not mine, or of none, does nothing (%s)',
      async (how) => {
        const it = scene();
        const release = () =>
          it.release({
            ...{ lock: it.lock, token: 'one', directMs: how === 'direct' ? HOUR : 0 },
            ...(how === 'failed' && { failed: { key: it.failed, value: 'failed a', ms: HOUR } }),
          });
        await release();
        expect(await it.store.lookup([it.lock, it.failed])).toEqual([null, null]);
        await it.lease('two');
        await release();
        expect(await it.store.lookup([it.lock, it.failed])).toEqual(['two', null]);
      },
    );
  });
}
