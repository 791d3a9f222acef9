import { badge, html, section, table } from './html.ts';
import type { Page } from './layout.ts';
import type { View } from './view.ts';

/** Settings as they count here; of a secret only whether it is set. */
export function settingsPage({ c, parts }: View): Page {
  const { shown } = parts.settingsOf(c.env);
  const body = section(
    'As they count in this isolate',
    table(
      'Settings',
      [
        { head: 'Setting', cell: (it) => html`<code>${it.name}</code>` },
        {
          head: 'Value',
          cell: ({ value, isSet }) => {
            if (value === null)
              return isSet ? badge('set', 'good') : html`<span class="small">not set</span>`;
            return value === ''
              ? html`<span class="small">none</span>`
              : html`<span class="names">${value}</span>`;
          },
        },
        { head: 'From', cell: ({ isSet }) => (isSet ? 'wrangler.toml or a secret' : 'default') },
      ],
      shown,
    ),
  );
  return { at: 'settings', title: 'Settings', body };
}
