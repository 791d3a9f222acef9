import { expect, test } from 'vitest';
import { prometheusText } from '../../src/figures/prometheus.ts';
import { newRollUpState } from '../../src/figures/state.ts';
import { counters, gauges, histograms } from '../../src/telemetry/catalogue.ts';
import { everySeries, figuresWith } from './support.ts';

const rollup = {
  rolledUpMs: 1_750_000_000_500,
  memory: { usedBytes: 5_000_000, limitBytes: 268_435_456, atMs: 1 },
};

const linesOf = (name: string, text: string) =>
  text.split('\n').filter((line) => line.startsWith(name) || line.startsWith(`# HELP ${name} `));

test('Nothing counted yet: every metric is named, and a zero stands for what ratios and increases are made of', () => {
  const text = prometheusText(figuresWith({}), newRollUpState, ['kpi', 'page']);
  for (const { name, help } of [...Object.values(counters), ...Object.values(histograms)])
    expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} `);
  for (const { name } of Object.values(gauges)) expect(text).not.toContain(name);
  expect(linesOf('stillfresh_requests_total', text).slice(1)).toEqual(
    ['-', 'kpi', 'page'].flatMap((cls) =>
      ['bypass', 'error', 'hit', 'miss', 'refused', 'stale'].map(
        (outcome) => `stillfresh_requests_total{class="${cls}",outcome="${outcome}"} 0`,
      ),
    ),
  );
  const zeros = [
    'stillfresh_purges_total{state="dead"} 0',
    'stillfresh_breaker_changes_total{state="open"} 0',
    'stillfresh_comparisons_total{class="kpi",result="stale"} 0',
    'stillfresh_entry_faults_total{class="page",fault="of-another-key"} 0',
    'stillfresh_entry_faults_total{class="page",fault="of-another-shape"} 0',
    'stillfresh_entry_faults_total{class="page",fault="of-another-definition"} 0',
    'stillfresh_entry_faults_total{class="page",fault="corrupt"} 0',
    'stillfresh_entry_faults_total{class="page",fault="other-version"} 0',
    'stillfresh_origin_failures_total{class="kpi",kind="truncated"} 0',
    'stillfresh_canary_purges_total{result="unseen"} 0',
    'stillfresh_redis_failures_total{kind="no-room"} 0',
    'stillfresh_redis_failures_total{kind="failed"} 0',
    'stillfresh_fills_total{class="kpi",result="purged"} 0',
    'stillfresh_reads_total{class="page",outcome="error"} 0',
    'stillfresh_origin_fetches_total{class="kpi",cause="miss"} 0',
    'stillfresh_origin_bytes_total{class="kpi"} 0',
    'stillfresh_redis_price_dollars_total 0',
    'stillfresh_redis_requests_total 0',
    'stillfresh_purge_visible_seconds_bucket{le="+Inf"} 0',
    'stillfresh_purge_applied_seconds_count 0',
  ];
  for (const line of zeros) expect(text).toContain(`\n${line}\n`);
  expect(text).not.toMatch(/stillfresh_(comparisons|entry_faults|fills|reads)_total{class="-"/);
  expect(text.endsWith('\n')).toBe(true);
});

test('Counters, escaped', () => {
  const text = prometheusText(
    figuresWith({
      'requests|kpi|hit': 7,
      'notes|a "b" \\c\nd': 2,
      redis_price: 0.000125,
      'requests|of another version': 1,
      'tomorrow|x': 1,
    }),
    rollup,
    [],
  );
  expect(text).toContain('\nstillfresh_requests_total{class="kpi",outcome="hit"} 7\n');
  expect(text).toContain('\nstillfresh_notes_total{note="a \\"b\\" \\\\c\\nd"} 2\n');
  expect(text).toContain('\nstillfresh_redis_price_dollars_total 0.000125\n');
  expect(text).not.toContain('another version');
  expect(text).not.toContain('tomorrow');
});

test('A histogram is cumulative, in seconds, with a bound at each octave; what is outside is in the first, or in +Inf', () => {
  const text = prometheusText(
    // Up to 1 ms; to 1.4 ms; to 2 ms; to 2.8 ms; to 32768 ms; above.
    figuresWith(
      {},
      { 'origin_duration|kpi': [40_123, 0, 1, 1, 10, 2, 100, 3, 1000, 30, 10_000, 31, 100_000] },
    ),
    rollup,
    [],
  );
  const lines = linesOf('stillfresh_origin_duration_seconds', text).slice(1);
  const at = (le: string) => `stillfresh_origin_duration_seconds_bucket{class="kpi",le="${le}"}`;
  expect(lines.length).toBe(16 + 3);
  expect(lines.slice(0, 4)).toEqual([
    `${at('0.001')} 1`,
    `${at('0.002')} 111`,
    `${at('0.004')} 1111`,
    `${at('0.008')} 1111`,
  ]);
  expect(lines.slice(-5)).toEqual([
    `${at('16.384')} 1111`,
    `${at('32.768')} 11111`,
    `${at('+Inf')} 111111`,
    'stillfresh_origin_duration_seconds_sum{class="kpi"} 40.123',
    'stillfresh_origin_duration_seconds_count{class="kpi"} 111111',
  ]);
});

test('Gauges, as the cron last found them; what nobody says is not there', () => {
  const text = prometheusText(figuresWith({}), rollup, []);
  expect(text).toContain(`# TYPE ${gauges.rolled_up.name} gauge\n${gauges.rolled_up.name} 1750000000.5\n`);
  expect(text).toContain(`\n${gauges.redis_memory_used.name} 5000000\n`);
  expect(text).toContain(`\n${gauges.redis_memory_limit.name} 268435456\n`);
  const unsaid = { ...rollup, memory: { usedBytes: null, limitBytes: 5, atMs: 1 } };
  expect(prometheusText(figuresWith({}), unsaid, [])).not.toContain(gauges.redis_memory_used.name);
});

test('Every line is a comment, or a series with a number; none stands twice', () => {
  const lines = prometheusText(everySeries(), rollup, ['kpi']).trimEnd().split('\n');
  const series = lines.filter((line) => !line.startsWith('#'));
  for (const line of series)
    expect(line).toMatch(/^stillfresh_\w+(\{(\w+="([^"\\\n]|\\[\\"n])*",?)+\})? \d+(\.\d+)?(e[+-]\d+)?$/);
  const names = series.map((line) => line.replace(/ \S+$/, ''));
  expect(new Set(names).size).toBe(names.length);
});
