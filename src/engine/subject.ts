import type { Identity } from '../identity/identity.ts';
import type { EntryNames } from '../store/names.ts';
import type { Entry } from '../store/wire.ts';
import type { DataClass, Params } from '../strategy/data-class.ts';
import type { Context, Origin } from './context.ts';
import type { Windows } from './judge.ts';

/** One entry as one request asks for it: the class, its parameters, whose data it is, and how to fetch it. */
export interface Subject {
  readonly cls: DataClass;
  readonly params: Params;
  /** Null for public data. */
  readonly owner: Identity | null;
  readonly names: EntryNames;
  readonly load: Load | undefined;
  /** Where each entry says itself how long it may be served stale. Default: as the class says. */
  readonly windows?: (entry: Entry) => Windows;
}

export const windowsOf = ({ cls, windows }: Subject, entry: Entry): Windows => windows?.(entry) ?? cls;

/** What a cache-aside loader is given. The value that it returns is kept as JSON. */
export interface LoadContext<P extends Params = Params> {
  readonly params: P;
  readonly identity: Identity | null;
  readonly origin: OriginClient;
  /** Names a tag of this answer; only in a class with `tagsFromAnswer`. */
  tag(name: string): void;
}

// Method syntax, so that a loader of one class's parameters fits where any loader is asked for.
export type Load<P extends Params = Params, V = unknown> = {
  bivarianceHack(context: LoadContext<P>): Promise<V>;
}['bivarianceHack'];

/** The origin as a loader sees it: with the edge's secret and the verified identity, within the deadline. */
export interface OriginClient {
  /** The parsed body of a 200; any other answer ends the load and reaches the caller as it is. */
  json(path: string): Promise<unknown>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** At once where this isolate has made the names before. */
export function subjectOf(
  context: Context,
  cls: DataClass,
  params: Params,
  load?: Load,
): Subject | Promise<Subject> {
  const owner = cls.scope === 'public' ? null : context.identity;
  const names = context.isolate.names.entry(cls, owner, params);
  if (names instanceof Promise) return names.then((made) => ({ cls, params, owner, names: made, load }));
  return { cls, params, owner, names, load };
}

/** The tenant whose share of the bulkhead a fetch takes. */
export const tenantOf = (owner: Identity | null) => owner?.tenant ?? '@public';

/** Sends a request to the origin as this owner. Rejects when the deadline passes or the network fails. */
export async function requestOrigin(
  origin: Origin,
  owner: Identity | null,
  path: string,
  init: RequestInit,
): Promise<Response> {
  // Anything else would make another host of it, such as `@elsewhere`, and show that host the secret.
  if (!path.startsWith('/')) throw new TypeError("a path at the origin begins with '/'");
  const headers = new Headers(init.headers);
  headers.set('X-Origin-Secret', origin.secret);
  if (owner) {
    headers.set('X-Tenant-Id', owner.tenant);
    headers.set('X-User-Id', owner.user);
  }
  return origin.fetch(origin.url + path, { ...init, headers, redirect: 'manual' });
}
