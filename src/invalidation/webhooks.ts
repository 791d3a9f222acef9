import { type Context, Hono } from 'hono';
import type * as z from 'zod';
import { bounds } from '../bounds.ts';
import type { Isolate } from '../engine/context.ts';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf } from '../engine/request.ts';
import { Problem } from '../http/problem.ts';
import { isIdentityField } from '../identity/fields.ts';
import type { Strategy } from '../strategy/define.ts';
import { orderOf, type PurgeOrder, purgeOrder } from '../strategy/purge-order.ts';
import type { DataClass, Params } from '../strategy/types.ts';
import { type AcceptOptions, accept } from './accept.ts';
import { bodyOf } from './body.ts';
import { hookSecrets } from './hook-secrets.ts';
import { purgeIdOf } from './purge-id.ts';
import { schemes } from './signature/schemes.ts';
import { createVerify, type Verified, type Verify } from './signature/verify.ts';
import { type MapContext, type Mapped, type Mapping, type Source, sourceName } from './sources.ts';

export interface WebhookOptions extends AcceptOptions {
  /** Reads a class through the cache, for a mapping that looks something up. */
  readonly read: <P extends Params, V>(c: Context<EdgeEnv>, cls: DataClass<P, V>, params: P) => Promise<V>;
}

/** `POST /:source` for each of the sources: 202, or why not. Mount it at `/hooks`. */
export function hookRoutes(
  strategy: Strategy,
  sources: Readonly<Record<string, Source>>,
  { eager, read }: WebhookOptions,
): Hono<EdgeEnv> {
  mustFit(strategy, sources);
  const verifierOf = createVerifiers();
  const app = new Hono<EdgeEnv>();

  app.post('/:source', async (c) => {
    const name = c.req.param('source');
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
    if (!source) throw new Problem('not-found');
    const edge = edgeRequestOf(c);
    edge.logged = { source: name };
    const body = await bodyOf(edge, c.req.raw, bounds.hookBytes);
    const verified = await verifierOf(edge.isolate, c.env, name, source)(c.req.raw.headers, body);
    if (verified.is === 'refused') {
      edge.notes.events.add('hook-refused');
      throw new Problem('unauthenticated', { why: `webhook ${name}: ${verified.why}` });
    }
    edge.logged = { source: name, hook_event: verified.type?.slice(0, 64), event_id: verified.event?.id };
    const mapping = mappingOf(source, verified.type);
    if (!mapping) return ignored(c, name, 'type');
    const meant = await mapped(edge, mapping, verified, contextOf(c, read));
    if (meant === null) return ignored(c, name, 'event');
    const { tenant } = meant;
    if (tenant === null && needsTenant(strategy, mapping)) return ignored(c, name, 'tenant');
    const order = orderOfEvent(edge, strategy, mapping, meant, {
      source: name,
      eventId: verified.event?.id ?? null,
      id: await purgeIdOf(name, verified.event, body, edge.isolate.nonce),
    });
    edge.logged = { ...edge.logged, purge_id: order.id, tenant: tenant ?? undefined };
    const accepted = await accept(edge, order, { eager });
    if (accepted === null)
      throw new Problem('not-accepted', { headers: { 'Retry-After': '5' }, why: 'neither queue nor store' });
    return c.json({ purge_id: order.id }, 202);
  });
  return app;
}

/** Keys are imported once for each isolate. */
function createVerifiers() {
  const ofIsolate = new WeakMap<Isolate, Map<string, Verify>>();
  return (isolate: Isolate, env: EdgeEnv['Bindings'], name: string, source: Source): Verify => {
    const known = ofIsolate.get(isolate) ?? new Map<string, Verify>();
    ofIsolate.set(isolate, known);
    let verify = known.get(name);
    if (!verify) {
      const scheme = typeof source.scheme === 'string' ? schemes[source.scheme] : source.scheme;
      verify = createVerify(scheme, hookSecrets(env, name, scheme), isolate.clock.now);
      known.set(name, verify);
    }
    return verify;
  };
}

const mappingOf = ({ events }: Source, type: string | null): Mapping | undefined =>
  type !== null && Object.hasOwn(events, type) ? events[type] : undefined;

const needsTenant = ({ events }: Strategy, { event }: Mapping) =>
  (events[event]!.whose ?? 'tenant') === 'tenant';

