import type { Context as HonoContext } from 'hono';
import { bounds } from '../bounds.ts';
import { sha256 } from '../digest.ts';
import type { EdgeEnv } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import type { AdminTokens, TokenScope } from './tokens.ts';

const challenge = 'Bearer realm="stillfresh admin"';
const bearer = /^bearer +([\x21-\x7e]+)$/i;

/** The name of the token that was shown, if it has one of these scopes; else a `Problem`, 401 or 403. */
export async function verifyAdmin(
  c: HonoContext<EdgeEnv>,
  tokens: AdminTokens,
  ...scopes: TokenScope[]
): Promise<string> {
  const shown = bearer.exec(c.req.header('Authorization') ?? '')?.[1];
  if (shown === undefined) throw refused('no admin token', '');
  if (shown.length > bounds.adminTokenBytes) throw refused('admin token too long');
  const found = await nameOfToken(tokens, shown);
  if (found === undefined) throw refused('unknown admin token');
  if (scopes.some((scope) => tokens[found]!.scopes.includes(scope))) return found;
  throw new Problem('forbidden', { why: `admin token ${found} lacks the scope ${scopes.join(' or ')}` });
}

/** Undefined: it is none of these. */
export async function nameOfToken(tokens: AdminTokens, shown: string): Promise<string | undefined> {
  const digest = await sha256(shown);
  let found: string | undefined;
  // All of them, each in constant time: how long it takes tells nothing of which one was close.
  for (const [name, token] of Object.entries(tokens)) {
    if (crypto.subtle.timingSafeEqual(Uint8Array.fromHex(token.sha256), digest)) found = name;
  }
  return found;
}

const refused = (why: string, error = ', error="invalid_token"') =>
  new Problem('unauthenticated', { headers: { 'WWW-Authenticate': challenge + error }, why });
