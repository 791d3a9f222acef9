import type { Figures, Sums } from './figures.ts';
import { printable } from './text.ts';

/** Of a class's name; a longer one is cut, so that all fits a terminal of 80 columns. */
const NAME_WIDTH = 14;

interface Column {
  readonly head: string;
  readonly width: number;
  readonly of: (sums: Sums, hours: number) => number | null | undefined;
  readonly shown: (value: number) => string;
  /** Of two rows the one with less stands first. Default: the one with more. */
  readonly leastFirst?: true;
}

const outcome = (name: string) => (sums: Sums) => sums.by_outcome[name] ?? 0;
const perSecond = (n: number | null | undefined, hours: number) => (n == null ? n : n / hours / 3600);

/** By what `--sort` calls them. */
const columns = {
  requests: { head: 'REQ/S', width: 7, of: (it, hours) => perSecond(it.requests, hours), shown: short },
  hit: {
    head: 'HIT%',
    width: 6,
    of: (it) => it.hit_rate,
    shown: (rate) => (rate === 1 ? '100' : (Math.floor(rate * 1000) / 10).toFixed(1)),
    leastFirst: true,
  },
  stale: { head: 'STALE', width: 6, of: outcome('stale'), shown: short },
  miss: { head: 'MISS', width: 6, of: outcome('miss'), shown: short },
  error: { head: 'ERROR', width: 6, of: outcome('error'), shown: short },
  p50: { head: 'P50', width: 6, of: (it) => it.p50_ms, shown: duration },
  p95: { head: 'P95', width: 6, of: (it) => it.p95_ms, shown: duration },
  origin: {
    head: 'ORIG/S',
    width: 7,
    of: (it, hours) => perSecond(it.origin_fetches, hours),
    shown: short,
  },
  saved: { head: 'SAVED', width: 7, of: (it) => it.saved_bytes, shown: bytes },
  redis: {
    head: '$/H',
    width: 8,
    of: (it, hours) => (it.redis_dollars == null ? null : it.redis_dollars / hours),
    shown: (dollars) => (dollars > 0 && dollars < 0.0001 ? '<0.0001' : dollars.toFixed(4)),
  },
} as const satisfies Readonly<Record<string, Column>>;

export type ColumnName = keyof typeof columns;
export const columnNames = Object.keys(columns) as [ColumnName, ...ColumnName[]];

/** One line for each class and one for all, under the names of the columns; without line ends. */
export function topTable(figures: Figures, sort: ColumnName): readonly string[] {
  const { summary } = figures;
  const hours = hoursOf(figures);
  const { head: _, of, leastFirst }: Column = columns[sort];
  const placeOf = (sums: Sums) =>
    (of(sums, hours) ?? (leastFirst ? Infinity : -Infinity)) * (leastFirst ? 1 : -1);
  const classes = summary.classes.toSorted(
    (a, b) => placeOf(a) - placeOf(b) || b.requests - a.requests || (a.name < b.name ? -1 : 1),
  );
  const line = (name: string, cellOf: (column: Column) => string) =>
    `${cut(printable(name)).padEnd(NAME_WIDTH)}${Object.values<Column>(columns)
      .map((column) => cellOf(column).padStart(column.width))
      .join('')}`;
  const row = (name: string, sums: Sums) =>
    line(name, (column) => {
      const value = column.of(sums, hours);
      return value == null ? '-' : column.shown(value);
    });
  return [
    line('CLASS', (column) => column.head),
    ...classes.map((it) => row(it.name, it)),
    row('all', summary),
  ];
}

/**
 * How long there are figures of, as the console counts it: from the first step that has any, so that who began a minute ago is not divided by an hour.
 * It ends with a whole step, of which only what is added up has anything in it.
 */
function hoursOf({ from, to, rolled_up_at, buckets = [] }: Figures): number {
  const first = buckets.find(({ requests }) => requests > 0);
  const endMs = Math.min(Date.parse(to), Date.parse(rolled_up_at ?? to));
  return Math.max(30_000, endMs - Date.parse(first?.at ?? from)) / 3_600_000;
}

const cut = (name: string) => (name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 1)}…` : name);

/** In at most 5 signs: `0.12`, `83.5`, `1234`, `12k`, `4.5M`. */
function short(n: number): string {
  if (Number.isInteger(n) && n < 10_000) return String(n);
  if (n < 9.995) return n.toFixed(2);
  return n < 999.95 ? n.toFixed(1) : scaled(n);
}

/** `1.2k`, `999G`. */
function scaled(n: number): string {
  const thousands = Math.min(4, Math.floor(Math.log10(n * 1.0005) / 3));
  const rest = n / 1000 ** thousands;
  return `${rest.toFixed(rest < 9.95 ? 1 : 0)}${['', 'k', 'M', 'G', 'T'][thousands]}`;
}

/** `0.7ms`, `181ms`, `1.4s`. */
function duration(ms: number): string {
  if (ms >= 999.5) return `${Number((ms / 1000).toFixed(ms < 9_950 ? 1 : 0))}s`;
  return `${ms < 9.95 ? Number(ms.toFixed(1)) : ms.toFixed(0)}ms`;
}

/** `512B`, `12kB`. */
function bytes(n: number): string {
  return `${n < 1000 ? Math.round(n) : scaled(n)}B`;
}
