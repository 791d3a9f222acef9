import { boundaryOf } from '../../src/alerts/terms.ts';
import { bounds } from '../../src/bounds.ts';
import type { Measure, Sum, Where } from '../../src/strategy/alert-types.ts';
import { counters, gauges, histograms, noClass } from '../../src/telemetry/catalogue.ts';
import { bucketMostMs } from '../../src/telemetry/histogram.ts';

/**
 * PromQL that measures what the Worker's own evaluator does (src/alerts/value.ts). Totals are kept in Redis, never fall and begin at no reset: so
 * `x - x offset w` is what they grew by, to the digit, where `increase` would extrapolate. One deployment is one target.
 */
export const by = 'by (job, instance)';

/** There from the first tick of the cron on: a total that is not there beside it is 0. */
const zero = (offset: string) => `sum ${by} (${gauges.rolled_up.name}${offset}) * 0`;

const quoted = (text: string) => JSON.stringify(text);
const literally = (text: string) => text.replace(/[.]/g, '\\.');

export function selector(name: string, where: Where): string {
  return selected(
    name,
    Object.entries(where).map(([label, values]) =>
      values.length === 1
        ? `${label}=${quoted(values[0]!)}`
        : `${label}=~${quoted(values.map(literally).join('|'))}`,
    ),
  );
}

export const ofClasses = `class!=${quoted(noClass)}`;
const selected = (name: string, parts: readonly string[]) =>
  parts.length === 0 ? name : `${name}{${parts.join(', ')}}`;

/** As src/alerts/terms.ts has it: without a class, of all classes. */
function summed({ name, labels }: Named, where: Where, suffix = ''): string {
  const isOfAll = labels.includes('class') && !where['class'];
  const own = selector('', where).slice(1, -1);
  return selected(name + suffix, [...(own === '' ? [] : [own]), ...(isOfAll ? [ofClasses] : [])]);
}
type Named = { readonly name: string; readonly labels: readonly string[] };

/** What it grew by in the window; nothing where the cron had not run then, for it would be of a longer time. */
export function grown(of: string, windowMs: number): string {
  const offset = ` offset ${windowMs / 60_000}m`;
  const total = (at: string) => `(sum ${by} (${of}${at}) or ${zero(at)})`;
  const then = `${gauges.rolled_up.name}${offset}`;
  const isThen = `time() - ${windowMs / 1000} - ${then} <= ${bounds.alertLateMs / 1000}`;
  return `(\n  ${total('')}\n  -\n  ${total(offset)}\n  and on (job, instance) ${isThen}\n)`;
}

const inner = (lines: string) => `(\n${lines.replace(/^/gm, '  ')}\n)`;

const grownSum = ({ counter, where }: Sum, windowMs: number) =>
  grown(summed(counters[counter], where), windowMs);

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
      const of = histograms[measure.of];
      const where: Where = measure.class === null ? {} : { class: [measure.class] };
      const le = String(bucketMostMs(boundaryOf(measure.longerThanMs)) / 1000);
      const all = grown(summed(of, where, '_count'), measure.windowMs);
      const within = grown(summed(of, { ...where, le: [le] }, '_bucket'), measure.windowMs);
      return `${inner(`${all}\n-\n${within}`)}\n/\n${inner(`${all} >= ${measure.atLeast}`)}`;
    }
  }
}

/** The metric that a rule records it under, so that dashboards show what the alert sees. */
export const recordOf = (name: string): string => `stillfresh:${name.replaceAll('-', '_')}`;
