import type { Context } from '../engine/context.ts';
import { countedCall } from '../engine/store-call.ts';
import { FigureSet } from './figure-set.ts';
import { forgottenIsolates, Isolates, readIsolates } from './isolates.ts';
import { lostRollUpState, newRollUpState, parseState, type State } from './state.ts';
import { type FiguresText, readFigures } from './text.ts';

/** What Redis keeps of figures, as of one moment. */
export interface Kept {
  /** Null: nobody has settled yet. */
  readonly version: string | null;
  readonly state: State;
  readonly totals: FiguresText;
  readonly isolates: Isolates;
  textOf(key: string): string | null;
  /** Something was there and is lost, or cannot be read: it began anew, or a copy took its place. */
  readonly isUnreadable: boolean;
}

/**
 * All with one MGET: a replica that lags behind has then an older version too, with which nobody settles. Only where the running totals are not there, or cannot
 * be read, is their copy asked for: any key may be lost, alone or with others. Rejects with `StoreError`.
 */
export async function readKept(context: Context, more: readonly string[]): Promise<Kept> {
  const { store, names, bounds, clock } = context.isolate;
  const n = names.metrics;
  const keys = [n.version(), n.state(), n.totals(), ...more];
  const values = await countedCall(context, () => store.metrics.read(keys));
  const texts = new Map(keys.map((key, i) => [key, values[i] ?? null]));
  const textOf = (key: string) => texts.get(key) ?? null;
  const version = textOf(n.version());
  const read = (text: string | null) => readFigures(text, bounds.totalsSeries);

  let totals = read(textOf(n.totals()));
  const isRestored = !totals;
  if (!totals) {
    const [copy = null] = await countedCall(context, () => store.metrics.read([n.totalsCopy()]));
    totals = read(copy);
  }
  const isNew = !totals && [n.version(), n.state(), n.totals()].every((key) => textOf(key) === null);
  // What alerts were told of is lost, where anything was ever settled: that is not the same as none.
  const lost = isNew ? { rollup: newRollUpState } : { rollup: lostRollUpState, alerts: null };
  const parsed: State = parseState(textOf(n.state())) ?? lost;
  const { toldMs } = parsed.rollup;
  const state = toldMs === null ? { alerts: null, ...parsed } : parsed;
  const isolates = readIsolates(textOf(n.isolates()));
  const areIsolatesLost = !isolates && toldMs !== undefined && more.includes(n.isolates());
  return {
    ...{ version, textOf, state },
    // What was made before anything was last counted may have been counted.
    isolates: isolates ?? (toldMs === undefined ? new Isolates() : forgottenIsolates(toldMs ?? clock.now())),
    totals: totals ?? { figures: new FigureSet(bounds.totalsSeries), others: {}, dropped: 0 },
    isUnreadable: (isRestored && !isNew) || toldMs === null || areIsolatesLost || (totals?.dropped ?? 0) > 0,
  };
}
