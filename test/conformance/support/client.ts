import { request } from 'node:http';
import { joined } from './origin.ts';

/** An answer as it came over the wire: neither decoded nor tidied. */
export interface Got {
  readonly status: number;
  /** Names in lower case, lines joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** It ended before its end. */
  readonly broken: boolean;
}

interface Sending {
  readonly method: string;
  /** Sent as it is. */
  readonly path: string;
  /** Name, value, name, value. */
  readonly lines: readonly string[];
  /** Several strings are sent in chunks. */
  readonly body?: string | readonly string[];
}

const withoutBody = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'];

export function send(edge: string, { method, path, lines, body = '' }: Sending): Promise<Got> {
  const { hostname, port } = new URL(edge);
  const announces = typeof body === 'string' && (body !== '' || !withoutBody.includes(method));
  const announced = announces ? ['Content-Length', `${Buffer.byteLength(body)}`] : [];
  const host = lines.some((name, i) => i % 2 === 0 && name === 'Host') ? [] : ['Host', `${hostname}:${port}`];
  const headers = [...host, ...announced, ...lines];
  return new Promise((done, failed) => {
    const sent = request({ hostname, port, method, path, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      const end = (broken: boolean) => () => {
        const { statusCode: status = 0, rawHeaders } = incoming;
        done({ status, headers: joined(rawHeaders), body: Buffer.concat(chunks), broken });
      };
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', end(false));
      incoming.on('error', end(true));
    });
    sent.on('error', failed);
    for (const chunk of [body].flat()) if (chunk !== '') sent.write(chunk);
    sent.end();
  });
}
