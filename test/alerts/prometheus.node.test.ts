import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noDataExpression, rulesFile } from '../../dev/dashboards/rules.ts';
import { alertName, noDataName } from '../../src/alerts/names.ts';
import { newOutage } from '../../src/alerts/outage.ts';
import { newAlertsState } from '../../src/alerts/state.ts';
import { alertsStep } from '../../src/alerts/step.ts';
import { compileAlerts } from '../../src/strategy/alert.ts';
import type { Alert } from '../../src/strategy/alert-types.ts';
import { promtoolFor } from '../support/node/promtool.ts';
import { inputSeries, type MadeSeries, madeSeries } from './support/made-series.ts';

/** Prometheus and the Worker's evaluator are shown the same series, and must say the same of them, minute by minute. */
const { alerts } = compileAlerts({}, []);
const seriesPerRule = 210;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stillfresh-promtool-'));
  await writeFile(join(folder, 'rules.yml'), rulesFile(alerts));
});
afterAll(() => rm(folder, { recursive: true }));

/** What the evaluator says at each minute: the state, and whether missing data are told. */
function statesOf(alert: Alert, made: MadeSeries, minutes: number) {
  let state = newAlertsState;
  return Array.from({ length: minutes }, (_, i) => {
    if (i < made.fromMinute) return { state: 'inactive' as const, isTold: false };
    const nowMs = i * 60_000;
    const { totals, gauges } = { totals: made.totals[i]!, gauges: made.gauges[i]! };
    ({ state } = alertsStep(state, {
      nowMs,
      alerts: [alert],
      totals,
      gauges,
      channels: [],
      outage: newOutage(),
    }));
    const { state: is, told } = state.alerts[alert.name]!;
    return { state: is, isTold: told.noData !== null };
  });
}

test('promtool finds nothing in the rules', async (context) => {
  const promtool = promtoolFor(context);
  expect(await promtool('check', 'rules', join(folder, 'rules.yml'))).toMatch(/SUCCESS: 3\d|SUCCESS: 2\d/);
});

/** `promtool test rules`: what it says of these series. */
async function verdict(
  promtool: Awaited<ReturnType<typeof promtoolFor>>,
  rules: string,
  test: { readonly input_series: readonly object[]; readonly [more: string]: unknown },
) {
  const made = await mkdtemp(join(folder, 'case-'));
  await writeFile(join(made, 'rules.yml'), rules);
  const tests = [{ interval: '1m', ...test }];
  const text = JSON.stringify({ rule_files: ['rules.yml'], evaluation_interval: '1m', tests });
  await writeFile(join(made, 'test.json'), text);
  return promtool('test', 'rules', join(made, 'test.json')).catch((error: Error) => error.message);
}
const rolledUp = (instance: string, values: string) => ({
  series: `stillfresh_rolled_up_timestamp_seconds{job="stillfresh", instance="${instance}"}`,
  values,
});

test.for([
  ['is not scraped any more', '0+60x20 stale _x60', ['b']],
  ['stands still', `0+60x20 ${'1200 '.repeat(60)}`, ['b']],
  ['is well', '0+60x90', []],
] as const)('one deployment of two that %s is told', async ([, values, gone], context) => {
  const exp_alerts = gone.map((instance) => ({
    exp_labels: { severity: 'critical', job: 'stillfresh', instance },
  }));
  const output = await verdict(promtoolFor(context), rulesFile([]).split('annotations:')[0]!, {
    input_series: [rolledUp('a', '0+60x90'), rolledUp('b', values)],
    alert_rule_test: [{ eval_time: '60m', alertname: 'StillfreshNotRolledUp', exp_alerts }],
  });
  expect(output).toContain('SUCCESS');
});

test('after hours without a cron there are no data for a window, as the evaluator has it', async (context) => {
  const cost = alerts.filter(({ name }) => name === 'cost-per-hour');
  const price = {
    series: 'stillfresh_redis_price_dollars_total{job="stillfresh", instance="a"}',
    values: '0+0.01x60 0.6+0x299 3.6+0.01x120',
  };
  const still = `0+60x60 ${'3600 '.repeat(300)}21660+60x120`;
  const expr = 'stillfresh:cost_per_hour > -1';
  const output = await verdict(promtoolFor(context), rulesFile(cost, []), {
    input_series: [rolledUp('a', still), price],
    promql_expr_test: [
      { expr, eval_time: '362m', exp_samples: [] },
      {
        expr: 'count_over_time(ALERTS{alertname="StillfreshCostPerHour"}[400m])',
        eval_time: '470m',
        exp_samples: [],
      },
      { expr: `count(${expr})`, eval_time: '425m', exp_samples: [{ labels: '{}', value: 1 }] },
    ],
  });
  expect(output).toContain('SUCCESS');
});

