import type { PurgeOrder } from '../strategy/purge-order.ts';

/**
 * The step that a delivery is for. `apply`: the purge. `verify`: see whether it still stands, and apply it again if a failover
 * has lost it. `erase`: delete what it made unusable, a part at a time.
 */
export type Step = 'apply' | 'verify' | 'erase';

export interface Message {
  readonly step: Step;
  readonly order: PurgeOrder;
  /** Times that the purge was lost and applied again before this `verify`. */
  readonly round: number;
}

export interface Publication {
  readonly message: Message;
  /** Delivered not before this much later. Default at once. */
  readonly delayMs?: number;
}

/** At least once, in no order, and again until it is answered with success. */
export interface Queue {
  /** Sends all of them in one request. Rejects with `QueueError`; some may then be delivered all the same. */
  publish(publications: readonly Publication[]): Promise<void>;
  /** Whether the queue itself sent this, to this very endpoint. */
  isAuthentic(delivery: Delivery): Promise<boolean>;
}

export interface Delivery {
  readonly to: 'deliveries' | 'failures';
  readonly signature: string | null;
  readonly body: string;
}

export class QueueError extends Error {
  readonly kind: 'timeout' | 'refused' | 'unreachable';
  constructor(kind: QueueError['kind']) {
    super(`queue: ${kind}`);
    this.name = 'QueueError';
    this.kind = kind;
  }
}
