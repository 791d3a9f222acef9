import { boundaryOf } from '../../src/alerts/terms.ts';
import type { Measure, Sum } from '../../src/strategy/alert-types.ts';
import { counters, gauges, histograms } from '../../src/telemetry/catalogue.ts';
import { bucketMostMs } from '../../src/telemetry/histogram.ts';

/**
 * PromQL that measures what the Worker's own evaluator does (src/alerts/value.ts). Totals are kept in Redis, never fall and begin at no reset: so
 * `x - x offset w` is what they grew by, to the digit, where `increase` would extrapolate. One deployment is one target.
 */
export const by = 'by (job, instance)';

/** There from the first tick of the cron on: a total that is not there beside it is 0. */
const zero = (offset: string) => `sum ${by} (${gauges.rolled_up.name}${offset}) * 0`;

type Where = Sum['where'];

const quoted = (text: string) => JSON.stringify(text);
const literally = (text: string) => text.replace(/[.]/g, '\\.');

export function selector(name: string, where: Where): string {
  const parts = Object.entries(where).map(([label, values]) =>
    values.length === 1
      ? `${label}=${quoted(values[0]!)}`
      : `${label}=~${quoted(values.map(literally).join('|'))}`,
  );
  return parts.length === 0 ? name : `${name}{${parts.join(', ')}}`;
}

/** What it grew by in the window. */
export function grown(selected: string, windowMs: number): string {
  const offset = ` offset ${windowMs / 60_000}m`;
  const total = (at: string) => `(sum ${by} (${selected}${at}) or ${zero(at)})`;
  return `(\n  ${total('')}\n  -\n  ${total(offset)}\n)`;
}

const inner = (lines: string) => `(\n${lines.replace(/^/gm, '  ')}\n)`;

const grownSum = ({ counter, where }: Sum, windowMs: number) =>
  grown(selector(counters[counter].name, where), windowMs);

/** Nothing where nothing can be said. */
export function expressionOf(measure: Measure): string {
  switch (measure.is) {
    case 'increase':
      return grownSum(measure.of, measure.windowMs);
    case 'ratio':
      return `${grownSum(measure.of, measure.windowMs)}\n/\n${inner(`${grownSum(measure.to, measure.windowMs)} >= ${measure.atLeast}`)}`;
    case 'gauge': {
      const of = `sum ${by} (${gauges[measure.of].name})`;
      return measure.to === null ? of : `${of}\n/\n(sum ${by} (${gauges[measure.to].name}) > 0)`;
    }
    case 'share': {
      const { name } = histograms[measure.of];
      const where: Where = measure.class === null ? {} : { class: [measure.class] };
      const le = String(bucketMostMs(boundaryOf(measure.longerThanMs)) / 1000);
      const all = grown(selector(`${name}_count`, where), measure.windowMs);
      const within = grown(selector(`${name}_bucket`, { ...where, le: [le] }), measure.windowMs);
      return `${inner(`${all}\n-\n${within}`)}\n/\n${inner(`${all} >= ${measure.atLeast}`)}`;
    }
  }
}

/** The metric that a rule records it under, so that dashboards show what the alert sees. */
export const recordOf = (name: string): string => `stillfresh:${name.replaceAll('-', '_')}`;
