import * as z from 'zod';
import { fieldErrors } from '../src/strategy/field-errors.ts';
import { inOurWords } from '../src/strategy/says.ts';
import type { Edge } from './edge.ts';
import type { Environment } from './environment.ts';
import { exit, Failure } from './failure.ts';
import type { Order } from './order.ts';
import { problemText } from './problem.ts';
import { type Receipt, receiptShape } from './receipt.ts';
import { printable } from './text.ts';

/** For one request with its answer; the edge itself gives Redis and the queue less. */
const REQUEST_MS = 10_000;

/** The edge's admin API. All of it rejects with `Failure`. */
export type Api = ReturnType<typeof connect>;

type Query = Readonly<Partial<Record<'tenant' | 'limit' | 'cursor', string | undefined>>>;

/** The edge did not answer, or had no answer: it may have one the next time. */
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

export function connect({ url, token, tokenFrom }: Edge, environment: Environment) {
  return {
    /** The id of the purge, which is accepted then. */
    async purge(order: Order): Promise<string> {
      const answer = await call('POST', '/-/purge', { order });
      return read(answer, acceptedShape, 'is no acceptance of a purge').purge_id;
    },
    /** `receipt` is null for a purge that is not known, or not yet. */
    async receipt(id: string): Promise<{ receipt: Receipt | null; retryAfterMs: number | null }> {
      const answer = await call('GET', `/-/purges/${encodeURIComponent(id)}`, { or404: true });
      const receipt = answer.status === 404 ? null : read(answer, receiptShape, 'is no receipt');
      return { receipt, retryAfterMs: answer.retryAfterMs };
    },
    async receipts(query: Query) {
      const given = Object.entries(query).filter((it): it is [string, string] => it[1] !== undefined);
      const search = new URLSearchParams(given).toString();
      return read(
        await call('GET', `/-/purges${search && `?${search}`}`),
        pageShape,
        'is no list of receipts',
      );
    },
  };

  /** The JSON of a success; with `or404`, of "there is no such thing" too. */
  async function call(
    method: string,
    path: string,
    { order, or404 = false }: { order?: Order; or404?: boolean } = {},
  ): Promise<Answer> {
    const { response, text } = await exchange(method, path, order);
    const { status, ok } = response;
    const retryAfterMs = retryAfter(response.headers.get('Retry-After'), environment.now());
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
    const signal = AbortSignal.any([environment.interrupted, environment.timeout(REQUEST_MS)]);
    try {
      const response = await environment.fetch(url + path, {
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
      if (environment.interrupted.aborted) throw new Failure(exit.interrupted, 'interrupted');
      if (signal.aborted) throw new Unreachable(`${url} did not answer within ${REQUEST_MS / 1000} s`);
      throw new Unreachable(
        `no connection to ${url} (${reasonOf(error)}); --url or STILLFRESH_URL says where the edge is`,
      );
    }
  }

  function read<T>({ status, body }: Answer, shape: z.ZodType<T>, isWhat: string): T {
    const parsed = shape.safeParse(body, inOurWords);
    if (parsed.success) return parsed.data;
    const { field, detail } = fieldErrors(parsed.error, 'the whole')[0]!;
    throw new Unreachable(
      `${url} answered ${status} with JSON that ${isWhat} (${field}: ${detail}); is this the edge?`,
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

/** Milliseconds from the seconds or the date of `Retry-After`, RFC 9110 §10.2.3. */
function retryAfter(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}

/** The reason, such as `ECONNREFUSED`; what `fetch` itself says is "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause } = error as Error;
  const { code, message } = (cause instanceof Error ? cause : error) as NodeJS.ErrnoException;
  return code ?? message;
}
