import type { Handover } from '../handover.ts';

/** Where a fault is put in force, and what is posted there; `at` null: it is not told to anybody. */
interface Fault {
  readonly is: string;
  readonly at: 'origin' | 'gateway' | 'queue' | null;
  readonly body: object;
}

export const faultKinds = {
  origin: { is: 'the origin answers 503', at: 'origin', body: { status: 503 } },
  slow: { is: 'the origin takes 2 s', at: 'origin', body: { latency_ms: 2_000 } },
  redis: { is: 'Redis is gone', at: 'gateway', body: { drop: true } },
  'slow-redis': { is: 'Redis takes 400 ms', at: 'gateway', body: { latency_ms: 400 } },
  queue: { is: 'QStash is down', at: 'queue', body: { down: true } },
  silent: { is: 'changes come without their webhooks, so that nobody purges', at: null, body: {} },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultKind = keyof typeof faultKinds;

export interface FaultWindow {
  readonly kind: FaultKind;
  readonly fromMs: number;
  readonly toMs: number;
}

/** One after the other, with time before, between and after them, in which things go as they should. */
export function faultWindows(kinds: readonly FaultKind[], durationMs: number): readonly FaultWindow[] {
  const slotMs = (0.7 * durationMs) / kinds.length;
  return kinds.map((kind, at) => {
    const fromMs = Math.round(0.2 * durationMs + at * slotMs);
    return { kind, fromMs, toMs: Math.round(fromMs + 0.6 * slotMs) };
  });
}

/** Why a stack has no place for one of these; null: it has. */
export function noPlaceFor(kinds: readonly FaultKind[], stack: Handover): string | null {
  const homeless = kinds.find((kind) => {
    const { at } = faultKinds[kind];
    return at !== null && stack[at] === null;
  });
  if (homeless === undefined) return null;
  return faultKinds[homeless].at === 'gateway'
    ? `--faults ${homeless}: this stack has no Redis of its own to spoil`
    : `--faults ${homeless}: this stack has no stand-in of QStash`;
}
