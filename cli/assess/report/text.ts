import { bytes, count } from '../../../src/console/format.ts';
import { printable } from '../../text.ts';
import type { Assessment, RouteAssessment } from '../assessment.ts';
import { percent, ttlText } from '../figures/words.ts';
import { bounds } from './bounds.ts';
import { assumption, isWorthIt, money, monthText, savedShare, spanText, verdictWords } from './words.ts';

export interface ReportTextOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Routes that are shown. */
  readonly top: number;
  readonly isAssumed: boolean;
}

/** The report for people. What comes from a log has its controls masked. */
export function reportText(assessment: Assessment, { width, top, isAssumed }: ReportTextOptions): string {
  const shown = assessment.routes.slice(0, top);
  const left = assessment.routes.length - shown.length;
  const parts = [
    readText(assessment, width),
    malformedText(assessment, width),
    shown.length > 0 ? tableText(shown, width) : '',
    left > 0
      ? wrapped(
          `${count(left)} more routes: --top ${assessment.routes.length} or --html shows them, --json has all.`,
          width,
          '',
        )
          .map((it) => `${it}\n`)
          .join('')
      : '',
    totalText(assessment, width, isAssumed),
  ];
  return parts.filter((it) => it !== '').join('\n');
}

function readText(assessment: Assessment, width: number): string {
  const { requests, malformed, late, files } = assessment;
  const formats = [...new Set(files.map(({ format }) => format))].join(', ');
  const lines = [
    `${count(requests)} requests, ${spanText(assessment)}; ${files.length === 1 ? printable(files[0]!.file) : `${files.length} files`} (${formats})`,
    `${count(malformed)} malformed lines${late > 0 ? `, and ${count(late)} that came too late for their place` : ''}`,
  ];
  return lines
    .flatMap((it) => wrapped(it, width, ''))
    .map((it) => `${it}\n`)
    .join('');
}

/** The first of all files. */
function malformedText({ files, malformed }: Assessment, width: number): string {
  if (malformed === 0) return '';
  const examples = files
    .flatMap(({ file, examples }) => examples.map((it) => ({ file, ...it })))
    .slice(0, bounds.malformed);
  const lines = examples.map(({ file, line, text, why }) => {
    const place = `${files.length > 1 ? `${file} ` : ''}line ${line}`;
    return cut(`  ${printable(place)}: ${why}: ${printable(text)}`, width);
  });
  return `Malformed, ${malformed > lines.length ? 'the first' : 'all'} of them:\n${lines.join('\n')}\n`;
}

const heads = ['ROUTE', 'REQUESTS', 'KEYS', 'REPEAT', 'HITS', 'TTL', 'VERDICT'] as const;

/** Each route in a line, and why under it. */
function tableText(routes: readonly RouteAssessment[], width: number): string {
  const rows = routes.map(rowOf);
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]!.length)));
  const others = widths.slice(1).reduce((all, it) => all + it + 2, 0);
  widths[0] = Math.max(12, Math.min(widths[0]!, width - others));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) =>
        at === 0
          ? cut(cell, widths[0]!).padEnd(widths[0]!)
          : at === row.length - 1
            ? cell
            : cell.padStart(widths[at]!),
      )
      .join('  ');
  const lines = routes.flatMap(({ why }, at) => [line(rows[at]!), ...wrapped(why, width, '    ')]);
  return [line(heads), ...lines].map((it) => `${it}\n`).join('');
}

function rowOf({ route, requests, keys, repeat_ratio, knee, verdict }: RouteAssessment): string[] {
  const isExact = knee?.exact ?? true;
  return [
    printable(route),
    count(requests),
    count(keys),
    percent(repeat_ratio),
    knee ? `${isExact ? '' : '~'}${percent(knee.hit_rate)}` : '-',
    knee ? ttlText(knee.ttl_s) : '-',
    verdictWords[verdict],
  ];
}

function totalText(assessment: Assessment, width: number, isAssumed: boolean): string {
  const { total, routes, curve } = assessment;
  const cached = routes.filter(isWorthIt);
  if (cached.length === 0) return 'No route is worth caching.\n';
  const [cheapest, ...others] = total.prices;
  const rows = [
    ['hits', `${percent(savedShare(assessment))} of their requests, each route with the TTL above`],
    ['memory', `${bytes(total.memory_bytes)} at most`],
    ['Redis', `${count(total.redis_commands)} commands a month`],
    [
      'price',
      `${money(total.price)} a month, Upstash ${cheapest?.plan ?? total.plan}${others.map(({ plan, price }) => `; ${plan} ${money(price)}`).join('')}`,
    ],
    [
      'origin',
      `${count(total.origin_requests_saved)} requests and ${bytes(total.bytes_saved)} a month saved`,
    ],
    [
      'saving',
      `${money(total.net_saving)} a month: ${money(total.origin_saving)} at the origin less ${money(total.price)}`,
    ],
  ];
  const errors = curve.filter(({ exact }) => !exact).map(({ error }) => error);
  const notes = [
    monthText(assessment),
    assumption(isAssumed),
    ...(errors.length > 0
      ? [
          `~ is of a sample of the keys, all routes together within ${(100 * Math.max(...errors)).toFixed(1)} points.`,
        ]
      : []),
  ];
  return `${[
    cached.length === 1
      ? '1 route is worth caching:'
      : `${count(cached.length)} of ${count(routes.length)} routes are worth caching, together:`,
    ...rows.flatMap(([name, says]) =>
      wrapped(says!, width, '           ').map((it, at) =>
        at === 0 ? `  ${name!.padEnd(9)}${it.trimStart()}` : it,
      ),
    ),
    ...wrapped(notes.join(' '), width, ''),
  ].join('\n')}\n`;
}

/** In one line of at most so many characters. */
const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

function wrapped(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  // A name may have no place to break it.
  return lines.map((it) => cut(indent + it, width));
}
