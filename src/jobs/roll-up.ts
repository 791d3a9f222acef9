import type { Context } from '../engine/context.ts';
import { countedCall } from '../engine/store-call.ts';
import { gaugesOf } from '../figures/gauges.ts';
import { type Kept, readKept } from '../figures/kept.ts';
import {
  bucketValues,
  type Dated,
  figuresOf,
  fitting,
  judgeAll,
  minutesOf,
  placesOf,
  topsValues,
} from '../figures/roll-up.ts';
import type { State } from '../figures/state.ts';
import { HOUR, MINUTE, startOf } from '../figures/steps.ts';
import { writeFigures } from '../figures/text.ts';
import { readTold } from '../figures/told.ts';
import type { Figures } from '../figures/types.ts';
import type { MetricsValue } from '../store/port.ts';
import type { Flush } from '../telemetry/flush.ts';
import { guarded } from './guarded.ts';
import { redisMemory } from './redis-memory.ts';
import type { AlertsStepped, CanaryPurged, TickParts } from './tick-parts.ts';

/** What the roll-up did, for the log. */
export interface RolledUp {
  /** Documents that were counted. */
  told: number;
  /** Those that had been counted already. */
  repeats: number;
  /** Those that may have been, that are not valid, or that Redis has lost. */
  dropped: number;
  alerts?: object | undefined;
  /** How classes were switched. */
  rollout?: readonly object[] | undefined;
}

/**
 * Rolls up what isolates told, in as many rounds as it takes: each reads some documents and all that they change, and settles in one step, or not at
 * all. So a crash loses nothing and counts nothing twice, nor do two crons at once, or a reply that was lost. Rejects with `StoreError`.
 */
export async function rollUp(context: Context, parts: TickParts): Promise<RolledUp> {
  const { clock, bounds } = context.isolate;
  const done: RolledUp = { told: 0, repeats: 0, dropped: 0 };
  let settledMs: number | null = null;
  let wasLost = false;
  const fromMs = clock.now();
  for (let round = 1; round <= bounds.roundsPerTick; round += 1) {
    const isLast = round === bounds.roundsPerTick;
    const it = await rollUpSome(context, parts, done, { fromMs, settledMs, wasLost, isLast });
    if (it.is === 'done') return done;
    if (it.is === 'settled') settledMs = it.atMs;
    // The first time at once: most likely another cron has settled, and then nothing is left to do.
    else if (wasLost) await clock.sleep(bounds.settleAgainMs);
    wasLost = it.is === 'lost';
  }
  context.notes.noted.add('figures-behind');
  return done;
}

interface Round {
  /** When this run of the cron began. */
  readonly fromMs: number;
  /** … and when it last settled; null: not yet. */
  readonly settledMs: number | null;
  /** The try before this one. */
  readonly wasLost: boolean;
  /** However many documents are left. */
  readonly isLast: boolean;
}

/** `done`: nothing is left, or another cron does it. `lost`: what was read is not the latest, and another try may read that. */
type Rounded = { readonly is: 'done' | 'lost' } | { readonly is: 'settled'; readonly atMs: number };

