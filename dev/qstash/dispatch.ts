import type { QStashClock } from './clock.ts';
import type { Faults } from './faults.ts';
import { createFlowControl } from './flow-control.ts';
import type { Message } from './message.ts';

/** A message on its way, and how far it is. */
export interface Letter {
  readonly message: Message;
  retried: number;
  /** Takes it away from where it waits now; does nothing while it is being delivered. */
  withdraw: () => void;
}

/** Decides when a message goes out: by its time, its queue, the fault `reorder`, and flow control. */
export interface Dispatch {
  accept(letter: Letter): void;
  again(letter: Letter, at: number): void;
  /** It is delivered, dead or cancelled. */
  remove(letter: Letter): void;
  /** Another word about faults is coming: those that `reorder` holds go out. */
  releaseHeld(): void;
}

export interface DispatchOptions {
  readonly clock: QStashClock;
  readonly faults: { now: Faults };
  /** Begins a delivery, and calls `done` when it has ended. */
  readonly deliver: (letter: Letter, done: () => void) => void;
}

export const nothing = (): void => {};

export function createDispatch({ clock, faults, deliver }: DispatchOptions): Dispatch {
  const flowControl = createFlowControl(clock);
  const queues = new Map<string, Letter[]>();
  let held: Letter[] = [];

  return {
    accept(letter) {
      if (isNext(letter)) schedule(letter, letter.message.notBefore);
    },
    again: schedule,
    remove(letter) {
      letter.withdraw();
      leaveQueue(letter);
    },
    releaseHeld,
  };

  /** In a queue, only the first is on its way, until it is delivered or dead. */
  function isNext(letter: Letter): boolean {
    const { queue } = letter.message;
    if (queue === undefined) return true;
    const line = queues.get(queue) ?? [];
    queues.set(queue, line);
    return line.push(letter) === 1;
  }

  function leaveQueue(letter: Letter): void {
    const line = queues.get(letter.message.queue ?? '');
    if (!line) return;
    const wasFirst = line[0] === letter;
    take(line, letter);
    if (line[0] === undefined) queues.delete(letter.message.queue ?? '');
    else if (wasFirst) schedule(line[0], line[0].message.notBefore);
  }

  function schedule(letter: Letter, at: number): void {
    const due = at + (faults.now.delay_ms ?? 0);
    if (due <= clock.now()) arrive(letter);
    else letter.withdraw = clock.at(due, () => arrive(letter));
  }

  function arrive(letter: Letter): void {
    const { reorder = 0 } = faults.now;
    if (reorder === 0 || letter.message.queue !== undefined) {
      admit(letter, nothing);
      return;
    }
    const line = held;
    letter.withdraw = () => take(line, letter);
    if (line.push(letter) < reorder) return;
    faults.now = { ...faults.now, reorder: 0 };
    releaseHeld();
  }

  function releaseHeld(): void {
    const line = held;
    held = [];
    const next = () => {
      const last = line.pop();
      if (last) admit(last, next);
    };
    next();
  }

  /** `then` is called when it has been delivered, or is not going to be. */
  function admit(letter: Letter, then: () => void): void {
    const { flow } = letter.message;
    const start = (leave: () => void) => {
      letter.withdraw = nothing;
      deliver(letter, () => {
        leave();
        then();
      });
    };
    const leaveLine = flowControl.enter(flow, start);
    if (!leaveLine) return;
    letter.withdraw = () => {
      leaveLine();
      then();
    };
  }
}

function take(line: Letter[], letter: Letter): void {
  const place = line.indexOf(letter);
  if (place >= 0) line.splice(place, 1);
}
