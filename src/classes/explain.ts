import type { Context } from '../engine/context.ts';
import {
  type Access,
  type Explained,
  type InRedis,
  lookPastL1,
  type NextRead,
  nextSwitched,
  seenOf,
  type WouldFetch,
} from '../engine/explain.ts';
import { type Found, lookupAll } from '../engine/lookup.ts';
import { addCalls, observing } from '../engine/observe.ts';
import { decide } from '../engine/rollout.ts';
import { forwarded, problemOf } from '../engine/served.ts';
import { cacheStatusHeader } from '../http/cache-status.ts';
import { Problem } from '../http/problem.ts';
import { identityOf } from '../identity/fields.ts';
import type { Identity } from '../identity/identity.ts';
import { switchedFor } from '../rollout/switched.ts';
import { readsOf } from '../strategy/access.ts';
import { readKey } from '../strategy/key.ts';
import type { DataClass, Params } from '../strategy/types.ts';
import { statusFor } from './answer.ts';
import { paramsOf } from './params.ts';
import { admit, mustBeVerified, namedRule } from './read.ts';
import type { ClassRoute } from './route.ts';
import { causeOf, servedAtOnce, servedMeanwhile, toldOfFailure } from './serve.ts';
import { type ClassSubject, subjectOf } from './subject.ts';
import { entryValue } from './value.ts';

/** Why a read of this route would be answered as it would be, by the steps that it takes: parameters, access, look-up, judgement. */
export async function explainClass(
  context: Context,
  { cls, sources }: Pick<ClassRoute, 'cls' | 'sources'>,
  c: Parameters<typeof paramsOf>[0],
  identity: Identity | null,
): Promise<Explained> {
  const who = cls.scope === 'public' ? null : identity;
  const watching = observing(context, who);
  let params: Params | null = null;
  try {
    params = paramsOf(c, cls, sources, who);
    mustBeVerified(watching, cls);
    return await explainSubject(watching, cls, params, c.req.raw);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return refusedAs(cls, params, error);
  } finally {
    addCalls(context, watching);
  }
}

/** Why a read of this full key would be answered as it would be, to whoever may read it; null: it is no key that the class has now. */
export async function explainClassKey(
  context: Context,
  cls: DataClass,
  fullKey: string,
): Promise<Explained | null> {
  const { prefix } = context.isolate.names;
  const read = readKey(cls, fullKey.slice(prefix.length));
  if (!read || (read.tenant === null) !== (cls.scope === 'public')) return null;
  const { tenant, user, params } = read;
  // Where the key has no user, none is looked at.
  const named = tenant === null ? null : { tenant, user: user ?? '-', roles: [] };
  const identity = named && (await identityOf(named).catch(() => null));
  if (named && !identity) return null;
  const watching = observing(context, identity);
  const { names } = await subjectOf(watching, cls, params);
  if (names.fullKey !== fullKey) return null;
  const explained = await explainSubject(watching, cls, params, null);
  addCalls(context, watching);
  return explained;
}

function refusedAs(cls: DataClass, params: Params | null, problem: Problem): Explained {
  const mayRead = params === null ? null : false;
  return {
    className: cls.name,
    next: { className: cls.name, error: problem },
    status: problem.status,
    seen: null,
    params,
    access: { rule: namedRule(cls), mayRead, ...(params && { why: problem.options.why }) },
    wouldFetch: null,
    remarks: [],
  };
}

