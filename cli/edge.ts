import type { Environment } from './environment.ts';
import { UsageError } from './failure.ts';
import { printable } from './text.ts';

/** Where the edge is, and what opens its admin API. */
export interface Edge {
  /** Without a slash at its end. */
  readonly url: string;
  /** Null: there is none, and only a webhook can be sent. */
  readonly token: string | null;
  /** Which variable the token came from, for messages. */
  readonly tokenFrom: string;
}

export function edgeOf(flag: string | undefined, env: Environment['env']): Edge {
  const edge = edgeForHooks(flag, env);
  if (edge.token !== null) return edge;
  throw new UsageError(
    'there is no admin token: set STILLFRESH_TOKEN (for the demo, ADMIN_TOKEN as npm run dev prints it)',
  );
}

/** A webhook is signed with another secret: the token only shows what becomes of it. */
export function edgeForHooks(flag: string | undefined, env: Environment['env']): Edge {
  const [from, url] = flag ? ['--url', flag] : ['STILLFRESH_URL', env['STILLFRESH_URL']];
  return { url: url ? edgeUrl(from, url) : 'http://127.0.0.1:8787', ...tokenFrom(env) };
}

function edgeUrl(from: string, text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:\/\//i.test(text))
    throw new UsageError(
      `${from} ${printable(text)}: give a URL that begins with https:// or http://, such as https://edge.example.com`,
    );
  if (url.username || url.password || url.search || url.hash)
    throw new UsageError(`${from}: give scheme, host and path alone; the token has a variable of its own`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function tokenFrom(env: Environment['env']): Pick<Edge, 'token' | 'tokenFrom'> {
  const from = env['STILLFRESH_TOKEN'] ? 'STILLFRESH_TOKEN' : 'ADMIN_TOKEN';
  const token = env[from]?.trim();
  if (!token) return { token: null, tokenFrom: from };
  // `fetch` would quote the header in its error.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UsageError(`${from} holds what no token has, such as a space; set it again`);
  return { token, tokenFrom: from };
}
