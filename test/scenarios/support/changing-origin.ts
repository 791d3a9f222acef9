import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devJwks } from '../../../dev/keys.ts';

/** An origin whose data change without a word, as where somebody forgot a purge; and that answers as badly as its paths say. */
export interface ChangingOrigin {
  readonly url: string;
  /** What is below this first part of a path is of another version from now on. */
  change(part: string): void;
  /** Answers with whose request it is from now on, as where a key forgets that. */
  mix(part: string): void;
  /** The version that it would answer with now. */
  versionOf(part: string): number;
  close(): Promise<void>;
}

export async function startChangingOrigin(): Promise<ChangingOrigin> {
  const versions = new Map<string, number>();
  const mixed = new Set<string>(['mixed']);
  let calls = 0;
  const versionOf = (part: string) => versions.get(part) ?? 1;

  function bodyOf({ headers, url = '/' }: IncomingMessage): object {
    const part = url.split('/')[1] ?? '';
    if (url === '/.well-known/jwks.json') return devJwks();
    calls += 1;
    return {
      url,
      version: versionOf(part),
      ...(mixed.has(part) && { of: headers['x-user-id'] }),
      ...(part === 'drifting' && { calls }),
      // Without a word of it in `Vary`.
      ...(part === 'pages' && { language: headers['accept-language'] }),
    };
  }

  const server = createServer((request, response) => {
    const cacheControl = request.url?.startsWith('/pages/') ? 'public, max-age=3600' : 'no-cache';
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': cacheControl });
    response.end(JSON.stringify(bodyOf(request)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    change: (part) => void versions.set(part, versionOf(part) + 1),
    mix: (part) => void mixed.add(part),
    versionOf,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
