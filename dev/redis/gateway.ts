import { randomBytes } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRedisFaults } from './faults.ts';
import { type Arg, RedisLink, Unreachable } from './redis-link.ts';
import {
  type Answer,
  answerOf,
  errorAnswer,
  type Form,
  nameOf,
  type Parsed,
  parseRequest,
  Refused,
  requestLimit,
} from './upstash-wire.ts';
import { parseRedisUrl } from './url.ts';

export interface GatewayOptions {
  readonly redisUrl: string;
  /** On 127.0.0.1. Default: a free one. */
  readonly port?: number;
  /** What a client must show as its Bearer token. Default: a random one. */
  readonly token?: string;
}

export interface RequestMeta {
  /** 1, 2, 3 … in order of arrival. */
  readonly id: number;
  readonly form: Form;
  readonly headers: IncomingHttpHeaders;
}

/** Nothing: go on. `respond`: this instead, as it is. `drop`: cut the connection without an answer. */
// biome-ignore lint/suspicious/noConfusingVoidType: most hooks only wait, and so return nothing
export type HookResult = void | { respond: { status: number; body: string | Uint8Array } } | { drop: true };
export type Hook = (commands: string[][], meta: RequestMeta) => HookResult | Promise<HookResult>;

export interface Counts {
  /** HTTP requests with a valid token. */
  readonly requests: number;
  /** Commands in them, each of a pipeline or transaction counted; a script is one. */
  readonly commands: number;
  /** By name, in upper case. */
  readonly byCommand: Readonly<Record<string, number>>;
}

export interface Gateway {
  readonly url: string;
  readonly token: string;
  counts(): Counts;
  resetCounts(): void;
  /** Awaited before Redis sees the commands. */
  onRequest: Hook | undefined;
  /** Awaited after Redis replied (or could not be reached), before the answer is sent. */
  afterRequest: Hook | undefined;
  close(): Promise<void>;
}

/** An Upstash-compatible REST API over a real Redis; `GET` and `POST /faults` make it fail. Rejects with one line when the port is in use. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const link = new RedisLink(parseRedisUrl(options.redisUrl).url);
  const token = options.token ?? randomBytes(24).toString('base64url');
  let counts = { requests: 0, commands: 0, byCommand: {} as Record<string, number> };
  const faults = createRedisFaults();
  let lastId = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    if (request.url === '/faults') return send(response, faults.control(request.method ?? '', body));
    const url = new URL(`http://gateway${request.url}`);
    const id = ++lastId;
    let parsed: Parsed;
    try {
      parsed = check(request, url, body);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return send(response, errorAnswer(error.status, error.message));
    }
    const { form, commands } = parsed;
    counts.commands += commands.length;
    for (const name of commands.map(nameOf)) counts.byCommand[name] = (counts.byCommand[name] ?? 0) + 1;

    const hooked = async (hook: Hook | undefined) =>
      hook?.(
        commands.map((command) => command.map(String)),
        { id, form, headers: request.headers },
      );
    const before = gateway.onRequest && (await hooked(gateway.onRequest));
    if (before) return override(response, before);
    const fault = await faults.meet(parsed);
    if (fault === 'hang') return;
    if (fault === 'drop') return void response.destroy();
    if (fault) return send(response, fault);
    const answer = await ask(parsed, request.headers['upstash-encoding'] === 'base64');
    const after = gateway.afterRequest && (await hooked(gateway.afterRequest));
    return after ? override(response, after) : send(response, answer);
  }

  function check(request: IncomingMessage, url: URL, body: Buffer | null): Parsed {
    const method = request.method ?? '';
    if (!['GET', 'HEAD', 'POST', 'PUT'].includes(method)) throw new Refused(405, 'ERR method not allowed');
    const shown = request.headers.authorization ?? `Bearer ${url.searchParams.get('_token')}`;
    if (shown !== `Bearer ${token}`) throw new Refused(401, 'WRONGPASS invalid or missing auth token');
    counts.requests += 1;
    if (request.headers['upstash-response-format'] !== undefined) {
      throw new Refused(400, 'ERR this gateway answers in JSON only');
    }
    if (body === null) throw new Refused(413, `ERR max request size exceeded. Limit: ${requestLimit} bytes`);
    return parseRequest(method, url, body);
  }

  async function ask({ form, commands }: Parsed, base64: boolean): Promise<Answer> {
    try {
      const sent: readonly (readonly Arg[])[] =
        form === 'multi-exec' ? [['MULTI'], ...commands, ['EXEC']] : commands;
      return answerOf(form, await link.run(sent), base64);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      return errorAnswer(503, `ERR the database cannot be reached (${error.message})`);
    }
  }

  const server = createServer((request, response) => {
    // A client that went away, or a hook that threw: there is nobody to tell but the client, by hanging up.
    serve(request, response).catch(() => response.destroy());
  });
  // A client's idle connection must not be cut just when the client takes it up again.
  server.keepAliveTimeout = 10 * 60_000;
  const port = await listen(server, options.port ?? 0);

  const gateway: Gateway = {
    url: `http://127.0.0.1:${port}`,
    token,
    counts: () => structuredClone(counts),
    resetCounts: () => {
      counts = { requests: 0, commands: 0, byCommand: {} };
    },
    onRequest: undefined,
    afterRequest: undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        link.close();
      }),
  };
  return gateway;
}

/** The body, or null when it is beyond the limit; then it is read to its end all the same, so that the client hears why. */
function read(request: IncomingMessage): Promise<Buffer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= requestLimit) chunks.push(chunk);
  });
  request.on('end', () => resolve(size > requestLimit ? null : Buffer.concat(chunks)));
  request.on('error', reject);
  return promise;
}

function send(response: ServerResponse, answer: { status: number; body: string | Uint8Array }): void {
  const length = Buffer.byteLength(answer.body);
  response.writeHead(answer.status, { 'Content-Type': 'application/json', 'Content-Length': length });
  response.end(answer.body);
}

function override(response: ServerResponse, result: Exclude<HookResult, void>): void {
  if ('drop' in result) response.destroy();
  else send(response, result.respond);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${port} on 127.0.0.1 is in use`) : error);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
