import type { EdgeRequest } from '../engine/request.ts';
import type { AuditEntry } from '../rollout/audit.ts';
import type { ClassView, RolloutView } from '../rollout/view.ts';
import { moment, NOTHING } from './format.ts';
import { badge, empty, type Html, html, none, table } from './html.ts';

const moods = { on: 'good', shadow: 'warn', off: 'calm' } as const;

export const modeBadge = ({ mode }: Pick<ClassView, 'mode'>): Html => badge(mode, moods[mode]);

/** Of whom the cache answers, in words. */
export function whomSays({ mode, percent, unit, allow, deny }: ClassView): string {
  if (mode !== 'on') return 'nobody';
  const units = unit === 'key' ? 'entries' : `${unit}s`;
  const most = percent === 100 ? 'everyone' : `${percent} % of ${units}`;
  const besides = [
    ...(allow.length > 0 && percent < 100 ? [`${allow.length} by name`] : []),
    ...(deny.length > 0 ? [`not ${deny.length} by name`] : []),
  ];
  return [most, ...besides].join(', ');
}

/** Whether it goes on by itself, and if not why. */
export function goesOnSays({ held, step, plan, mode, percent }: ClassView): Html {
  if (held !== null) return html`${badge('held', 'bad')} ${held}`;
  if (step !== null) {
    const { dwell, at_least } = plan[step]!;
    return html`by itself, after ${dwell} and ${at_least.toLocaleString('en')} compared answers`;
  }
  return mode === 'on' && percent === 100 ? html`there is no step after this` : html`it stays as it is`;
}

export const bySays = ({ by, since, from }: ClassView): Html =>
  from === 'flags'
    ? html`${by} <span class="small">${moment(since)}</span>`
    : html`<span class="small">${from === 'changed' ? 'what it stores has changed' : 'the strategy'}</span>`;

/** On top of every page while nothing is answered from the cache, as this isolate knows it; nothing else. */
export function killBanner({ isolate }: EdgeRequest): Html {
  const { flags, isKilledBySetting } = isolate.flags;
  const kill = flags?.kill?.on ? flags.kill : null;
  if (!kill && !isKilledBySetting) return none;
  const why = kill
    ? html`${kill.by} has switched it on, ${moment(kill.atMs)}: ${kill.why}`
    : html`It is the setting <code>KILL_SWITCH</code> of this Worker.`;
  return html`<div class="problem kill" role="status"><p><strong>The kill switch is on: nothing is answered from the cache.</strong> ${why}
<a href="/-/console/rollout">Roll-out</a></p></div>`;
}

export function killSays({ kill_switch: { on, at, by, why, variable } }: RolloutView): Html {
  const flag = on
    ? html`${badge('on', 'bad')} by ${by}, ${moment(at)}: ${why}`
    : html`${badge('off', 'calm')}${at === null ? none : html` <span class="small">since ${moment(at)}, by ${by}: ${why}</span>`}`;
  return html`<p>${flag}</p>${
    variable
      ? html`<p>The setting <code>KILL_SWITCH</code> of this Worker is on: whatever the flag says, nothing is answered from the cache.</p>`
      : none
  }`;
}

/** What was done, and what was refused. */
export function auditTable(entries: readonly AuditEntry[]): Html {
  if (entries.length === 0) return empty('Nothing was changed yet.');
  return table(
    'Changes, newest first',
    [
      { head: 'When', cell: (it) => moment(it.at) },
      { head: 'Who', cell: (it) => it.who },
      { head: 'What', cell: (it) => it.class ?? 'kill switch' },
      { head: 'From', cell: (it) => standSays(it.from) },
      {
        head: 'To',
        cell: (it) =>
          html`${standSays(it.to)}${it.also === undefined ? none : html`<br><span class="small">${it.also}</span>`}`,
      },
      {
        head: 'Why',
        cell: (it) =>
          html`${it.why}${it.refused === null ? none : html`<br>${badge('refused', 'warn')} <span class="small">${it.refused}</span>`}`,
      },
    ],
    entries,
  );
}

function standSays(stand: AuditEntry['from']): string {
  if (stand === null) return NOTHING;
  if (typeof stand === 'boolean') return stand ? 'on' : 'off';
  const percent = stand.mode === 'on' ? ` ${stand.percent} %` : '';
  return `${stand.mode}${percent}${stand.step === null ? '' : `, step ${stand.step + 1}`}`;
}
