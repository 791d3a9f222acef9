import type { AlertsState, Channel, Notification } from './state.ts';
import { laneOf } from './step.ts';

/** One notification, to one channel, in one round. */
export interface Sent {
  readonly notification: Notification;
  readonly channel: Channel;
}

/** All that the queue may have: what it was handed over, and what a tick that was killed may have handed over to it. */
export const sentOf = ({
  handedOver,
  outbox,
}: Pick<AlertsState, 'handedOver' | 'outbox'>): readonly Sent[] => [
  ...handedOver.flatMap(({ notification, channel }) => (notification ? [{ notification, channel }] : [])),
  ...outbox.flatMap((notification) => notification.to.map((channel) => ({ notification, channel }))),
];

/** With one that the queue has given up in the outbox again, where it is the first of its alert and channel. */
export function givenUp(
  { handedOver, outbox }: Pick<AlertsState, 'handedOver' | 'outbox'>,
  { notification, channel }: Sent,
  nowMs: number,
): Pick<AlertsState, 'handedOver' | 'outbox'> {
  const lane = laneOf({ name: notification.name, channel });
  const left = handedOver.filter((it) => it.notification !== notification || it.channel !== channel);
  const unsent = outbox.flatMap((it) => {
    if (it !== notification) return [it];
    const to = it.to.filter((other) => other !== channel);
    return to.length > 0 ? [{ ...it, to }] : [];
  });
  // The report came late, and the queue has a later one already: what that says again or otherwise must not come after it.
  const later = left.flatMap((it) =>
    laneOf(it) === lane && it.notification && it.notification.atMs > notification.atMs
      ? it.notification.alerts.map(({ labels }) => labels['alertname'])
      : [],
  );
  const alerts = notification.alerts.filter(({ labels }) => !later.includes(labels['alertname']));
  if (alerts.length === 0) return { handedOver: left, outbox: unsent };
  const again = { ...notification, alerts, to: [channel], triedMs: nowMs, round: notification.round + 1 };
  const next = unsent.findIndex((it) => it.name === notification.name && it.to.includes(channel));
  return { handedOver: left, outbox: unsent.toSpliced(next === -1 ? unsent.length : next, 0, again) };
}
