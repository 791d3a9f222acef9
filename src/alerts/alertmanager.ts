import type { Receivers } from './channel.ts';
import { fingerprint } from './fingerprint.ts';
import { placeOf } from './names.ts';
import type { Notification } from './state.ts';
import { summaryOf } from './summary.ts';

/** How Go writes a time that there is not: an alert that has not ended. */
const never = '0001-01-01T00:00:00Z';
const iso = (ms: number) => new Date(ms).toISOString();

/** Version 4 of what Alertmanager posts to a webhook, so that whatever takes that takes this. One group for each alert of ours. */
export function alertmanagerPayload(notification: Notification, { namespace, publicUrl }: Receivers) {
  const { name, says } = notification;
  const annotations = {
    summary: summaryOf(notification),
    description: says,
    // In this project: no URL, which `runbook_url` would be.
    see: placeOf(name),
  };
  const url = publicUrl === undefined ? '' : `${publicUrl}/-/console/alerts`;
  const alerts = notification.alerts.map(({ labels: own, sinceMs, endedMs }) => {
    const labels = { ...own, ...(namespace !== '' && { namespace }) };
    return {
      status: endedMs === null ? 'firing' : 'resolved',
      labels,
      annotations,
      startsAt: iso(sinceMs),
      endsAt: endedMs === null ? never : iso(endedMs),
      generatorURL: url,
      fingerprint: fingerprint(labels),
    };
  });
  const commonLabels = common(alerts.map(({ labels }) => labels));
  const { alertname } = commonLabels;
  return {
    version: '4',
    groupKey: `{}:{alert=${JSON.stringify(name)}}`,
    truncatedAlerts: 0,
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    receiver: 'stillfresh',
    groupLabels: { ...(alertname !== undefined && { alertname }) },
    commonLabels,
    commonAnnotations: annotations,
    externalURL: publicUrl ?? '',
    alerts,
  };
}

/** Labels that all of them have. */
function common([first = {}, ...rest]: readonly Readonly<Record<string, string>>[]) {
  return Object.fromEntries(
    Object.entries(first).filter(([label, value]) => rest.every((it) => it[label] === value)),
  );
}
