import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { jsonOf, reasonOf } from '../answer.ts';
import type { Environment } from '../environment.ts';
import { exit, Failure } from '../failure.ts';
import { bounds } from './bounds.ts';

/** What drills have around them. */
export type Surroundings = Pick<Environment, 'fetch' | 'now' | 'sleep' | 'timeout' | 'interrupted'>;

/** Who reads; null: nobody. */
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
export type Canary = z.output<typeof canaryShape> & Answer;

/** The deployment as its users meet it. All of it rejects with a `Failure` that says what was asked. */
export type DrilledEdge = ReturnType<typeof drilledEdge>;

export function drilledEdge(url: string, { fetch, now, sleep, timeout, interrupted }: Surroundings) {
  const edge = {
    now,
    async pause(ms: number): Promise<void> {
      await sleep(ms, interrupted).catch(() => {
        throw new Failure(exit.interrupted, 'interrupted');
      });
    },
    /** A name that nobody has asked for. `slow`: loading it takes so many ms, at most 999. */
    probe: (slow?: number) =>
      `${slow === undefined ? 'drill' : `slow${slow}`}-${randomBytes(6).toString('hex')}`,
    async read(
      path: string,
      { token }: Reader,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<Answer> {
      try {
        const answer = await fetch(`${url}${path}`, {
          headers: { ...(token !== null && { Authorization: `Bearer ${token}` }), ...headers },
          redirect: 'manual', // the token is for this URL only
          signal: AbortSignal.any([timeout(bounds.requestMs), interrupted]),
        });
        return {
          status: answer.status,
          headers: answer.headers,
          text: await answer.text(),
          cacheStatus: answer.headers.get('Cache-Status') ?? '',
        };
      } catch (error) {
        if (interrupted.aborted) throw new Failure(exit.interrupted, 'interrupted');
        if (error instanceof Failure) throw error;
        throw new Failure(exit.unreachable, `GET ${path}: no answer (${reasonOf(error)})`);
      }
    },
    canary: async (path: string, reader: Reader): Promise<Canary> =>
      canaryOf(path, await edge.read(path, reader)),
    /** Null: the bulkhead asks to come again, which is no fault. */
    async canaryOrTurnedAway(path: string, reader: Reader): Promise<Canary | null> {
      const answer = await edge.read(path, reader);
      return answer.status === 503 && answer.headers.has('Retry-After') ? null : canaryOf(path, answer);
    },
    /** Until it is answered from the cache: then it is stored. */
    async stored(path: string, reader: Reader): Promise<Canary> {
      const untilMs = now() + bounds.storedMs;
      for (;;) {
        const answer = await edge.canary(path, reader);
        if (isHit(answer)) return answer;
        if (now() > untilMs)
          throw new Failure(
            exit.notDone,
            `${path}: not answered from the cache within ${bounds.storedMs / 1000} s (Cache-Status: ${answer.cacheStatus || 'none'}); is the class on?`,
          );
        await edge.pause(bounds.firstLookMs);
      }
    },
    /** Looks until it holds, ever less often; gives when it did, or null after `untilMs`. */
    async until(untilMs: number, holds: () => Promise<boolean>): Promise<number | null> {
      for (let pauseMs: number = bounds.firstLookMs; ; pauseMs = Math.min(2 * pauseMs, bounds.lastLookMs)) {
        if (await holds()) return now();
        if (now() >= untilMs) return null;
        await edge.pause(pauseMs);
      }
    },
  };
  return edge;
}

export const isHit = ({ cacheStatus }: Answer): boolean => /;\s*hit\b/.test(cacheStatus);

/** Undefined: it is none. */
export function readCanary(answer: Answer): Canary | undefined {
  const { data } = canaryShape.safeParse(jsonOf(answer.text));
  return answer.status === 200 && data ? { ...answer, ...data } : undefined;
}

function canaryOf(path: string, answer: Answer): Canary {
  const canary = readCanary(answer);
  if (canary) return canary;
  throw new Failure(exit.notDone, `GET ${path}: ${saidBy(answer)}`);
}

const problemShape = z.object({ title: z.string().max(200), detail: z.string().max(300).optional() });

/** Of an answer that is no canary: its status, and what a problem says; nothing else that it may hold is repeated. */
export function saidBy({ status, text }: Answer): string {
  if (status === 200) return '200, and it is no canary';
  const { data } = problemShape.safeParse(jsonOf(text));
  return [`${status}`, data && [data.title, data.detail].filter(Boolean).join(': ')]
    .filter(Boolean)
    .join(' ');
}

/** Sends no more than so many. */
export function counted(fetch: Environment['fetch'], most: number = bounds.requests) {
  let requests = 0;
  return {
    requests: () => requests,
    fetch: (async (...given) => {
      if (requests >= most)
        throw new Failure(exit.notDone, `${most} requests were sent, which is all that drills may send`);
      requests += 1;
      return fetch(...given);
    }) as Environment['fetch'],
  };
}
