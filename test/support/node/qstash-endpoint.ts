import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a destination answers; or that it says nothing (`silence`), stops in the middle (`stall`), or hangs up (`drop`). */
export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'silence'
  | 'stall'
  | 'drop';

export interface Arrival {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Endpoint {
  readonly url: string;
  readonly arrivals: readonly Arrival[];
  /** The next one that nobody has waited for yet, which may have arrived already. */
  arrival(): Promise<Arrival>;
  close(): Promise<void>;
}

/** A destination for deliveries. */
export async function startEndpoint(
  answer: (arrival: Arrival) => Answer | Promise<Answer>,
): Promise<Endpoint> {
  const arrivals: Arrival[] = [];
  const waiting: ((arrival: Arrival) => void)[] = [];
  let taken = 0;

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: target = '', headers } = request;
    const arrival = { method, target, headers, body: Buffer.concat(chunks) };
    arrivals.push(arrival);
    waiting.shift()?.(arrival);
    give(response, await answer(arrival));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    arrival: () => {
      const ready = arrivals[taken++];
      return ready ? Promise.resolve(ready) : new Promise((resolve) => waiting.push(resolve));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function give(response: ServerResponse, answer: Answer): void {
  if (answer === 'silence') return;
  if (answer === 'drop') response.destroy();
  else if (answer === 'stall') response.writeHead(200, { 'Content-Length': 100 }).write('part');
  else response.writeHead(answer.status, answer.headers).end(answer.body);
}
