/** Fields of W3C Trace Context, as one request to the origin has them. */
export interface TraceFields {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** W3C Trace Context §3.2: version 00, and neither id all zeros. */
const valid = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** §3.3.1: at most 32 members and, to be passed on by everyone, 512 characters. */
const member =
  '[ \\t]*(?:[a-z0-9][a-z0-9_\\-*/@]{0,255}=[\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{0,255}[\\x21-\\x2b\\x2d-\\x3c\\x3e-\\x7e])?[ \\t]*';
const states = new RegExp(`^(?=.{1,512}$)${member}(?:,${member}){0,31}$`);

/** A client's; §3.2.3: what is not well-formed is none, and then its `tracestate` is none either. */
export function traceFieldsOf(headers: Pick<Headers, 'get'>): TraceFields | null {
  const traceparent = headers.get('traceparent');
  if (traceparent === null || !valid.test(traceparent)) return null;
  const tracestate = headers.get('tracestate');
  return tracestate !== null && states.test(tracestate) ? { traceparent, tracestate } : { traceparent };
}

/** Of a span that is recorded; null: these are no ids. */
export function traceparentOf({ traceId, spanId }: { traceId: string; spanId: string }): TraceFields | null {
  const traceparent = `00-${traceId}-${spanId}-01`;
  return valid.test(traceparent) ? { traceparent } : null;
}
