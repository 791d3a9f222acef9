import type { Size } from './body.ts';
import type { Measured } from './measure.ts';
import type { Encoding, Variant } from './variants.ts';

/** One line of the table: medians over the rounds. */
export interface Row extends Measured {
  readonly size: Size;
  readonly encoding: Encoding;
  readonly variant: string;
  readonly baseline: string | null;
  /** Requests per second as a share of the baseline's, round by round. */
  readonly ratio: number | null;
  /** Of the round in which least else ran on the machine, for each of the two. */
  readonly bestRequestsPerSecond: number;
  readonly bestRatio: number | null;
  /** How many times the baseline's CPU time a request took: less is better. */
  readonly cpuTimesBaseline: number | null;
}

export function rowOf(
  at: { readonly size: Size; readonly encoding: Encoding; readonly variant: Variant },
  rounds: readonly Measured[],
  baseline: readonly Measured[] | undefined,
): Row {
  const over = (pick: (it: Measured) => number) => median(rounds.map(pick));
  const overBoth = (share: (it: Measured, base: Measured) => number) =>
    baseline ? median(rounds.map((it, i) => share(it, baseline[i]!))) : null;
  const hasCpu = rounds.every((it) => it.cpuUsPerRequest !== null);
  return {
    size: at.size,
    encoding: at.encoding,
    variant: at.variant.name,
    baseline: at.variant.baseline ?? null,
    requestsPerSecond: over((it) => it.requestsPerSecond),
    ratio: overBoth((it, base) => it.requestsPerSecond / base.requestsPerSecond),
    bestRequestsPerSecond: best(rounds),
    bestRatio: baseline ? best(rounds) / best(baseline) : null,
    cpuUsPerRequest: hasCpu ? over((it) => it.cpuUsPerRequest!) : null,
    cpuTimesBaseline: hasCpu ? overBoth((it, base) => it.cpuUsPerRequest! / base.cpuUsPerRequest!) : null,
    redisRequests: over((it) => it.redisRequests),
    redisCommands: over((it) => it.redisCommands),
    bodyBytes: over((it) => it.bodyBytes),
    generatorBusy: over((it) => it.generatorBusy),
  };
}

const best = (rounds: readonly Measured[]) => Math.max(...rounds.map((it) => it.requestsPerSecond));

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const columns: readonly (readonly [title: string, cell: (row: Row) => string])[] = [
  ['variant', (row) => row.variant],
  ['req/s', (row) => row.requestsPerSecond.toFixed(0)],
  ['× baseline', (row) => share(row.ratio)],
  ['best req/s', (row) => row.bestRequestsPerSecond.toFixed(0)],
  ['× baseline', (row) => share(row.bestRatio)],
  ['CPU µs/req', (row) => row.cpuUsPerRequest?.toFixed(0) ?? ''],
  ['CPU × baseline', (row) => share(row.cpuTimesBaseline)],
  ['Redis req', (row) => row.redisRequests.toFixed(2)],
  ['commands', (row) => row.redisCommands.toFixed(2)],
  ['bytes', (row) => String(row.bodyBytes)],
  ['baseline', (row) => row.baseline ?? ''],
];

const share = (ratio: number | null) => ratio?.toFixed(2) ?? '';

/** Grouped by body and by what the client accepts. */
export function tableOf(rows: readonly Row[]): string {
  const groups = Map.groupBy(rows, ({ size, encoding }) => `${size}, Accept-Encoding: ${encoding}`);
  const cellsOf = (rows: readonly Row[]) => [
    columns.map(([title]) => title),
    ...rows.map((row) => columns.map(([, cell]) => cell(row))),
  ];
  return [...groups].map(([title, group]) => `${title}\n${aligned(cellsOf(group))}`).join('\n\n');
}

/** Lines of equally many cells: numbers, between a name and a remark. */
export function aligned(cells: readonly (readonly string[])[]): string {
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)));
  return cells
    .map((line) =>
      line
        .map((cell, i) =>
          i === 0 || i === widths.length - 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `  ${line}`)
    .join('\n');
}
