import type { AlertRow } from '../alerts/rows.ts';
import { edgeRequestOf } from '../engine/request.ts';
import { readState } from '../figures/read.ts';
import { alertBadge, boundSays, measureOf, standingAlerts, valueSays } from './alerts-view.ts';
import { lateNotice } from './figures.ts';
import { duration, moment, NOTHING } from './format.ts';
import { empty, html, section, table } from './html.ts';
import type { Page } from './layout.ts';
import type { View } from './view.ts';

/** What is watched, and how it stands. One request of Redis. */
export async function alertsPage({ c }: View): Promise<Page> {
  const edge = edgeRequestOf(c);
  const state = await readState(edge);
  const alerts = standingAlerts(edge, state);
  const rolledUpMs = state?.rollup.rolledUpMs || null;
  const list = table(
    'Alerts',
    [
      {
        head: 'Alert',
        cell: (it) => html`<strong>${it.alert.name}</strong><br><span class="small">${it.alert.says}</span>`,
      },
      { head: 'State', cell: (it) => alertBadge(it) },
      { head: 'Since', cell: ({ row }) => moment(row.since) },
      { head: 'Value', figure: true, cell: ({ alert, row }) => valueSays(alert, row.value) },
      { head: 'Fault', figure: true, cell: ({ alert }) => boundSays(alert) },
      {
        head: 'For',
        figure: true,
        cell: ({ alert }) => (alert.forMs === 0 ? 'at once' : duration(alert.forMs)),
      },
      { head: 'Told', cell: ({ row }) => toldSays(row) },
      { head: 'Severity', cell: ({ alert }) => alert.severity },
      { head: 'Measure', cell: ({ alert }) => html`<span class="small">${measureOf(alert)}</span>` },
    ],
    alerts,
  );
  const body = html`${lateNotice(rolledUpMs, edge.isolate.clock.now())}${
    alerts.length === 0
      ? empty(
          html`Nothing is watched: <code>alerts</code> in <code>defineStrategy</code> takes every default out.`,
        )
      : section(
          'What is watched',
          list,
          html`<span class="small">by <code>alerts</code> in <code>routes/strategy.ts</code></span>`,
        )
  }`;
  return { at: 'alerts', title: 'Alerts', body, rolledUpMs, againS: 20 };
}

/** Whether receivers know what they are to know. */
const toldSays = ({ told_firing: firing, told_no_data: noData, unsent }: AlertRow) => {
  if (unsent > 0) return html`${unsent} not taken yet`;
  return firing === null && noData === null ? NOTHING : moment(firing ?? noData);
};
