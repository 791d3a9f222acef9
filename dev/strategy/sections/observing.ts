import type { Alert } from '../../../src/strategy/alert-types.ts';
import { counters, gauges, histograms } from '../../../src/telemetry/catalogue.ts';
import { code, list, paragraphs, plain, table } from '../markdown.ts';
import type { Told } from '../told.ts';
import { percent, time } from '../words.ts';

/** 8: how one sees what it does. */
export function observing({ alerts, facts: { serviceLevel } }: Told): string {
  return paragraphs(
    '### Alerts',
    table(
      ['alert', 'fires when', 'for', 'severity', 'what it means'],
      [
        ...alerts.map((it) => [
          code(it.name),
          whenOf(it),
          it.forMs === 0 ? 'at once' : time(it.forMs),
          it.severity,
          plain(it.says),
        ]),
        [
          code('permission-stale-read'),
          'the drill of that name reads with a right that was taken away',
          'at once',
          'critical',
          'A permission was served after it was taken away: run `npm run drill` on a schedule, and after each deployment.',
        ],
      ],
    ),
    `The cron evaluates them each minute and posts each change once, to ${code('ALERT_URL')} or ${code('ALERT_SLACK_URL')}. That nothing can be measured is told too. Service level: ${percent(serviceLevel.share)} of purges are seen everywhere within ${time(serviceLevel.targetMs)}.`,
    '### Every answer, and its log line',
    list([
      '`Cache-Status` (RFC 9211) says what was done and why, `Age` how old it is, `Server-Timing` what it cost.',
      'One JSON line for each request: class, tenant, outcome, reason, layer, age and ttl, bytes, requests to Redis and to the origin, times, notes, why it failed. No personal data and no secrets; ids are hashed by `LOG_HASH_IDS`.',
      '`npx stillfresh explain PATH --as tenant/user` says what the next read of it would be, and why; the console at `/-/console` shows the rest.',
    ]),
    '### Metrics',
    `${code('/-/metrics')} in Prometheus’ text; no tenant, user, tag or key is a label.`,
    table(
      ['metric', 'what it counts'],
      [...Object.values(counters), ...Object.values(histograms), ...Object.values(gauges)].map((it) => [
        code(it.name),
        plain(it.help),
      ]),
    ),
  );
}

function whenOf({ measure, comparison, bound }: Alert): string {
  const [what, value] = measured(measure, bound);
  return `${what} ${comparison} ${value}`;
}

function measured(measure: Alert['measure'], bound: number): readonly [string, string] {
  switch (measure.is) {
    case 'ratio':
      return [
        `${sumText(measure.of)} as a share of ${sumText(measure.to)}, in ${time(measure.windowMs)},`,
        percent(bound),
      ];
    case 'increase':
      return [`${sumText(measure.of)} in ${time(measure.windowMs)}`, String(bound)];
    case 'gauge':
      return measure.to === null
        ? [code(gauges[measure.of].name), String(bound)]
        : [`${code(gauges[measure.of].name)} as a share of ${code(gauges[measure.to].name)}`, percent(bound)];
    case 'share':
      return [
        `the share of ${code(histograms[measure.of].name)} over ${time(measure.longerThanMs)}, in ${time(measure.windowMs)},`,
        percent(bound),
      ];
  }
}

function sumText({
  counter,
  where,
}: {
  readonly counter: keyof typeof counters;
  readonly where: Readonly<Record<string, readonly string[]>>;
}): string {
  const labels = Object.entries(where).filter(([label]) => label !== 'class' || where['class']?.length === 1);
  const said = labels.map(([label, values]) => `${label} ${values.join(' or ')}`);
  return `${code(counters[counter].name)}${said.length > 0 ? ` (${said.join('; ')})` : ''}`;
}
