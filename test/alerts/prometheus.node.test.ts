import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noDataExpression, rulesFile } from '../../dev/dashboards/rules.ts';
import { alertName, noDataName } from '../../src/alerts/names.ts';
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
afterAll(() => process.env['KEEP'] ? console.log(folder) : rm(folder, { recursive: true }));

/** What the evaluator says at each minute: the state, and whether missing data are told. */
function statesOf(alert: Alert, made: MadeSeries, minutes: number) {
  let state = newAlertsState;
  return Array.from({ length: minutes }, (_, i) => {
    if (i < made.fromMinute) return { state: 'inactive', isNoDataTold: false };
    const nowMs = i * 60_000;
    const { totals, gauges } = { totals: made.totals[i]!, gauges: made.gauges[i]! };
    ({ state } = alertsStep(state, { nowMs, alerts: [alert], totals, gauges, channels: [] }));
    const { state: is, told } = state.alerts[alert.name]!;
    return { state: is, isNoDataTold: told.noData !== null };
  });
}

test('promtool finds nothing in the rules', async (context) => {
  const promtool = promtoolFor(context);
  expect(await promtool('check', 'rules', join(folder, 'rules.yml'))).toMatch(/SUCCESS: 3\d|SUCCESS: 2\d/);
});

const seen = new Map<string, number>();

test.each(alerts.map((alert) => [alert.name, alert] as const))(
  'of %s they say the same in every minute of 210 made series',
  async (name, alert, context) => {
    const promtool = promtoolFor(context);
    const windowMinutes = 'windowMs' in alert.measure ? alert.measure.windowMs / 60_000 : 0;
    const minutes = windowMinutes + 100;
    const made = Array.from({ length: seriesPerRule }, (_, i) =>
      madeSeries(alert, minutes, 1000 * (i + 1) + name.length),
    );
    const said = made.map((it) => statesOf(alert, it, minutes));
    const labels = (i: number, more: Record<string, string>) =>
      `{${Object.entries({ instance: String(i), job: 'stillfresh', ...more })
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(', ')}}`;
    const samples = (of: (i: number) => string | null) =>
      made
        .map((_, i) => of(i))
        .filter((it) => it !== null)
        .map((it) => ({ labels: it, value: 1 }));
    const checks = Array.from({ length: minutes }, (_, minute) => {
      const at = { eval_time: `${minute}m` };
      const stateOf = (i: number) => said[i]![minute]!;
      for (let i = 0; i < made.length; i += 1)
        seen.set(`${name} ${stateOf(i).state}`, (seen.get(`${name} ${stateOf(i).state}`) ?? 0) + 1);
      return [
        {
          ...at,
          expr: `sum by (instance, job, alertstate) (ALERTS{alertname="${alertName(name)}"})`,
          exp_samples: samples((i) => {
            const { state } = stateOf(i);
            return state === 'firing' || state === 'pending' ? labels(i, { alertstate: state }) : null;
          }),
        },
        {
          ...at,
          expr: `sum by (instance, job) (${noDataExpression(name)}) * 0 + 1`,
          exp_samples: samples((i) => (stateOf(i).state === 'no-data' ? labels(i, {}) : null)),
        },
        {
          ...at,
          expr: `sum by (instance, job) (ALERTS{alertname="${noDataName(name)}", alertstate="firing"})`,
          exp_samples: samples((i) => (stateOf(i).isNoDataTold ? labels(i, {}) : null)),
        },
      ];
    }).flat();
    const file = join(folder, `${name}.json`);
    const group = {
      interval: '1m',
      input_series: made.flatMap((it, i) => inputSeries(String(i), it)),
      promql_expr_test: checks,
    };
    await writeFile(
      file,
      JSON.stringify({ rule_files: ['rules.yml'], evaluation_interval: '1m', tests: [group] }),
    );
    expect(
      await promtool('test', 'rules', file).catch((error: Error) => error.message.slice(0, 3000)),
    ).toContain('SUCCESS');
  },
  60_000,
);

test.runIf(process.env['SHOW_STATES'])('shows how often each state was seen', () =>
  console.log([...seen].map((it) => it.join(' ')).join('\n')),
);