test('whatever a strategy may say makes rules that Prometheus takes', async (context) => {
  const says = 'Look at {{ $labels.nothing }} "quoted" \\ {{ end }}.';
  const measure = { gauge: 'redis_memory_used' } as const;
  const odd = compileAlerts(
    { odd: { measure, above: 1e-7, for: '1500ms', keepFiring: '0.5s', noData: '1500ms', says } },
    [],
  ).alerts.filter(({ name }) => name === 'odd');
  const file = join(folder, 'odd.yml');
  await writeFile(file, rulesFile(odd));
  const promtool = promtoolFor(context);
  expect(await promtool('check', 'rules', file)).toContain('SUCCESS: 4');
  const output = await verdict(promtool, rulesFile(odd, []), {
    input_series: [{ series: 'stillfresh_redis_memory_used_bytes{job="s", instance="a"}', values: '1x9' }],
    alert_rule_test: [
      {
        eval_time: '5m',
        alertname: 'StillfreshOdd',
        exp_alerts: [
          {
            exp_labels: { severity: 'warning', job: 's', instance: 'a' },
            exp_annotations: {
              summary: 'odd: 1 is above 1e-7',
              description: says,
              see: 'docs/operations.md#alerts',
            },
          },
        ],
      },
    ],
  });
  expect(output).toContain('SUCCESS');
});

/** One number for each state, as the series `expected` has it. */
const codes = { inactive: 0, pending: 1, firing: 2, 'no-data': 3 } as const;
const both = 'by (job, instance)';
const statesSeen = (said: readonly { readonly state: keyof typeof codes }[][]) =>
  [...new Set(said.flat().map(({ state }) => state))].toSorted();

/** A rule after the others in their group, that notes where Prometheus and `expected` differ in this minute. */
function differences(name: string): string {
  const alert = (of: string, state: string) =>
    `sum ${both} (ALERTS{alertname="${of}", alertstate="${state}"})`;
  const inactive = `0 * sum ${both} (expected)`;
  const pending = alert(alertName(name), 'pending');
  const firing = `2 * ${alert(alertName(name), 'firing')}`;
  // What fires is kept firing while nothing can be measured: the evaluator's word for both is no-data.
  const noData = `3 + 0 * sum ${both} (${noDataExpression(name)})`;
  const told = alert(noDataName(name), 'firing');
  const rules = [
    ['differs', `expected != on (job, instance) (${noData} or ${pending} or ${firing} or ${inactive})`],
    ['differs_told', `expected_told != on (job, instance) (${told} or ${inactive})`],
  ];
  return rules.map(([record, expr]) => `      - record: ${record}\n        expr: '${expr}'\n`).join('');
}

/** In how many minutes of which deployments they did. */
const checksOf = (minutes: number) =>
  ['differs', 'differs_told'].map((record) => ({
    expr: `count_over_time(${record}[${minutes}m])`,
    eval_time: `${minutes - 1}m`,
    exp_samples: [],
  }));

test.for(alerts)(
  'of $name they say the same in every minute of 210 made series',
  { timeout: 60_000 },
  async (alert, context) => {
    const { name } = alert;
    const promtool = promtoolFor(context);
    const windowMinutes = 'windowMs' in alert.measure ? alert.measure.windowMs / 60_000 : 0;
    const minutes = windowMinutes + (windowMinutes < 30 ? 70 : 40);
    const made = Array.from({ length: seriesPerRule }, (_, i) =>
      madeSeries(alert, minutes, 1000 * (i + 1) + name.length),
    );
    const said = made.map((it) => statesOf(alert, it, minutes));
    // The series are worth something: every state that there can be is among them.
    const hasFor = alert.forMs > 0 ? ['pending'] : [];
    expect(statesSeen(said)).toEqual(['firing', 'inactive', 'no-data', ...hasFor]);

    const expected = said.flatMap((states, i) => {
      const target = `{job="stillfresh", instance="${i}"}`;
      return [
        { series: `expected${target}`, values: states.map(({ state }) => codes[state]).join(' ') },
        { series: `expected_told${target}`, values: states.map(({ isTold }) => Number(isTold)).join(' ') },
      ];
    });
    const group = {
      interval: '1m',
      input_series: [...made.flatMap((it, i) => inputSeries(String(i), it)), ...expected],
      promql_expr_test: checksOf(minutes),
    };
    // Its own rules, as they stand in the file of all: to evaluate all of them for each would take ten times as long.
    const rules = rulesFile([alert], []);
    await writeFile(join(folder, `${name}.yml`), `${rules}${differences(name)}`);
    const file = join(folder, `${name}.json`);
    const tests = { rule_files: [`${name}.yml`], evaluation_interval: '1m', tests: [group] };
    await writeFile(file, JSON.stringify(tests));
    const output = await promtool('test', 'rules', file).catch((error: Error) => error.message);
    expect(output.slice(0, 2000)).toContain('SUCCESS');
  },
);
