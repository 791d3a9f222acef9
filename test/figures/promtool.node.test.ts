import { expect, test } from 'vitest';
import { prometheusText } from '../../src/figures/prometheus.ts';
import { newRollUpState } from '../../src/figures/state.ts';
import { checkMetrics } from '../support/node/check-metrics.ts';
import { everySeries, figuresWith } from './support.ts';

const memory = { usedBytes: 5, limitBytes: 6, atMs: 1 };

test('promtool finds nothing in what Prometheus is shown, before anything was counted and with every metric', (context) => {
  const classes = ['kpi', 'invoice'];
  expect(checkMetrics(context, prometheusText(figuresWith({}), newRollUpState, classes))).toBe('');
  const all = prometheusText(everySeries(), { rolledUpMs: 1_750_000_000_000, memory }, classes);
  expect(checkMetrics(context, all)).toBe('');
});

test('and finds what is wrong', (context) => {
  expect(checkMetrics(context, 'stillfresh_requests_total{class="a} 1\n')).toContain('exit 1');
});
