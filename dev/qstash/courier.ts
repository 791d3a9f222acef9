import { callbackMessage, type Occasion } from './callback.ts';
import type { QStashClock } from './clock.ts';
import { createDelivery, noAnswer } from './delivery.ts';
import { createDispatch, type Letter, nothing } from './dispatch.ts';
import type { Faults } from './faults.ts';
import type { Message } from './message.ts';
import { isDelivered, type Outcome, retryDelayMs } from './outcome.ts';
import type { ChangeDetail, Records, State } from './records.ts';
import { shownUrl } from './shown-url.ts';

export interface CourierOptions {
  readonly clock: QStashClock;
  readonly sign: (message: Message) => Promise<string>;
  readonly records: Records;
  readonly log: (line: string) => void;
}

/** Has each message delivered, again and again if need be, and sees to what follows. */
export interface Courier {
  accept(message: Message): void;
  /** False when it is not, or no longer, on its way. */
  cancel(id: string): boolean;
  /** Neither delivered nor dead; the oldest first. */
  readonly pending: ReadonlyMap<string, Letter>;
  fault(faults: Faults): void;
  /** What is in force: a fault that counts down is what is left of it. */
  readonly faults: Faults;
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function createCourier({ clock, sign, records, log }: CourierOptions): Courier {
  const pending = new Map<string, Letter>();
  const underWay = new Set<Promise<void>>();
  const closing = new AbortController();
  const faults: { now: Faults } = { now: {} };
  const dispatch = createDispatch({ clock, faults, deliver });
  const send = createDelivery({ clock, sign, closing: closing.signal });

  return {
    accept,
    cancel(id) {
      const letter = pending.get(id);
      if (!letter) return false;
      note('CANCEL_REQUESTED', letter.message);
      note('CANCELLED', letter.message);
      finish(letter);
      return true;
    },
    pending,
    fault(word) {
      faults.now = word;
      dispatch.releaseHeld();
    },
    get faults() {
      return faults.now;
    },
    idle,
    async close() {
      closing.abort();
      for (const letter of pending.values()) letter.withdraw();
      pending.clear(); // so nothing follows from what was under way
      await idle();
    },
  };

  async function idle(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay);
  }

  function accept(message: Message): void {
    const letter = { message, retried: 0, withdraw: nothing };
    pending.set(message.id, letter);
    note('CREATED', message);
    dispatch.accept(letter);
  }

  function finish(letter: Letter): void {
    pending.delete(letter.message.id);
    dispatch.remove(letter);
  }

  /** What follows at once begins before this counts as ended, so that `idle` misses nothing. */
  function deliver(letter: Letter, done: () => void): void {
    const ended = attempt(letter)
      .then(done)
      .finally(() => underWay.delete(ended));
    underWay.add(ended);
  }

  async function attempt(letter: Letter): Promise<void> {
    note('ACTIVE', letter.message);
    const outcome = await (takeFailure() ? noAnswer('a fault was asked for') : send(letter));
    record(letter, outcome);
    if (isDelivered(outcome)) {
      for (let copies = faults.now.duplicate ?? 0; copies > 0; copies--) record(letter, await send(letter));
    }
    if (pending.has(letter.message.id)) settle(letter, outcome); // else it was cancelled meanwhile
  }

  function takeFailure(): boolean {
    const { fail = 0 } = faults.now;
    if (fail === 0) return false;
    faults.now = { ...faults.now, fail: fail - 1 };
    return true;
  }

  function settle(letter: Letter, outcome: Outcome): void {
    const { message, retried } = letter;
    const occasion = { source: message, retried, outcome, now: clock.now() };
    // After every attempt, as QStash's documentation has it, whatever came of it.
    if (message.callback) accept(callbackMessage(message.callback, occasion));
    if (isDelivered(outcome)) {
      note('DELIVERED', message);
      finish(letter);
      return;
    }
    note('ERROR', message, detailOf(outcome));
    const delayMs = retryDelayMs(message, retried, outcome);
    if (delayMs === undefined) giveUp(letter, occasion);
    else retry(letter, occasion.now + delayMs);
  }

  function giveUp(letter: Letter, occasion: Occasion): void {
    const { message } = letter;
    note('FAILED', message);
    const dlqId = records.bury(message, occasion.outcome, occasion.now);
    finish(letter);
    if (message.failureCallback) accept(callbackMessage(message.failureCallback, { ...occasion, dlqId }));
  }

  function retry(letter: Letter, at: number): void {
    letter.retried += 1;
    note('RETRY', letter.message, { nextDeliveryTime: at });
    dispatch.again(letter, at);
  }

  function record({ message, retried }: Letter, outcome: Outcome): void {
    const { id, url, method } = message;
    const { status } = outcome;
    records.attempts.add({ messageId: id, url, retried, status });
    log(
      `${method} ${shownUrl(url)} ${id} retried=${retried} ${status}${'why' in outcome ? ` (${outcome.why})` : ''}`,
    );
  }

  function note(state: State, message: Message, detail?: ChangeDetail): void {
    records.note(state, message, clock.now(), detail);
  }
}

function detailOf(outcome: Outcome): ChangeDetail {
  return outcome.status === 'no answer'
    ? { error: outcome.why }
    : { error: `the destination answered ${outcome.status}`, responseStatus: outcome.status };
}
