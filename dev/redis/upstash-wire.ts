import type { Arg } from './redis-link.ts';

/** What the REST API takes in one request, in bytes. */
export const requestLimit = 10 * 1024 * 1024;

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A request that is refused before Redis sees it. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Form = 'command' | 'pipeline' | 'multi-exec';

export interface Parsed {
  readonly form: Form;
  readonly commands: readonly (readonly Arg[])[];
}

/** `POST /`, `/pipeline` and `/multi-exec` take JSON; every other path is itself a command. */
export function parseRequest(method: string, url: URL, body: Buffer): Parsed {
  const path = url.pathname.slice(1);
  if (path === '' && method !== 'GET')
    return { form: 'command', commands: [parseCommand(parseJson(body, 'command'))] };
  if (path === 'pipeline' || path === 'multi-exec') {
    const list = parseJson(body, 'pipeline request');
    if (!Array.isArray(list)) throw new Refused(400, 'ERR failed to parse pipeline request');
    if (list.length === 0) throw new Refused(400, 'ERR empty pipeline request');
    return { form: path, commands: list.map(parseCommand) };
  }
  return { form: 'command', commands: [parsePath(path, url.searchParams, body)] };
}

function parseJson(body: Buffer, what: string): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    throw new Refused(400, `ERR failed to parse ${what}`);
  }
}

function parseCommand(value: unknown): Arg[] {
  if (!Array.isArray(value)) throw new Refused(400, 'ERR failed to parse command');
  if (value.length === 0) throw new Refused(400, 'ERR empty command');
  return allowed(
    value.map((arg) => {
      const scalar = typeof arg === 'string' || typeof arg === 'number' || typeof arg === 'boolean';
      if (!scalar)
        throw new Refused(400, 'ERR failed to parse command: an argument is not a string, number or boolean');
      return String(arg);
    }),
  );
}

/** `/set/foo/bar?EX=100`, or the value as the body of a POST: `SET foo <body> EX 100`. */
function parsePath(path: string, query: URLSearchParams, body: Buffer): Arg[] {
  let args: Arg[];
  try {
    args = path.split('/').map(decodeURIComponent);
  } catch {
    throw new Refused(400, 'ERR failed to parse command: the path is not percent-encoded UTF-8');
  }
  if (args[0] === '') throw new Refused(400, 'ERR empty command');
  if (body.length > 0) args.push(body);
  for (const [name, value] of query) {
    if (name !== '_token') args.push(name, ...(value === '' ? [] : [value]));
  }
  return allowed(args);
}

/** They would change or block the one connection that all requests share; over REST they make no sense. */
const unavailable = new Set(
  (
    'AUTH HELLO QUIT RESET SELECT MULTI EXEC DISCARD WATCH UNWATCH MONITOR WAIT WAITAOF SYNC PSYNC SHUTDOWN ' +
    'SUBSCRIBE UNSUBSCRIBE PSUBSCRIBE PUNSUBSCRIBE SSUBSCRIBE SUNSUBSCRIBE ' +
    'BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP'
  ).split(' '),
);

function allowed(args: Arg[]): Arg[] {
  const name = nameOf(args);
  const blocks = name.startsWith('XREAD') && args.some((arg) => String(arg).toUpperCase() === 'BLOCK');
  if (unavailable.has(name) || blocks) throw new Refused(400, `ERR Command is not available: '${name}'`);
  return args;
}

export function nameOf(command: readonly Arg[]): string {
  return String(command[0]).toUpperCase();
}

/** One answer for the replies: of a transaction, the replies of its EXEC. */
export function answerOf(form: Form, replies: readonly unknown[], base64: boolean): Answer {
  if (form === 'pipeline')
    return json(
      200,
      replies.map((reply) => envelope(reply, base64)),
    );
  const reply = replies.at(-1);
  if (reply instanceof Error) return json(400, { error: reply.message });
  if (form === 'multi-exec')
    return json(
      200,
      (reply as unknown[]).map((one) => envelope(one, base64)),
    );
  return json(200, { result: encode(reply, base64) });
}

export function errorAnswer(status: number, message: string): Answer {
  return json(status, { error: message });
}

function json(status: number, value: unknown): Answer {
  return { status, body: JSON.stringify(value) };
}

function envelope(reply: unknown, base64: boolean): { result: unknown } | { error: string } {
  return reply instanceof Error ? { error: reply.message } : { result: encode(reply, base64) };
}

function encode(reply: unknown, base64: boolean): unknown {
  // The client library cannot tell the status `OK` from a value; alone, it decodes to itself either way.
  if (base64 && reply instanceof Buffer && reply.toString('latin1', 0, 3) === 'OK') return 'OK';
  return encodeItem(reply, base64);
}

/** In an array the SDK decodes every string, `OK` too. */
function encodeItem(reply: unknown, base64: boolean): unknown {
  if (Array.isArray(reply)) return reply.map((item) => encodeItem(item, base64));
  if (reply instanceof Buffer) return reply.toString(base64 ? 'base64' : 'utf8');
  if (reply instanceof Error) return encodeItem(Buffer.from(reply.message), base64);
  return reply ?? null;
}
