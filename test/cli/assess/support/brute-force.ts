import type { LogLine } from '../../../../cli/assess/log-line.ts';

export interface Replayed {
  readonly requests: number;
  readonly hits: number;
}

/**
 * The replay as architecture says it, one TTL at a time, with nothing clever: lines by time and then by place in the file; a map of the latest fill of
 * each key. By route, and under `''` in all.
 */
export function bruteForce(
  lines: readonly LogLine[],
  ttlMs: number,
  routeOf: (path: string) => string,
): Map<string, Replayed> {
  const ordered = lines
    .map((line, place) => ({ line, place }))
    .sort((a, b) => a.line.timeMs - b.line.timeMs || a.place - b.place);
  const filledAt = new Map<string, number>();
  const found = new Map<string, Replayed>();
  for (const { line } of ordered) {
    const path = line.target.split('?')[0]!;
    if (['POST', 'PUT', 'PATCH', 'DELETE'].includes(line.method) && line.status < 400)
      for (const key of filledAt.keys()) if (key.split('?')[0] === path) filledAt.delete(key);
    if (line.method !== 'GET' || (line.status !== 200 && line.status !== 304)) continue;
    const filled = filledAt.get(line.target);
    const isHit = filled !== undefined && line.timeMs - filled < ttlMs;
    if (!isHit) filledAt.set(line.target, line.timeMs);
    for (const route of ['', routeOf(path)]) {
      const { requests, hits } = found.get(route) ?? { requests: 0, hits: 0 };
      found.set(route, { requests: requests + 1, hits: hits + Number(isHit) });
    }
  }
  return found;
}
