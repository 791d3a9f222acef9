import { type IncomingMessage, request } from 'node:http';

/** An answer as it came over the wire: neither decoded nor tidied. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly text: string;
  json(): unknown;
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `route` is a method and a path, sent as it is: `GET /v1/me/permissions`. */
export function send(origin: string, route: string, { headers = {}, body }: Sent = {}): Promise<Answer> {
  const [method, path] = route.split(' ') as [string, string];
  const { hostname, port } = new URL(origin);
  return new Promise((done, failed) => {
    const sent = request({ hostname, port, method, path, headers: { ...headers } }, async (incoming) => {
      try {
        const chunks: Buffer[] = await incoming.toArray();
        const all = Buffer.concat(chunks);
        const text = all.toString();
        const { statusCode: status = 0, headers } = incoming;
        done({ status, headers, body: all, text, json: () => JSON.parse(text) as unknown });
      } catch (error) {
        failed(error as Error);
      }
    });
    sent.on('error', failed);
    sent.end(body);
  });
}
