import type { Environment, HookSource } from '../../cli/environment.ts';

export const TOKEN = 'an-admin-token-of-the-test';
export const EDGE = 'https://edge.test';
export const ID = 'pur_WFvnqmkxNJYmGV8tVx1TLQ';

const START_MS = Date.parse('2026-11-24T12:00:00.000Z');

/** What the edge has received, and how it answers; both by the contract of the admin API. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly token: string | null;
  readonly ifMatch?: string;
  readonly body: unknown;
}
export type Answer = (requests: Received) => Response | Promise<Response>;

export interface DeskOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The width of the terminal; without, there is none. */
  readonly columns?: number;
  /** Its height; with one, standard output is a terminal as well. */
  readonly rows?: number;
  /** Texts of files by their path, and of standard input as `-`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly hookSources?: Readonly<Record<string, HookSource>>;
  /** Called before each pause. */
  readonly onSleep?: (desk: Desk) => void;
}

export interface Desk {
  readonly environment: Environment;
  readonly requests: readonly Received[];
  /** Milliseconds of each pause. */
  readonly slept: readonly number[];
  readonly out: () => string;
  readonly err: () => string;
  readonly elapsedMs: () => number;
  interrupt(): void;
}

/** A person's place at an edge that `answer` plays. Its clock stands still but for pauses, which take no time. */
export function deskWith(
  answer: Answer,
  { env, columns, rows, onSleep, files = {}, hookSources = {} }: DeskOptions = {},
): Desk {
  const interruption = new AbortController();
  const requests: Received[] = [];
  const slept: number[] = [];
  let [out, err, nowMs] = ['', '', START_MS];
  const environment: Environment = {
    env: { STILLFRESH_URL: EDGE, STILLFRESH_TOKEN: TOKEN, ...env },
    stdout: {
      write: (text) => (out += text),
      ...(rows && { isTTY: true, rows, ...(columns && { columns }) }),
    },
    stderr: { write: (text) => (err += text), ...(columns && { isTTY: true, columns }) },
    fetch: async (url, init) => {
      const request = new Request(url, init);
      const { pathname, search } = new URL(request.url);
      const text = await request.text();
      const it = {
        method: request.method,
        path: pathname + search,
        token: request.headers.get('Authorization'),
        body: text && JSON.parse(text),
        ...(request.headers.has('If-Match') && { ifMatch: request.headers.get('If-Match')! }),
      };
      requests.push(it);
      return answer(it);
    },
    read: async (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
      return Buffer.from(text);
    },
    hookSources: async () => hookSources,
    now: () => nowMs,
    sleep: async (ms, signal) => {
      onSleep?.(desk);
      signal.throwIfAborted();
      slept.push(ms);
      nowMs += ms;
    },
    timeout: () => new AbortController().signal,
    interrupted: interruption.signal,
  };
  const desk: Desk = {
    environment,
    requests,
    slept,
    out: () => out,
    err: () => err,
    elapsedMs: () => nowMs - START_MS,
    interrupt: () => interruption.abort(),
  };
  return desk;
}

/** When a purge gets where, in milliseconds after it was accepted; left out: never. */
export interface Course {
  readonly knownMs?: number;
  readonly appliedMs?: number;
  readonly verifiedMs?: number;
  readonly deadMs?: number;
  /** Who applies it. Default: the hook. */
  readonly via?: string;
  /** What the edge says of its queue. Default: nothing, as an older edge. */
  readonly queue?: string;
  /** Seconds after which the edge wants to be asked again. */
  readonly retryAfter?: (elapsedMs: number) => number;
  /** An erasure: 100 names looked at and 10 deleted in each second from `appliedMs` to here. */
  readonly erasedMs?: number;
}

/** The receipt of a purge on this course; null while it is not known. */
export function receiptAt(elapsedMs: number, course: Course = {}, more: object = {}) {
  const { knownMs = 0, appliedMs = Infinity, verifiedMs = Infinity, deadMs = Infinity } = course;
  const { via = 'eager', erasedMs, queue } = course;
  if (elapsedMs < knownMs) return null;
  const at = (ms: number) => (elapsedMs < ms ? null : new Date(START_MS + ms).toISOString());
  const erasing = Math.floor(Math.max(0, Math.min(elapsedMs, erasedMs ?? 0) - appliedMs) / 1000);
  return {
    purge_id: ID,
    source: 'admin:ops',
    event_id: null,
    whose: 'tenant',
    tenant: 'acme',
    tags: ['invoice:inv_0001'],
    classes: [],
    users: [],
    everything: false,
    mode: 'hard',
    state: at(deadMs) ? 'dead' : at(verifiedMs) ? 'verified' : at(appliedMs) ? 'applied' : 'accepted',
    accepted_at: at(0),
    applied_at: at(appliedMs),
    verified_at: at(verifiedMs),
    dead_at: at(deadMs),
    attempts: at(appliedMs) ? 1 : at(deadMs) ? 6 : 0,
    applied_via: at(appliedMs) && via,
    ...(queue !== undefined && { queue }),
    erasure:
      erasedMs === undefined
        ? null
        : { state: at(erasedMs) ? 'done' : 'running', scanned: 100 * erasing, deleted: 10 * erasing },
    ...more,
  };
}

export function problem(status: number, body: object = {}, headers: Readonly<Record<string, string>> = {}) {
  return new Response(JSON.stringify({ type: `urn:test:${status}`, status, ...body }), {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...headers },
  });
}

export const json = (body: unknown, status = 200) => Response.json(body, { status });

/** An edge that accepts a purge, and shows how it goes on. */
export function deskFor(course: Course, options: DeskOptions = {}): Desk {
  const desk: Desk = deskWith(({ method, path, token }) => {
    if (token !== `Bearer ${TOKEN}`) return problem(401, { title: 'Who you are could not be verified' });
    if (method === 'POST' && path === '/-/purge') return json({ purge_id: ID }, 202);
    const receipt = path === `/-/purges/${ID}` && receiptAt(desk.elapsedMs(), course);
    if (!receipt) return problem(404, { title: 'There is nothing here' });
    const answer = json(receipt);
    const againS = course.retryAfter?.(desk.elapsedMs());
    if (againS !== undefined) answer.headers.set('Retry-After', String(againS));
    return answer;
  }, options);
  return desk;
}
