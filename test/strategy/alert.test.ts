import { expect, test } from 'vitest';
import * as z from 'zod';
import type { AlertDefinitions } from '../../src/strategy/alert-types.ts';
import { dataClass } from '../../src/strategy/data-class.ts';
import { defaultAlerts } from '../../src/strategy/default-alerts.ts';
import { defineStrategy } from '../../src/strategy/define.ts';
import { closedLabels } from '../../src/telemetry/catalogue.ts';

const kpis = dataClass({
  name: 'kpis',
  version: 1,
  scope: 'tenant',
  key: '',
  params: z.object({}),
  access: 'tenant',
  read: 'read-through',
  origin: '/x',
  ttl: '2m',
  rationale: 'seldom changes',
});
const strategyOf = (alerts?: unknown) =>
  defineStrategy({ classes: [kpis], ...(alerts !== undefined && { alerts: alerts as AlertDefinitions }) });
const alertOf = (alerts: unknown, name: string) => strategyOf(alerts).alerts.find((it) => it.name === name);

const own = {
  measure: { increase: { counter: 'origin_fetches' }, window: '10m' },
  above: 1000,
  says: 'Look at the origin.',
} as const;

test('a strategy that says nothing of alerts has the default ones: the guide’s two among them', () => {
  const { alerts } = strategyOf();
  expect(alerts.map(({ name }) => name)).toEqual(Object.keys(defaultAlerts));
  expect(alertOf(undefined, 'hit-rate')).toMatchObject({
    comparison: 'below',
    bound: 0.65,
    forMs: 900_000,
    severity: 'warning',
    class: null,
  });
  expect(alertOf(undefined, 'redis-memory')).toMatchObject({ comparison: 'above', bound: 0.8 });
});

test('each default one is changed in what differs, or left out; others are added', () => {
  const { alerts } = strategyOf({ 'hit-rate': { below: 0.5 }, canary: false, 'origin-load': own });
  const names = alerts.map(({ name }) => name);
  expect(names).not.toContain('canary');
  expect(names.at(-1)).toBe('origin-load');
  expect(alerts[0]).toMatchObject({ name: 'hit-rate', bound: 0.5, forMs: 900_000 });
  expect(alerts.at(-1)).toEqual({
    name: 'origin-load',
    measure: { is: 'increase', of: { counter: 'origin_fetches', where: {} }, windowMs: 600_000 },
    comparison: 'above',
    bound: 1000,
    forMs: 0,
    keepFiringMs: 600_000,
    severity: 'warning',
    class: null,
    noDataMs: 1_500_000,
    says: 'Look at the origin.',
  });
  expect(Object.isFrozen(alerts)).toBe(true);
});

test('one of a class counts that class alone, in all that it sums', () => {
  const { measure } = alertOf(
    { 'kpis-hit-rate': { ...defaultAlerts['hit-rate'], class: 'kpis' } },
    'kpis-hit-rate',
  )!;
  expect(measure).toMatchObject({
    of: { where: { outcome: ['hit', 'stale'], class: ['kpis'] } },
    to: { where: { class: ['kpis'] } },
  });
});

test('what no class answers is counted where an alert asks for it', () => {
  const asked = { ...own, measure: { ...own.measure, increase: { counter: 'refusals' } }, class: '-' };
  expect(alertOf({ mine: asked }, 'mine')!.measure).toMatchObject({ of: { where: { class: ['-'] } } });
});

const ratio = { ratio: { counter: 'requests' }, to: { counter: 'requests' }, window: '5m' } as const;

