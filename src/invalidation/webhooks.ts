import { type Context, Hono } from 'hono';
import type * as z from 'zod';
import { bounds } from '../bounds.ts';
import { cacheOf, contextFor, type EdgeEnv } from '../classes/route.ts';
import type { Isolate } from '../engine/context.ts';
import { Problem } from '../http/problem.ts';
import { isIdentityField } from '../identity/fields.ts';
import type { Params } from '../strategy/data-class.ts';
import type { Strategy } from '../strategy/define.ts';
import { orderOf, purgeOrder } from '../strategy/purge-order.ts';
import { type AcceptOptions, accept } from './accept.ts';
import { bodyOf } from './body.ts';
import { purgeIdOf } from './purge-id.ts';
import { schemes } from './signature/schemes.ts';
import { readSecret } from './signature/secrets.ts';
import { createVerify, type Verified, type Verify } from './signature/verify.ts';
import { type MapContext, type Mapping, type Source, secretNameOf, sourceName } from './sources.ts';

/** `POST /:source` for each of the sources: 202, or why not. Mount it at `/hooks`. */
export function webhooks(
  strategy: Strategy,
  sources: Readonly<Record<string, Source>>,
  { eager = true }: Partial<AcceptOptions> = {},
): Hono<EdgeEnv> {
  mustFit(strategy, sources);
  const verifiers = new WeakMap<Isolate, Map<string, Verify>>();
  const app = new Hono<EdgeEnv>();

  app.post('/:source', async (c) => {
    const name = c.req.param('source');
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
    if (!source) throw new Problem('not-found');
    const edge = c.get('edge');
    edge.about = { source: name };
    const body = await bodyOf(c, bounds.hookBytes);
    const verified = await verifierOf(c, name, source)(c.req.raw.headers, body);
    if (verified.is === 'refused') {
      edge.notes.events.add('hook-refused');
      throw new Problem('unauthenticated', { why: `webhook ${name}: ${verified.why}` });
    }
    edge.about = { source: name, hook_event: verified.type?.slice(0, 64), event_id: verified.event?.id };
    const mapping = mappingOf(source, verified.type);
    if (!mapping) return ignored(c, name, 'type');
    const meant = await mapped(c, mapping, verified);
    if (meant === null) return ignored(c, name, 'event');
    const { tenant, payload } = meant;
    if (tenant === null && needsTenant(strategy, mapping)) return ignored(c, name, 'tenant');
    const purges = strategy.purgesOf(mapping.event, eventPayload(c, strategy, mapping.event, payload));
    mustBeNames(c, { tenant: tenant === null ? [] : [tenant], users: purges.users });
    const { isolate } = edge;
    const order = orderOf({
      ...purges,
      id: await purgeIdOf(name, verified.event, body, isolate.nonce),
      source: name,
      eventId: verified.event?.id ?? null,
      tenant: purges.whose === 'tenant' ? tenant : null,
      acceptedMs: isolate.clock.now(),
    });
    // What the queue would refuse must not be taken on: a tag that came out empty, or without end.
    const fit = purgeOrder.safeParse(order);
    if (!fit.success) throw invalid(c, fieldsOf(fit.error, 'payload'));
    edge.about = { ...edge.about, purge_id: order.id, tenant: tenant ?? undefined };
    const accepted = await accept(contextFor(c), order, { eager });
    if (accepted === null)
      throw new Problem('not-accepted', { headers: { 'Retry-After': '5' }, why: 'neither queue nor store' });
    return c.json({ purge_id: order.id }, 202);
  });
  return app;

  /** Keys are imported once for each isolate. */
  function verifierOf(c: Context<EdgeEnv>, name: string, source: Source): Verify {
    const { isolate, secretsOf } = c.get('edge');
    const known = verifiers.get(isolate) ?? new Map<string, Verify>();
    verifiers.set(isolate, known);
    let verify = known.get(name);
    if (!verify) {
      verify = createVerify(schemeOf(source), secretsFor(name, source, secretsOf), isolate.clock.now);
      known.set(name, verify);
    }
    return verify;
  }
}

const schemeOf = ({ scheme }: Source) => (typeof scheme === 'string' ? schemes[scheme] : scheme);

function secretsFor(
  name: string,
  source: Source,
  secretsOf: (source: string) => readonly string[],
): Uint8Array<ArrayBuffer>[] {
  const setting = `HOOK_SECRET_${secretNameOf(name).toUpperCase()}`;
  const mend = `set it with 'wrangler secret put ${setting}'`;
  const texts = secretsOf(secretNameOf(name));
  if (texts.length === 0) throw new Problem('misconfigured', { why: `${setting} is missing; ${mend}` });
  if (texts.length > bounds.hookSecrets)
    throw new Problem('misconfigured', {
      why: `${setting} holds more than ${bounds.hookSecrets} secrets, parted by commas; ${mend}`,
    });
  return texts.map((text, i) => {
    const secret = readSecret(schemeOf(source), text);
    if (secret instanceof Uint8Array) return secret;
    throw new Problem('misconfigured', { why: `${setting}: secret ${i + 1} ${secret.fault}; ${mend}` });
  });
}

