import * as z from 'zod';

/** What `POST /faults` takes; `{}` clears. One fault is in force at a time: the last one posted. */
export function faultSchema(routes: readonly string[]) {
  return z.strictObject({
    /** Milliseconds to wait after the data were read (or changed) and before the answer. Default 0. */
    latency_ms: z.int().min(0).max(600_000).optional(),
    /** Answer with this status instead; nothing is read or changed. Default: answer as usual. */
    status: z.int().min(300).max(599).optional(),
    /** Promise the whole body in `Content-Length`, send half of it, and hang up. Default false. */
    truncate: z.boolean().optional(),
    /** Only for this route, such as `GET /invoices/:id`. Default: every data route. */
    route: z.enum(routes).optional(),
  });
}

export type Fault = z.infer<ReturnType<typeof faultSchema>>;
