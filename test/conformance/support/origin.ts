import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, At, Case, Fields, Seen } from './case.ts';

/** An origin that answers by the script of the case whose path is asked for. */
export interface ScriptedOrigin {
  readonly url: string;
  play(it: Case, at: () => At): Play;
  /** Accepts no connection, until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

/** One case as it is played. */
export interface Play {
  /** What was asked so far. */
  readonly seen: readonly Seen[];
  /** What was sent so far, as it went: the status, the fields, the body of each answer. */
  readonly sent: readonly Sent[];
  hold(): void;
  release(): void;
}

export interface Sent {
  readonly status: number;
  readonly lines: readonly string[];
  /** Of the lines: names in lower case, values joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Running extends Play {
  readonly it: Case;
  readonly at: () => At;
  readonly seen: Seen[];
  readonly sent: Sent[];
  held: Promise<void>;
}

/** `passes`: lets so many seconds pass at the edge. */
export async function startOrigin(passes: (seconds: number) => Promise<void>): Promise<ScriptedOrigin> {
  const plays = new Map<string, Running>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = '', rest = ''] = /^\/([a-z0-9-]*)(.*)$/.exec(request.url!) ?? [];
    const body = Buffer.concat(await request.toArray()).toString();
    const play = plays.get(id);
    if (!play) return void response.writeHead(500).end(`no case has the path ${request.url}`);
    const seen = { method: request.method!, at: rest, headers: joined(request.rawHeaders), body };
    play.seen.push(seen);
    const scripted = play.it.origin[play.seen.length - 1] ?? { status: 500, body: 'not in the script' };
    const given = typeof scripted === 'function' ? scripted(seen) : scripted;
    const made = sentOf(given, play);
    play.sent.push(made);
    await play.held;
    if (given.takesS) await passes(given.takesS);
    await send(request, response, given, made, play.at());
  }

  const server = createServer((request, response) => void answer(request, response).catch(() => {}));
  const listen = (port: number) => new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  await listen(0);
  const { port } = server.address() as AddressInfo;

  async function close(): Promise<void> {
    const closed = new Promise((done) => server.close(done));
    server.closeAllConnections();
    await closed;
  }

  return {
    url: `http://127.0.0.1:${port}`,
    play(it, at) {
      let free = () => {};
      const play: Running = {
        it,
        at,
        seen: [],
        sent: [],
        held: Promise.resolve(),
        hold() {
          const { promise, resolve } = Promise.withResolvers<void>();
          play.held = promise;
          free = resolve;
        },
        release: () => free(),
      };
      plays.set(it.id, play);
      return play;
    },
    down: close,
    up: () => listen(port),
    close,
  };
}

const bodiless = (status: number) => status === 204 || status === 304;

/** Everything of an answer but the sending. */
function sentOf(given: Answer, { at, seen }: Running): Sent {
  const { status = 200, body = `answer ${seen.length}` } = given;
  const none = bodiless(status);
  const bytes = Buffer.from(typeof body === 'object' && !(body instanceof Uint8Array) ? body.join('') : body);
  const defaults: Fields = {
    Date: ({ nowMs }) => new Date(nowMs).toUTCString(),
    ...(!none && { 'Content-Type': 'text/plain' }),
    ...(!none && !Array.isArray(body) && { 'Content-Length': String(bytes.length) }),
  };
  const lines = linesOf({ ...defaults, ...given.headers }, at());
  return {
    status,
    lines,
    headers: joined(lines),
    body: none ? Buffer.alloc(0) : bytes,
  };
}

async function send(
  { method, socket }: IncomingMessage,
  response: ServerResponse,
  { hangs, raw, body: chunks }: Answer,
  { status, lines, body }: Sent,
  at: At,
): Promise<void> {
  if (hangs) return;
  if (raw !== undefined) {
    socket.end(Buffer.from(typeof raw === 'function' ? raw(at) : raw, 'latin1'));
    return;
  }
  response.sendDate = false;
  response.writeHead(status, [...lines]);
  if (method === 'HEAD' || bodiless(status)) return void response.end();
  if (!Array.isArray(chunks)) return void response.end(body);
  for (const chunk of chunks as readonly string[]) await new Promise((done) => response.write(chunk, done));
  response.end();
}

/** As `writeHead` takes them: name, value, name, value. */
export function linesOf(fields: Fields, at: At): string[] {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) continue;
    for (const line of [typeof value === 'function' ? value(at) : value].flat()) lines.push(name, line);
  }
  return lines;
}

/** Names in lower case, lines joined. */
export function joined(lines: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i]!.toLowerCase();
    fields[name] = name in fields ? `${fields[name]}, ${lines[i + 1]}` : lines[i + 1]!;
  }
  return fields;
}
