import { problemCodes } from '../http/problem.ts';
import { type CounterId, counters, noClass, seriesKey } from './catalogue.ts';
import { noteNames } from './note-names.ts';
import { outcomeNames, reasons } from './outcome.ts';

type Values = Readonly<Record<string, readonly string[]>>;

/**
 * Values of labels that are few and known before anything is counted: Prometheus is shown a zero for each, so that a ratio or an increase over them
 * is never empty for want of a series.
 */
const known = {
  requests: { outcome: outcomeNames },
  reads: { outcome: outcomeNames },
  served_bytes: { outcome: outcomeNames },
  withheld_bytes: { outcome: outcomeNames },
  origin_fetches: { cause: ['miss', 'refresh', 'comparison', 'pass', 'write', 'hint', 'again'] },
  origin_failures: { kind: ['failed', 'timeout', 'truncated', 'overloaded'] },
  fills: {
    result: ['stored', 'stale', 'lease-lost', 'purged', 'late-tags-raced', 'overtaken', 'failed'],
  },
  comparisons: { result: ['equal', 'differs', 'stale', 'leak', 'failed', 'dropped'] },
  entry_faults: {
    fault: [
      ...(['of-another-key', 'of-another-tenant', 'of-another-user', 'of-another-shape'] as const),
      ...(['of-another-definition', 'other-version', 'corrupt'] as const),
    ],
  },
  purges: { state: ['accepted', 'applied', 'verified', 'failed', 'dead'] },
  canary_purges: { result: ['within', 'late', 'unseen', 'unmeasured'] },
  rollout_decisions: { decision: ['advance', 'finish', 'back', 'hold'] },
  breaker_changes: { state: ['open', 'closed'] },
  redis_failures: { kind: ['timeout', 'refused', 'no-room', 'unreachable', 'garbage', 'failed'] },
} as const satisfies Partial<Record<CounterId, Values>>;

/** Those that are many: there is a series once it is counted. */
const many = {
  request_reasons: { outcome: outcomeNames, reason: reasons() },
  refusals: { code: problemCodes() },
  notes: { note: noteNames },
  redis_commands: {
    verb: [
      ...(['lookup', 'lease', 'fill', 'release', 'purge'] as const),
      ...(['accept', 'read', 'page', 'due', 'reopen', 'verify', 'bury'] as const),
      ...(['count', 'scan', 'remove', 'swap'] as const),
      ...(['tell', 'told', 'figures', 'settle', 'info'] as const),
    ],
  },
} as const satisfies Partial<Record<CounterId, Values>>;

/** All the values that a label ever has: of another nothing is ever counted. What does not stand here, a class, is the strategy's. */
export const closedLabels: Partial<Record<CounterId, Values>> = { ...known, ...many };

type Known = typeof known & typeof many;
/** Of one label of a metric. */
export type LabelValue<I, L> = I extends keyof Known
  ? L extends keyof Known[I]
    ? Known[I][L] extends readonly (infer V extends string)[]
      ? V
      : string
    : string
  : string;

/** What is never counted for a request that no class answers. */
const ofClassesAlone: ReadonlySet<string> = new Set([
  'comparisons',
  'entry_faults',
  'fills',
  'reads',
  'rollout_decisions',
]);

/** Keys of the series that there are from the beginning on. `classes`: names of all that answer. */
export function zeroSeries(classes: readonly string[]): string[] {
  return (Object.keys(counters) as CounterId[]).flatMap((id) => {
    const { labels } = counters[id];
    const ofClass = ofClassesAlone.has(id) ? classes : [...classes, noClass];
    const ofId: Values = id in known ? known[id as keyof typeof known] : {};
    const values = (label: string) => ofId[label] ?? (label === 'class' ? ofClass : []);
    const combined = labels.reduce<readonly string[][]>(
      (all, label) => all.flatMap((before) => values(label).map((value) => [...before, value])),
      [[]],
    );
    return combined.map((it) => seriesKey(id, it));
  });
}
