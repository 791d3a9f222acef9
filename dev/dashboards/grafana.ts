import type { Alert } from '../../src/strategy/alert-types.ts';
import { counters, gauges } from '../../src/telemetry/catalogue.ts';
import { ofAlert, type Plot, plots, target } from './plots.ts';

const [width, height, across] = [8, 8, 3];
const datasource = { type: 'prometheus', uid: '$datasource' };

/** A dashboard to import: Grafana asks for the data source. What alerts measure is there by the rules of docs/prometheus-rules.yml. */
export function grafanaDashboard(alerts: readonly Alert[]) {
  const rows = [...plots, ['Alerts: what each measures', alerts.map(ofAlert)] as const];
  let [id, top] = [0, 0];
  const panels = rows.flatMap(([title, inRow]) => {
    const row = {
      id: ++id,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y: top, w: 24, h: 1 },
      panels: [],
    };
    const made = inRow.map((plot, i) =>
      panelOf(plot, ++id, { x: (i % across) * width, y: top + 1 + Math.floor(i / across) * height }),
    );
    top += 1 + Math.ceil(inRow.length / across) * height;
    return [row, ...made];
  });
  return {
    title: 'Stillfresh',
    uid: 'stillfresh',
    description: "Made by 'npm run dashboards'; not to be edited by hand.",
    tags: ['stillfresh'],
    timezone: 'browser',
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        variable('job', gauges.rolled_up.name, 'job'),
        variable('instance', `${gauges.rolled_up.name}{job=~"$job"}`, 'instance'),
        variable('class', `${counters.requests.name}{${target}}`, 'class'),
      ],
    },
    panels,
  };
}

function variable(name: string, series: string, label: string) {
  const query = `label_values(${series}, ${label})`;
  const all = { includeAll: true, multi: true, allValue: '.*', current: { text: 'All', value: '$__all' } };
  return { name, type: 'query', datasource, query: { query, refId: name }, refresh: 2, sort: 1, ...all };
}

function panelOf(
  { title, says, unit, queries, isStacked = false, bound, most }: Plot,
  id: number,
  at: { readonly x: number; readonly y: number },
) {
  const steps = [
    { color: 'green', value: null },
    ...(bound === undefined ? [] : [{ color: 'red', value: bound }]),
  ];
  return {
    id,
    type: 'timeseries',
    // As often as what is shown changes: a rate over less would be of one sample, which is none.
    interval: '1m',
    title,
    description: says,
    datasource,
    gridPos: { ...at, w: width, h: height },
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource,
      expr,
      legendFormat: legend,
    })),
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(most !== undefined && { max: most }),
        thresholds: { mode: 'absolute', steps },
        custom: {
          fillOpacity: isStacked ? 30 : 0,
          stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
          thresholdsStyle: { mode: bound === undefined ? 'off' : 'line' },
        },
      },
      overrides: [],
    },
    options: {
      tooltip: { mode: 'multi', sort: 'desc' },
      legend: { displayMode: 'list', placement: 'bottom' },
    },
  };
}
