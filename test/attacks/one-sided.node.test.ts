import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reply, Script } from './support/node/origin.ts';
import { isHit, startWorld, type World } from './support/node/world.ts';

/**
 * An attacker asks for a page in a way that gives him less than the page: a part of it, no body, an error. Whoever asks
 * plainly next must have all of it.
 */
const MODIFIED = 'Wed, 01 Jan 2020 00:00:00 GMT';
const page = (target: string) => `the whole of ${target.split('?')[0]}`;

/** Knows conditions, ranges and a limit for fields; refuses what it does not know. The query is its `Cache-Control`. */
const origin: Script = ({ method, target, headers }): Reply => {
  const says = decodeURIComponent(target.split('?')[1] ?? '');
  const all = { ETag: '"v1"', 'Last-Modified': MODIFIED, ...(says !== '' && { 'Cache-Control': says }) };
  const error = (status: number): Reply => ({ status, headers: all, body: `error ${status}` });
  const body = page(target);
  if (method !== 'GET' && method !== 'HEAD') return error(405);
  if (Object.values(headers).join('').length > 4_000) return error(Number(headers['x-status'] ?? 431));
  if (headers['x-status']) return error(Number(headers['x-status']));
  if (headers['if-match'] && headers['if-match'] !== '"v1"') return error(412);
  if (headers['if-unmodified-since']) return error(412);
  if (/^(W\/)?"v1"|\*/.test(headers['if-none-match'] ?? '')) return { status: 304, headers: all };
  if (Date.parse(headers['if-modified-since'] ?? '') >= Date.parse(MODIFIED))
    return { status: 304, headers: all };
  const [, first, last] = /^bytes=(\d+)-(\d+)/.exec(headers.range ?? '') ?? [];
  if (first === undefined) return headers.range ? error(416) : { headers: all, body };
  const range = `bytes ${first}-${last}/${body.length}`;
  const part = body.slice(Number(first), Number(last) + 1);
  return { status: 206, headers: { ...all, 'Content-Range': range }, body: part };
};

/** What the attacker sends before the page's name and after it. */
interface Attack {
  readonly method?: string;
  readonly version?: string;
  readonly fields?: readonly string[];
  readonly body?: string;
}

const fields = (...list: string[]): Attack => ({ fields: list });
const FUTURE = 'Fri, 01 Jan 2100 00:00:00 GMT';

