import { bounds } from './bounds.ts';
import type { Message } from './message.ts';
import type { Outcome } from './outcome.ts';
import { Recent } from './recent.ts';

/** What has happened, for those who ask later; the oldest is forgotten. */
export interface Records {
  readonly attempts: Recent<Attempt>;
  readonly events: Recent<StateChange>;
  readonly deadLetters: Recent<DeadLetter>;
  /** Its DLQ id. */
  bury(message: Message, outcome: Outcome, now: number): string;
  note(state: State, message: Message, now: number, more?: ChangeDetail): void;
}

/** One request to a destination. */
export interface Attempt {
  readonly messageId: string;
  readonly url: string;
  readonly retried: number;
  readonly status: number | 'no answer';
}

export type State =
  | 'CREATED'
  | 'ACTIVE'
  | 'RETRY'
  | 'ERROR'
  | 'DELIVERED'
  | 'FAILED'
  | 'CANCEL_REQUESTED'
  | 'CANCELLED';

export interface StateChange extends ChangeDetail {
  readonly seq: number;
  readonly time: number;
  readonly state: State;
  /** Without its body: ten thousand of them would fill the memory. */
  readonly message: Omit<Message, 'body'>;
}

export interface ChangeDetail {
  readonly nextDeliveryTime?: number;
  readonly error?: string;
  readonly responseStatus?: number;
}

export interface DeadLetter {
  readonly seq: number;
  readonly dlqId: string;
  readonly time: number;
  readonly message: Message;
  readonly outcome: Outcome;
}

export function createRecords(): Records {
  const attempts = new Recent<Attempt>(bounds.attempts);
  const events = new Recent<StateChange>(bounds.events);
  const deadLetters = new Recent<DeadLetter>(bounds.dead);
  let seq = 0;
  return {
    attempts,
    events,
    deadLetters,
    bury(message, outcome, time) {
      seq += 1;
      const dlqId = `${time}-${seq}`;
      deadLetters.add({ seq, dlqId, time, message, outcome });
      return dlqId;
    },
    note(state, { body: _, ...message }, time, more) {
      seq += 1;
      events.add({ seq, time, state, message, ...more });
    },
  };
}
