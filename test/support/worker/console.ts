import { adminTokens, tokenOf } from './admin.ts';
import type { Answer, Asked, TestEdge } from './world.ts';

/** As a browser sends the console's own forms. */
export const form = (fields: Readonly<Record<string, string>>, more: Asked = {}): Asked => ({
  as: null,
  method: 'POST',
  body: new URLSearchParams(fields).toString(),
  ...more,
  headers: {
    'Content-Type': 'application/x-www-form-urlencoded',
    Origin: 'https://edge.test',
    ...more.headers,
  },
});

export const consoleSettings = async (...tokens: string[]) => ({
  ADMIN_TOKENS: await adminTokens(...(tokens.length > 0 ? tokens : ['read', 'purge', 'read+purge'])),
});

/** Logs in with the token of that name; the cookie as a browser sends it back. */
export async function cookieOf(edge: TestEdge, name = 'read+purge'): Promise<string> {
  const answer = await edge.get('/-/console/login', form({ token: tokenOf(name) }));
  return cookieIn(answer);
}

export const cookieIn = ({ headers }: Answer): string =>
  (headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';

/** Asks with this cookie, and no user's token. */
export const withCookie = (cookie: string, more: Asked = {}): Asked => ({
  as: null,
  ...more,
  headers: { Cookie: cookie, ...more.headers },
});
