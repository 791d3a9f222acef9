import type { Context } from '../engine/context.ts';
import { countedCall } from '../engine/store-call.ts';
import { FigureSet } from './figure-set.ts';
import { Isolates, readIsolates } from './isolates.ts';
import { newRollUpState, parseState, type State } from './state.ts';
import { type FiguresText, readFigures } from './text.ts';

/** What Redis keeps of figures, as of one moment. */
export interface Kept {
  /** Null: nobody has settled yet. */
  readonly version: string | null;
  readonly state: State;
  readonly totals: FiguresText;
  readonly isolates: Isolates;
  textOf(key: string): string | null;
  /** Something was there that cannot be read: it began anew, or a copy took its place. */
  readonly isUnreadable: boolean;
}

/**
 * All with one MGET: a replica that lags behind has then an older version too, with which nobody settles. Only where the running totals cannot be read
 * is their copy asked for. Rejects with `StoreError`.
 */
export async function readKept(context: Context, more: readonly string[]): Promise<Kept> {
  const { store, names, bounds } = context.isolate;
  const n = names.metrics;
  const keys = [n.version(), n.state(), n.totals(), ...more];
  const values = await countedCall(context, () => store.metrics.read(keys));
  const texts = new Map(keys.map((key, i) => [key, values[i] ?? null]));
  const textOf = (key: string) => texts.get(key) ?? null;
  const version = textOf(n.version());
  const read = (text: string | null) => readFigures(text, bounds.totalsSeries);

  const state = parseState(textOf(n.state()));
  const isolates = readIsolates(textOf(n.isolates()));
  let totals = read(textOf(n.totals()));
  let isRestored = false;
  if (!totals && version !== null) {
    const [copy = null] = await countedCall(context, () => store.metrics.read([n.totalsCopy()]));
    totals = read(copy);
    isRestored = true;
  }
  const isLost = (key: string, value: unknown) => value === null && textOf(key) !== null;
  return {
    ...{ version, textOf },
    // What alerts were told of is lost, where anything was ever settled: that is not the same as none.
    state: state ?? { rollup: newRollUpState, ...(version !== null && { alerts: null }) },
    isolates: isolates ?? new Isolates(),
    totals: totals ?? { figures: new FigureSet(bounds.totalsSeries), others: {}, dropped: 0 },
    isUnreadable:
      isRestored || isLost(n.state(), state) || isLost(n.isolates(), isolates) || (totals?.dropped ?? 0) > 0,
  };
}
