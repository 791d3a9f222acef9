import * as z from 'zod';
import { fieldErrors } from '../src/strategy/field-errors.ts';
import type { AskedPurge } from '../src/strategy/purge-order.ts';
import { inOurWords } from '../src/strategy/says.ts';
import { type Answer, jsonOf, reasonOf, retryAfter } from './answer.ts';
import type { Edge } from './edge.ts';
import type { Environment } from './environment.ts';
import { explanationShape } from './explanation.ts';
import { exit, Failure } from './failure.ts';
import { alertsShape, figuresShape } from './figures.ts';
import { problemText } from './problem.ts';
import { familiesOf } from './prometheus-text.ts';
import { type Receipt, receiptShape } from './receipt.ts';
import {
  auditShape,
  classRolloutShape,
  type Rollout,
  type RolloutChange,
  rolloutShape,
} from './rollout/shapes.ts';
import type { SignedWebhook } from './sign.ts';
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
const purgeId = z.string().regex(/^pur_[\w-]{1,124}$/);
const acceptedShape = z.object({ purge_id: purgeId, hint: z.array(z.string()).max(1_000).default([]) });
const hookedShape = z.union([acceptedShape, z.object({ ignored: z.string() })]);
const pageShape = z.looseObject({ purges: z.array(receiptShape), cursor: z.string().nullable() });

/** A purge that the edge has taken on, and what it says of names that nothing declares. */
export interface Accepted {
  readonly id: string;
  readonly hints: readonly string[];
}

