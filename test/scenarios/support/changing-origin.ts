import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { devJwks } from '../../../dev/keys.ts';

/** An origin whose data change without a word, as where somebody forgot a purge; and that answers as badly as its paths say. */
export interface ChangingOrigin {
  readonly url: string;
  /** What is below this first part of a path is of another version from now on. */
  change(part: string): void;
  /**
   * What is below this part is answered otherwise from now on: with whose request it is, as where a key forgets that (`mixed`); with a number that is
   * another one each time (`drifting`); or in the language asked for, without a word of it in `Vary` (`speaking`).
   */
  turn(part: string, how: Way): void;
  /** The version that it would answer with now. */
  versionOf(part: string): number;
  close(): Promise<void>;
}

export type Way = 'mixed' | 'drifting' | 'speaking';

export async function startChangingOrigin(): Promise<ChangingOrigin> {
  const versions = new Map<string, number>();
  const ways: Readonly<Record<Way, Set<string>>> = {
    mixed: new Set(['mixed']),
    drifting: new Set(['drifting']),
    speaking: new Set(['pages']),
  };
  let calls = 0;
  const versionOf = (part: string) => versions.get(part) ?? 1;

  function bodyOf({ headers, url = '/' }: IncomingMessage): object {
    const part = url.split('/')[1] ?? '';
    if (url === '/.well-known/jwks.json') return devJwks();
    calls += 1;
    return {
      url,
      version: versionOf(part),
      ...(ways.mixed.has(part) && { of: headers['x-user-id'] }),
      ...(ways.drifting.has(part) && { calls }),
      ...(ways.speaking.has(part) && { language: headers['accept-language'] }),
    };
  }

  const server = createServer((request, response) => {
    const isPage = /^\/(?:pages|leaflets)\//.test(request.url ?? '');
    const cacheControl = isPage ? 'public, max-age=3600' : 'no-cache';
    response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': cacheControl });
    response.end(JSON.stringify(bodyOf(request)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    change: (part) => void versions.set(part, versionOf(part) + 1),
    turn: (part, how) => void ways[how].add(part),
    versionOf,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