/** Nobody of another name can be verified at the edge, so that nothing is kept for him. */
function mustBeNames(
  edge: EdgeRequest,
  names: Readonly<Record<'tenant' | 'users', readonly string[]>>,
): void {
  const wrong = Object.entries(names).filter(([, all]) => !all.every(isIdentityField));
  const detail = 'is not a name: printable ASCII, 1 to 256 characters';
  if (wrong.length > 0)
    throw invalid(
      edge,
      wrong.map(([field]) => ({ field, detail })),
    );
}

/** A valid sender's event that means nothing to us: answered with success, or it would be sent forever. */
function ignored(c: Context<EdgeEnv>, source: string, why: 'type' | 'event' | 'tenant'): Response {
  const edge = edgeRequestOf(c);
  // A tenant that we do not know may be one that somebody forgot to map: worth a look.
  if (why === 'tenant') edge.notes.events.add('hook-tenant-unknown');
  edge.logged = { ...edge.logged, ignored: why };
  const { store, names } = edge.isolate;
  edge.waitUntil(store.receipts.count(names.count(`hook-ignored:${source}`)).catch(() => {}));
  return c.json({ ignored: why }, 202);
}

async function mapped(
  edge: EdgeRequest,
  { shape, map }: Mapping,
  { payload }: Verified,
  context: MapContext,
) {
  if (payload === undefined) throw invalid(edge, [{ field: 'body', detail: 'is not JSON in UTF-8' }]);
  const parsed = await shape.safeParseAsync(payload);
  if (!parsed.success) throw invalid(edge, fieldsOf(parsed.error, 'body'));
  return map(parsed.data, context);
}

function contextOf(c: Context<EdgeEnv>, read: WebhookOptions['read']): MapContext {
  const edge = edgeRequestOf(c);
  return {
    async find(cls, params) {
      // Whoever is named by a header of the webhook has nothing to say here: nobody signed that.
      if (cls.scope !== 'public')
        throw new TypeError(`find(${cls.name}): a mapping reads classes of scope 'public' alone`);
      try {
        return await read(c, cls, params);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (error.status === 404) return null;
        if (error.code === 'invalid-request') throw invalid(edge, [...(error.options.errors ?? [])]);
        // Whatever it was, it is not the sender's fault, and may be over when it sends again.
        throw new Problem('not-accepted', {
          headers: { 'Retry-After': '5' },
          why: `${cls.name}: ${error.options.why ?? error.code}`,
        });
      } finally {
        // The answer is about the webhook, not about what it had to look up.
        delete edge.className;
        delete edge.outcome;
      }
    },
  };
}

/** What the event purges, as an order; a `Problem` where the queue would refuse it: a tag that came out empty, or without end. */
function orderOfEvent(
  edge: EdgeRequest,
  { events, purgesOf }: Strategy,
  { event }: Mapping,
  { tenant, payload }: Mapped<unknown>,
  from: Pick<PurgeOrder, 'id' | 'source' | 'eventId'>,
): PurgeOrder {
  const parsed = events[event]!.payload.safeParse(payload);
  if (!parsed.success) throw invalid(edge, fieldsOf(parsed.error, 'payload'));
  const purges = purgesOf(event, parsed.data as Params);
  mustBeNames(edge, { tenant: tenant === null ? [] : [tenant], users: purges.users });
  const order = orderOf({
    ...purges,
    ...from,
    tenant: purges.whose === 'tenant' ? tenant : null,
    acceptedMs: edge.isolate.clock.now(),
  });
  const fit = purgeOrder.safeParse(order);
  if (!fit.success) throw invalid(edge, fieldsOf(fit.error, 'payload'));
  return order;
}

const fieldsOf = ({ issues }: z.ZodError, whole: string) =>
  issues.slice(0, 20).map(({ path, message }) => ({ field: path.join('.') || whole, detail: message }));

function invalid(edge: EdgeRequest, errors: { field: string; detail: string }[]): Problem {
  edge.notes.events.add('hook-malformed');
  return new Problem('unprocessable', { errors });
}

/** A wrong definition does not start. */
function mustFit(strategy: Strategy, sources: Readonly<Record<string, Source>>): void {
  for (const [name, { events }] of Object.entries(sources)) {
    if (!sourceName.test(name))
      throw new TypeError(`webhooks: name the source ${JSON.stringify(name)} with a-z 0-9, separated by -`);
    for (const [type, { event }] of Object.entries(events)) {
      if (!Object.hasOwn(strategy.events, event))
        throw new TypeError(
          `webhooks: ${name} maps ${type} to '${event}', which is no event of the strategy`,
        );
    }
  }
}
