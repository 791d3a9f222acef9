import type { CurvePoint, RouteAssessment } from '../assessment.ts';
import { METHODS, RouteCounts, SIGNS } from '../replay/counts.ts';
import { KeySums } from '../replay/curve.ts';
import { INT } from '../replay/key-table.ts';
import type { Replay, RouteReplay } from '../replay/replay.ts';
import { estimateOf, type Load } from './estimate.ts';
import { kneeOf } from './knee.ts';
import { entryBytes } from './memory.ts';
import type { OriginPrice } from './prices.ts';
import { judge } from './verdict.ts';

/** All that is known of one route, whatever numbers its paths were given. */
export interface RouteFindings {
  readonly route: string;
  readonly counts: RouteCounts;
  readonly keys: KeySums;
  readonly replayed: RouteReplay[];
}

export interface FiguresOptions {
  readonly ttlsMs: readonly number[];
  readonly assumedFetchMs: number;
  /** Times of the log that a month holds. */
  readonly times: number;
  readonly origin: OriginPrice;
}

/** Numbers with one name are one route; a number whose lines are none is none. */
export function findingsOf(
  names: readonly string[],
  counts: readonly RouteCounts[],
  replay: Replay,
  ttls: number,
): readonly RouteFindings[] {
  const byName = new Map<string, RouteFindings>();
  const byNumber = counts.map((its, number) => {
    const route = names[number]!;
    let findings = byName.get(route);
    if (!findings) {
      findings = { route, counts: new RouteCounts(), keys: new KeySums(ttls), replayed: [] };
      byName.set(route, findings);
    }
    findings.counts.add(its);
    const replayed = replay.routes[number];
    if (replayed) findings.replayed.push(replayed);
    return findings;
  });
  for (let row = 0; row < replay.keys.size; row++)
    byNumber[replay.keys.int(row, INT.route)]!.keys.add(replay.keys, row);
  return [...byName.values()].filter(({ counts: { requests } }) => requests > 0);
}

/** A route's figures, and its load at the knee, for the sum of all that are cached. */
export function assessRoute(
  findings: RouteFindings,
  options: FiguresOptions,
): { readonly assessed: RouteAssessment; readonly load: Load } {
  const { route, counts, keys, replayed } = findings;
  const { requests } = counts;
  const candidates = sum(replayed, (it) => it.candidates);
  const curve = keys.curve(options.ttlsMs, candidates);
  const knee = kneeOf(curve);
  const load = loadAt(knee ? curve.indexOf(knee) : 0, findings, curve, options.assumedFetchMs);
  const signs = signsOf(counts);
  const judged = {
    ...{ route, requests, candidates, curve, knee, signs },
    mean_bytes: meanBytes(replayed),
    repeat_ratio: candidates === 0 ? 0 : Math.max(0, 1 - keys.keys / candidates),
    change: changeOf(findings),
  };
  const isAssumed = replayed.some((it) => it.isAssumed);
  const assessed: RouteAssessment = {
    ...{ route, requests, methods: methodsOf(counts), candidates },
    keys: Math.min(keys.keys, candidates),
    ...judged,
    stampedes: {
      collapsed: Math.round(sum(replayed, ({ collapsed }) => collapsed)),
      assumed_ms: isAssumed ? options.assumedFetchMs : null,
    },
    estimate: estimateOf(load, options.times, options.origin),
    ...judge(judged),
  };
  return { assessed, load };
}

function loadAt(
  ttl: number,
  { counts, replayed }: RouteFindings,
  curve: readonly CurvePoint[],
  assumedFetchMs: number,
): Load {
  const { requests, writes, timed, durationMs } = counts;
  const { hits, requests: candidates } = curve[ttl]!;
  const fetchMs = timed > 0 ? durationMs / timed : assumedFetchMs;
  return {
    requests,
    candidates,
    hits,
    writes,
    hitBytes: sum(replayed, (it) => it.hitBytes[ttl]!),
    memoryBytes: sum(replayed, (it) => it.live.peak(ttl)),
    // A hit reads the entry, a fill writes it.
    transferBytes: candidates * entryBytes(meanBytes(replayed) ?? 0, 0),
    savedMs: hits * fetchMs,
  };
}

function meanBytes(replayed: readonly RouteReplay[]): number | null {
  const sized = sum(replayed, (it) => it.sized);
  return sized > 0 ? Math.round(sum(replayed, (it) => it.sizedBytes) / sized) : null;
}

const methodsOf = ({ methods }: RouteCounts): Record<string, number> =>
  Object.fromEntries(
    METHODS.map((method, at) => [method, methods[at]!] as const).filter(([, count]) => count > 0),
  );

const signsOf = ({ signs, told }: RouteCounts) =>
  Object.fromEntries(
    SIGNS.map(([sign], at) => [sign, told[at]! > 0 ? signs[at]! / told[at]! : null]),
  ) as Record<(typeof SIGNS)[number][0], number | null>;

/**
 * By the surest of what the log shows: entity tags; then writes, where one came between two requests of a key; then sizes; then writes that nobody met. A
 * log of reads alone says nothing by its writes.
 */
function changeOf({ counts: { writes }, replayed }: RouteFindings): RouteAssessment['change'] {
  const shareBy = (by: keyof RouteReplay['change']) => {
    const pairs = sum(replayed, ({ change }) => change[by].pairs);
    return pairs > 0
      ? { share: sum(replayed, ({ change }) => change[by].changed) / pairs, by, writes }
      : null;
  };
  const byWrites = writes > 0 ? shareBy('writes') : null;
  const none = { share: null, by: null, writes };
  return shareBy('etag') ?? (byWrites?.share ? byWrites : (shareBy('size') ?? byWrites ?? none));
}

const sum = <T>(list: readonly T[], of: (it: T) => number): number =>
  list.reduce((all, it) => all + of(it), 0);
