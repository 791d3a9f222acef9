import type { HttpCacheOptions } from '../../src/http-cache/options.ts';
import type { Answer, TestEdge } from '../support/worker/world.ts';
import { get, httpWorld } from './support.ts';

export const LETTERS = 'abcdefghij';
export const tagged = { 'Cache-Control': 'max-age=60', ETag: '"a"' };

/** An origin that knows ranges. */
export function ranged(text: string | Uint8Array, headers: Record<string, string> = tagged) {
  const body = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return (request: Request): Response => {
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('Range') ?? '') ?? [];
    const length = body.length;
    if (from === undefined)
      return new Response(body.slice(), { headers: { ...headers, 'Content-Length': String(length) } });
    const first = Number(from);
    const part = body.slice(first, to === '' ? length : Number(to) + 1);
    const range = `bytes ${first}-${first + part.length - 1}/${length}`;
    return new Response(part, {
      status: 206,
      headers: { ...headers, 'Content-Range': range, 'Content-Length': String(part.length) },
    });
  };
}

/** A world whose origin has the letters at `/a`. */
export function rangedWorld(options: HttpCacheOptions = {}) {
  const made = httpWorld(options);
  made.origin.on('/a', ranged(LETTERS));
  return made;
}

export const range = (edge: TestEdge, bytes: string, headers: Record<string, string> = {}, path = '/a') =>
  get(edge, path, { Range: `bytes=${bytes}`, ...headers });

/** What came, and what it says of the cache. */
export const short = ({ status, text, cacheStatus }: Answer) =>
  `${status} ${text} ${cacheStatus!.replace('Stillfresh; ', '').replace(/; (ttl|fwd-status)=-?\d+/g, '')}`;
