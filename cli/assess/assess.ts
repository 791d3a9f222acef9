import type { Assessment } from './assessment.ts';
import { addLoads, estimateOf, type Load, noLoad, timesAMonth } from './figures/estimate.ts';
import { entryBytes } from './figures/memory.ts';
import { ASSUMED_ORIGIN, type OriginPrice } from './figures/prices.ts';
import { assessRoute, findingsOf } from './figures/routes.ts';
import { bounds } from './replay/bounds.ts';
import { KeySums } from './replay/curve.ts';
import { Intake } from './replay/intake.ts';
import { readInOrder } from './replay/read-in-order.ts';
import { Reorder } from './replay/reorder.ts';
import { Replay } from './replay/replay.ts';
import type { LogSource, RouteTemplates } from './source.ts';

export interface AssessOptions {
  readonly templates: RouteTemplates;
  /** Milliseconds, ascending, none twice, at most `bounds.ttls`; default `DEFAULT_TTLS_MS`. */
  readonly ttlsMs?: readonly number[];
  /** How long a request of the origin takes where the log does not say; default 200 ms. */
  readonly assumedFetchMs?: number;
  /** Default: `ASSUMED_ORIGIN`. */
  readonly origin?: OriginPrice;
  /** Of the bytes on the disk; `bytes`: null where one of the sources does not know. Called once for each piece that is read. */
  readonly onProgress?: (bytesRead: number, bytes: number | null) => void;
  /** Keys held exactly; default as many as there is room for. */
  readonly mostKeys?: number;
  /** Lines held back until they are in order; default `bounds.reorder`. */
  readonly mostHeldBack?: number;
  /** Chooses another sample of the keys, where there has to be one. */
  readonly seed?: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Spaced about evenly on a logarithmic scale, from where a cache begins to collapse what comes at once up to a week. */
export const DEFAULT_TTLS_MS: readonly number[] = [
  ...[1, 5, 10, 30].map((it) => it * SECOND),
  ...[1, 2, 5, 10, 30].map((it) => it * MINUTE),
  ...[1, 3, 12].map((it) => it * HOUR),
  ...[1, 7].map((it) => it * DAY),
];

const ASSUMED_FETCH_MS = 200;

/** What a cache would do to the traffic that these logs show. Reads every source to its end, and closes it. Rejects where one cannot be read. */
export async function assess(
  sources: readonly LogSource[],
  {
    templates,
    ttlsMs = DEFAULT_TTLS_MS,
    assumedFetchMs = ASSUMED_FETCH_MS,
    origin = ASSUMED_ORIGIN,
    onProgress = () => {},
    mostKeys,
    mostHeldBack = bounds.reorder,
    seed = 0,
  }: AssessOptions,
): Promise<Assessment> {
  const replay = new Replay({ ttlsMs, assumedFetchMs, entryBytes, ...(mostKeys && { mostKeys }) });
  const reorder = new Reorder(mostHeldBack, replay.take);
  const intake = new Intake(templates, (event) => reorder.push(event), seed);
  const bytes = totalBytes(sources);
  await readInOrder(
    sources,
    (line, number, tells) => intake.take(line, number, tells),
    () => onProgress(bytesRead(sources), bytes),
  );
  reorder.end();

  const { fromMs, toMs } = intake;
  const times = timesAMonth(fromMs, toMs);
  const figures = { ttlsMs, assumedFetchMs, times, origin };
  const findings = findingsOf(templates.names(), intake.routes, replay, ttlsMs.length);
  const routes = findings
    .map((it) => assessRoute(it, figures))
    .toSorted(({ assessed: a }, { assessed: b }) => b.requests - a.requests || (a.route < b.route ? -1 : 1));
  const cached = routes.filter(({ assessed }) => assessed.verdict !== 'no');
  const files = sources.map((source) => source.report());
  return {
    requests: intake.requests,
    malformed: files.reduce((all, { malformed }) => all + malformed, 0),
    late: reorder.late,
    from: timeText(fromMs),
    to: timeText(toMs),
    files,
    routes: routes.map(({ assessed }) => assessed),
    curve: curveOfAll(replay, ttlsMs),
    total: estimateOf(
      cached.reduce<Load>((all, { load }) => addLoads(all, load), noLoad),
      times,
      origin,
    ),
  };
}

function curveOfAll({ keys, routes }: Replay, ttlsMs: readonly number[]) {
  const candidates = routes.reduce((all, route) => all + (route?.candidates ?? 0), 0);
  const sums = new KeySums(ttlsMs.length);
  for (let row = 0; row < keys.size; row++) sums.add(keys, row);
  return sums.curve(ttlsMs, candidates);
}

const timeText = (ms: number): string | null => (Number.isFinite(ms) ? new Date(ms).toISOString() : null);

const bytesRead = (sources: readonly LogSource[]): number =>
  sources.reduce((all, source) => all + source.bytesRead, 0);

const totalBytes = (sources: readonly LogSource[]): number | null =>
  sources.reduce<number | null>((all, { bytes }) => (all === null || bytes === null ? null : all + bytes), 0);