const attacks: Record<string, Attack> = {
  'a part': fields('Range: bytes=0-3'),
  'another part': fields('Range: bytes=4-4, 6-7'),
  'a range that is none': fields('Range: bytes=abc'),
  'a range beyond the end': fields('Range: bytes=99999-'),
  'a range of other units': fields('Range: lines=0-3'),
  'a part, if it is still the same': fields('Range: bytes=0-3', 'If-Range: "v1"'),
  'a part, if it is another': fields('Range: bytes=0-3', 'If-Range: "v0"'),
  'if it has changed': fields('If-None-Match: "v1"'),
  'if it has changed, weakly': fields('If-None-Match: W/"v1"'),
  'if there is none': fields('If-None-Match: *'),
  'if one of many tags does not match': fields(`If-None-Match: ${'"v0", '.repeat(70)}"v1"`),
  'if it was modified in the future': fields(`If-Modified-Since: ${FUTURE}`),
  'if it was modified since nonsense': fields('If-Modified-Since: yesterday'),
  'if it is another': fields('If-Match: "v0"'),
  'if it is none': fields('If-Match: nonsense'),
  'if it was not modified': fields('If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT'),
  'by HEAD': { method: 'HEAD' },
  'by HEAD, if it has changed': { method: 'HEAD', fields: ['If-None-Match: "v1"'] },
  'by HEAD, a part': { method: 'HEAD', fields: ['Range: bytes=0-3'] },
  'by OPTIONS': { method: 'OPTIONS' },
  'by DELETE': { method: 'DELETE' },
  'by POST': { method: 'POST', fields: ['Content-Length: 3'], body: 'x=1' },
  'by POST, as GET': { method: 'POST', fields: ['X-HTTP-Method-Override: GET', 'Content-Length: 0'] },
  'by PURGE': { method: 'PURGE' },
  'as POST': fields('X-HTTP-Method-Override: POST', 'X-Method-Override: DELETE', 'X-HTTP-Method: PUT'),
  'as HEAD': fields('X-HTTP-Method-Override: HEAD', 'X-Method-Override: HEAD', 'X-HTTP-Method: HEAD'),
  'with a field that is too large': fields(`X-Filler: ${'a'.repeat(5_000)}`),
  'with many fields': { fields: Array.from({ length: 60 }, (_, i) => `X-Filler-${i}: ${'a'.repeat(80)}`) },
  'with a field that nobody takes': fields(`X-Filler: ${'a'.repeat(40_000)}`),
  'with a field that breaks the origin': fields('X-Status: 500'),
  'with a field that the origin refuses': fields('X-Status: 400'),
  'with a body': { fields: ['Content-Length: 3', 'Content-Type: text/plain'], body: 'x=1' },
  'with a body in chunks': { fields: ['Transfer-Encoding: chunked'], body: '3\r\nx=1\r\n0\r\n\r\n' },
  'with the type of a body': fields('Content-Type: nonsense', 'Content-Encoding: nonsense'),
  'expecting 100': { fields: ['Expect: 100-continue', 'Content-Length: 3'], body: 'x=1' },
  'expecting nonsense': fields('Expect: nonsense'),
  'to upgrade': fields('Connection: upgrade', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'),
  'through no proxy': fields('Max-Forwards: 0'),
  'not to be stored': fields('Cache-Control: no-store'),
  'only from the cache': fields('Cache-Control: only-if-cached'),
  'however stale': fields('Cache-Control: max-stale'),
  'by HTTP/1.0': { version: '1.0' },
};

function bytesOf({ method = 'GET', version = '1.1', fields = [], body = '' }: Attack, path: string): string {
  const head = [`${method} ${path} HTTP/${version}`, 'Host: edge.example', ...fields];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** Whether another client still gets the page. */
async function survives(world: World, attack: Attack, path: string): Promise<boolean> {
  await world.raw(bytesOf(attack, path));
  await world.settled();
  const { status, text, headers } = await world.send(`GET ${path}`);
  expect(headers['content-range']).toBeUndefined();
  return status === 200 && text === page(path);
}

const SAYS_NOTHING = '';
const says = [SAYS_NOTHING, 'max-age=600', 'public, max-age=600', 'no-cache'];

it('a careless cache is harmed by many', async () => {
  const world = await startWorld(origin, { cache: 'careless' });
  const harmful: string[] = [];
  for (const [at, [name, attack]] of Object.entries(attacks).entries())
    if (!(await survives(world, attack, `/page-${at}`).catch(() => false))) harmful.push(name);
  await world.stop();
  expect(harmful.length).toBeGreaterThan(20);
});

describe.each(['all', 'keyed'] as const)('inputs: %s', (cache) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(origin, { cache });
  });
  afterAll(() => world.stop());

  let pages = 0;
  const pathOf = (it: string) => {
    pages += 1;
    return `/page-${pages}${it === SAYS_NOTHING ? '' : `?${encodeURIComponent(it)}`}`;
  };
  const sure = Object.entries(attacks).filter(([name]) => !/breaks the origin|origin refuses/.test(name));

  it.each(sure)('asked for %s', async (_, attack) => {
    for (const it of says) expect(await survives(world, attack, pathOf(it)), it).toBe(true);
  });

  it.each(sure)('asked for %s, with the page stored before, or gone stale', async (_, attack) => {
    for (const it of ['max-age=600', 'max-age=0']) {
      const path = pathOf(it);
      await world.send(`GET ${path}`);
      await world.settled();
      expect(await survives(world, attack, path), it).toBe(true);
    }
  });

  it.each([400, 405, 406, 412, 413, 415, 416, 417, 421, 426, 428, 429, 431, 500, 502, 503])(
    'an error %i that it provokes is not for others, where the origin does not say so',
    async (status) => {
      for (const it of [SAYS_NOTHING, 'must-revalidate'])
        expect(await survives(world, fields(`X-Status: ${status}`), pathOf(it)), it).toBe(true);
    },
  );

  // RFC 6585 §3–§6. For 400, 405 and 413 the origin's word counts.
  it.each([428, 429, 431, 511])(
    'an error %i that speaks of his request alone is not for others, whatever the origin says',
    async (status) => {
      for (const it of ['max-age=600', 'public, max-age=600'])
        expect(await survives(world, fields(`X-Status: ${status}`), pathOf(it)), it).toBe(true);
    },
  );

  it('what is whole is stored', async () => {
    const path = pathOf('max-age=600');
    await world.send(`GET ${path}`);
    await world.settled();
    expect(isHit(await world.send(`GET ${path}`))).toBe(true);
  });
});
