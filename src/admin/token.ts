import type { Context as HonoContext } from 'hono';
import { bounds } from '../bounds.ts';
import { sha256 } from '../digest.ts';
import type { EdgeEnv } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import type { Admin, AdminTokens, TokenScope } from './tokens.ts';

const challenge = 'Bearer realm="stillfresh admin"';
const bearer = /^bearer +([\x21-\x7e]+)$/i;

/** Whose token was shown, if it has one of these scopes, or none is needed; else a `Problem`, 401 or 403. */
export async function verifyAdmin(
  c: HonoContext<EdgeEnv>,
  tokens: AdminTokens,
  scopes: readonly TokenScope[],
): Promise<Admin> {
  const shown = bearer.exec(c.req.header('Authorization') ?? '')?.[1];
  if (shown === undefined) throw refused('no admin token', '');
  if (shown.length > bounds.adminTokenBytes) throw refused('admin token too long');
  const found = await adminOfToken(tokens, shown);
  if (!found) throw refused('unknown admin token');
  mustHave(found, scopes);
  return found;
}

/** Undefined: it is none of these. */
export async function adminOfToken(tokens: AdminTokens, shown: string): Promise<Admin | undefined> {
  const digest = await sha256(shown);
  let found: Admin | undefined;
  // All of them, each in constant time: how long it takes tells nothing of which one was close.
  for (const [name, token] of Object.entries(tokens)) {
    if (crypto.subtle.timingSafeEqual(Uint8Array.fromHex(token.sha256), digest))
      found = { name, scopes: token.scopes };
  }
  return found;
}

/** Throws a `Problem` of 403 unless it has one of these, or none is needed. */
export function mustHave({ name, scopes: has }: Admin, scopes: readonly TokenScope[]): void {
  if (scopes.length === 0 || scopes.some((scope) => has.includes(scope))) return;
  throw new Problem('forbidden', { why: `admin token ${name} lacks the scope ${scopes.join(' or ')}` });
}

const refused = (why: string, error = ', error="invalid_token"') =>
  new Problem('unauthenticated', { headers: { 'WWW-Authenticate': challenge + error }, why });
