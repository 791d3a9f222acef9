import type { Context as HonoContext } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { bounds } from '../bounds.ts';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { CredentialRefused } from '../identity/fields.ts';
import { KeysUnavailable } from '../identity/jwks.ts';
import type { ConsoleSettings } from './parts.ts';
import { isSealed, readSession, sealSession } from './session.ts';

/** Who looks at the console. */
export interface Admin {
  /** Of the token; `access:<who>` of whom Cloudflare Access let through. */
  readonly name: string;
  readonly scopes: readonly string[];
  /** Whether there is a session to end. */
  readonly hasSession: boolean;
}

type Asked = HonoContext<EdgeEnv>;

/** Null: nobody who may look. Throws a `Problem` where that is not known now. */
export async function adminOf(c: Asked, settings: ConsoleSettings): Promise<Admin | null> {
  return (await adminOfSession(c, settings)) ?? (await adminOfAccess(c, settings));
}

async function adminOfSession(c: Asked, settings: ConsoleSettings): Promise<Admin | null> {
  const session = readSession(getCookie(c, cookieName(c, settings)) ?? '');
  if (!session || session.endsMs <= edgeRequestOf(c).isolate.clock.now()) return null;
  const token = Object.hasOwn(settings.tokens, session.name) ? settings.tokens[session.name] : undefined;
  if (!token?.scopes.includes('read')) return null;
  const { originSecret } = settings;
  if (!(await isSealed(session, { tokenHash: token.sha256, originSecret }))) return null;
  return { name: session.name, scopes: token.scopes, hasSession: true };
}

async function adminOfAccess(c: Asked, { access }: ConsoleSettings): Promise<Admin | null> {
  const assertion = c.req.header('Cf-Access-Jwt-Assertion');
  if (!access || assertion === undefined || !access.scopes.includes('read')) return null;
  const edge = edgeRequestOf(c);
  try {
    const name = await access.verify(assertion, edge);
    return { name: `access:${name}`, scopes: access.scopes, hasSession: false };
  } catch (error) {
    if (error instanceof KeysUnavailable)
      throw new Problem('unavailable', { why: `Access: ${error.message}` });
    if (error instanceof CredentialRefused) return null;
    throw error;
  }
}

/** The name of the token, if it may look; else a `Problem` that says what is wrong with it. */
export async function logIn(c: Asked, settings: ConsoleSettings, shown: string): Promise<string> {
  const name = shown.length <= bounds.adminTokenBytes ? await settings.nameOf(shown) : undefined;
  if (name === undefined)
    throw new Problem('unauthenticated', {
      detail: 'This is no admin token of this edge.',
      why: 'unknown token',
    });
  const { sha256: tokenHash, scopes } = settings.tokens[name]!;
  if (!scopes.includes('read'))
    throw new Problem('forbidden', {
      detail: `The token ${name} may not read: its scopes are ${scopes.join(', ')}, and the console needs read.`,
      why: `admin token ${name} lacks the scope read`,
    });
  const endsMs = edgeRequestOf(c).isolate.clock.now() + bounds.consoleSessionMs;
  const { originSecret } = settings;
  const sealed = await sealSession({ name, endsMs }, { tokenHash, originSecret });
  setCookie(c, cookieName(c, settings), sealed, {
    ...attributes(c, settings),
    maxAge: bounds.consoleSessionMs / 1000,
  });
  return name;
}

/** Of this browser. A copy of the cookie lasts until its end, or until the token is replaced. */
export function logOut(c: Asked, settings: ConsoleSettings): void {
  deleteCookie(c, cookieName(c, settings), attributes(c, settings));
}

/** Throws a `Problem` where the admin may not do this. */
export function mustHave(scope: string, { name, scopes }: Admin): void {
  if (!scopes.includes(scope))
    throw new Problem('forbidden', {
      detail: `${name} may not do this: it needs the scope ${scope}.`,
      why: `admin ${name} lacks the scope ${scope}`,
    });
}

export const noteAdmin = (edge: EdgeRequest, { name }: Admin): void => {
  edge.logged = { ...edge.logged, admin: name };
};

const attributes = (c: Asked, settings: ConsoleSettings) =>
  ({
    path: '/-/console',
    httpOnly: true,
    sameSite: 'Strict',
    secure: !isPlainLoopback(c, settings),
  }) as const;

/** A browser takes the prefix with `Secure` alone, so that no page of plain HTTP can have set it. */
const cookieName = (c: Asked, settings: ConsoleSettings) =>
  isPlainLoopback(c, settings) ? 'stillfresh_console' : '__Secure-stillfresh_console';

function isPlainLoopback({ req }: Asked, { development }: ConsoleSettings): boolean {
  const { protocol, hostname } = new URL(req.url);
  return development && protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
}
