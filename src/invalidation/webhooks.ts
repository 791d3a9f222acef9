import { type Handler, Hono, type Context as HonoContext } from 'hono';
import { bounds } from '../bounds.ts';
import { readBody } from '../engine/client-body.ts';
import type { Isolate } from '../engine/context.ts';
import { orderOfEvent } from '../engine/event-order.ts';
import { type EdgeEnv, type EdgeRequest, edgeRequestOf, type LogFields } from '../engine/request.ts';
import { Problem, type ProblemOptions } from '../http/problem.ts';
import type { Strategy } from '../strategy/define.ts';
import { tooDeep } from '../strategy/depth.ts';
import { fieldErrors } from '../strategy/field-errors.ts';
import { inOurWords } from '../strategy/says.ts';
import { didYouMean } from '../strategy/strategy-error.ts';
import type { DataClass, Params } from '../strategy/types.ts';
import { type AcceptOptions, acceptPurge } from './accept.ts';
import { hookSecrets } from './hook-secrets.ts';
import { purgeIdOf } from './purge-id.ts';
import { schemes } from './signature/schemes.ts';
import { createVerify, type Verify } from './signature/verify.ts';
import { type MapContext, type Mapped, type Mapping, type Source, sourceName } from './sources.ts';

export interface WebhookOptions extends AcceptOptions {
  /** Reads a class through the cache, for a mapping that looks something up. */
  readonly read: <P extends Params, V>(
    c: HonoContext<EdgeEnv>,
    cls: DataClass<P, V>,
    params: P,
  ) => Promise<V>;
}

/** What the route was made of: its handler carries it, so that whoever lists the routes knows who sends webhooks. */
export interface HookSources {
  readonly hookSources: Readonly<Record<string, Source>>;
}

/** `POST /:source` for each of the sources: 202, or a problem. Mount it at `/hooks`. */
export function hookRoutes(
  strategy: Strategy,
  sources: Readonly<Record<string, Source>>,
  { eager, read }: WebhookOptions,
): Hono<EdgeEnv> {
  mustFit(strategy, sources);
  const receivers = new Map(Object.entries(sources).map((named) => [named[0], createReceiver(...named)]));
  const app = new Hono<EdgeEnv>();

  const receive: Handler<EdgeEnv, '/:source'> = async (c) => {
    const name = c.req.param('source');
    const receiver = receivers.get(name);
    if (!receiver) throw new Problem('not-found');
    const edge = edgeRequestOf(c);
    edge.logged = { source: name };
    const body = await readBody(edge, c.req.raw, bounds.hookBytes);
    const verified = await receiver.verifierOf(edge.isolate, c.env)(c.req.raw.headers, body);
    if (verified.is === 'refused') {
      edge.notes.noted.add('hook-refused');
      throw new Problem('unauthenticated', { why: `webhook ${name}: ${verified.why}` });
    }
    const { type, event, payload } = verified;
    edge.logged = { source: name, hook_event: type?.slice(0, 64), event_id: event?.id };
    const mapping = receiver.mappings.get(type);
    if (!mapping) return ignoreEvent(c, name, 'type');
    const mapped = await mapPayload(edge, mapping, payload, mapContextOf(c, read));
    if (mapped === null) return ignoreEvent(c, name, 'event');
    const { tenant } = mapped;
    const { whose = 'tenant' } = strategy.events[mapping.event]!;
    if (tenant === null && whose === 'tenant') return ignoreEvent(c, name, 'tenant');
    const told = await orderOfEvent(
      edge,
      strategy,
      { event: mapping.event, ...mapped },
      {
        source: name,
        eventId: event?.id ?? null,
        id: await purgeIdOf(name, event, body, edge.isolate.nonce),
      },
    );
    if ('errors' in told) throw unprocessable(edge, told.errors);
    const { order } = told;
    if (order === null) return ignoreEvent(c, name, 'event');
    edge.logged = { ...edge.logged, purge_id: order.id, tenant: tenant ?? undefined };
    await acceptPurge(edge, order, { eager });
    return c.json({ purge_id: order.id }, 202);
  };
  return app.post('/:source', Object.assign(receive, { hookSources: sources } satisfies HookSources));
}

/** What receives the webhooks of one source. Its keys are imported once for each isolate. */
function createReceiver(name: string, { scheme: named, events }: Source) {
  const scheme = typeof named === 'string' ? schemes[named] : named;
  const known = new WeakMap<Isolate, Verify>();
  return {
    mappings: new Map<string | null, Mapping>(Object.entries(events)),
    verifierOf(isolate: Isolate, env: EdgeEnv['Bindings']): Verify {
      const verify =
        known.get(isolate) ?? createVerify(scheme, hookSecrets(env, name, scheme), isolate.clock.now);
      known.set(isolate, verify);
      return verify;
    },
  };
}

/** Answers a valid sender's event that means nothing to us with success, or it would be sent forever. */
function ignoreEvent(
  c: HonoContext<EdgeEnv>,
  source: string,
  ignored: NonNullable<LogFields['ignored']>,
): Response {
  const edge = edgeRequestOf(c);
  // A tenant that we do not know may be one that somebody forgot to map: worth a look.
  if (ignored === 'tenant') edge.notes.noted.add('hook-tenant-unknown');
  edge.logged = { ...edge.logged, ignored };
  const { store, names } = edge.isolate;
  edge.waitUntil(store.receipts.count(names.count(`hook-ignored:${source}`)).catch(() => {}));
  return c.json({ ignored }, 202);
}

async function mapPayload(
  edge: EdgeRequest,
  { shape, map }: Mapping,
  payload: unknown,
  context: MapContext,
): Promise<Mapped<unknown> | null> {
  if (payload === undefined) throw unprocessable(edge, [{ field: 'body', detail: 'is not JSON in UTF-8' }]);
  const deep = tooDeep(payload, 'body');
  if (deep) throw unprocessable(edge, deep);
  const { data, error } = await shape.safeParseAsync(payload, inOurWords);
  if (error) throw unprocessable(edge, fieldErrors(error, 'body', payload));
  return map(data, context);
}

function mapContextOf(c: HonoContext<EdgeEnv>, read: WebhookOptions['read']): MapContext {
  const edge = edgeRequestOf(c);
  return {
    async find(cls, params) {
      // The identity that a header of the webhook names does not count: nobody signed that.
      if (cls.scope !== 'public')
        throw new TypeError(`find(${cls.name}): a mapping reads classes of scope 'public' alone`);
      try {
        return await read(c, cls, params);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (error.status === 404) return null;
        if (error.code === 'invalid-request') throw unprocessable(edge, error.options.errors);
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

function unprocessable(edge: EdgeRequest, errors: ProblemOptions['errors'] = []): Problem {
  edge.notes.noted.add('hook-malformed');
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
          `webhooks: ${name} maps ${type} to '${event}', which is no event of the strategy; add it to events${didYouMean(event, Object.keys(strategy.events))}`,
        );
    }
  }
}
