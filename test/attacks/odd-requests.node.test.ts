import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { framework } from './support/node/scripts.ts';
import { shown, startWorld, type World } from './support/node/world.ts';

/**
 * Requests that two readers read differently: fields that one of them does not see, hosts that are none. What an attacker
 * asks for in such a way is refused, or is the page that his request line names, as others get it.
 */

/** Ways to write a field so that one reader sees it and another does not. */
const hidden = [
  'X-FORWARDED-HOST: marked',
  'X-Forwarded-Host:marked',
  'X-Forwarded-Host : marked',
  'X-Forwarded-Host\t: marked',
  ' X-Forwarded-Host: marked',
  'X-Forwarded-Host\x00: marked',
  'X-Forwarded-Host: edge.example\r\nX-Forwarded-Host: marked',
  'X-Client-IP: x\nX-Forwarded-Host: marked',
  'X-Client-IP: x\rX-Forwarded-Host: marked',
  'X-Client-IP: x\r\n X-Forwarded-Host: marked',
  'X-Client-IP: x\r\n\tX-Forwarded-Host: marked',
  'X-Client-IP: x\x00\r\nX-Forwarded-Host: marked',
  'X-Client-IP: %0d%0aX-Forwarded-Host: marked',
  'Connection: x-filler\r\nX-Forwarded-Host: marked',
  'Connection: x-forwarded-host\r\nX-Forwarded-Host: marked',
  'Connection: via, host, cache-control\r\nX-Forwarded-Host: marked',
];

const HOST = 'Host: edge.example';
const hosts = [
  ...['evil.example', 'evil.example:8080', 'EDGE.example', 'edge.example.', '[::1]', '127.0.0.1', ''],
  ...['edge.example/marked', 'edge.example?marked', 'edge.example#marked', 'edge.example\\marked'],
  ...['marked@edge.example', 'marked:x@edge.example', 'edge.example;marked', 'http://edge.example/marked'],
  ...[
    'edge.example%2fmarked',
    'edge.example, evil.example',
    'edge.example evil.example',
    'edge.example:99999',
  ],
  ...['..', '../marked', 'edge.example\r\nHost: evil.example', 'edge.example\r\nX-Forwarded-Host: marked'],
].map((it) => `Host: ${it}`);

describe.each(['all', 'keyed'] as const)('a page that was asked for oddly; inputs: %s', (cache) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(framework, { cache });
  });
  afterAll(() => world.stop());

  let pages = 0;
  /** Asks oddly, and then as everybody does. */
  async function expectClean(bytes: (page: string) => string): Promise<void> {
    pages += 1;
    const page = `/page-${pages}`;
    // What the edge may remember of the request before must not help.
    await world.raw(`GET /clean HTTP/1.1\r\n${HOST}\r\n\r\n`);
    const before = world.asked.length;
    await world.raw(bytes(page));
    await world.settled();
    const caused = world.asked.slice(before);
    // Either refused, or seen as the page without more.
    expect(caused.map(({ target }) => target)).toEqual(caused.length > 0 ? [page] : []);
    const clean = shown(await world.send('GET /clean'), '/clean');
    expect(shown(await world.send(`GET ${page}`), page)).toEqual(clean);
    expect(new Set(world.asked.map(({ headers }) => headers.host)).size).toBe(1);
  }

  it.each(hidden)('with %j', async (field) => {
    await expectClean((page) => `GET ${page} HTTP/1.1\r\n${HOST}\r\n${field}\r\n\r\n`);
  });

  it.each(hosts)('with %j', async (host) => {
    await expectClean((page) => `GET ${page} HTTP/1.1\r\n${host}\r\n\r\n`);
  });

  it.each([
    'http://evil.example',
    'https://evil.example:1',
    'http://marked@edge.example',
    'ftp://evil.example',
  ])('at %s', async (origin) => {
    await expectClean((page) => `GET ${origin}${page} HTTP/1.1\r\n${HOST}\r\n\r\n`);
  });
});
