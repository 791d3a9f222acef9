import type { HttpCacheOptions } from '../../src/http-cache/options.ts';
import { httpCache } from '../../src/index.ts';
import type { Reply } from '../support/worker/origin.ts';
import { type Answer, type Asked, type TestEdge, type WorldOptions, world } from '../support/worker/world.ts';

/** A world whose edges are an HTTP cache before its origin, and nothing else but what `more` routes before it. */
export function httpWorld(options: HttpCacheOptions = {}, more: WorldOptions = {}) {
  const made = world([], {
    ...more,
    routes: (app) => {
      more.routes?.(app);
      app.all('*', httpCache({ origin: 'https://origin.test', ...options }));
    },
  });
  const purge = (tag: string, mode: 'hard' | 'soft' = 'hard') => made.purge(tag, { tenant: null, mode });
  return { ...made, purge };
}

/** A client without credentials, unless its headers have some. */
export const get = (edge: TestEdge, path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  edge.get(path, { as: null, headers });

export const ask = (edge: TestEdge, path: string, asked: Asked = {}): Promise<Answer> =>
  edge.ask(path, { as: null, ...asked });

/** What the origin says: text, with these headers and a length. */
export function said(text: string, headers: Record<string, string> = {}, status = 200): Reply {
  return () =>
    new Response([204, 304].includes(status) ? null : text, {
      status,
      headers: { 'Content-Type': 'text/plain', ...headers },
    });
}

/** Says whatever its counter is at, so that a test sees which fetch an answer is from. */
export function counting(headers: Record<string, string> = {}): Reply {
  let count = 0;
  return () => {
    count += 1;
    return new Response(`number ${count}`, { headers: { 'Content-Type': 'text/plain', ...headers } });
  };
}
