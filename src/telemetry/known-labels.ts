import { type CounterId, counters, noClass, seriesKey } from './catalogue.ts';
import { outcomeNames } from './outcome.ts';

/**
 * Values of labels that are few and known before anything is counted: Prometheus is shown a zero for each, so that a ratio or an increase over them
 * is never empty for want of a series. Of what does not stand here there is a series once it is counted.
 */
const known: Partial<Record<CounterId, Readonly<Record<string, readonly string[]>>>> = {
  requests: { outcome: outcomeNames },
  served_bytes: { outcome: outcomeNames },
  origin_fetches: { cause: ['miss', 'refresh', 'comparison', 'pass', 'write'] },
  origin_failures: { kind: ['failed', 'timeout', 'overloaded'] },
  comparisons: { result: ['equal', 'differs', 'stale', 'failed'] },
  entry_faults: { fault: ['of-another-key', 'of-another-tenant', 'of-another-user'] },
  purges: { state: ['accepted', 'applied', 'verified', 'failed', 'dead'] },
  breaker_changes: { state: ['open', 'closed'] },
};

/** What is never counted for a request that no class answers. */
const ofClassesAlone: ReadonlySet<string> = new Set(['comparisons', 'entry_faults']);

/** Keys of the series that there are from the beginning on. `classes`: names of all that answer. */
export function zeroSeries(classes: readonly string[]): string[] {
  return (Object.keys(counters) as CounterId[]).flatMap((id) => {
    const { labels } = counters[id];
    const ofClass = ofClassesAlone.has(id) ? classes : [...classes, noClass];
    const values = (label: string) => known[id]?.[label] ?? (label === 'class' ? ofClass : []);
    const combined = labels.reduce<readonly string[][]>(
      (all, label) => all.flatMap((before) => values(label).map((value) => [...before, value])),
      [[]],
    );
    return combined.map((it) => seriesKey(id, it));
  });
}