async function rollUpSome(
  context: Context,
  parts: TickParts,
  done: RolledUp,
  round: Round,
): Promise<Rounded> {
  const { store, names, bounds, clock } = context.isolate;
  const ask = { stream: names.metrics.told(), after: '0', most: bounds.toldAtOnce };
  const all = await countedCall(context, () => store.metrics.told(ask));
  const nowMs = clock.now();
  const minuteOf = minutesOf(nowMs, bounds);
  const read = all.map(readTold);
  const documents = all.slice(0, fitting(read, minuteOf, nowMs, bounds));
  const isAll = all.length < bounds.toldAtOnce && documents.length === all.length;
  const isEnd = isAll || round.isLast;
  const valid = read.slice(0, documents.length).filter((it) => it !== null);
  const own = isEnd ? ownOf(context, valid.length > 0) : null;
  const told = own ? [...valid, { arrivedMs: valid.at(-1)?.arrivedMs ?? nowMs, flush: own }] : valid;
  const present = startOf(nowMs, MINUTE);
  const topsKeyOf = (flush: Flush) => names.metrics.tops(startOf(minuteOf(flush), HOUR));

  const minutes = new Set(told.map(({ flush }) => minuteOf(flush)));
  if (parts.canary) minutes.add(present);
  const kept = await readKept(context, [
    ...(parts.rollout ? [names.rollout()] : []),
    ...(told.length > 0 ? [names.metrics.isolates()] : []),
    ...placesOf(minutes, names, bounds).map(({ key }) => key),
    ...new Set(told.map(({ flush }) => topsKeyOf(flush))),
  ]);
  if (round.wasLost && isOvertaken(kept.state.rollup, round, clock.now())) return { is: 'done' };
  const isOwnNext = own !== null && kept.isolates.isNext(own, valid);
  const { fresh, repeats, dropped } = judgeAll(isOwnNext ? told : valid, kept.isolates, bounds);
  const dated: Dated[] = fresh.map((flush) => ({ minute: minuteOf(flush), figures: figuresOf(flush) }));
  const canary = await canaryOf(context, parts, kept, {
    ...{ nowMs, told: fresh },
    isFirst: round.settledMs === null,
  });
  if (canary && !isEmpty(canary.counted)) dated.push({ minute: present, figures: canary.counted });
  for (const { figures } of dated) kept.totals.figures.addAll(figures);

  const memory = await redisMemory(context, kept.state.rollup.memory, parts.memoryLimitBytes, nowMs);
  const { rollup: before } = kept.state;
  const toldMs = told.length > 0 || before.toldMs === null ? nowMs : before.toldMs;
  const rollup = { ...before, rolledUpMs: nowMs, toldMs, memory };
  const rollout = await rolloutOf(context, parts, kept, { told: fresh, isEnd, isAll });
  if (rollout?.logged) done.rollout = [...(done.rollout ?? []), ...rollout.logged];
  const state: State = {
    ...{ ...kept.state, rollup },
    ...(canary && { canary: canary.state }),
    ...(rollout && { rollout: rollout.state }),
  };
  const alerts = isEnd ? await alertsOf(context, parts, kept, state, nowMs) : null;
  const next = alerts ? { ...state, alerts: alerts.state } : state;
  const settled = await settle(context, kept.version, next, {
    values: [
      ...totalsValues(context, kept, dated),
      ...(told.length > 0 ? [stays([names.metrics.isolates()], kept.isolates.toText())] : []),
      ...bucketValues(dated, kept.textOf, names, bounds),
      ...topsValues(
        fresh.map((it) => ({ key: topsKeyOf(it), tops: it.tops })),
        kept.textOf,
        bounds,
      ),
      ...(canary?.values ?? []),
    ],
    upTo: documents.at(-1)?.id,
  });
  if (settled === null) return { is: 'lost' };
  if (isOwnNext) context.isolate.flusher.confirmed(own);
  done.told += fresh.length;
  done.repeats += repeats;
  done.dropped += dropped + documents.length - valid.length;
  if (done.dropped > 0) context.notes.noted.add('figures-dropped');
  if (kept.isUnreadable || canary?.isUnreadable || rollout?.isUnreadable)
    context.notes.noted.add('figures-unreadable');
  if (alerts) await deliver(context, settled, next, alerts);
  done.alerts = alerts?.logged;
  return isAll ? { is: 'done' } : { is: 'settled', atMs: nowMs };
}

/** A replica that lags behind shows what was before this run; what is later, and not of the future, another one has settled. */
const isOvertaken = ({ rolledUpMs }: State['rollup'], { fromMs, settledMs }: Round, nowMs: number): boolean =>
  rolledUpMs <= nowMs && (settledMs === null ? rolledUpMs >= fromMs : rolledUpMs > settledMs);

/**
 * What this isolate has counted, which it need not tell: counted with what others told, in the same commands. Alone it would make the script write
 * as much each minute, so that it waits a while then.
 */
