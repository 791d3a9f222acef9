import { type TraceFields, traceFieldsOf, traceparentOf } from '../http/trace-context.ts';

/** As the platform has it, in every context and in `cloudflare:workers`: the part that is used here. */
export interface Tracing {
  /** The span ends when what `work` gives is settled. */
  enterSpan<T>(name: string, work: (span: PlatformSpan) => T): T;
}

interface PlatformSpan {
  /** False where nobody records it: then it has no ids either. */
  readonly isTraced: boolean;
  spanContext(): { readonly traceId: string; readonly spanId: string };
  setAttribute(name: string, value: string | number | boolean): unknown;
}

/** What a request waits for, and last how it was answered. */
export type SpanName = 'lookup' | 'lease' | 'origin' | 'fill' | 'purge' | 'answer';

/** Words of ours and numbers: no tenant, user, tag, key, path or secret. What is undefined is left out. */
export type SpanAttributes = Readonly<
  Partial<
    Record<
      'class' | 'outcome' | 'reason' | 'layer' | 'result' | 'names' | 'status',
      string | number | undefined
    >
  >
>;

export interface Span {
  set(attributes: SpanAttributes): void;
  /** For a request that is sent within it: its own ids, else what the client sent. */
  readonly fields: TraceFields | null;
}

/** Of one request, or of what runs by itself: in the platform's trace where there is one, and with what its client sent. */
export class Trace {
  readonly #tracing: Tracing | undefined;
  readonly #client: Headers | null;
  /** Somebody records what happens here. */
  isRecorded = false;

  /** `tracing`: whatever the runtime has there; an older one nothing. */
  constructor(tracing: unknown, client: Headers | null) {
    const its = tracing as Tracing | undefined;
    this.#tracing = typeof its?.enterSpan === 'function' ? its : undefined;
    this.#client = client;
  }

  /** For what is done for all, and not for this client: it is no part of its trace. */
  withoutClient(): Trace {
    return new Trace(this.#tracing, null);
  }

  span<T>(name: SpanName, work: (span: Span) => T): T {
    if (!this.#tracing) return work(this.#spanOf(null));
    return this.#tracing.enterSpan(`stillfresh.${name}`, (span) =>
      work(this.#spanOf(span.isTraced ? span : null)),
    );
  }

  #spanOf(recorded: PlatformSpan | null): Span {
    const client = this.#client;
    this.isRecorded ||= recorded !== null;
    return {
      set(attributes) {
        if (!recorded) return;
        for (const [name, value] of Object.entries(attributes))
          if (value !== undefined) recorded.setAttribute(`stillfresh.${name}`, value);
      },
      get fields() {
        const own = recorded && traceparentOf(recorded.spanContext());
        return own ?? (client && traceFieldsOf(client));
      },
    };
  }
}

const noTrace = new Trace(undefined, null);

/** Work of this context within a span of its trace, if it has one. */
export const inSpan = <T>(
  { trace = noTrace }: { readonly trace?: Trace | undefined },
  name: SpanName,
  work: (span: Span) => T,
): T => trace.span(name, work);
