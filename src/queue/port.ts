import type { Publication } from './message.ts';

/** Delivers at least once, in no order, and again until a delivery is answered with success. */
export interface Queue {
  /** Publishes all of them in one request. Where it rejects they may be delivered all the same. Rejects with `QueueError`. */
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