function ownOf({ isolate }: Context, isAmongOthers: boolean): Flush | null {
  const { flusher, bounds, clock } = isolate;
  return isAmongOthers || clock.now() - flusher.sinceMs >= bounds.ownFiguresMs ? flusher.next() : null;
}

/** Null: it is off, or failed, and is left as it was. */
async function canaryOf(
  context: Context,
  { canary }: TickParts,
  { state }: Kept,
  {
    nowMs,
    told,
    isFirst,
  }: { readonly nowMs: number; readonly told: readonly Flush[]; readonly isFirst: boolean },
) {
  if (!canary) return null;
  return guarded(context, () => {
    const before: CanaryPurged = { state: state.canary, values: [] };
    const purged = isFirst ? canary.purge(state.canary, nowMs) : before;
    return { ...purged, ...canary.step(purged.state, { nowMs, told }) };
  });
}

/**
 * Null: there is none, or it failed, and is left as it was. The flags are changed before the round is settled: whether a class goes on is decided by
 * what they say, in a step of its own, and a round that is lost finds there what was done.
 */
async function rolloutOf(
  context: Context,
  { rollout }: TickParts,
  { state, textOf }: Kept,
  {
    told,
    isEnd,
    isAll,
  }: { readonly told: readonly Flush[]; readonly isEnd: boolean; readonly isAll: boolean },
) {
  if (!rollout) return null;
  const flags = textOf(context.isolate.names.rollout());
  const counted = await guarded(context, () => rollout.count(state.rollout, { flags, told }));
  if (!counted || !isEnd) return { logged: undefined, ...counted };
  const acted = await guarded(context, () =>
    rollout.act(context, counted.state, { flags, isBehind: !isAll }),
  );
  return { logged: undefined, ...counted, ...acted };
}

/** Null: there are none, or they failed, and are left as they were. */
async function alertsOf(
  context: Context,
  { alerts }: TickParts,
  { totals }: Kept,
  { alerts: before, rollup, rollout }: State,
  nowMs: number,
): Promise<AlertsStepped | null> {
  if (!alerts) return null;
  const input = { nowMs, totals: totals.figures, gauges: gaugesOf(rollup), rollout };
  return guarded(context, () => alerts.step(before, input));
}

/** Sends what is due, and keeps what of it was taken; if another settles meanwhile it is sent again. */
async function deliver(
  context: Context,
  version: string,
  state: State,
  alerts: AlertsStepped,
): Promise<void> {
  const left = await guarded(context, () => alerts.deliver(context));
  if (left !== null) await settle(context, version, { ...state, alerts: left }, { values: [] });
}

/** The version that it has now; null: another has settled meanwhile. */
export async function settle(
  context: Context,
  version: string | null,
  state: State,
  { values, upTo }: { readonly values: readonly MetricsValue[]; readonly upTo?: string | undefined },
): Promise<string | null> {
  const { store, names, nonce } = context.isolate;
  const next = nonce();
  const isSettled = await countedCall(context, () =>
    store.metrics.settle({
      version: { key: names.metrics.version(), expected: version, next },
      values: [stays([names.metrics.state()], JSON.stringify(state)), ...values],
      told: upTo === undefined ? null : { stream: names.metrics.told(), upTo },
    }),
  );
  return isSettled ? next : null;
}

const stays = (keys: readonly string[], value: string): MetricsValue => ({ keys, value, lifeMs: null });

/** Twice, so that none falls where one of the two is lost. */
function totalsValues(
  { isolate: { names } }: Context,
  { version, totals, isUnreadable }: Kept,
  dated: readonly Dated[],
) {
  // Once nobody has settled without them, their absence means that they were lost.
  if (dated.length === 0 && !isUnreadable && version !== null) return [];
  const { totals: key, totalsCopy } = names.metrics;
  return [stays([key(), totalsCopy()], writeFigures(totals.figures, totals.others))];
}

const isEmpty = ({ counts, histograms }: Figures) => counts.size + histograms.size === 0;
