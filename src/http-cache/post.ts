import { type ReadFirst, readFirst } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { generationMsOf } from '../engine/lease.ts';
import { decide } from '../engine/rollout.ts';
import { callStore } from '../engine/store-call.ts';
import { freshnessOf, governing } from '../http/freshness.ts';
import { isOfTarget } from '../http/invalidation.ts';
import { isCondition } from '../http/request-headers.ts';
import { tagsNamedBy } from '../http/tags.ts';
import { captureOf } from '../store/generation.ts';
import type { WriteToStore } from '../store/port.ts';
import { encodeEntry } from '../store/wire.ts';
import { completeResponse, lifeMsOf, refusalOf, type Unstorable } from './entry.ts';
import { memoryOf } from './memory.ts';
import { groupTag, type HttpRoute } from './options.ts';
import { type OriginResponse, originsNamed, originUrlOf, patienceFor } from './origin.ts';
import type { ClientRequest } from './request.ts';
import { type HttpSubject, parseRule, variantOf, writeRule } from './variants.ts';

/*
 * RFC 9110 §9.3.3: the answer to a POST that is its target's new representation, and says for how long, answers later GETs. The
 * script of its own purge stores it, under the generations which that makes, if there was no other purge since these were
 * captured, which was before the POST was sent.
 */

export interface BeforePost {
  /** By name; null: there was none. */
  readonly generations: ReadonlyMap<string, string | null>;
  readonly last: string | null;
  /** How the URI's entries are told apart, as Redis has it. */
  readonly rule: string | null;
}

/**
 * Why the answer to a POST is not stored. `uncaptured`: nothing was looked up before it was sent; `too-slow`: it was not complete soon;
 * `purged`: another purge came between.
 */
export type PostRefusal = Unstorable | 'uncaptured' | 'too-slow' | 'purged';

/** Looked up and not leased: most of what is posted to is never read. A refusal: nothing will be stored. Null: it is no POST, or the cache does not answer. */
export async function captureBefore(
  context: Context,
  route: HttpRoute,
  request: ClientRequest,
): Promise<BeforePost | PostRefusal | null> {
  const { isolate } = context;
  if (request.method !== 'POST') return null;
  if (decide(context, route.cls, request.target).mode !== 'on') return null;
  // No key has what these are sent with: under `keyed` all that their client says.
  if (route.inputs === 'keyed' || request.headers.some(([name]) => isCondition(name))) return 'unkeyed';
  if (request.directives.noStore) return 'no-store';
  if (memoryOf(isolate).isUnstorable(postKey(route, request), isolate.clock.now())) return 'uncaptured';
  const subject = await variantOf(context, route, request.target, []);
  const { fullKey, generationNames, lastName } = subject.names;
  const ruleName = await isolate.names.rule(route.cls.name, fullKey);
  const values = await callStore(context, () =>
    isolate.store.lookup([ruleName, lastName!, ...generationNames]),
  );
  if (!values) return 'uncaptured';
  const [rule = null, last = null, ...present] = values;
  const capturedOf = (value: string | null | undefined) => (value ? captureOf(value) : null);
  const generations = new Map(generationNames.map((name, i) => [name, capturedOf(present[i])]));
  const found = { generations, last, rule };
  return isInUse(context, route, found) ? found : takenIntoUse(context, subject, found);
}

/** What all URIs share: by `last` is judged what only this one has, and by its own generation what is purged for all tenants. */
const sharedNames = ({ isolate: { names } }: Context, { cls }: HttpRoute) => [
  names.implicit.tenant(null),
  names.implicit.class(null, cls.name),
  names.implicit.everywhere(cls.name),
];

const isInUse = (context: Context, route: HttpRoute, { generations, last }: BeforePost) =>
  last !== null && sharedNames(context, route).every((name) => generations.get(name));

