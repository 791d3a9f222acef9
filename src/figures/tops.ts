import * as z from 'zod';
import type { Flush, TopRow, Tops } from '../telemetry/flush.ts';
import { jsonObject } from './text.ts';
import type { MissedKey, TopEntry } from './types.ts';

/** Lists of one hour, of all isolates. */
export interface TopLists {
  readonly tags: TopEntry[];
  readonly tenants: TopEntry[];
  readonly missed: MissedKey[];
}

const kinds = ['tags', 'tenants', 'missed'] as const;
const rows = z.array(z.tuple([z.string()], z.number().min(0)));
const topsShape = z.object({ tags: rows, tenants: rows, missed: rows });

/** Null: there are none, or they cannot be read. */
export function parseTops(text: string | null): Tops | null {
  const parsed = topsShape.safeParse(jsonObject(text));
  return parsed.success ? parsed.data : null;
}

/** The heaviest of all of these, at most so many of each list; what is left out is counted as the rest. */
export function mergeTops(all: readonly Flush['tops'][], most: number): Tops {
  const [tags, tenants, missed] = kinds.map((kind) =>
    heaviest(
      all.map((it) => it[kind]),
      most,
    ),
  );
  return { tags: tags!, tenants: tenants!, missed: missed! };
}

function heaviest(lists: readonly (readonly TopRow[])[], most: number): TopRow[] {
  const sums = new Map<string, number[]>();
  for (const [name, ...counts] of lists.flat()) addTo(sums, name, counts);
  const rest = sums.get('');
  sums.delete('');
  const sorted = [...sums].sort(([, a], [, b]) => (b[0] ?? 0) - (a[0] ?? 0));
  const left = new Map<string, number[]>();
  for (const [, counts] of [...sorted.slice(most), ...(rest ? [['', rest] as const] : [])])
    addTo(left, '', counts);
  return [...sorted.slice(0, most), ...left].map(([name, counts]) => [name, ...counts]);
}

function addTo(sums: Map<string, number[]>, name: string, counts: readonly number[]): void {
  const sum = sums.get(name) ?? [];
  for (const [i, n] of counts.entries()) sum[i] = (sum[i] ?? 0) + n;
  sums.set(name, sum);
}

export const topLists = ({ tags, tenants, missed }: Tops): TopLists => ({
  tags: tags.map(topEntry),
  tenants: tenants.map(topEntry),
  missed: missed.map(([name, misses = 0]) => ({ name, misses })),
});

const topEntry = ([name, reads = 0, hits = 0, fills = 0, purges = 0]: TopRow): TopEntry => ({
  ...{ name, reads, hits, fills, purges },
});
