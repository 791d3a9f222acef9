import { Hono, type HonoRequest } from 'hono';
import * as z from 'zod';
import { bounds } from '../bounds.ts';
import { explainClass, explainClassKey } from '../classes/explain.ts';
import type { ClassRoute } from '../classes/route.ts';
import type { Explained, Explains } from '../engine/explain.ts';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { resolved } from '../http/target.ts';
import { CredentialRefused, identityOf } from '../identity/fields.ts';
import type { Identity } from '../identity/identity.ts';
import { listReceipts, type ReceiptView } from '../invalidation/receipts.ts';
import type { PurgeTarget } from '../store/names.ts';
import { StoreError } from '../store/port.ts';
import { decodeEntry } from '../store/wire.ts';
import type { Log } from '../telemetry/log.ts';
import { parse } from './asked.ts';
import { bodyView, explainedView } from './explain-view.ts';
import { adminOf, isNearlyGated } from './gate.ts';
import { mustHave } from './token.ts';
import type { Admin } from './tokens.ts';

/** What answers a GET, and the request as its handler reads it. Neither a class's nor an HTTP cache's: it is the team's own. */
export interface FoundRoute {
  readonly classRoute?: ClassRoute;
  /** Of an HTTP cache. */
  readonly explains?: Explains;
  readonly path: string;
  readonly req: HonoRequest;
  /** How many handlers of the team's own see the request before it. */
  readonly passedBy: number;
}

/** What is known of the Worker once all its routes are. */
export interface Explainable {
  /** Of each HTTP cache, by its class. */
  readonly explaining: ReadonlyMap<string, Explains>;
  routeOf(request: Request): FoundRoute | null;
  readonly logOf: (env: EdgeEnv['Bindings']) => Log;
}

/** What `explain` is asked for. */
export type ExplainQuery = z.infer<typeof queryShape>;

const text = (most: number) =>
  z.string().min(1, { error: 'is empty', abort: true }).max(most, `is longer than ${most}`);
