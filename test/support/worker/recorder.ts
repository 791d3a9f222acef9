import type { Tracing } from '../../../src/telemetry/trace.ts';

export interface RecordedSpan {
  readonly name: string;
  readonly spanId: string;
  readonly attributes: Record<string, unknown>;
  hasEnded: boolean;
}

/** The platform's `tracing`, and what it would have recorded. */
export class SpanRecorder implements Tracing {
  readonly traceId = '0af7651916cd43dd8448eb211c80319c';
  readonly isTraced: boolean;
  spans: RecordedSpan[] = [];

  constructor(isTraced = true) {
    this.isTraced = isTraced;
  }

  enterSpan<T>(name: string, work: Parameters<Tracing['enterSpan']>[1]): T {
    const spanId = String(this.spans.length + 1).padStart(16, '0');
    const span: RecordedSpan = { name, spanId, attributes: {}, hasEnded: false };
    this.spans.push(span);
    const none = { traceId: '0'.repeat(32), spanId: '0'.repeat(16) };
    const result = work({
      isTraced: this.isTraced,
      spanContext: () => (this.isTraced ? { traceId: this.traceId, spanId } : none),
      setAttribute: (key, value) => {
        span.attributes[key] = value;
      },
    });
    const end = () => {
      span.hasEnded = true;
    };
    if (result instanceof Promise) result.then(end, end);
    else end();
    return result as T;
  }

  /** What was recorded since this was last called. */
  took(): RecordedSpan[] {
    const { spans } = this;
    this.spans = [];
    return spans;
  }
}
