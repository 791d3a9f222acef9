import { parseList } from 'structured-headers';
import {
  bucketOf,
  type Histogram,
  merge,
  newHistogram,
  observe,
  quantileMs,
} from '../../src/telemetry/histogram.ts';
import type { OutcomeName } from '../../src/telemetry/outcome.ts';

/** What an answer says of itself. */
export interface Said {
  readonly outcome: OutcomeName;
  /** `uri-miss`, `stale purged`, `forbidden`; empty for a plain hit. */
  readonly why: string;
}

/** By `Cache-Status`, RFC 9211, and where it says nothing of an entry, by the status. */
export function saidBy(status: number, cacheStatus: string | null): Said {
  const parameters = parametersOf(cacheStatus);
  const word = (name: string) => (parameters.has(name) ? String(parameters.get(name)) : null);
  const [fwd, detail, ttl] = [word('fwd'), word('detail'), Number(word('ttl') ?? 1)];
  const why = [fwd, detail].filter((it) => it !== null).join(' ');
  if (status >= 500) return { outcome: 'error', why: why || `status ${status}` };
  if (parameters.has('hit')) return { outcome: ttl > 0 ? 'hit' : 'stale', why: detail ?? '' };
  if (fwd !== null) return { outcome: fwd === 'bypass' || fwd === 'method' ? 'bypass' : 'miss', why };
  return status >= 400 ? { outcome: 'refused', why: why || `status ${status}` } : { outcome: 'bypass', why };
}

function parametersOf(cacheStatus: string | null): ReadonlyMap<string, unknown> {
  try {
    return parseList(cacheStatus ?? '').at(-1)?.[1] ?? new Map();
  } catch {
    return new Map();
  }
}

/** How many different ones are remembered. */
const MOST_REASONS = 64;

/** What became of the traffic. */
export class Tally {
  readonly outcomes = new Map<OutcomeName, { requests: number; readonly took: Histogram }>();
  readonly reasons = new Map<string, number>();
  readonly done = {
    reads: 0,
    conditional: 0,
    not_modified: 0,
    writes: 0,
    changes: 0,
    silent_changes: 0,
    purges: 0,
    /** Beside the edge's own answers: calls that had none, and changes and purges that were refused. */
    failed: 0,
    /** Not sent, because those before them were not answered yet. */
    left_out: 0,
  };

  count({ outcome, why }: Said, ms: number): void {
    const of = this.outcomes.get(outcome) ?? { requests: 0, took: newHistogram() };
    this.outcomes.set(outcome, of);
    of.requests += 1;
    of.took.sumMs += ms;
    observe(of.took, bucketOf(ms));
    if (why === '' || (!this.reasons.has(why) && this.reasons.size >= MOST_REASONS)) return;
    this.reasons.set(why, (this.reasons.get(why) ?? 0) + 1);
  }

  requestsOf(...names: readonly OutcomeName[]): number {
    return names.reduce((sum, name) => sum + (this.outcomes.get(name)?.requests ?? 0), 0);
  }

  /** 0 to 1; null: nothing was asked that could have been one. */
  hitRate(): number | null {
    const asked = this.requestsOf('hit', 'stale', 'miss', 'error');
    return asked === 0 ? null : this.requestsOf('hit', 'stale') / asked;
  }

  /** At most this long it took in `share` of the cases of these outcomes. */
  took(share: number, ...names: readonly OutcomeName[]): number | null {
    const all = newHistogram();
    for (const name of names) merge(all, this.outcomes.get(name)?.took ?? newHistogram());
    return quantileMs(all, share);
  }
}
