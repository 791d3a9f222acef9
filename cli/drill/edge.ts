import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Environment } from '../environment.ts';
import { exit, Failure } from '../failure.ts';
import { bounds } from './bounds.ts';

/** Who reads: a token of a user, or nobody. */
export interface Reader {
  readonly token: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** `Cache-Status` of the edge. */
  readonly cacheStatus: string;
}

/** What the canary's loader makes: new each time. */
const canaryShape = z.object({ nonce: z.string(), tenant: z.string(), user: z.string() });
export type Canary = z.output<typeof canaryShape>;

const acceptedShape = z.object({ purge_id: z.string() });
const receiptShape = z.object({ state: z.string(), applied_at: z.string().nullable() });

/** The deployment as a drill meets it. All of it rejects with a `Failure` that says what was asked. */
export type DrilledEdge = ReturnType<typeof drilledEdge>;

export function drilledEdge(
  url: string,
  { adminToken, patienceMs }: { readonly adminToken: string; readonly patienceMs: number },
  {
    fetch,
    now,
    sleep,
    timeout,
    interrupted,
  }: Pick<Environment, 'fetch' | 'now' | 'sleep' | 'timeout' | 'interrupted'>,
) {
  let requests = 0;

  async function call(
    method: string,
    path: string,
    token: string | null,
    init: { headers?: Record<string, string>; body?: string | Uint8Array } = {},
  ): Promise<Answer> {
    requests += 1;
    const headers = { ...(token !== null && { Authorization: `Bearer ${token}` }), ...init.headers };
    try {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers,
        redirect: 'manual',
        signal: AbortSignal.any([timeout(bounds.requestMs), interrupted]),
        ...(init.body !== undefined && { body: init.body as string }),
      });
      const text = (await answer.text()).slice(0, bounds.bodyBytes);
      return {
        status: answer.status,
        headers: answer.headers,
        text,
        cacheStatus: answer.headers.get('Cache-Status') ?? '',
      };
    } catch (error) {
      interrupted.throwIfAborted();
      const { cause, message } = error as Error;
      throw new Failure(
        exit.unreachable,
        `${method} ${path.split('?')[0]}: no answer (${(cause as Error | undefined)?.message ?? message})`,
      );
    }
  }

  const admin = (method: string, path: string, body?: object) =>
    call(method, path, adminToken, {
      headers: { 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });

  const edge = {
    requests: () => requests,
    /** How long a purge, or the kill switch, may take. */
    patienceMs,
    now,
    pause: (ms: number) => sleep(ms, interrupted),
    /** A name that nobody has asked for. */
    probe: (prefix = 'drill') => `${prefix}-${randomBytes(6).toString('hex')}`,
    read: (path: string, { token }: Reader, headers: Record<string, string> = {}) =>
      call('GET', path, token, { headers }),
    /** Rejects where it is no canary: the deployment has none, or the token may not. */
    canary: async (path: string, reader: Reader): Promise<Canary & Answer> =>
      canaryOf(path, await edge.read(path, reader)),
    /** Null: the bulkhead asks to come again, which is no fault. */
    async canaryOrTurnedAway(path: string, reader: Reader): Promise<(Canary & Answer) | null> {
      const answer = await edge.read(path, reader);
      return answer.status === 503 && answer.headers.has('Retry-After') ? null : canaryOf(path, answer);
    },
    /** Until it is answered from the cache: then it is stored. */
    async stored(path: string, reader: Reader): Promise<Canary & Answer> {
      const untilMs = now() + bounds.storedMs;
      for (;;) {
        const answer = await edge.canary(path, reader);
        if (/;\s*hit/.test(answer.cacheStatus)) return answer;
        if (now() > untilMs)
          throw new Failure(
            exit.notDone,
            `${path}: not answered from the cache within ${bounds.storedMs / 1000} s (Cache-Status: ${answer.cacheStatus || 'none'}); is the class on?`,
          );
        await edge.pause(50);
      }
    },
    /** Resolves when it is applied. */
    async purge(order: object): Promise<void> {
      const answer = await admin('POST', '/-/purge', order);
      await edge.applied(acceptedId(answer, 'POST /-/purge'));
    },
    async emit(event: object): Promise<string> {
      return acceptedId(await admin('POST', '/-/emit', event), 'POST /-/emit');
    },
    async hook(source: string, headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<string> {
      const path = `/hooks/${encodeURIComponent(source)}`;
      const answer = await call('POST', path, null, {
        headers: { 'Content-Type': 'application/json', ...headers },
        body,
      });
      return acceptedId(answer, `POST ${path}`);
    },
    async applied(id: string): Promise<void> {
      const untilMs = now() + patienceMs;
      for (;;) {
        const answer = await admin('GET', `/-/purges/${encodeURIComponent(id)}`);
        const { data } = receiptShape.safeParse(parsed(answer.text));
        if (data?.applied_at) return;
        if (now() > untilMs)
          throw new Failure(
            exit.notDone,
            `the purge ${id} was not applied within ${patienceMs / 1000} s (${data?.state ?? `its receipt: ${answer.status}`})`,
          );
        await edge.pause(50);
      }
    },
    async kill(on: boolean): Promise<void> {
      const answer = await admin('POST', '/-/rollout/kill', { kill: on, why: 'a drill' });
      if (answer.status !== 200) throw refused('POST /-/rollout/kill', answer);
    },
    /** At the demo's gateway of Redis, not at the edge. */
    async redisFaults(at: string, faults: object): Promise<void> {
      requests += 1;
      const answer = await fetch(`${at.replace(/\/+$/, '')}/faults`, {
        method: 'POST',
        body: JSON.stringify(faults),
        signal: timeout(bounds.requestMs),
      }).catch((error: Error) => {
        throw new Failure(exit.unreachable, `--redis-faults ${at}: no answer (${error.message})`);
      });
      if (!answer.ok) throw new Failure(exit.notDone, `--redis-faults ${at}: ${answer.status}`);
    },
  };
  return edge;
}

function canaryOf(path: string, answer: Answer): Canary & Answer {
  const { data } = canaryShape.safeParse(parsed(answer.text));
  if (answer.status === 200 && data) return { ...answer, ...data };
  throw new Failure(
    exit.notDone,
    answer.status === 404
      ? `${path}: 404; the deployment has no canary: docs/drill.md says how to add it, or name where it is with --canary`
      : `${path}: ${answer.status}${answer.status === 200 ? ', and it is no canary' : ` ${titleOf(answer)}`}`,
  );
}

function acceptedId(answer: Answer, what: string): string {
  const { data } = acceptedShape.safeParse(parsed(answer.text));
  if (answer.status === 202 && data) return data.purge_id;
  throw refused(what, answer);
}

const refused = (what: string, answer: Answer) =>
  new Failure(exit.notDone, `${what}: ${answer.status} ${titleOf(answer)}`.trim());

/** Of a problem; nothing else that an answer may hold is repeated. */
function titleOf({ text }: Answer): string {
  const { data } = z
    .object({ title: z.string().max(200), detail: z.string().max(300).optional() })
    .safeParse(parsed(text));
  return data ? [data.title, data.detail].filter(Boolean).join(': ') : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
