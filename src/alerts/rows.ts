import type { Alert } from '../strategy/alert-types.ts';
import { placeOf } from './names.ts';
import type { AlertsState } from './state.ts';
import type { WatchedAlert } from './watched-alert.ts';

/** An alert as the API shows it. */
export interface AlertRow {
  readonly name: string;
  readonly state: 'inactive' | 'pending' | 'firing' | 'no-data';
  /** When the cron last looked; null: never. Longer ago than some minutes, and it tells nothing of now. */
  readonly evaluated_at: string | null;
  /** In this state; null: it was not evaluated yet. */
  readonly since: string | null;
  readonly value: number | null;
  readonly comparison: Alert['comparison'];
  readonly bound: number;
  readonly for_ms: number;
  readonly severity: Alert['severity'];
  readonly class: string | null;
  readonly says: string;
  /** Where more is said of it. */
  readonly see: string;
  /** Since when receivers know that it fires, or that nothing can be measured; null: they do not. */
  readonly told_firing: string | null;
  readonly told_no_data: string | null;
  /** When it last was over. */
  readonly resolved: string | null;
  /** Its notifications that nobody has taken yet. */
  readonly unsent: number;
}

const iso = (ms: number | null | undefined) =>
  ms === null || ms === undefined ? null : new Date(ms).toISOString();

/** Each alert, as it stood when the cron last ran. */
export const alertRows = (
  alerts: readonly WatchedAlert[],
  { alerts: standings, outbox, history }: AlertsState,
): AlertRow[] =>
  alerts.map(({ name, comparison, bound, forMs, severity, class: cls, says }) => {
    const it = standings[name];
    return {
      name,
      state: it?.state ?? 'no-data',
      evaluated_at: iso(history.atMs.at(-1)),
      since: iso(it?.sinceMs),
      value: it?.value ?? null,
      ...{ comparison, bound, for_ms: forMs, severity, class: cls, says, see: placeOf(name) },
      told_firing: iso(it?.told.firing?.sinceMs),
      told_no_data: iso(it?.told.noData?.sinceMs),
      resolved: iso(it?.resolvedMs),
      unsent: outbox.filter((one) => one.name === name).length,
    };
  });