const queryShape = z
  .strictObject({
    path: text(bounds.urlBytes)
      .regex(/^\/[^#\s]*$/, 'must be a path, with its query: /v1/…')
      .optional(),
    key: text(bounds.urlBytes).optional(),
    tenant: text(bounds.keyParamBytes).optional(),
    user: text(bounds.keyParamBytes).optional(),
    /** Separated by commas. */
    roles: z
      .string()
      .transform((list) =>
        list
          .split(',')
          .map((it) => it.trim())
          .filter((it) => it !== ''),
      )
      .optional(),
    header: z
      .array(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:/, 'must be Name: value'))
      .max(bounds.explainedHeaders)
      .default([]),
    body: z.literal('1', 'must be 1').optional(),
  })
  .superRefine(({ path, key, tenant, user, roles, header }, ctx) => {
    const issue = (field: string, message: string) =>
      ctx.addIssue({ code: 'custom', path: [field], message });
    if ((path === undefined) === (key === undefined)) issue('path', 'say one of path and key');
    if ((tenant === undefined) !== (user === undefined))
      issue(tenant === undefined ? 'tenant' : 'user', 'is missing: tenant and user go together');
    if (roles !== undefined && tenant === undefined) issue('tenant', 'is missing: roles are somebody’s');
    if (key !== undefined && (tenant !== undefined || header.length > 0))
      issue('key', 'says by itself whose it is');
  });

/** Why an answer is what it is. It asks nothing of the origin, and changes nothing. Mount it at `/-`, behind the gate. */
export function explain(worker: Explainable): Hono<EdgeEnv> {
  return new Hono<EdgeEnv>().get('/explain', async (c) =>
    c.json(await explainAs(adminOf(c), edgeRequestOf(c), worker, worker.logOf(c.env), queryOf(c.req))),
  );
}

/** For the console too. `given`: what a query says, `header` as a list. Throws a `Problem` that names each field at fault. */
export async function explainAs(admin: Admin, edge: EdgeRequest, worker: Worker, log: Log, given: unknown) {
  const query = parse(queryShape, given, 'invalid-request');
  if (query.body) mustHave(admin, ['body']);
  const { explained, ...more } = await explainQuery(edge, worker, query);
  if (!explained) return more;
  const view = await viewOf(edge, explained);
  if (!query.body) return { ...more, ...view };
  const entry = explained.seen?.entry;
  // Before it is shown, and never left out: what is stored may be somebody's.
  log({
    event: 'audit',
    level: 'warn',
    request_id: edge.id,
    admin: admin.name,
    did: 'read-body',
    class: explained.className,
    key: explained.seen?.redisKey ?? null,
    found: entry !== undefined,
  });
  return { ...more, ...view, body: entry ? await bodyView(entry) : null };
}

type Worker = Omit<Explainable, 'logOf'>;

const several = ['header'];

function queryOf(req: HonoRequest): Record<string, unknown> {
  const given = Object.entries(req.queries()).map(([name, values]) => {
    if (several.includes(name)) return [name, values];
    if (values.length === 1) return [name, values[0]];
    throw new Problem('invalid-request', { errors: [{ field: name, detail: 'is given more than once' }] });
  });
  return Object.fromEntries(given);
}

/** `explained` is null where nothing of the cache answers, and `why` says what does. */
export async function explainQuery(edge: EdgeRequest, worker: Worker, query: ExplainQuery): Promise<Found> {
  if (query.key !== undefined) return explainKey(edge, worker, query.key);
  const request = requestOf(query);
  const first = worker.routeOf(request);
  // What the HTTP cache does with dot segments.
  const url = first?.explains ? resolved(request.url) : null;
  const asRead = url === null ? request : new Request(url, request);
  const found = url === null ? first : worker.routeOf(asRead);
  if (!found) return noRoute(null, 'No route takes a GET of this path: 404');
  const { path, classRoute, explains, req } = found;
  if (classRoute?.is === 'cached')
    return at(found, await explainClass(edge, classRoute, { req }, await identityIn(query)));
  if (explains) return at(found, await explains.explain(edge, asRead));
  return noRoute(
    path,
    isNearlyGated(new URL(request.url).pathname)
      ? 'The edge itself answers, and stores nothing of it'
      : 'A handler of the team’s own answers: ask by key',
  );
}

interface Found {
  readonly explained: Explained | null;
  /** As the Worker has it; null: none. */
  readonly route: string | null;
  readonly why?: string;
  readonly verdict?: null;
  readonly cache_status?: null;
}

const noRoute = (route: string | null, why: string): Found => ({
  explained: null,
  route,
  verdict: null,
  cache_status: null,
  why,
});

function at({ path, passedBy }: FoundRoute, explained: Explained): Found {
  const remarks = passedBy > 0 ? [`handlers before it: ${passedBy}`] : [];
  return { route: path, explained: { ...explained, remarks: [...explained.remarks, ...remarks] } };
}

async function identityIn({ tenant, user, roles }: ExplainQuery): Promise<Identity | null> {
  if (tenant === undefined) return null;
  try {
    return await identityOf({ tenant, user, roles });
  } catch (error) {
    if (!(error instanceof CredentialRefused)) throw error;
    const field = error.message.split(' ', 1)[0]!;
    throw new Problem('invalid-request', {
      errors: [{ field: field === 'role' || field === 'too' ? 'roles' : field, detail: error.message }],
    });
  }
}

/** The host is in no key. */
function requestOf({ path, header }: ExplainQuery): Request {
  const headers = new Headers();
  try {
    for (const line of header) {
      const [name = '', ...rest] = line.split(':');
      headers.append(name, rest.join(':').trim());
    }
    return new Request(`https://edge${path}`, { headers });
  } catch {
    const field = header.length > 0 ? 'header' : 'path';
    throw new Problem('invalid-request', { errors: [{ field, detail: 'is none that a request can have' }] });
  }
}

/** As `Cache-Status` has it in development, with or without the namespace. */
async function explainKey(
  edge: EdgeRequest,
  { explaining }: Omit<Explainable, 'logOf'>,
  given: string,
): Promise<Found> {
  const { names } = edge.isolate;
  const whole = given.startsWith(names.prefix) ? given : names.prefix + given;
  const fullKey = /:@sha256:[0-9a-f]{64}$/.test(whole) ? await fullKeyAt(edge, whole) : whole;
  const className = fullKey.slice(names.prefix.length).split(':', 1)[0]!;
  const cls = edge.strategy.classes.get(className);
  const explains = explaining.get(className);
  const explained = cls
    ? await explainClassKey(edge, cls, fullKey)
    : ((await explains?.explainKey(edge, fullKey)) ?? null);
  if (explained) return { explained, route: null };
  const detail =
    cls || explains ? `is no key that the class ${className} has now` : 'begins with the name of no class';
  throw new Problem('invalid-request', { errors: [{ field: 'key', detail }] });
}

/** A key that is too long for Redis says what it is of only in its entry. */
async function fullKeyAt({ isolate, notes }: EdgeRequest, key: string): Promise<string> {
  notes.redisRequests += 1;
  const [stored = null] = await isolate.store.lookup([key]).catch(unavailable);
  const entry = stored === null ? null : decodeEntry(stored);
  return entry && typeof entry !== 'string' ? entry.fullKey : key;
}

function unavailable(error: unknown): never {
  if (error instanceof StoreError)
    throw new Problem('unavailable', { why: error.message, headers: { 'Retry-After': '5' } });
  throw error;
}

/** With the receipts of what purged it, newest first. */
export async function viewOf(edge: EdgeRequest, explained: Explained) {
  return explainedView(explained, edge.isolate.clock.now(), await purgesOf(edge, explained));
}

async function purgesOf(edge: EdgeRequest, { seen }: Explained): Promise<readonly ReceiptView[]> {
  const changed = (seen?.tags ?? []).filter(
    ({ generation }) => generation === 'changed' || generation === 'soft',
  );
  const [first] = changed;
  if (!first || !seen?.entry) return [];
  const { fetchedMs } = seen.entry;
  // Those of a class over all tenants stand in the list of all alone.
  const tenant = changed.some(({ kind }) => kind === 'class-everywhere') ? null : first.tenant;
  const limit = bounds.explainedReceipts;
  const { purges } = await listReceipts(edge, { tenant, cursor: null, limit }).catch(() => ({ purges: [] }));
  const isAfter = ({ applied_at }: ReceiptView) => applied_at !== null && Date.parse(applied_at) >= fetchedMs;
  return purges.filter((it) => isAfter(it) && changed.some((target) => names(it, target)));
}

/** Whether this purge, or what it did besides, names it. */
function names(receipt: ReceiptView, { kind, name, tenant }: PurgeTarget): boolean {
  return [receipt, ...receipt.also].some((part) => {
    const isOf = kind === 'class-everywhere' ? part.whose === 'everyone' : part.whose !== 'everyone';
    if (!isOf || (part.whose === 'tenant' && receipt.tenant !== tenant)) return false;
    if (kind === 'everything') return part.everything;
    if (kind === 'tag') return part.tags.includes(name!);
    return (kind === 'user' ? part.users : part.classes).includes(name!);
  });
}
