import type { Bounds } from '../bounds.ts';

/** What one client has been given of its body and has not taken yet. */
export interface Backlog {
  parts: number;
  bytes: number;
  /** When it last took a part, or had none left to take. */
  tookMs: number;
}

/** The backlogs of one isolate, whose memory they share. */
export class Unsent {
  readonly #unreadMs: number;
  readonly #now: () => number;
  readonly #backlogs = new Set<Backlog>();

  constructor({ unreadMs }: Pick<Bounds, 'unreadMs'>, now: () => number) {
    this.#unreadMs = unreadMs;
    this.#now = now;
  }

  get bytes(): number {
    let bytes = 0;
    for (const backlog of this.#backlogs) bytes += backlog.bytes;
    return bytes;
  }

  /** That of a client that is now to be sent a body. */
  open(): Backlog {
    // One that belongs to a request which the platform has ended is never taken, nor given up.
    for (const backlog of this.#backlogs) if (this.isStalled(backlog)) this.#backlogs.delete(backlog);
    return { parts: 0, bytes: 0, tookMs: 0 };
  }

  /** Counts a part until it is taken, or, which rejects, never will be. */
  async count(backlog: Backlog, bytes: number, taken: Promise<void>): Promise<void> {
    if (backlog.parts === 0) backlog.tookMs = this.#now();
    backlog.parts += 1;
    backlog.bytes += bytes;
    this.#backlogs.add(backlog);
    try {
      await taken;
    } finally {
      backlog.parts -= 1;
      backlog.bytes -= bytes;
      backlog.tookMs = this.#now();
      if (backlog.parts === 0) this.#backlogs.delete(backlog);
    }
  }

  isStalled({ parts, tookMs }: Backlog): boolean {
    return parts > 0 && this.#now() - tookMs >= this.#unreadMs;
  }
}
