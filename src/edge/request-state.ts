import type { Isolate } from '../engine/context.ts';
import { type Notes, newNotes } from '../engine/notes.ts';
import type { EdgeRequest, Fields, LogFields } from '../engine/request.ts';
import type { Rerouting } from '../http-cache/route.ts';
import type { Identity } from '../identity/identity.ts';
import type { Identify } from '../identity/resolve.ts';
import type { Log } from '../telemetry/log.ts';
import type { Outcome } from '../telemetry/outcome.ts';
import { DeferredNotes } from './deferred-notes.ts';
import { levelOf } from './log-line.ts';
import { responseHeaders } from './response-headers.ts';
import type { Settings } from './settings.ts';

/** What all requests of one isolate have in common. */
export interface Surroundings {
  readonly settings: Settings;
  readonly isolate: Isolate;
  readonly identify: Identify;
  readonly log: Log;
}

/**
 * One request's state. It is what Hono knows as the execution context, so that a handler finds it there, and its
 * `waitUntil` is the one whose notes are logged. What a hit does not need is made when it is first needed.
 */
export class RequestState implements EdgeRequest, Rerouting {
  readonly isolate: Isolate;
  readonly notes: Notes = newNotes();
  readonly deadlineMs: number;
  identity: Identity | null = null;
  className?: string;
  outcome?: Outcome;
  logged?: LogFields;
  answered?: Response;
  /** What the handler threw. */
  error?: Error;
  readonly startMs: number;
  readonly #request: Request;
  readonly #platform: ExecutionContext;
  readonly #surroundings: Surroundings;
  readonly #reroute: Rerouting['reroute'];
  #id: string | undefined;
  #isIdentified = false;
  #deferred: DeferredNotes | undefined;

  constructor(
    request: Request,
    platform: ExecutionContext,
    surroundings: Surroundings,
    reroute: Rerouting['reroute'],
  ) {
    const { isolate } = surroundings;
    this.isolate = isolate;
    this.startMs = isolate.clock.now();
    this.deadlineMs = this.startMs + isolate.bounds.requestMs;
    this.#request = request;
    this.#platform = platform;
    this.#surroundings = surroundings;
    this.#reroute = reroute;
  }

  get id(): string {
    this.#id ??= crypto.randomUUID();
    return this.#id;
  }

  identify(): Identity | null | Promise<Identity | null> {
    if (this.#isIdentified) return this.identity;
    const identity = this.#surroundings.identify(this.#request, this.#platform);
    return identity instanceof Promise
      ? identity.then((it) => this.#identified(it))
      : this.#identified(identity);
  }

  #identified(identity: Identity | null): Identity | null {
    this.#isIdentified = true;
    this.identity = identity;
    return identity;
  }

  waitUntil(work: Promise<unknown>): void {
    this.#deferred ??= new DeferredNotes(this.#platform, this.notes, (notes) =>
      this.#surroundings.log({
        event: 'background',
        level: levelOf(notes),
        request_id: this.id,
        class: this.className,
        purge_id: this.logged?.purge_id,
        notes,
      }),
    );
    this.#deferred.waitUntil(work);
  }

  passThroughOnException(): void {
    this.#platform.passThroughOnException();
  }

  get props(): unknown {
    return this.#platform.props;
  }

  reroute(request: Request): Response | Promise<Response> {
    return this.#reroute(request);
  }

  responseHeaders(): Fields {
    return responseHeaders(this.#request, this.#surroundings.settings, this, this.totalMs, this.error);
  }

  get totalMs(): number {
    return this.isolate.clock.now() - this.startMs;
  }

  lineWritten(): void {
    this.#deferred?.lineWritten();
  }
}
