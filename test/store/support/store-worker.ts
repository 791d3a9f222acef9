import type { Metrics, Receipts, Store } from '../../../src/store/port.ts';
import { createUpstashStore } from '../../../src/store/upstash.ts';

/** What the adapter is to do, as a Node test asks for it. */
export interface StoreAsk {
  readonly url: string;
  readonly token: string;
  readonly deadlineMs: number;
  readonly verb:
    | Exclude<keyof Store, 'receipts' | 'metrics'>
    | `receipts.${keyof Receipts}`
    | `metrics.${keyof Metrics}`;
  readonly ask: unknown;
}

/** `told`: everything that a log could take from the error. */
export type StoreSaid =
  | { readonly reply: unknown }
  | { readonly name: string; readonly kind: string; readonly told: string };

type Verb = (ask: never) => Promise<unknown>;

/** The adapter inside workerd, where it will live, for tests that script the server it talks to. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { url, token, deadlineMs, verb, ask } = (await request.json()) as StoreAsk;
    const store = createUpstashStore({ url, token, readMs: deadlineMs, writeMs: deadlineMs });
    try {
      const [name = '', within] = verb.split('.');
      const verbs = (within ? store[name as 'receipts' | 'metrics'] : store) as unknown as Record<
        string,
        Verb
      >;
      const reply = await verbs[within ?? name]!(ask as never);
      return Response.json({ reply: reply ?? null } satisfies StoreSaid);
    } catch (error) {
      return Response.json(said(error));
    }
  },
};

function said(thrown: unknown): StoreSaid {
  const error = thrown as Error & { kind?: string };
  const own = Object.getOwnPropertyNames(error).map((name) => String(error[name as keyof Error]));
  return { name: error.name, kind: error.kind ?? '', told: [String(error), ...own].join('\n') };
}
