import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { mixed } from '../hash.ts';
import {
  type ArmFigures,
  added,
  arms,
  type Saved,
  type Trial,
  type TrialFigures,
  type TrialResult,
  trialResults,
} from '../strategy/trial.ts';

/** Counts in an isolate's memory what the guard judges by, until it is flushed. Classes that are on for everyone cost nothing here. */
export class Tally {
  readonly #rows = new Map<string, Row>();

  /** One request, when its answer is known. `ms`: less than nothing where the clock went back, which could not be told. */
  request(trial: Trial, { isError, ms: tookMs }: { readonly isError: boolean; readonly ms: number }): void {
    const row = this.#rowOf(trial);
    if (!row) return;
    const ms = Math.max(0, tookMs);
    row.requests += 1;
    if (isError) row.errors += 1;
    row.sumMs += ms;
    row.sumSquaredMs += ms * ms;
    row.units.add(trial.unit);
  }

  compared(trial: Trial, result: TrialResult, at: readonly string[] = []): void {
    const row = this.#rowOf(trial);
    if (!row) return;
    row.compared[result] += 1;
    for (const place of at) if (row.at.size < bounds.trialPlaces) row.at.add(place);
  }

  saved(trial: Trial, { hits, ms, bytes, commands }: Saved): void {
    const row = this.#rowOf(trial);
    if (!row) return;
    row.saved.hits += hits;
    row.saved.ms += Math.max(0, ms);
    row.saved.bytes += bytes;
    row.saved.commands += commands;
  }

  /** What was counted, which from now on is whoever's took it: as much as one document has room for. What is left waits for the next one. */
  take(): TrialFigures[] {
    const taken = [...this.#rows].slice(0, bounds.trialRowsTold);
    for (const [key] of taken) this.#rows.delete(key);
    return taken.map(([, { units, at, ...row }]) => ({
      ...row,
      units: units.toText(),
      at: [...at],
    }));
  }

  get isLeft(): boolean {
    return this.#rows.size > 0;
  }

  #rowOf({ className, step, arm }: Trial): Row | null {
    const key = `${className} ${step} ${arm}`;
    const row = this.#rows.get(key);
    if (row) return row;
    const ofClass = [...this.#rows.values()].filter((it) => it.className === className);
    if (ofClass.length >= bounds.trialRows) return null;
    const made: Row = {
      ...structuredClone(newArmFigures),
      ...{ className, step, arm, units: new Units(), at: new Set() },
    };
    this.#rows.set(key, made);
    return made;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Row extends Mutable<Omit<TrialFigures, 'units' | 'at' | 'compared' | 'saved'>> {
  readonly units: Units;
  readonly compared: Record<TrialResult, number>;
  readonly saved: Mutable<Saved>;
  readonly at: Set<string>;
}

const UNIT_BITS = bounds.trialUnitBits;

/** How many different units, about (linear counting, Whang et al. 1990): a bit for each, by its hash; who comes again changes nothing. */
export class Units {
  readonly #bytes: Uint8Array;

  constructor(text = '') {
    this.#bytes = bytesOf(text);
  }

  add(unit: string): void {
    let hash = 0x811c9dc5;
    for (let i = 0; i < unit.length; i += 1) hash = Math.imul(hash ^ unit.charCodeAt(i), 0x01000193);
    const bit = mixed(hash) % UNIT_BITS;
    this.#bytes[bit >>> 3]! |= 1 << (bit & 7);
  }

  merge(other: Units): void {
    for (const [i, byte] of other.#bytes.entries()) this.#bytes[i]! |= byte;
  }

  /** Null where it is full: nobody knows any more. */
  get count(): number | null {
    let free = 0;
    for (const byte of this.#bytes) for (let bit = 0; bit < 8; bit += 1) free += (byte >>> bit) & 1 ? 0 : 1;
    return free === 0 ? null : Math.round(-UNIT_BITS * Math.log(free / UNIT_BITS));
  }

  toText(): string {
    return [...this.#bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(UNIT_BITS / 8);
  if (text.length !== bytes.length * 2) return bytes;
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16) || 0;
  return bytes;
}

const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const counts = <const K extends readonly string[]>(keys: K) =>
  z.object(Object.fromEntries(keys.map((key) => [key, count])) as Record<K[number], typeof count>);

/** As an isolate tells it; another version may have written it. */
export const trialFiguresShape: z.ZodType<TrialFigures> = z.object({
  className: z.string().max(64),
  step: z.string().max(64),
  arm: z.enum(arms),
  requests: count,
  errors: count,
  sumMs: count,
  sumSquaredMs: z.number().min(0),
  units: z
    .string()
    .regex(/^[0-9a-f]*$/)
    .max(UNIT_BITS / 4),
  compared: counts(trialResults),
  saved: counts(['hits', 'ms', 'bytes', 'commands']),
  at: z.array(z.string().max(bounds.loggedWhyChars)).max(bounds.trialPlaces),
});

export const newArmFigures: ArmFigures = {
  ...{ requests: 0, errors: 0, sumMs: 0, sumSquaredMs: 0, units: '' },
  compared: { equal: 0, differs: 0, stale: 0, leak: 0 },
  saved: { hits: 0, ms: 0, bytes: 0, commands: 0 },
  at: [],
};

/** Both together. */
export function mergedArms(a: ArmFigures, b: ArmFigures): ArmFigures {
  const units = new Units(a.units);
  units.merge(new Units(b.units));
  const { requests, errors, sumMs, sumSquaredMs } = a;
  return {
    ...added({ requests, errors, sumMs, sumSquaredMs }, b),
    units: units.toText(),
    compared: added(a.compared, b.compared),
    saved: added(a.saved, b.saved),
    at: [...new Set([...a.at, ...b.at])].slice(0, bounds.trialPlaces),
  };
}
