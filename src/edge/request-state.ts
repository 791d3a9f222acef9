import type { Isolate } from '../engine/context.ts';
import { type Notes, newNotes, startAnew } from '../engine/notes.ts';
import type { EdgeRequest, Fields, LogFields } from '../engine/request.ts';
import type { Rerouting } from '../http-cache/route.ts';
import type { Identity } from '../identity/identity.ts';
import { acceptPurge } from '../invalidation/accept.ts';
import type { Strategy } from '../strategy/define.ts';
import type { PurgeOrder } from '../strategy/purge-order.ts';
import type { Trial } from '../strategy/trial.ts';
import type { LogLine } from '../telemetry/log.ts';
import { type OutcomeName, type ReadOutcome, spanAttributes } from '../telemetry/outcome.ts';
import { Trace } from '../telemetry/trace.ts';
import { countRequest } from './count-request.ts';
import { DeferredNotes } from './deferred-notes.ts';
import { isGiven, type MadeAnswer } from './given.ts';
import { cutLine, levelOf } from './log-line.ts';
import type { Ready } from './ready.ts';
import { responseHeaders } from './response-headers.ts';

/** As the platform calls a Worker. */
export type Fetch = (
  request: Request,
  env: Readonly<Record<string, unknown>>,
  platform: ExecutionContext,
  /** The one that has begun, whose place it takes. */
  outer?: RequestState,
) => Response | Promise<Response>;

/**
 * One request's state. It is what Hono knows as the execution context, so that a handler finds it there, and its
 * `waitUntil` is the one whose notes are logged. What a hit does not need is made when it is first needed.
 */
export class RequestState implements EdgeRequest, Rerouting {
  readonly isolate: Isolate;
  readonly notes: Notes;
  readonly startMs: number;
  readonly deadlineMs: number;
  identity: Identity | null = null;
  className?: string;
  passHeaders?: readonly string[];
  ofAdmins?: true;
  outcome?: ReadOutcome;
  trial?: Trial;
  logged?: LogFields;
  ageMs?: number;
  ttlLeftMs?: number;
  sentBytes = 0;
  #made: MadeAnswer | undefined;
  answered?: Response;
  error?: Error;
  readonly #call: readonly [...Parameters<Fetch>];
  readonly #ready: Ready;
  readonly #fetch: Fetch;
  #id: string | undefined;
  #isIdentified = false;
  #deferred: DeferredNotes | undefined;
  #isLineWritten = false;
  #trace: Trace | undefined;
  /** Counted and logged is the one that came. */
  readonly #outer: RequestState | undefined;
  #countedAs: OutcomeName | undefined;
  #withheldBytes = 0;

  /** `fetch`: the Worker's own, for a request that takes the place of this one; `outer`: the one whose place this one takes. */
  constructor(call: Parameters<Fetch>, ready: Ready, fetch: Fetch, outer?: RequestState) {
    const { clock, bounds } = ready.isolate;
    this.isolate = ready.isolate;
    this.notes = outer?.notes ?? newNotes();
    this.#outer = outer;
    this.startMs = clock.now();
    this.deadlineMs = this.startMs + bounds.requestMs;
    this.#call = call;
    this.#ready = ready;
    this.#fetch = fetch;
  }

  get strategy(): Strategy {
    return this.#ready.strategy;
  }

  get httpCaches(): Ready['httpCaches'] {
    return this.#ready.httpCaches;
  }

  accept(order: PurgeOrder): Promise<void> {
    return acceptPurge(this, order, { eager: 'awaited' });
  }

  get id(): string {
    this.#id ??= this.#outer?.id ?? crypto.randomUUID();
    return this.#id;
  }

  identify(): Identity | null | Promise<Identity | null> {
    if (this.#isIdentified) return this.identity;
    const [request, , platform] = this.#call;
    const identity = this.#ready.identify(request, platform);
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
    if (this.#outer) {
      this.#outer.waitUntil(work);
      return;
    }
    this.#deferred ??= this.#newDeferred();
    this.#deferred.waitUntil(work);
  }

  /** As a line of the log has them. */
  #countNotes(): void {
    for (const note of this.notes.noted) this.isolate.meter.add('notes', 1, note);
  }

