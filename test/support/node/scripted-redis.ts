import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer; or none (`silence`), one that stops in the middle (`stall`), or a cut connection (`drop`). */
export type Scripted = { readonly status?: number; readonly body: string } | 'silence' | 'stall' | 'drop';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly command: readonly string[];
}

export interface ScriptedRedis {
  readonly url: string;
  /** Answers to come, in order; the last one again and again. Forgets what was asked. */
  script(...answers: Scripted[]): void;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

export const result = (value: unknown): Scripted => ({ body: JSON.stringify({ result: value }) });
export const refusal = (status: number, error: string): Scripted => ({
  status,
  body: JSON.stringify({ error }),
});

/** A server that stands where Upstash's REST API is, and answers whatever the test says. */
export async function startScriptedRedis(): Promise<ScriptedRedis> {
  let answers: Scripted[] = [];
  let asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { method = '', url: path = '', headers } = request;
    asked.push({ method, path, headers, command: JSON.parse(text) as string[] });
    give(response, (answers.length > 1 ? answers.shift() : answers[0]) ?? 'drop');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    script(...next) {
      answers = next;
      asked = [];
    },
    get asked() {
      return asked;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function give(response: ServerResponse, answer: Scripted): void {
  if (answer === 'drop') response.destroy();
  else if (answer === 'stall') response.writeHead(200, { 'Content-Length': 100 }).write('{"result":');
  else if (answer !== 'silence') response.writeHead(answer.status ?? 200).end(answer.body);
}
