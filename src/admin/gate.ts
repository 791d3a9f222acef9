import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { verifyAdmin } from './token.ts';
import type { Admin, AdminTokens, TokenScope } from './tokens.ts';

/**
 * `open`: whoever comes, because it says nothing or because somebody else than an admin signs what comes. `console`: it asks for a session
 * itself, and sends who has none to its login. Else the scopes of which a token needs one.
 */
type Door = 'open' | 'console' | readonly [TokenScope, ...TokenScope[]];

/** Elsewhere than under `/-/`, because a protocol of others says where. */
export const outsideGated = '/ofrep/v1/evaluate/flags';

/**
 * Every path under `/-/`, in one line each, and those elsewhere that a protocol of others says. What does not stand here is not there, whatever route
 * an app has for it. `changing`: for who comes by another method than GET or HEAD.
 */
const doors = [
  ['/-/health', 'open'],
  ['/-/openapi.json', 'open'],
  ['/-/deliveries', 'open'],
  ['/-/failures', 'open'],
  ['/-/console/*', 'console'],
  ['/-/purge', ['purge']],
  ['/-/emit', ['purge']],
  ['/-/purges', ['read', 'purge']],
  ['/-/purges/:id', ['read', 'purge']],
  ['/-/explain', ['read']],
  ['/-/metrics', ['read']],
  ['/-/figures', ['read']],
  ['/-/tops', ['read']],
  ['/-/alerts', ['read']],
  ['/-/rollout', ['read', 'rollout']],
  ['/-/rollout/:class', ['read', 'rollout'], ['rollout']],
  ['/-/rollout/:class/:move', ['rollout']],
  ['/-/ofrep/v1/evaluate/flags', ['read']],
  ['/-/ofrep/v1/evaluate/flags/:key', ['read']],
  [outsideGated, ['read']],
  [`${outsideGated}/:key`, ['read']],
] as const satisfies readonly (readonly [path: string, door: Door, changing?: Door])[];

/** `:name` is one step of the path, `/*` at the end any number of them. */
const patterns = doors.map(([path, door, changing]: readonly [string, Door, Door?]) => ({
  pattern: new RegExp(`^${path.replace(/:\w+/g, '[^/]+').replace('/*', '(?:/.*)?')}$`),
  door,
  changing: changing ?? door,
}));

function doorOf(path: string, method: string): Door | undefined {
  const found = patterns.find(({ pattern }) => pattern.test(path));
  return method === 'GET' || method === 'HEAD' ? found?.door : found?.changing;
}

export type TokensOf = (c: HonoContext<EdgeEnv>) => AdminTokens;

/** Stands before every route under `/-/`, which are told by `adminOf` who has come. */
export const gate =
  (tokensOf: TokensOf): MiddlewareHandler<EdgeEnv> =>
  async (c, next) => {
    edgeRequestOf(c).ofAdmins = true;
    const door = doorOf(c.req.path, c.req.method);
    if (door === 'open' || door === 'console') return next();
    const admin = await verifyAdmin(c, tokensOf(c), door ?? []);
    const edge = edgeRequestOf(c);
    edge.logged = { admin: admin.name };
    if (!door) throw new Problem('not-found');
    admins.set(edge, admin);
    return next();
  };

const admins = new WeakMap<EdgeRequest, Admin>();

/** Who has passed the gate. Throws where nobody was asked: a route that the gate does not stand before answers nothing. */
export function adminOf(c: { readonly executionCtx: object }): Admin {
  const admin = admins.get(edgeRequestOf(c));
  if (admin) return admin;
  throw new Problem('unauthenticated', { why: 'no gate stands before this route' });
}

/** A path under `/-/`, or one that somebody between here and a client may take for such a path. */
const isNearlyAdmin = (path: string): boolean =>
  /^\/+-(?:\/|$)/.test(URL.parse(`http://host${path}`)?.pathname ?? path);

/** A path that the gate stands before, or one that somebody between here and a client may take for such a path. */
export const isNearlyGated = (path: string): boolean =>
  isNearlyAdmin(path) || path === outsideGated || path.startsWith(`${outsideGated}/`);

/** One that the gate does not stand before. */
export const isBesideGate = (path: string): boolean => !/^\/-(?:\/|$)/.test(path) && isNearlyAdmin(path);