  #newDeferred(): DeferredNotes {
    const tell = () => {
      this.#countNotes();
      this.log({
        event: 'background',
        level: levelOf(this.notes.noted),
        request_id: this.id,
        class: this.className,
        purge_id: this.logged?.purge_id,
        notes: [...this.notes.noted],
        failures: this.notes.failures,
      });
    };
    // A body that a handler makes may begin its work when the line is written already.
    return new DeferredNotes(this.#call[2], this.notes, this.#isLineWritten, tell);
  }

  /** Counts it, once: with its answer it is known what it has come to. */
  answeredWith(status: number): void {
    const { clock, flusher } = this.isolate;
    const nowMs = clock.now();
    this.#countedAs = countRequest(this, status, nowMs - this.startMs);
    if (this.trial) this.#countTrial(this.trial, nowMs - this.startMs);
    this.#countBytes(this.sentBytes);
    this.#countBytes(this.#withheldBytes, 'withheld_bytes');
    flusher.counted(this.#call[2], nowMs);
  }

  #countTrial(trial: Trial, ms: number): void {
    this.isolate.tally.request(trial, { isError: this.#countedAs === 'error', ms });
  }

  sent(bytes: number): void {
    if (this.#outer) {
      this.#outer.sent(bytes);
      return;
    }
    this.sentBytes += bytes;
    if (this.#countedAs !== undefined) this.#countBytes(bytes);
  }

  made(answer: Response, bytes: number, without?: 'without'): Response {
    this.#made = { answer, bytes, without };
    return answer;
  }

  /** What the client is given in the end: the bytes of what was made count, or are handed to the request whose place this one takes. */
  gives(response: Response, headed: Response): void {
    const made = this.#made;
    if (!made || !isGiven(made.answer, response)) return;
    const { bytes, without } = made;
    if (this.#outer) this.#outer.made(headed, bytes, without);
    else if (without) this.#withheldBytes = bytes;
    else this.sentBytes += bytes;
  }

  #countBytes(bytes: number, as: 'served_bytes' | 'withheld_bytes' = 'served_bytes'): void {
    if (bytes > 0) this.isolate.meter.add(as, bytes, this.className ?? '-', this.#countedAs!);
  }

  /** Writes a line of this request's, at once unless the ids in it are to be hashed for the first time. */
  log(line: LogLine): void {
    const { log, logIds } = this.#ready;
    const hidden = logIds ? logIds.hidden(line, this) : line;
    const write = (it: LogLine) => log(cutLine(it));
    if (hidden instanceof Promise) this.#call[2].waitUntil(hidden.then(write));
    else write(hidden);
  }

  lineWritten(): void {
    this.#countNotes();
    startAnew(this.notes);
    this.#isLineWritten = true;
    this.#deferred?.lineWritten();
  }

  /** Made when it is first needed: a hit from isolate memory is in no span. */
  get trace(): Trace {
    const [request, , platform] = this.#call;
    this.#trace ??= this.#outer?.trace ?? new Trace(platform.tracing, request.headers);
    return this.#trace;
  }

  /** Says in its trace, where that is recorded, how it was answered. */
  traceAnswer(status: number): void {
    if (!this.#trace?.isRecorded) return;
    this.#trace.span('answer', (span) => span.set(spanAttributes(this, status)));
  }

  passThroughOnException(): void {
    this.#call[2].passThroughOnException();
  }

  get props(): unknown {
    return this.#call[2].props;
  }

  reroute(request: Request): Response | Promise<Response> {
    const [, env, platform] = this.#call;
    return this.#fetch(request, env, platform, this);
  }

  /** Of one that has taken the place of another: what it came to. True: the other is counted and logged. */
  handOver(): boolean {
    if (!this.#outer) return false;
    const { identity, className, passHeaders, outcome, trial, ageMs, ttlLeftMs, error, logged } = this;
    const known = { className, passHeaders, outcome, trial, ageMs, ttlLeftMs, error };
    const more = Object.entries(known).filter(([, value]) => value !== undefined);
    Object.assign(this.#outer, Object.fromEntries(more), {
      identity,
      logged: { ...this.#outer.logged, ...logged },
    });
    return true;
  }

  responseHeaders(): Fields {
    return responseHeaders(this.#call[0], this.#ready.settings, this);
  }

  get totalMs(): number {
    return this.isolate.clock.now() - this.startMs;
  }
}
