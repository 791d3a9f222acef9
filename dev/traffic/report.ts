import type { Environment } from '../../cli/environment.ts';
import { table } from '../../cli/text.ts';
import { outcomeNames } from '../../src/telemetry/outcome.ts';
import type { TrafficOptions } from './options.ts';
import type { Progress, Traffic } from './run.ts';
import type { Tally } from './tally.ts';

const COULD_BE_HITS = ['hit', 'stale', 'miss', 'error'] as const;
const SHOWN_REASONS = 8;

type Totals = Pick<TrafficOptions, 'durationMs'>;

/** How far it is: in a terminal one line that is written over twice a second, elsewhere a line in ten seconds. */
export function progressOf({ stderr, env }: Pick<Environment, 'stderr' | 'env'>, totals: Totals) {
  const isTerminal = stderr.isTTY === true && env['TERM'] !== 'dumb';
  const everyMs = isTerminal ? 500 : 10_000;
  let nextMs = isTerminal ? 0 : everyMs;
  return {
    show(progress: Progress): void {
      if (progress.elapsedMs < nextMs) return;
      nextMs = progress.elapsedMs + everyMs;
      const line = progressLine(progress, totals);
      stderr.write(isTerminal ? `\r${line.slice(0, (stderr.columns || 80) - 1)}\u001b[K` : `${line}\n`);
    },
    end(): void {
      if (isTerminal) stderr.write('\r\u001b[K');
    },
  };
}

/** What matters comes first: a narrow terminal shows no more. */
function progressLine({ elapsedMs, tally, fault }: Progress, { durationMs }: Totals): string {
  const counts = outcomeNames.map((name) => `${name} ${tally.requestsOf(name)}`).join(', ');
  const goesWrong = fault === null ? '' : ` [${fault}]`;
  return `${clock(elapsedMs)} of ${clock(durationMs)}${goesWrong}  hit rate ${percent(tally.hitRate())}  ${counts}`;
}

/** The summary for a program. */
export const summaryOf = (
  { tally, elapsedMs, faults }: Traffic,
  options: TrafficOptions,
  consoleUrl: string,
) => ({
  seconds: Math.round(elapsedMs / 100) / 10,
  seed: options.seed,
  requests: tally.requestsOf(...outcomeNames),
  by_outcome: Object.fromEntries(outcomeNames.map((name) => [name, tally.requestsOf(name)])),
  hit_rate: tally.hitRate(),
  p50_ms: tally.took(0.5, ...COULD_BE_HITS),
  p95_ms: tally.took(0.95, ...COULD_BE_HITS),
  reasons: Object.fromEntries(reasonsOf(tally)),
  ...tally.done,
  faults: faults.map(({ kind, fromMs, toMs }) => ({ kind, from_s: fromMs / 1000, to_s: toMs / 1000 })),
  console: consoleUrl,
});

/** The same for people, and what to look at next. */
export function summaryText(traffic: Traffic, options: TrafficOptions, consoleUrl: string): string {
  const { tally, elapsedMs, faults } = traffic;
  const requests = tally.requestsOf(...outcomeNames);
  const rows = outcomeNames.map((name) => [
    name,
    String(tally.requestsOf(name)),
    percent(requests === 0 ? null : tally.requestsOf(name) / requests),
    ms(tally.took(0.5, name)),
    ms(tally.took(0.95, name)),
  ]);
  const { writes, changes, silent_changes, purges, conditional, not_modified, failed, left_out } = tally.done;
  const lines = [
    `${requests} requests in ${clock(elapsedMs)}, seed ${options.seed}; hit rate ${percent(tally.hitRate())}`,
    '',
    table([['OUTCOME', 'REQUESTS', 'SHARE', 'P50', 'P95'], ...rows]),
    `why        ${reasonsOf(tally)
      .slice(0, SHOWN_REASONS)
      .map(([why, n]) => `${why} ${n}`)
      .join(', ')}`,
    `ETag       ${conditional} requests showed one, ${not_modified} were answered 304`,
    `changes    ${writes} writes through the edge, ${changes} at the origin with a webhook, ${silent_changes} without; ${purges} purges by hand`,
    ...(failed > 0 ? [`failed     ${failed} calls had no answer, or were refused`] : []),
    ...(left_out > 0 ? [`left out   ${left_out}, because answers came too slowly`] : []),
    ...faults.map((it) => `fault      ${it.kind}, from ${clock(it.fromMs)} to ${clock(it.toMs)}`),
    '',
    'Look at it, a minute from now at the latest, with the ADMIN_TOKEN that npm run dev printed:',
    `  ${consoleUrl}`,
    '  npx stillfresh top',
    '  npx stillfresh alerts',
  ];
  return `${lines.join('\n')}\n`;
}

const reasonsOf = ({ reasons }: Tally) => [...reasons].sort(([, a], [, b]) => b - a);

/** `1:05`. */
function clock(elapsedMs: number): string {
  const s = Math.round(elapsedMs / 1000);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

const percent = (rate: number | null) => (rate === null ? '-' : `${(100 * rate).toFixed(1)} %`);
const ms = (n: number | null) => (n === null ? '-' : `${Number(n.toPrecision(2))} ms`);
