import * as z from 'zod';
import type { Edge } from './edge.ts';
import { exit, Failure } from './failure.ts';
import type { Order } from './order.ts';
import { problemText } from './problem.ts';
import { type Receipt, receiptShape } from './receipt.ts';
import type { Surroundings } from './surroundings.ts';
import { printable } from './text.ts';

/** For one request, answer and all; the edge itself gives Redis and the queue less. */
const REQUEST_MS = 10_000;

/** The edge's admin API. All of it rejects with `Failure`. */
export interface Api {
  /** The id of the purge, which is accepted then. */
  purge(order: Order): Promise<string>;
  receipt(id: string): Promise<Found>;
  receipts(page: Page): Promise<z.infer<typeof pageShape>>;
}

/** Null for a purge that is not known, or not yet. */
export interface Found {
  readonly receipt: Receipt | null;
  readonly retryAfterMs: number | null;
}

export interface Page {
  readonly tenant?: string | undefined;
  readonly limit?: string | undefined;
  readonly cursor?: string | undefined;
}

/** The edge could not be asked, or could not answer: it may be otherwise the next time. */
export class Unreachable extends Failure {
  readonly retryAfterMs: number | null;
  constructor(message: string, retryAfterMs: number | null = null) {
    super(exit.unreachable, message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Ids go into commands that people paste: nothing that a shell would take for more. */
const acceptedShape = z.object({ purge_id: z.string().regex(/^pur_[\w-]{1,124}$/) });
const pageShape = z.looseObject({ purges: z.array(receiptShape), cursor: z.string().nullable() });

export function connect({ url, token, tokenFrom }: Edge, around: Surroundings): Api {
  return {
    async purge(order) {
      const answer = await ask('POST', '/-/purge', { order });
      return read(answer, acceptedShape, 'is no acceptance of a purge').purge_id;
    },
    async receipt(id) {
      const answer = await ask('GET', `/-/purges/${encodeURIComponent(id)}`, { or404: true });
      const receipt = answer.status === 404 ? null : read(answer, receiptShape, 'is no receipt');
      return { receipt, retryAfterMs: answer.retryAfterMs };
    },
    async receipts(page) {
      const asked = Object.entries(page).filter((it): it is [string, string] => it[1] !== undefined);
      const query = new URLSearchParams(asked).toString();
      return read(await ask('GET', `/-/purges${query && `?${query}`}`), pageShape, 'is no list of receipts');
    },
  };

  /** JSON, of a success; with `or404`, of "there is no such thing" too. */
  async function ask(
    method: string,
    path: string,
    { order, or404 = false }: { order?: Order; or404?: boolean } = {},
  ): Promise<Answer> {
    const { response, text } = await exchange(method, path, order);
    const { status, ok } = response;
    const retryAfterMs = retryAfter(response.headers.get('Retry-After'), around.now());
    const body = jsonOf(text);
    const fails = (why: string) =>
      status >= 500 || status === 429 || ok
        ? new Unreachable(`${url} answered ${status}: ${why}`, retryAfterMs)
        : new Failure(exit.refused, `${url} answered ${status}: ${why}`);
    if (status >= 300 && status < 400) {
      const target = printable(response.headers.get('Location') ?? 'no Location');
      throw fails(`it redirects (${target}); give the edge's own URL by --url or STILLFRESH_URL`);
    }
    if (body === undefined) {
      const type = printable(response.headers.get('Content-Type') ?? 'no Content-Type');
      throw fails(`this is not JSON (${type}); is it the edge? --url or STILLFRESH_URL says where that is`);
    }
    if (ok || (status === 404 && or404)) return { status, body, retryAfterMs };
    throw fails(problemText(body, order) + mendOf(status));
  }

  async function exchange(method: string, path: string, order: Order | undefined) {
    const signal = AbortSignal.any([around.interrupted, around.timeout(REQUEST_MS)]);
    try {
      const response = await around.fetch(url + path, {
        method,
        headers: {
          Accept: 'application/json',
          Authorization: `Bearer ${token}`,
          ...(order && { 'Content-Type': 'application/json' }),
        },
        ...(order && { body: JSON.stringify(order) }),
        redirect: 'manual', // the token is for this URL only
        signal,
      });
      return { response, text: await response.text() };
    } catch (error) {
      if (around.interrupted.aborted) throw new Failure(exit.interrupted, 'interrupted');
      if (signal.aborted) throw new Unreachable(`${url} did not answer within ${REQUEST_MS / 1000} s`);
      throw new Unreachable(
        `no connection to ${url} (${reasonOf(error)}); --url or STILLFRESH_URL says where the edge is`,
      );
    }
  }

  function read<T>({ status, body }: Answer, shape: z.ZodType<T>, isWhat: string): T {
    const parsed = shape.safeParse(body);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'the whole';
    throw new Unreachable(
      `${url} answered ${status} with JSON that ${isWhat} (${where}: ${issue?.message}); is this the edge?`,
    );
  }

  function mendOf(status: number): string {
    if (status === 401) return `\n  ${tokenFrom} is no admin token of this edge`;
    if (status === 403)
      return `\n  the token in ${tokenFrom} lacks the scope: ADMIN_TOKENS of the edge says which it has`;
    return '';
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterMs: number | null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Seconds or a date, RFC 9110 §10.2.3. */
function retryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

/** `ECONNREFUSED`; what `fetch` itself says is "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause } = error as Error;
  const { code, message } = (cause instanceof Error ? cause : error) as NodeJS.ErrnoException;
  return code ?? message;
}
