import { expect, test } from 'vitest';
import { kneeOf } from '../../../../cli/assess/figures/knee.ts';

const curve = (...hits: number[]) =>
  hits.map((it, at) => ({
    ttl_s: 10 ** at,
    hits: it,
    requests: 1000,
    hit_rate: it / 1000,
    exact: true,
    error: 0,
  }));

test.each<[string, number[], number | null]>([
  ['nothing repeats', [0, 0, 0], null],
  ['no TTL at all', [], null],
  ['one TTL', [5], 1],
  ['all the same: the shortest', [500, 500, 500], 1],
  ['grows to the end: the last that adds more than a tenth', [10, 100, 500, 900], 1000],
  ['exactly nine tenths are enough', [10, 810, 850, 900], 10],
  ['flat from the third on', [10, 200, 700, 720, 730], 100],
  ['a longer TTL with fewer hits, as a purge at the right time makes it', [10, 900, 800, 700], 10],
])('%s', (_, hits, ttl) => {
  expect(kneeOf(curve(...hits))?.ttl_s ?? null).toBe(ttl);
});
