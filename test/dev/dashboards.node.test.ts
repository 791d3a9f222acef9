import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { prometheusText } from '../../src/figures/prometheus.ts';
import { newRollUpState } from '../../src/figures/state.ts';
import { counters, histograms } from '../../src/telemetry/catalogue.ts';
import { newHistogram } from '../../src/telemetry/histogram.ts';
import { promtoolFor } from '../support/node/promtool.ts';
import { checkout, root, run } from './dev-command.ts';

/** What Grafana and Prometheus are given, as it stands in docs/. */
const rules = await readFile(join(root, 'docs/prometheus-rules.yml'), 'utf8');
const dashboard = JSON.parse(await readFile(join(root, 'docs/grafana-dashboard.json'), 'utf8')) as {
  panels: {
    id: number;
    title: string;
    type: string;
    description?: string;
    targets?: { expr: string }[];
    gridPos: { x: number; y: number; w: number; h: number };
  }[];
};
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

test('each query of the dashboard is PromQL, of metrics that there are', async (context) => {
  const promtool = promtoolFor(context);
  const folder = await mkdtemp(join(tmpdir(), 'stillfresh-dashboard-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const asRules = expressions.map((expr, i) => ({
    record: `query:${i}`,
    expr: expr.replaceAll('$__rate_interval', '5m').replace(/\$\w+/g, '.*'),
  }));
  const file = join(folder, 'queries.yml');
  await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: asRules }] }));
  expect(await promtool('check', 'rules', file)).toContain(`SUCCESS: ${expressions.length} rules found`);
  const recorded = [...rules.matchAll(/record: (\S+)/g)].map(([, name]) => name);
  const names = [...Object.values(counters), ...Object.values(histograms)].map(({ name }) => name);
  for (const expr of expressions)
    for (const [name] of expr.matchAll(/stillfresh[:_][a-z_]+/g))
      expect([...names, ...recorded]).toContain(name.replace(/_bucket$/, ''));
});

test('what rules ask of histograms has a bound that Prometheus is shown', () => {
  const bounds = [...rules.matchAll(/(stillfresh_\w+)_bucket\{le=("[^"]+")\}/g)];
  expect(bounds.length).toBeGreaterThan(1);
  for (const [, name, le] of bounds) {
    const [id] = Object.entries(histograms).find(([, it]) => it.name === name)!;
    const made = { counts: new Map(), histograms: new Map([[id, newHistogram()]]) };
    expect(prometheusText(made, newRollUpState, [])).toContain(`${name}_bucket{le=${le}}`);
  }
});

test('panels have their places to themselves', () => {
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});

test('--check finds, by name, what is not as the strategy says now', async () => {
  const strategy = await readFile(join(root, 'routes/strategy.ts'), 'utf8');
  const changed = "defineStrategy({ alerts: { 'hit-rate': { for: '20m' } },";
  const copy = checkout({
    'docs/prometheus-rules.yml': rules,
    'docs/grafana-dashboard.json': `${JSON.stringify(dashboard, null, 2)}\n`,
    'routes/strategy.ts': strategy.replace('defineStrategy({', changed),
  });
  onTestFinished(() => copy.remove());
  const command = run(process.execPath, ['dev/dashboards/main.ts', '--check'], { cwd: copy.cwd });
  expect((await command.ended).code).toBe(1);
  expect(command.said).toEqual(["docs/prometheus-rules.yml is not what 'npm run dashboards' makes; run it"]);
});