const mappingOf = ({ events }: Source, type: string | null): Mapping | undefined =>
  type !== null && Object.hasOwn(events, type) ? events[type] : undefined;

const needsTenant = ({ events }: Strategy, { event }: Mapping) =>
  (events[event]!.whose ?? 'tenant') === 'tenant';

/** Nobody of another name can be verified at the edge, so that nothing is kept for him. */
function mustBeNames(
  c: Context<EdgeEnv>,
  names: Readonly<Record<'tenant' | 'users', readonly string[]>>,
): void {
  const wrong = Object.entries(names).filter(([, all]) => !all.every(isIdentityField));
  const detail = 'is not a name: printable ASCII, 1 to 256 characters';
  if (wrong.length > 0)
    throw invalid(
      c,
      wrong.map(([field]) => ({ field, detail })),
    );
}

/** A valid sender's event that means nothing to us: answered with success, or it would be sent for ever. */
function ignored(c: Context<EdgeEnv>, source: string, why: 'type' | 'event' | 'tenant'): Response {
  const { notes } = c.get('edge');
  // A tenant that we do not know may be one that somebody forgot to map: worth a look.
  if (why === 'tenant') notes.events.add('hook-tenant-unknown');
  c.get('edge').about = { ...c.get('edge').about, ignored: why };
  count(c, `hook-ignored:${source}`);
  return c.json({ ignored: why }, 202);
}

function count(c: Context<EdgeEnv>, name: string): void {
  const { isolate, waitUntil } = c.get('edge');
  waitUntil(isolate.store.receipts.count(isolate.names.count(name)).catch(() => {}));
}

async function mapped(c: Context<EdgeEnv>, { shape, map }: Mapping, { payload }: Verified) {
  if (payload === undefined) throw invalid(c, [{ field: 'body', detail: 'is not JSON in UTF-8' }]);
  const parsed = await shape.safeParseAsync(payload);
  if (!parsed.success) throw invalid(c, fieldsOf(parsed.error, 'body'));
  return map(parsed.data, contextOf(c));
}

function contextOf(c: Context<EdgeEnv>): MapContext {
  const edge = c.get('edge');
  return {
    async find(cls, params) {
      // Whoever is named by a header of the webhook has nothing to say here: nobody signed that.
      if (cls.scope !== 'public')
        throw new TypeError(`find(${cls.name}): a mapping reads classes of scope 'public' alone`);
      try {
        return await cacheOf(c).read(cls, params);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (error.status === 404) return null;
        if (error.code === 'invalid-request') throw invalid(c, [...(error.options.errors ?? [])]);
        // Whatever it was, it is not the sender's fault, and may be over when it sends again.
        throw new Problem('not-accepted', {
          headers: { 'Retry-After': '5' },
          why: `${cls.name}: ${error.options.why ?? error.code}`,
        });
      } finally {
        // The answer is about the webhook, not about what it had to look up.
        delete edge.cls;
        delete edge.outcome;
      }
    },
  };
}

function eventPayload(c: Context<EdgeEnv>, { events }: Strategy, event: string, payload: unknown): Params {
  const parsed = events[event]!.payload.safeParse(payload);
  if (!parsed.success) throw invalid(c, fieldsOf(parsed.error, 'payload'));
  return parsed.data as Params;
}

const fieldsOf = ({ issues }: z.ZodError, whole: string) =>
  issues.slice(0, 20).map(({ path, message }) => ({ field: path.join('.') || whole, detail: message }));

function invalid(c: Context<EdgeEnv>, errors: { field: string; detail: string }[]): Problem {
  c.get('edge').notes.events.add('hook-malformed');
  return new Problem('unprocessable', { errors });
}

/** A wrong definition does not start. */
function mustFit(strategy: Strategy, sources: Readonly<Record<string, Source>>): void {
  for (const [name, { events }] of Object.entries(sources)) {
    if (!sourceName.test(name))
      throw new TypeError(`webhooks: name the source ${JSON.stringify(name)} with a-z 0-9, parted by -`);
    for (const [type, { event }] of Object.entries(events)) {
      if (!Object.hasOwn(strategy.events, event))
        throw new TypeError(
          `webhooks: ${name} maps ${type} to '${event}', which is no event of the strategy`,
        );
    }
  }
}
