import { resolve } from 'node:path';
import { defineCommand, type Values } from '../args/definition.ts';
import { durationMs, numberOf, wholeNumberOf } from '../args/values.ts';
import { UsageError } from '../failure.ts';
import { DEFAULT_TTLS_MS } from './assess.ts';
import type { OriginPrice } from './figures/prices.ts';
import { ttlText } from './figures/words.ts';
import { FORMAT_NAMES } from './read/formats.ts';
import { bounds } from './replay/bounds.ts';
import { type Order, orders } from './report/order.ts';
import { type Pattern, parsePatterns } from './routes/patterns.ts';

const files = 'files';
const report = 'report';

export const assessCommand = defineCommand({
  name: 'assess',
  typed: 'npm run assess --',
  description:
    'Replays access logs, and says of each route what a cache would answer, what that costs and saves, and whether to cache it',
  args: {
    FILE: {
      type: 'positional',
      multiple: true,
      required: 'give an access log: npm run assess -- access.log, or - for standard input',
      description: 'an access log, compressed by gzip or not; - is standard input',
    },
    ttl: {
      type: 'string',
      valueHint: 'LIST',
      description: `the TTLs to replay, at most ${bounds.ttls}, such as 60s,10m,1h (default ${DEFAULT_TTLS_MS.map((it) => ttlText(it / 1000)).join(',')})`,
    },
    format: {
      type: 'enum',
      valueHint: 'NAME',
      options: FORMAT_NAMES,
      description: `of all files (default: as their first lines say): ${FORMAT_NAMES.join(', ')}`,
    },
    route: {
      type: 'string',
      valueHint: 'PATTERN',
      multiple: true,
      description: "a route that you know: /v1/:tenant/invoices, '/v1/:tenant/*', '/static/**'",
    },
    templates: { type: 'boolean', default: true, description: 'each path is a route, without its query' },
    'origin-price': {
      type: 'string',
      valueHint: 'DOLLARS',
      description:
        'of a million requests of your origin, all that they cost (default: assumed, as the report says)',
    },
    json: {
      type: 'boolean',
      group: report,
      description: 'all of it as one JSON object on stdout, and nothing else there',
    },
    top: { type: 'string', valueHint: 'N', default: '20', group: report, description: 'routes in the table' },
    sort: {
      type: 'enum',
      options: orders,
      default: 'requests',
      group: report,
      description: 'which come first',
    },
    html: {
      type: 'string',
      valueHint: 'FILE',
      group: files,
      description: 'write the report as one page, with a plot of each route',
    },
    emit: {
      type: 'string',
      valueHint: 'DIR',
      group: files,
      description: 'write DIR/strategy.ts: a data class for each route that is worth caching, in shadow mode',
    },
    force: { type: 'boolean', group: files, description: 'let --emit write over DIR/strategy.ts' },
  },
  examples: [
    'npm run assess -- access.log',
    'npm run assess -- access.log* --ttl 60s,10m,1h --html report.html',
    'zcat -f access.log* | npm run -s assess -- - --json',
  ],
  stray: 'it takes files and flags',
  notes: `docs/assess.md says which logs it reads, what is replayed, and what each figure means. Exit codes:
  0  assessed
  1  no line could be read, or --emit found no route worth caching
  2  the command is refused, or a file of it cannot be read or written`,
});

export interface AssessCommandOptions {
  readonly files: readonly string[];
  readonly format: string | undefined;
  /** Undefined: the defaults. */
  readonly ttlsMs: readonly number[] | undefined;
  /** Null: each path is a route. */
  readonly patterns: readonly Pattern[] | null;
  /** Undefined: assumed. */
  readonly origin: OriginPrice | undefined;
  readonly json: boolean;
  readonly top: number;
  readonly sort: Order;
  readonly html: string | undefined;
  readonly emit: string | undefined;
  readonly force: boolean;
}

/** Throws a `Failure` for what cannot be meant. */
export function assessOptions(values: Values<typeof assessCommand.args>): AssessCommandOptions {
  const { FILE, ttl, format, route, templates, json, sort, html, emit, force } = values;
  const given = FILE ?? [];
  if (!templates && route !== undefined)
    throw new UsageError(
      '--route and --no-templates: without templates each path is a route; give one of both',
    );
  if (force && emit === undefined) throw new UsageError('--force is of --emit; leave it out');
  if (html !== undefined && given.some((it) => resolve(it) === resolve(html)))
    throw new UsageError(`--html ${html} is the log itself; name another file`);
  const price = values['origin-price'];
  return {
    ...{ files: given, format, json, sort, html, emit, force },
    ttlsMs: ttl === undefined ? undefined : ttlsOf(ttl),
    patterns: templates ? parsePatterns(route ?? []) : null,
    origin: price === undefined ? undefined : originOf(price),
    top: wholeNumberOf('--top', values.top, { least: 1, most: 100_000 }),
  };
}

/** Ascending, none twice. */
function ttlsOf(text: string): readonly number[] {
  const all = text.split(',').map((it) => durationMs('--ttl', it, { most: '365d', example: '60s,10m,1h' }));
  const ttls = [...new Set(all)].sort((a, b) => a - b);
  if (ttls.length > bounds.ttls)
    throw new UsageError(
      `--ttl: ${ttls.length} are more than the ${bounds.ttls} that can be replayed at once`,
    );
  return ttls;
}

const originOf = (text: string): OriginPrice => ({
  dollarsPerRequest: numberOf('--origin-price', text, { least: 0, most: 1_000_000 }) / 1e6,
  dollarsPerSecond: 0,
  dollarsPerByte: 0,
});
