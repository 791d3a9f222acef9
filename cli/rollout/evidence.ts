import { printable, seconds, table } from '../text.ts';
import type { ArmCounts, GuardTestResult } from './shapes.ts';
import { number } from './words.ts';

/** Each test of the guard: what it is about, how it stands, its interval and its bound. */
export function testLines(tests: readonly GuardTestResult[]): string {
  if (tests.length === 0) return 'nothing was counted yet\n';
  const rows = tests.map(({ test, is, value, low, high, bound, samples, says }) => {
    const shown = valueText(test);
    const between = low === null || high === null ? '-' : `${shown(low)} to ${shown(high)}`;
    return [
      printable(test),
      printable(is),
      shown(value),
      between,
      shown(bound),
      number(samples),
      printable(says),
    ];
  });
  return table([['TEST', 'IS', 'VALUE', 'BETWEEN', 'BOUND', 'SAMPLES', 'IN WORDS'], ...rows]);
}

/** Times are in milliseconds, all else are shares. */
const valueText = (test: string) => (value: number | null) => {
  if (value === null) return '-';
  return test === 'slower'
    ? `${Number(value.toPrecision(3))} ms`
    : `${Number((value * 100).toPrecision(3))} %`;
};

/** What was counted of each group, what the cache saves, and where answers differed. */
export function armLines(arms: Readonly<Record<string, ArmCounts>>): string {
  const all = Object.entries(arms);
  if (all.length === 0) return '';
  const rows = all.map(([arm, { requests, errors, mean_ms, units, compared }]) => [
    printable(arm),
    ...[requests, errors].map(number),
    mean_ms === null ? '-' : `${Number(mean_ms.toPrecision(3))} ms`,
    units === null ? 'many' : number(units),
    ...[compared.equal, compared.differs, compared.stale, compared.leak].map(number),
  ]);
  const heads = ['GROUP', 'REQUESTS', 'ERRORS', 'MEAN', 'UNITS', 'EQUAL', 'DIFFERS', 'STALE', 'LEAKS'];
  const rest = all.flatMap(([arm, counts]) => [
    ...(arm === 'shadow' ? savedLines(counts) : []),
    ...differenceLines(counts),
  ]);
  return `${table([heads, ...rows])}${rest.map((line) => `${printable(line)}\n`).join('')}`;
}

/** Counted in the shadow alone: what a class that is on saves is among its figures. */
function savedLines({ requests, saved }: ArmCounts): string[] {
  if (saved.hits === 0) return [];
  return [
    `shadow: the cache would have saved ${number(saved.hits)} of ${number(requests)} fetches, ${seconds(saved.ms)} of waiting and ${number(saved.bytes)} bytes from the origin, for ${number(saved.commands)} commands of Redis ($${saved.dollars.toFixed(4)})`,
  ];
}

const differenceLines = ({ differences }: ArmCounts): string[] =>
  differences.length === 0 ? [] : [`answers differed at ${differences.join(', ')}`];
