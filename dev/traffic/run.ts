import type { Environment } from '../../cli/environment.ts';
import { exit, Failure } from '../../cli/failure.ts';
import type { Handover } from '../handover.ts';
import { type FaultKind, type FaultWindow, faultKinds, faultWindows } from './faults.ts';
import type { TrafficOptions } from './options.ts';
import { performerAt } from './perform.ts';
import { trafficPlan } from './plan.ts';
import { Tally } from './tally.ts';

/** Answers that are waited for at once. */
const MOST_UNANSWERED = 64;

/** What comes later than this is not sent any more: it would come all at once. */
const LATE_MS = 1_000;

/** So many calls in a row without an answer: there is nobody any more. */
const MOST_IN_VAIN = 20;

/** For a stand-in to take a fault. */
const FAULT_MS = 5_000;

export interface Progress {
  readonly elapsedMs: number;
  readonly tally: Tally;
  readonly fault: FaultKind | null;
}

export interface Traffic {
  readonly tally: Tally;
  readonly elapsedMs: number;
  readonly faults: readonly FaultWindow[];
}

type Around = Pick<Environment, 'fetch' | 'now' | 'sleep' | 'timeout' | 'interrupted'>;

/** Sends what is planned until its time is over, or Ctrl-C. Leaves no fault in force, however it ends. */
export async function runTraffic(
  options: TrafficOptions,
  stack: Handover,
  environment: Around,
  show: (progress: Progress) => void = () => {},
): Promise<Traffic> {
  const { now, sleep, interrupted } = environment;
  const tally = new Tally();
  const performer = performerAt(stack, tally, environment);
  const windows = faultWindows(options.faults, options.durationMs);
  const unanswered = new Set<Promise<void>>();
  const fromMs = now();
  let inVain = 0;
  let fault: FaultKind | null = null;
  try {
    for (const action of trafficPlan(options)) {
      const waitMs = fromMs + action.atMs - now();
      if (waitMs > 0) await sleep(waitMs, interrupted).catch(() => {});
      if (unanswered.size >= MOST_UNANSWERED) await Promise.race(unanswered);
      const elapsedMs = now() - fromMs;
      if (interrupted.aborted || elapsedMs >= options.durationMs) break;
      if (inVain >= MOST_IN_VAIN)
        throw new Failure(exit.unreachable, `${stack.url} does not answer any more; has npm run dev ended?`);
      const due = windows.find((it) => it.fromMs <= elapsedMs && elapsedMs < it.toMs)?.kind ?? null;
      if (due !== fault) {
        await change(fault, due);
        fault = due;
      }
      show({ elapsedMs, tally, fault });
      if (elapsedMs - action.atMs > LATE_MS) {
        tally.done.left_out += 1;
        continue;
      }
      const work = performer.perform(action, fault === 'silent').then((answered) => {
        inVain = answered ? 0 : inVain + 1;
        unanswered.delete(work);
      });
      unanswered.add(work);
    }
    return {
      tally,
      elapsedMs: Math.min(now() - fromMs, options.durationMs),
      faults: begun(windows, now() - fromMs),
    };
  } finally {
    // First: whoever does not want to wait for the last answers must not leave it.
    await change(fault, null);
    await Promise.all(unanswered);
  }

  /** At most one is in force. A stand-in that does not take it has ended, as the calls will tell. */
  async function change(from: FaultKind | null, to: FaultKind | null): Promise<void> {
    if (from !== null) await post(from, {});
    if (to !== null) await post(to, faultKinds[to].body);
  }

  async function post(kind: FaultKind, body: object): Promise<void> {
    const { at } = faultKinds[kind];
    const url = at === null ? null : stack[at];
    if (url === null) return;
    await environment
      .fetch(`${url}/faults`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: environment.timeout(FAULT_MS),
      })
      .then((response) => response.arrayBuffer())
      .catch(() => {});
  }
}

const begun = (windows: readonly FaultWindow[], elapsedMs: number): readonly FaultWindow[] =>
  windows.filter((it) => it.fromMs < elapsedMs).map((it) => ({ ...it, toMs: Math.min(it.toMs, elapsedMs) }));
