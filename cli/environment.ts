import type { Readable, Writable } from 'node:stream';
import type { Scheme } from '../src/invalidation/signature/scheme.ts';

/** What a command has around it; handed in, so that a test needs neither time nor a terminal. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a script may want: an id, a table, JSON. */
  readonly stdout: Output;
  /** What people want: how far a purge is, and what went wrong. */
  readonly stderr: Output;
  readonly fetch: typeof fetch;
  /** A file, or with `-` standard input. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** Who sends webhooks, as the Worker's routes say. Rejects with `Failure`. */
  readonly hookSources: () => Promise<Readonly<Record<string, HookSource>>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Rejects when `signal` is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Aborted after so many milliseconds. */
  readonly timeout: (ms: number) => AbortSignal;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** Where somebody can be asked; absent: nobody is there. */
  readonly terminal?: Terminal;
}

export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** A sender of webhooks. */
export interface HookSource {
  readonly scheme: Scheme;
  /** Types that are mapped. */
  readonly events: readonly string[];
}

export interface Output {
  write(text: string): unknown;
  /** True: a terminal, where a line can be written over. */
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}
