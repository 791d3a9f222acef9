import {
  alertName,
  labelsOf,
  noDataName,
  notRolledUpLabels,
  notRolledUp as ownName,
  placeOf,
} from '../../src/alerts/names.ts';
import type { Alert } from '../../src/strategy/alert-types.ts';
import { gauges } from '../../src/telemetry/catalogue.ts';
import { expressionOf, recordOf } from './promql.ts';

interface Rule {
  readonly head: readonly (readonly [field: string, value: string])[];
  readonly expr: string;
  readonly for?: string;
  readonly keepFiring?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const head = `# What the Worker watches by itself, for a Prometheus that scrapes its /-/metrics: the same alerts, by the same numbers.
# Made by 'npm run dashboards' from src/telemetry/catalogue.ts and the strategy's alerts; not to be edited by hand.
#
# Two rules for each: the fault, and that nothing can be measured. A deployment is one target (job, instance).
groups:
  - name: stillfresh
    interval: 1m
    rules:
`;

/** Prometheus takes whole numbers alone. */
const span = (ms: number) => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);
/** As text of a template. */
const literally = (text: string) => text.replaceAll('{{', '{{ "{{" }}');

/** The rules of these alerts, as Prometheus reads them. */
export const rulesFile = (alerts: readonly Alert[], more: readonly Rule[] = [notRolledUp]): string =>
  head + [...alerts.flatMap(rulesOf), ...more].map(textOf).join('');

function rulesOf(alert: Alert): Rule[] {
  const { name, measure, comparison, bound, forMs, keepFiringMs, noDataMs } = alert;
  const says = literally(alert.says);
  const record = recordOf(name);
  const see = placeOf(name);
  return [
    { head: [['record', record]], expr: expressionOf(measure) },
    {
      head: [['alert', alertName(name)]],
      expr: `${record} ${comparison === 'above' ? '>' : '<'} ${bound}`,
      ...(forMs > 0 && { for: span(forMs) }),
      ...(keepFiringMs > 0 && { keepFiring: span(keepFiringMs) }),
      labels: rest(labelsOf(alert, 'firing')),
      annotations: { summary: `${name}: {{ $value }} is ${comparison} ${bound}`, description: says, see },
    },
    ...(noDataMs === null
      ? []
      : [
          {
            head: [['alert', noDataName(name)]] as const,
            expr: noDataExpression(name),
            for: span(noDataMs),
            labels: rest(labelsOf(alert, 'noData')),
            annotations: { summary: `${name}: nothing can be measured`, description: says, see },
          },
        ]),
  ];
}

/** Where the cron runs, and this cannot be measured. */
export const noDataExpression = (name: string): string =>
  `${gauges.rolled_up.name} unless on (job, instance) ${recordOf(name)}`;

const rolledUp = gauges.rolled_up.name;
/** What the Worker cannot tell by itself: it, its cron or its Redis is gone. Of each deployment, while the others are there: an absence alone is of all. */
const notRolledUp: Rule = {
  head: [['alert', notRolledUpLabels.alertname]],
  expr: [
    `time() - ${rolledUp} > 600`,
    `or (last_over_time(${rolledUp}[1d]) unless ${rolledUp})`,
    `or absent_over_time(${rolledUp}[1d])`,
  ].join('\n'),
  for: '5m',
  labels: { severity: notRolledUpLabels.severity },
  annotations: {
    summary: 'Nothing was rolled up for 10 minutes, or there is nothing to scrape',
    description:
      'Nothing is evaluated, and no purge is looked after: is the Worker deployed, does its cron run, and does Redis answer?',
    see: placeOf(ownName),
  },
};

const rest = ({ alertname: _, ...labels }: ReturnType<typeof labelsOf>) => labels;

function textOf({
  head: [[kind, name] = ['', '']],
  expr,
  for: wait,
  keepFiring,
  labels,
  annotations,
}: Rule): string {
  const map = (field: string, of: Readonly<Record<string, string>>) => [
    `        ${field}:`,
    ...Object.entries(of).map(([key, value]) => `          ${key}: ${JSON.stringify(value)}`),
  ];
  const lines = [
    `      - ${kind}: ${name}`,
    ...(expr.includes('\n') || expr.length > 80
      ? ['        expr: |-', ...expr.split('\n').map((line) => `          ${line}`)]
      : [`        expr: ${JSON.stringify(expr)}`]),
    ...(wait === undefined ? [] : [`        for: ${wait}`]),
    ...(keepFiring === undefined ? [] : [`        keep_firing_for: ${keepFiring}`]),
    ...(labels ? map('labels', labels) : []),
    ...(annotations ? map('annotations', annotations) : []),
  ];
  return `${lines.join('\n')}\n`;
}