/** What `POST /-/emit` takes. */
export interface Emitted {
  readonly event: string;
  readonly tenant?: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What is sent, and how a refusal of it is told. */
interface Sent {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A refusal that says something, and is given as a success is. */
  readonly or?: 404 | 412;
  readonly order?: AskedPurge;
  readonly sets?: Emitted['payload'];
  /** What a success holds; undefined: nothing of the kind. Default: JSON. */
  readonly reads?: (text: string) => unknown;
  /** What to do about a status, on a line of its own. */
  readonly mend?: (status: number) => string;
}

export function connect(
  { url, token, tokenFrom }: Edge,
  environment: Pick<Environment, 'fetch' | 'now' | 'timeout' | 'interrupted'>,
) {
  return {
    async purge(order: AskedPurge): Promise<Accepted> {
      const answer = await call('POST', '/-/purge', { ...asJson(order), order });
      return acceptedOf(read(answer, acceptedShape, 'is no acceptance of a purge'));
    },
    /** `sets`: what of the payload `--set` gave, for messages. */
    async emit(event: Emitted, sets: Emitted['payload']): Promise<Accepted> {
      const answer = await call('POST', '/-/emit', { ...asJson(event), sets });
      return acceptedOf(read(answer, acceptedShape, 'is no acceptance of an event'));
    },
    /** `secretFrom`: the variable of the secret, for messages. */
    async hook(
      source: string,
      { body, headers }: SignedWebhook,
      secretFrom: string,
    ): Promise<Accepted | { readonly ignored: string }> {
      const answer = await call('POST', `/hooks/${encodeURIComponent(source)}`, {
        body: new Uint8Array(body),
        headers: { 'Content-Type': 'application/json', ...headers },
        mend: (status) =>
          status === 401
            ? `\n  is the secret in ${secretFrom} the one that the edge has? its log says why, under this path`
            : '',
      });
      const hooked = read(answer, hookedShape, 'is no acceptance of a webhook');
      return 'ignored' in hooked ? hooked : acceptedOf(hooked);
    },
    /** `receipt` is null for a purge that is not known, or not yet. */
    async receipt(id: string): Promise<{ receipt: Receipt | null; retryAfterMs: number | null }> {
      const answer = await call('GET', `/-/purges/${encodeURIComponent(id)}`, { or: 404 });
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
    async figures(window: string) {
      const answer = await call('GET', `/-/figures?${new URLSearchParams({ window })}`);
      return read(answer, figuresShape, 'is no figures');
    },
    async alerts() {
      return read(await call('GET', '/-/alerts'), alertsShape, 'is no list of alerts');
    },
    /** As Prometheus' text, and read. */
    async metrics() {
      const { body } = await call('GET', '/-/metrics', { reads: prometheusOf });
      return body as Prometheus;
    },
    async rollout() {
      return read(await call('GET', '/-/rollout'), rolloutShape, 'is no roll-out');
    },
    async rolloutOf(name: string) {
      return read(await call('GET', rolloutPath(name)), classRolloutShape, 'is no roll-out of a class');
    },
    /** `version`: only if the flags are still these. `overtaken`: somebody else has changed them, and this is how they are. */
    async changeRollout(
      { name, move, body }: RolloutChange,
      version: string | null,
    ): Promise<{ readonly is: 'done' | 'overtaken'; readonly rollout: Rollout }> {
      const [method, path] = move ? ['POST', `${rolloutPath(name)}/${move}`] : ['PUT', rolloutPath(name)];
      const { headers, ...sent } = asJson(body);
      const answer = await call(method!, path!, {
        ...{ ...sent, or: 412 },
        headers: { ...headers, ...(version !== null && { 'If-Match': `"${version}"` }) },
      });
      const rollout = read(answer, rolloutShape, 'is no roll-out');
      return { is: answer.status === 412 ? 'overtaken' : 'done', rollout };
    },
    async killSwitch(kill: boolean, why: string) {
      return read(
        await call('POST', '/-/rollout/kill', asJson({ kill, why })),
        rolloutShape,
        'is no roll-out',
      );
    },
    async rolloutAudit(query: Readonly<Record<string, string>>) {
      const answer = await call('GET', `/-/rollout/audit?${new URLSearchParams(query)}`);
      return read(answer, auditShape, 'is no audit list');
    },
    async explain(query: URLSearchParams) {
      return read(await call('GET', `/-/explain?${query}`), explanationShape, 'explains nothing');
    },
  };

  /** What a success holds; with `or`, of that refusal too. */
  async function call(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const { or, order, sets, reads = jsonOf, mend = mendOf } = sent;
    const { response, text } = await exchange(method, path, sent);
    const { status, ok } = response;
    const retryAfterMs = retryAfter(response.headers.get('Retry-After'), environment.now());
    const body = (ok ? reads : jsonOf)(text);
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
      throw fails(
        `this is not ${ok && reads !== jsonOf ? "Prometheus' text" : 'JSON'} (${type}); is it the edge? --url or STILLFRESH_URL says where that is`,
      );
    }
    if (ok || status === or) return { status, body, retryAfterMs };
    if (isMisconfigured(body))
      throw new Failure(
        exit.unreachable,
        `${url} answered ${status}: ${problemText(body, order, sets)}\n  its log names the setting and the mend`,
      );
    throw fails(problemText(body, order, sets) + mend(status));
  }

  async function exchange(method: string, path: string, { body, headers, reads }: Sent) {
    const signal = AbortSignal.any([environment.interrupted, environment.timeout(REQUEST_MS)]);
    try {
      const response = await environment.fetch(url + path, {
        method,
        headers: {
          Accept: reads ? 'text/plain' : 'application/json',
          // A webhook has its signature.
          ...(!path.startsWith('/hooks/') && { Authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body !== undefined && { body }),
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

type Prometheus = Readonly<{ text: string; families: NonNullable<ReturnType<typeof familiesOf>> }>;

function prometheusOf(text: string): Prometheus | undefined {
  const families = familiesOf(text);
  return families === null ? undefined : { text, families };
}

const rolloutPath = (name: string) => `/-/rollout/${encodeURIComponent(name)}`;

/** To ask again would be in vain. */
const isMisconfigured = (body: unknown): boolean =>
  /\bmisconfigured$/.test(z.object({ type: z.string() }).safeParse(body).data?.type ?? '');

const asJson = (it: object): Sent => ({
  body: JSON.stringify(it),
  headers: { 'Content-Type': 'application/json' },
});

const acceptedOf = ({ purge_id, hint }: z.infer<typeof acceptedShape>): Accepted => ({
  id: purge_id,
  hints: hint,
});
