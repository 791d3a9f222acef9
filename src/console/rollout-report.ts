import type { ArmReport, RolloutReport } from '../figures/rollout-report.ts';
import type { TestResult } from '../rollout/guard-types.ts';
import { type Arm, arms } from '../strategy/trial.ts';
import { bytes, count, dollars, duration, NOTHING, percent } from './format.ts';
import { badge, empty, facts, type Html, html, none, section, table } from './html.ts';
import { testNames, testsPlot } from './rollout-plot.ts';

/** What was counted of a class that is being switched on, and what the guard finds in it. */
export function reportSections(report: RolloutReport | null): Html {
  if (!report)
    return section(
      'What the guard finds',
      empty('Nothing is tried: it is on for everyone, or off for everyone, so that nothing is compared.'),
    );
  const counted = arms.flatMap((arm) => {
    const its = report.arms[arm];
    return its ? [{ arm, its }] : [];
  });
  return html`${section('What the guard finds', guardBody(report))}${
    counted.length === 0
      ? none
      : html`${section('By group', groupsTable(counted))}${savedSection(report.arms.shadow)}${section('Where answers differ', differences(counted))}`
  }`;
}

const verdicts = {
  stay: ['it stays', 'calm'],
  advance: ['goes on', 'good'],
  finish: ['is through', 'good'],
  back: ['goes back', 'bad'],
  hold: ['held', 'warn'],
} as const;

function guardBody({ verdict, why, tests, progress }: RolloutReport): Html {
  const [word, mood] = verdicts[verdict];
  const left = progress && progress.dwell_left_ms > 0 ? `${duration(progress.dwell_left_ms)} left` : 'over';
  return html`<p>${badge(word, mood)} ${why}</p>${
    progress
      ? facts([
          ['Compared', `${count(progress.compared)} of ${count(progress.at_least)} answers`],
          ['Its time', left],
        ])
      : none
  }${testsPlot(tests)}${tests.length === 0 ? none : testsTable(tests)}`;
}

const results = {
  passes: ['passes', 'good'],
  undecided: ['undecided', 'calm'],
  fails: ['fails', 'bad'],
  'not-judged': ['not judged', 'calm'],
} as const;

const testsTable = (tests: readonly TestResult[]): Html =>
  table(
    'Tests of the guard',
    [
      { head: 'Test', cell: (it) => testNames[it.test] },
      { head: 'Result', cell: ({ is }) => badge(results[is][0], results[is][1]) },
      { head: 'Figure', figure: true, cell: (it) => figureSays(it, it.value) },
      { head: 'It lies in', figure: true, cell: spanSays },
      { head: 'Bound', figure: true, cell: (it) => figureSays(it, it.bound) },
      { head: 'Samples', figure: true, cell: ({ samples }) => count(samples) },
      { head: 'In words', cell: ({ says }) => html`<span class="small says">${says}</span>` },
    ],
    tests,
  );

function figureSays({ test }: TestResult, value: number | null): string {
  if (value === null) return NOTHING;
  if (test === 'leak') return count(value);
  return test === 'slower' ? `${value < 0 ? '−' : ''}${duration(Math.abs(value))}` : percent(value);
}

const spanSays = (it: TestResult): string =>
  it.low === null || it.high === null ? NOTHING : `${figureSays(it, it.low)} to ${figureSays(it, it.high)}`;

interface Counted {
  readonly arm: Arm;
  readonly its: ArmReport;
}

const armNames = {
  on: 'The cache answers',
  control: 'Not in the percentage',
  shadow: 'In the shadow',
} as const satisfies Record<Arm, string>;

const groupsTable = (counted: readonly Counted[]): Html =>
  table(
    'Figures by group, of this step alone',
    [
      { head: 'Group', cell: ({ arm }) => armNames[arm] },
      { head: 'Requests', figure: true, cell: ({ its }) => count(its.requests) },
      { head: 'Of about', figure: true, cell: ({ its }) => (its.units === null ? 'many' : count(its.units)) },
      {
        head: 'Errors',
        figure: true,
        cell: ({ its }) => percent(its.requests === 0 ? null : its.errors / its.requests),
      },
      { head: 'Mean time', figure: true, cell: ({ its }) => duration(its.mean_ms) },
      { head: 'Equal', figure: true, cell: ({ its }) => count(its.compared.equal) },
      { head: 'Differ', figure: true, cell: ({ its }) => count(its.compared.differs) },
      { head: 'Too stale', figure: true, cell: ({ its }) => count(its.compared.stale) },
      { head: 'Another’s', figure: true, cell: ({ its }) => count(its.compared.leak) },
    ],
    counted,
  );

/** What a class that is on saves is among its figures. */
const savedSection = (shadow: ArmReport | undefined): Html =>
  shadow
    ? section(
        'What it would have saved',
        table(
          'Saved',
          [
            { head: 'Origin requests', figure: true, cell: ({ saved }) => count(saved.hits) },
            { head: 'Time of them', figure: true, cell: ({ saved }) => duration(saved.ms) },
            { head: 'Bytes', figure: true, cell: ({ saved }) => bytes(saved.bytes) },
            { head: 'Redis commands', figure: true, cell: ({ saved }) => count(saved.commands) },
            { head: 'Their price', figure: true, cell: ({ saved }) => dollars(saved.dollars) },
          ],
          [shadow],
        ),
      )
    : none;

function differences(counted: readonly Counted[]): Html {
  const places = [...new Set(counted.flatMap(({ its }) => its.differences))];
  return places.length === 0
    ? empty('No difference was seen.')
    : html`<ul class="names">${places.map((it) => html`<li><code>${it}</code></li>`)}</ul><p class="small">Paths of fields; what stands there is shown nowhere.</p>`;
}
