import * as z from 'zod';
import { bounds } from '../../../src/bounds.ts';
import { worker } from '../../../src/edge/worker.ts';
import type { AlertDefinitions } from '../../../src/strategy/alert-types.ts';
import { defaultAlerts } from '../../../src/strategy/default-alerts.ts';
import { defineStrategy } from '../../../src/strategy/define.ts';
import type { Flush } from '../../../src/telemetry/flush.ts';
import { adminTokens, asAdmin } from '../../support/worker/admin.ts';
import { HandQueue } from '../../support/worker/queue.ts';
import { flushed } from '../../support/worker/told.ts';
import { aClass, type TestEdge, world } from '../../support/worker/world.ts';

export const alertSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const alertUrl = 'https://alerts.test/hook?key=only-we-know';
export const slackUrl = 'https://hooks.slack.test/services/T0/B0/only-we-know';

export const webhook = { ALERT_URL: alertUrl, ALERT_SECRET: alertSecret };

/** What isolates have counted in a minute. */
export type Counted = Pick<Partial<Flush>, 'counts' | 'histograms'>;

const reads = (hit: number, miss: number): Counted => ({
  counts: { 'requests|report|hit': hit, 'requests|report|miss': miss },
});
/** A minute in which the cache answers too little, and one in which it does what it should. */
export const [badMinute, fineMinute] = [reads(30, 70), reads(90, 10)];

/** None of those that a strategy has by itself. */
export const noAlerts = Object.fromEntries(Object.keys(defaultAlerts).map((name) => [name, false as const]));
export const hitRateAlone = {
  ...noAlerts,
  'hit-rate': { noData: 'never' as const, keepFiring: 'none' as const },
};

/** The formats' own words for what a receiver may rely on: Alertmanager's webhook, version 4. */
const time = z.iso.datetime();
const labels = z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string());
export const alertmanagerV4 = z.strictObject({
  version: z.literal('4'),
  groupKey: z.string().min(1),
  truncatedAlerts: z.int().min(0),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string().min(1),
  groupLabels: labels,
  commonLabels: labels,
  commonAnnotations: labels,
  externalURL: z.string(),
  alerts: z
    .array(
      z.strictObject({
        status: z.enum(['firing', 'resolved']),
        labels,
        annotations: labels,
        startsAt: time,
        endsAt: time,
        generatorURL: z.string(),
        fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
      }),
    )
    .min(1),
});

/** In short: `StillfreshHitRate firing`. */
export const inShort = (body: string): string => {
  const payload = alertmanagerV4.parse(JSON.parse(body));
  // What a group is made by, each of its alerts has.
  for (const { labels: own } of payload.alerts)
    if (!Object.entries(payload.groupLabels).every(([label, value]) => own[label] === value))
      throw new Error(`groupLabels: ${JSON.stringify(payload.groupLabels)}`);
  return payload.alerts.map((it) => `${it.labels['alertname']} ${it.status}`).join(', ');
};

/** A deployment whose cron runs each minute, after isolates told what they counted. */
export async function watchedWorld({
  alerts,
  settings = {},
  hasQueue = true,
  hasReceivers = true,
}: {
  readonly alerts?: AlertDefinitions;
  readonly settings?: Readonly<Record<string, string>>;
  readonly hasQueue?: boolean;
  readonly hasReceivers?: boolean;
} = {}) {
  const queue = new HandQueue();
  const classes = [aClass()];
  const strategyOf = (changed?: AlertDefinitions) =>
    defineStrategy({ classes, ...(changed && { alerts: changed }) });
  const options = {
    settings: {
      ADMIN_TOKENS: await adminTokens('read', 'purge'),
      ...(hasReceivers && settings['ALERT_SLACK_URL'] === undefined && webhook),
      ...settings,
    },
    ...(hasQueue && { queue }),
  };
  const made = world(classes, { ...options, strategy: strategyOf(alerts) });
  const memory = { usedBytes: 10 as number | null, limitBytes: 100 as number | null };
  Object.assign(made.store.metrics, { memory: async () => ({ ...memory }) });
  let seq = 0;
  const logs: unknown[] = [];

  async function cron(edge: TestEdge = made.edge) {
    let isDone = false;
    const ticking = edge.cron(worker(edge.app)).finally(() => {
      isDone = true;
    });
    // Where it could not settle anything it looks again, and sleeps before that.
    while (!isDone) {
      await Promise.race([ticking, made.clock.asleep(1, bounds.outageLookMs)]);
      if (!isDone) made.clock.advance(bounds.outageLookMs);
    }
    logs.push(...edge.log);
    return edge.log.findLast(({ event }) => event === 'cron')!;
  }
  const tell = async (counted: Counted) => {
    const { names } = made.edge.isolate;
    seq += 1;
    const text = JSON.stringify(flushed({ isolate: 'one', seq, toMs: made.clock.now(), ...counted }));
    await made.store.metrics.tell({ stream: names.metrics.told(), text, most: 1000 });
  };
  return {
    ...made,
    ...{ queue, memory, logs, cron, tell },
    /** As many minutes of the same, each with a tick at its end. */
    async minutes(count: number, counted: Counted = {}, edge: TestEdge = made.edge) {
      for (let i = 0; i < count; i += 1) {
        made.clock.advance(60_000);
        await tell(counted);
        await cron(edge);
      }
    },
    /** Another deployment of the same, with what Redis holds. */
    again: (changed?: AlertDefinitions) => made.anotherEdge({ strategy: strategyOf(changed) }),
    rows: async () =>
      (await made.edge.get('/-/alerts', asAdmin('read'))).json as {
        name: string;
        state: string;
        since: string | null;
        value: number | null;
        unsent: number;
      }[],
    /** What the queue was handed and has delivered, in order, each id once. */
    told: () =>
      [...queue.posts.values()].filter(({ id }) => !queue.givenUp.has(id)).map(({ body }) => inShort(body)),
  };
}