/** Where nothing was read yet, what all URIs share is made, as a read does. */
async function takenIntoUse(
  context: Context,
  { route, names, className, lifeMs }: HttpSubject,
  { generations, rule }: BeforePost,
): Promise<BeforePost | 'uncaptured'> {
  const { isolate } = context;
  const lock = await isolate.names.lock(className, names.fullKey);
  const shared = sharedNames(context, route);
  const leased = await callStore(
    context,
    () =>
      isolate.store.lease({
        key: names.key,
        lock,
        generationNames: shared,
        lastName: names.lastName!,
        token: isolate.nonce(),
        takeLock: false,
        lockMs: 0,
        generationMs: generationMsOf(context, lifeMs),
      }),
    { span: 'lease' },
  );
  if (!leased) return 'uncaptured';
  const made = shared.map((name, i): [string, string | null] => [name, leased.generations[i]!]);
  return { generations: new Map([...generations, ...made]), last: leased.last, rule };
}

/** An answer as far as it was read before its purge. */
export interface PostRead {
  /** Undefined: nothing of it. */
  readonly first?: ReadFirst;
  readonly entryToStore?: WriteToStore;
  /** Why it is not stored, though it says that it is for GETs. */
  readonly refused?: PostRefusal;
}

/** One that is passed on as it comes is not stored. */
export async function readPost(
  context: Context,
  route: HttpRoute,
  request: ClientRequest,
  answer: OriginResponse,
  before: BeforePost | PostRefusal | null,
): Promise<PostRead> {
  if (before === null) return {};
  const { clock, bounds } = context.isolate;
  const isForGets = saysForGets(context, route, request, answer);
  const ofHead = answer.isLive ? 'live' : refusalOf(request, route, answer);
  const isStorable = isForGets && ofHead === null;
  // What the next POST may expect.
  if (typeof before !== 'string' || (isStorable && before === 'uncaptured')) {
    const untilMs = isStorable ? null : clock.now() + bounds.unstorableMs;
    memoryOf(context.isolate).setUnstorable(postKey(route, request), untilMs);
  }
  if (!isForGets) return {};
  if (ofHead !== null) return { refused: ofHead };
  if (typeof before === 'string') return { refused: before };
  const patience = { ...patienceFor(context, answer), ms: bounds.valueReadFirstMs };
  const first = await readFirst(clock, answer, patience);
  if (first.is === 'truncated') return { first };
  if (first.is === 'more') return { first, refused: first.isSlow ? 'too-slow' : 'too-large' };
  if (first.bytes.length > route.cls.maxBytes) return { first, refused: 'too-large' };
  const entryToStore = await entryOf(context, route, request, answer, before, first.bytes);
  return entryToStore ? { first, entryToStore } : { first, refused: 'unkeyed' };
}

/** In the isolate's memory of what could not be stored, beside that of reads. */
const postKey = ({ cls }: HttpRoute, { target }: ClientRequest) => `${cls.name} post ${target}`;

/** RFC 9110 §9.3.3. */
function saysForGets(
  context: Context,
  route: HttpRoute,
  request: ClientRequest,
  answer: OriginResponse,
): boolean {
  const { status, fields, responseMs } = answer;
  const { explicit, expiresMs } = freshnessOf(answer, governing(fields));
  const origins = originsNamed(context, route, request.url);
  return status === 200 && explicit && expiresMs > responseMs && isOfTarget(request.target, fields, origins);
}

async function entryOf(
  context: Context,
  route: HttpRoute,
  request: ClientRequest,
  answer: OriginResponse,
  { generations, last, rule }: BeforePost,
  bytes: Uint8Array,
): Promise<WriteToStore | undefined> {
  const { names } = context.isolate;
  const toComplete = { headers: answer.headers, bytes, names: [], known: parseRule(rule) };
  const { subject, draft } = await completeResponse(context, route, request, answer, toComplete);
  // GETs would look for it elsewhere.
  if (writeRule(draft.selecting!.map(([name]) => name)) !== (rule ?? '')) return undefined;
  const lifeMs = lifeMsOf(answer, draft.ttlMs, route.siePlainMs);
  const tags = tagsNamedBy(answer.fields, groupTag(originUrlOf(context, route)));
  const late = await Promise.all(tags.map((tag) => names.tag(null, tag)));
  const all = new Set([...generations.keys(), ...late]);
  return {
    key: subject.names.key,
    captured: [...all].map((name) => [name, generations.get(name) ?? '']),
    ...(last !== null && { capturedLast: last }),
    entryParts: (await encodeEntry(draft)).parts,
    lifeMs,
    generationMs: generationMsOf(context, lifeMs),
  };
}
