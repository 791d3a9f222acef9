import { describe, expect, test } from 'vitest';
import { HOUR } from '../support/beds.ts';
import type { Scene } from '../support/scene.ts';

export function metricsContract(scene: () => Scene): void {
  const told = (it: Scene) => `${it.prefix}:told`;
  const version = (it: Scene) => `${it.prefix}:version`;
  const tell = async (it: Scene, texts: readonly string[], most = 1_000) => {
    for (const text of texts) await it.store.metrics.tell({ stream: told(it), text, most });
  };
  const read = (it: Scene, after = '0', most = 1_000) =>
    it.store.metrics.told({ stream: told(it), after, most });
  const textsOf = async (it: Scene, after?: string, most?: number) =>
    (await read(it, after, most)).map(({ text }) => text);
  type Settlement = Parameters<Scene['store']['metrics']['settle']>[0];
  const settle = (it: Scene, expected: string | null, next: string, over: Partial<Settlement> = {}) =>
    it.store.metrics.settle({
      ...{ version: { key: version(it), expected, next }, values: [], told: null },
      ...over,
    });

  describe('documents told', () => {
    test('are read in order, a part at a time, each as it was told', async () => {
      const it = scene();
      expect(await read(it)).toEqual([]);
      const texts = ['{"a":1}', '42', 'null', '', 'ünï\n"quoted"', 'x'.repeat(20_000)];
      await tell(it, texts);
      expect(await textsOf(it)).toEqual(texts);
      const [first, second, third] = await read(it, '0', 3);
      expect([first, second, third].map((one) => one?.text)).toEqual(texts.slice(0, 3));
      expect(await textsOf(it, third!.id, 2)).toEqual(texts.slice(3, 5));
      expect(await textsOf(it, (await read(it)).at(-1)!.id)).toEqual([]);
    });

    test('stay until somebody settles, and for good', async () => {
      const it = scene();
      await tell(it, ['a']);
      expect(await it.hoursOf(told(it))).toBe('forever');
      expect(await textsOf(it)).toEqual(await textsOf(it));
    });

    test('are at most about so many: the oldest leave', async () => {
      const it = scene();
      const texts = Array.from({ length: 300 }, (_, i) => `${i}`);
      await tell(it, texts, 10);
      const left = await textsOf(it);
      expect(left.length).toBeGreaterThanOrEqual(10);
      // Redis takes whole nodes of some hundred away.
      expect(left.length).toBeLessThan(300);
      expect(left).toEqual(texts.slice(-left.length));
    });
  });

  describe('a settlement', () => {
    test('writes everything, under all keys, and takes away what was read and no more', async () => {
      const it = scene();
      const name = (rest: string) => `${it.prefix}:metrics:${rest}`;
      await tell(it, ['a', 'b', 'c']);
      const [, second] = await read(it);
      const values = [
        { keys: [name('totals'), name('copy')], value: '{"all":1}', lifeMs: null },
        { keys: [name('minute')], value: '42', lifeMs: 2 * HOUR },
        { keys: [], value: 'nowhere', lifeMs: null },
      ];
      const over = { values, told: { stream: told(it), upTo: second!.id } };
      expect(await settle(it, null, 'v1', over)).toBe(true);
      expect(
        await it.store.metrics.read([version(it), ...values.flatMap(({ keys }) => keys), name('none')]),
      ).toEqual(['v1', '{"all":1}', '{"all":1}', '42', null]);
      expect(await it.hoursLeft([version(it), name('totals'), name('copy'), name('minute')])).toEqual([
        ...['forever', 'forever', 'forever', 2],
      ]);
      expect(await textsOf(it)).toEqual(['c']);
      await tell(it, ['d']);
      expect(await textsOf(it)).toEqual(['c', 'd']);
    });

    test('gives a value that had a lifetime the one that it now has', async () => {
      const it = scene();
      const value = (lifeMs: number | null) => ({
        values: [{ keys: [`${it.prefix}:metrics:x`], value: 'x', lifeMs }],
      });
      await settle(it, null, 'v1', value(2 * HOUR));
      await settle(it, 'v1', 'v2', value(null));
      expect(await it.hoursOf(`${it.prefix}:metrics:x`)).toBe('forever');
    });

    test('counts only if nobody has settled meanwhile', async () => {
      const it = scene();
      await tell(it, ['a']);
      const upTo = (await read(it))[0]!.id;
      const over = (value: string) => ({
        values: [{ keys: [`${it.prefix}:metrics:x`], value, lifeMs: null }],
        told: { stream: told(it), upTo },
      });
      expect(await settle(it, 'v0', 'v1', over('too early'))).toBe(false);
      expect(await settle(it, null, 'v1')).toBe(true);
      for (const expected of [null, 'v0', '', 'v11']) {
        expect(await settle(it, expected, 'v2', over('late'))).toBe(false);
      }
      expect(await it.store.metrics.read([version(it), `${it.prefix}:metrics:x`])).toEqual(['v1', null]);
      expect(await textsOf(it)).toEqual(['a']);
      expect(await settle(it, 'v1', 'v2', over('now'))).toBe(true);
      expect(await settle(it, 'v1', 'v2', over('again'))).toBe(false);
      expect(await it.valueOf(`${it.prefix}:metrics:x`)).toBe('now');
      expect(await textsOf(it)).toEqual([]);
    });

    test('of what nobody told takes nothing away', async () => {
      const it = scene();
      const over = { told: { stream: told(it), upTo: '9-9' } };
      expect(await settle(it, null, 'v1', over)).toBe(true);
      expect(await read(it)).toEqual([]);
    });
  });

  describe('beside figures', () => {
    test('the store says how much memory it uses', async () => {
      const { usedBytes, limitBytes } = await scene().store.metrics.memory();
      expect(usedBytes).toBeGreaterThanOrEqual(0);
      expect(limitBytes === null || limitBytes > 0).toBe(true);
    });

    test('reading nothing gives nothing', async () => {
      expect(await scene().store.metrics.read([])).toEqual([]);
    });
  });
}