test.each<[string, unknown]>([
  ['strategy.alerts: 1 is not valid; write an object of alerts by name', 1],
  [
    'strategy.alerts.Hit_Rate: name it with words of a-z 0-9 that begin with a-z, with - between them, not rollout- at the beginning and not no-data at the end',
    { Hit_Rate: own },
  ],
  ['strategy.alerts.mine-no-data: name it with words', { 'mine-no-data': own }],
  ['strategy.alerts.rollout-mine: name it with words', { 'rollout-mine': own }],
  ['strategy.alerts.mine-1: name it with words', { 'mine-1': own }],
  [
    'alerts.mine.measure.longerThan: is beyond what this histogram shows; write one from 1ms to 4194.304s',
    { mine: { ...own, measure: { share: 'purge_applied', longerThan: '2h', window: '5m' } } },
  ],
  ['strategy.alerts.mine: 1 is not valid; write an object, or false', { mine: 1 }],
  [
    "strategy.alerts.hit-rat: is no default alert that could be left out; those are hit-rate, redis-memory, purge-delay, dead-purges, breaker-open, stale-beyond-bound, missed-changes, key-mismatch, error-rate, cost-per-hour, canary; did you mean 'hit-rate'?",
    { 'hit-rat': false },
  ],
  [
    "alerts.hit-rate.belw: there is no such field; known are measure, above, below, for, keepFiring, severity, class, noData, says; did you mean 'below'?",
    { 'hit-rate': { belw: 1 } },
  ],
  [
    'alerts.hit-rate.below: stands beside above; say one of them (of a default alert, the other as undefined)',
    { 'hit-rate': { above: 1 } },
  ],
  [
    'alerts.mine.above: is missing; say above or below which number it is a fault',
    { mine: { ...own, above: undefined } },
  ],
  ['alerts.mine.above: "1" is not valid; write a number', { mine: { ...own, above: '1' } }],
  ['alerts.mine.above: NaN is not valid; write a number', { mine: { ...own, above: Number.NaN } }],
  [
    'alerts.mine.measure: is missing; write { ratio, … }, { increase, … }, { gauge, … } or { share, … }',
    { mine: { above: 1, says: 'x' } },
  ],
  [
    'alerts.mine.measure: this object is not valid; write { ratio, … }',
    { mine: { ...own, measure: { ...ratio, ...own.measure } } },
  ],
  [
    'alerts.mine.measure.increase.counter: "request" is no counter; known are ',
    { mine: { ...own, measure: { ...own.measure, increase: { counter: 'request' } } } },
  ],
  [
    "did you mean 'requests'?",
    { mine: { ...own, measure: { ...own.measure, increase: { counter: 'request' } } } },
  ],
  [
    'alerts.mine.measure.increase.where.outcom: is no label of requests to choose by; known are outcome',
    {
      mine: {
        ...own,
        measure: { ...own.measure, increase: { counter: 'requests', where: { outcom: ['hit'] } } },
      },
    },
  ],
  [
    "alerts.mine.measure.ratio.where.class: is no label of requests to choose by; say the alert's class",
    { mine: { ...own, measure: { ...ratio, ratio: { counter: 'requests', where: { class: ['kpis'] } } } } },
  ],
  [
    'alerts.mine.measure.increase.where.outcome: an array is not valid; write a list of its values',
    {
      mine: {
        ...own,
        measure: { ...own.measure, increase: { counter: 'requests', where: { outcome: [] } } },
      },
    },
  ],
  [
    'alerts.mine.measure.window: is missing; write a number and a unit',
    { mine: { ...own, measure: { increase: { counter: 'fills' } } } },
  ],
  [
    'alerts.mine.measure.window: is no window; write whole minutes, from 1m to 1h',
    { mine: { ...own, measure: { ...own.measure, window: '30s' } } },
  ],
  [
    'alerts.mine.measure.window: is no window; write whole minutes, from 1m to 1h',
    { mine: { ...own, measure: { ...own.measure, window: '2h' } } },
  ],
  [
    'alerts.mine.measure.atLeast: 0 is not valid; write at least 1',
    { mine: { ...own, measure: { ...ratio, atLeast: 0 } } },
  ],
  [
    'alerts.mine.measure.gauge: "rolled_up" is no gauge; known are redis_memory_used, redis_memory_limit',
    { mine: { ...own, measure: { gauge: 'rolled_up' } } },
  ],
  [
    'alerts.mine.measure.share: "purge_aplied" is no histogram; known are ',
    { mine: { ...own, measure: { share: 'purge_aplied', longerThan: '1s', window: '5m' } } },
  ],
  ['alerts.mine.for: "soon" is not a duration', { mine: { ...own, for: 'soon' } }],
  [
    'alerts.mine.keepFiring: "soon" is not valid; write a duration, or \'none\'',
    { mine: { ...own, keepFiring: 'soon' } },
  ],
  ...(
    [
      ['requests', 'outcome', 'eror', 'error'],
      ['reads', 'outcome', 'hits', 'hit'],
      ['origin_fetches', 'cause', 'mis', 'miss'],
      ['origin_failures', 'kind', 'time-out', 'timeout'],
      ['comparisons', 'result', 'stael', 'stale'],
      ['entry_faults', 'fault', 'corupt', 'corrupt'],
      ['purges', 'state', 'deat', 'dead'],
      ['breaker_changes', 'state', 'opened', 'open'],
      ['canary_purges', 'result', 'lat', 'late'],
    ] as const
  ).map(([counter, label, written, meant]): [string, unknown] => [
    `alerts.mine.measure.increase.where.${label}: "${written}" is never counted; known are ${closedLabels[counter]![label]!.join(', ')}; did you mean '${meant}'?`,
    { mine: { ...own, measure: { ...own.measure, increase: { counter, where: { [label]: [written] } } } } },
  ]),
  [
    "alerts.mine.severity: \"page\" is not valid; say 'info' or 'warning' or 'critical'",
    { mine: { ...own, severity: 'page' } },
  ],
  [
    'alerts.mine.noData: is not longer than the window, which is empty at each start; write a longer one',
    { mine: { ...own, noData: '10m' } },
  ],
  [
    'alerts.mine.class: there is no class "kpi" in this strategy; did you mean \'kpis\'?',
    { mine: { ...own, class: 'kpi' } },
  ],
  [
    'alerts.mine.class: is of no use: what it measures is not counted by class; take it out',
    { mine: { ...own, measure: { gauge: 'redis_memory_used' }, class: 'kpis' } },
  ],
  ['alerts.mine.says: is missing; say what it means and what to do', { mine: { ...own, says: undefined } }],
  [
    'alerts: there are 51; write at most 50',
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`mine${i}`, own])),
  ],
])('%s', (fault, alerts) => {
  expect(() => strategyOf(alerts)).toThrow(fault);
});