/** `request`: as the context's identity asks it; null: nobody does, and the access rule is left open. */
async function explainSubject(
  context: Context,
  cls: DataClass,
  params: Params,
  request: Request | null,
): Promise<Explained> {
  const subject = await subjectOf(context, cls, params);
  const inputsOf = readsOf(cls.access).map((it) => subjectOf(context, it, {}, undefined, true));
  // In every mode: what the cache would say is told too.
  const { found: all } = await lookupAll(context, [subject, ...(await Promise.all(inputsOf))]);
  const [found, ...inputs] = all;
  const redis = await lookPastL1(context, subject);
  const { flags } = context.isolate;
  const switched = switchedFor(flags, cls, context.identity, subject.names.fullKey);
  const { access, problem } = request
    ? await accessOf(context, cls, params, inputs)
    : { access: { rule: namedRule(cls), mayRead: null, why: 'a key does not say who asks' } };
  const byCache = nextClassOf(context, found!, redis);
  const served = nextSwitched(switched) ?? byCache;
  // Where another has filled it since, that is what is served.
  const shown = byCache.is === 'entry' && byCache.entry === redis.found.entry ? redis.found : found!;
  const afterwards = nextClassOf(context, redis.found, redis).outcome;
  const next = problem ? { error: problem } : endOf(served);
  return {
    className: cls.name,
    next: { className: cls.name, ...next },
    status: next.error?.status ?? statusServed(served, cls, request),
    seen: seenOf(context, shown, redis, (entry, nowMs) => Math.max(0, nowMs - entry.fetchedMs), afterwards),
    switched,
    ...(served !== byCache && { byCache: byCache.outcome }),
    params,
    access,
    wouldFetch: wouldFetch(subject),
    remarks: request ? inputs.map((it) => remarkOn(context, it)) : [],
  };
}

function nextClassOf(
  { isolate: { clock } }: Context,
  found: Found<ClassSubject>,
  { found: inRedis, lock }: InRedis<ClassSubject>,
): NextRead {
  const served = servedAtOnce(found);
  if (served) return served;
  if (found.is !== 'unknown') {
    const isFilled = inRedis.is === 'fresh' && inRedis.entry.fillToken !== found.entry?.fillToken;
    if (isFilled) return servedMeanwhile(inRedis.entry, clock.now());
    if (lock.state === 'failed') return toldOfFailure(found, lock.failure!);
  }
  // Who comes while another fetches it waits for that.
  const collapsed = found.is !== 'unknown' && lock.state === 'held';
  return { is: 'fetch', outcome: forwarded({ ...causeOf(found), collapsed }) };
}

const statusServed = (served: NextRead, cls: DataClass, request: Request | null): number | null => {
  if (served.is !== 'entry') return null;
  return request ? statusFor(request, cls, served.entry) : served.entry.status;
};

const endOf = (served: NextRead) => ({
  outcome: served.outcome,
  ...(served.is === 'problem' && { error: problemOf(served) }),
});

/** The rule by what is stored: a value that would have to be fetched leaves it open. */
async function accessOf(
  context: Context,
  cls: DataClass,
  params: Params,
  inputs: readonly Found<ClassSubject>[],
): Promise<{ readonly access: Access; readonly problem?: Problem }> {
  const rule = namedRule(cls);
  const values: unknown[] = [];
  for (const input of inputs) {
    const served = isOn(context, input) ? servedAtOnce(input) : null;
    const { className } = input.subject;
    if (!served)
      return { access: { rule, mayRead: null, why: `the rule reads ${className}, which would be fetched` } };
    values.push(await entryValue(input.subject.cls, served.entry));
  }
  try {
    admit(context, cls, params, values);
    return { access: { rule, mayRead: true } };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { access: { rule, mayRead: false, why: error.options.why }, problem: error };
  }
}

function wouldFetch({ cls, params, owner }: ClassSubject): WouldFetch {
  if (cls.read === 'cache-aside') return { by: 'loader' };
  return { by: 'origin', method: 'GET', path: cls.originPath(params, owner ?? { tenant: '', user: '' }) };
}

const isOn = (context: Context, { subject: { cls, names } }: Found<ClassSubject>): boolean =>
  decide(context, cls, names.fullKey).mode === 'on';

function remarkOn(context: Context, input: Found<ClassSubject>): string {
  const { detail } = decide(context, input.subject.cls, input.subject.names.fullKey);
  const byCache = () => servedAtOnce(input)?.outcome ?? forwarded(causeOf(input));
  const outcome = detail ? forwarded({ fwd: 'bypass', detail }) : byCache();
  return `the access rule reads ${input.subject.className}: ${cacheStatusHeader(outcome).replace('Stillfresh; ', '')}`;
}
