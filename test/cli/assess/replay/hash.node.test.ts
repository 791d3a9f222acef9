import { expect, test } from 'vitest';
import { hashTag, hashTarget, type TargetHash } from '../../../../cli/assess/replay/hash.ts';

function hashed(target: string, seed = 0): TargetHash {
  const into = { pathLo: 0, pathHi: 0, keyLo: 0, keyHi: 0, pathEnd: 0 };
  hashTarget(target, into, seed);
  return into;
}
const pathOf = ({ pathLo, pathHi }: TargetHash) => `${pathLo} ${pathHi}`;
const keyOf = ({ keyLo, keyHi }: TargetHash) => `${keyLo} ${keyHi}`;

test('targets with one path and other queries share the path, and nothing else', () => {
  const all = ['/a', '/a?', '/a?x', '/a?x=1', '/a?x=/b?'].map((it) => hashed(it));
  expect(new Set(all.map(pathOf)).size).toBe(1);
  expect(new Set(all.map(keyOf)).size).toBe(all.length);
  expect(all.map(({ pathEnd }) => pathEnd)).toEqual([2, 2, 2, 2, 2]);
  expect(pathOf(hashed('/b?x'))).not.toBe(pathOf(all[0]!));
  expect(hashed('').pathEnd).toBe(0);
});

test('targets that differ little, as those of one route do, spread evenly in each half, and none meet', () => {
  const targets = Array.from({ length: 200_000 }, (_, at) => `/v1/items/${at}?page=${at % 3}`);
  const all = targets.map((it) => hashed(it));
  expect(new Set(all.map(keyOf)).size).toBe(targets.length);
  expect(new Set(all.map(pathOf)).size).toBe(targets.length);
  for (const half of ['keyLo', 'keyHi', 'pathLo', 'pathHi'] as const) {
    // As many meet in 32 bits as chance has it: about n² / 2³³.
    expect(targets.length - new Set(all.map((it) => it[half])).size).toBeLessThan(20);
    for (const bits of [(it: number) => it & 15, (it: number) => it >>> 28]) {
      const counts = new Array<number>(16).fill(0);
      for (const it of all) counts[bits(it[half])]!++;
      const chi2 = counts.reduce(
        (sum, it) => sum + (it - targets.length / 16) ** 2 / (targets.length / 16),
        0,
      );
      // 15 degrees of freedom: more than 45 once in 10,000.
      expect(chi2).toBeLessThan(45);
    }
  }
});

test('another seed is another sample', () => {
  const below = (seed: number) =>
    new Set(
      Array.from({ length: 1000 }, (_, at) => at).filter(
        (at) => hashed(`/${at}`, seed).keyHi >>> 0 < 2 ** 31,
      ),
    );
  const [one, other] = [below(1), below(2)];
  const both = [...one].filter((it) => other.has(it)).length;
  expect(both).toBeGreaterThan(150);
  expect(both).toBeLessThan(350);
});

test('a tag is never taken for none', () => {
  for (const tag of ['', '""', 'W/"1"', '"2"']) expect(hashTag(tag)).not.toBe(0);
  expect(hashTag('"1"')).not.toBe(hashTag('"2"'));
});
