import type { Receivers } from './channel.ts';
import type { Notification } from './state.ts';
import { summaryOf } from './summary.ts';

const signs = { firing: '🔴', resolved: '🟢', 'no-data': '⚪', back: '🟢' } as const;
const words = { firing: 'Firing', resolved: 'Resolved', 'no-data': 'No data', back: 'Data again' } as const;

/** These three alone mean something to Slack wherever they stand; the rest does not in `plain_text`. */
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const plain = (text: string, most: number) => ({
  type: 'plain_text',
  text: escaped(text.slice(0, most)),
  emoji: false,
});

/** Block Kit: a header (150 characters), what to do (3,000), and where it is from. `text` is what a notification on a phone shows. */
export function slackPayload(notification: Notification, { namespace, publicUrl }: Receivers) {
  const { is, severity, says, atMs, alerts } = notification;
  const cls = alerts[0]?.labels['class'];
  const title = `${words[is]}: ${summaryOf(notification)}`;
  const about = [
    `severity ${severity}`,
    ...(cls === undefined ? [] : [`class ${cls}`]),
    ...(namespace === '' ? [] : [`namespace ${namespace}`]),
    new Date(atMs).toISOString(),
  ].join(' · ');
  return {
    text: `${signs[is]} ${escaped(title)}`,
    mrkdwn: false,
    blocks: [
      { type: 'header', text: { ...plain(`${signs[is]} ${title}`, 110), emoji: true } },
      { type: 'section', text: plain(says, 600) },
      { type: 'context', elements: [plain(about, 400)] },
      ...(publicUrl === undefined
        ? []
        : [
            {
              type: 'actions',
              elements: [
                { type: 'button', text: plain('Console', 20), url: `${publicUrl}/-/console/alerts` },
              ],
            },
          ]),
    ],
  };
}
