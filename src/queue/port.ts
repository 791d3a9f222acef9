import type { Publication } from './message.ts';

/** Delivers at least once, in no order, and again until a delivery is answered with success. */
export interface Queue {
  /** Publishes all of them in one request. Where it rejects they may be delivered all the same. Rejects with `QueueError`. */
  publish(publications: readonly Publication[]): Promise<void>;
  /**
   * Has these posted to somebody else, in one request; which of them were taken. One of an id that was taken lately is taken and not posted
   * again. One that is given up, after all its tries, is reported to this deployment, by its id. Rejects with `QueueError`.
   */
  post(posts: readonly Post[]): Promise<readonly boolean[]>;
  /** Whether the queue itself sent this, to this very endpoint. */
  isAuthentic(delivery: Delivery): Promise<boolean>;
}

/** A POST to a server that is not ours. */
export interface Post {
  /** The same however often it is handed over, until it is given up. Letters, digits and `-_.` */
  readonly id: string;
  readonly url: string;
  /** As the server is to get them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Delivery {
  readonly to: 'deliveries' | 'failures';
  /** Of a report: the id of the post that it is about; undefined: it is about a message of ours. */
  readonly post?: string | undefined;
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
