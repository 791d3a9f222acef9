import { type ReadFirst, readFirst } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import { generationMsOf } from '../engine/lease.ts';
import { callStore } from '../engine/store-call.ts';
import { freshnessOf, governing } from '../http/freshness.ts';
import { isOfTarget } from '../http/invalidation.ts';
import { tagsNamedBy } from '../http/tags.ts';
import { captureOf } from '../store/generation.ts';
import type { WriteToStore } from '../store/port.ts';
import { encodeEntry } from '../store/wire.ts';
import { completeResponse, lifeMsOf, refusalOf } from './entry.ts';
import { memoryOf } from './memory.ts';
import { groupTag, type HttpRoute } from './options.ts';
import { type OriginResponse, originUrlOf, patienceFor } from './origin.ts';
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

/** Looked up and not leased: most of what is posted to is never read. Null: nothing will be stored. */
export async function captureBefore(
  context: Context,
  route: HttpRoute,
  request: ClientRequest,
): Promise<BeforePost | null> {
  const { isolate } = context;
  // It is sent with all that its client says, which no key of `keyed` has.
  if (request.method !== 'POST' || route.inputs === 'keyed' || request.directives.noStore) return null;
  if (memoryOf(isolate).isUnstorable(postKey(route, request), isolate.clock.now())) return null;
  const subject = await variantOf(context, route, request.target, []);
  const { fullKey, generationNames, lastName } = subject.names;
  const ruleName = await isolate.names.rule(route.cls.name, fullKey);
  const values = await callStore(context, () =>
    isolate.store.lookup([ruleName, lastName!, ...generationNames]),
  );
  if (!values) return null;
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
): Promise<BeforePost | null> {
  const { isolate } = context;
  const lock = await isolate.names.lock(className, names.fullKey);
  const shared = sharedNames(context, route);
  const leased = await callStore(context, () =>
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
  );
  if (!leased) return null;
  const made = shared.map((name, i): [string, string | null] => [name, leased.generations[i]!]);
  return { generations: new Map([...generations, ...made]), last: leased.last, rule };
}

/** An answer as far as it was read before its purge. */
export interface PostRead {
  readonly first: ReadFirst;
  readonly entryToStore: WriteToStore | undefined;
}

/** Null: it is not for others, and nothing of it was read. One that is passed on as it comes is not stored either. */
export async function readPost(
  context: Context,
  route: HttpRoute,
  request: ClientRequest,
  answer: OriginResponse,
  before: BeforePost,
): Promise<PostRead | null> {
  const { clock, bounds } = context.isolate;
  if (!isForGets(context, route, request, answer)) {
    const untilMs = clock.now() + bounds.unstorableMs;
    memoryOf(context.isolate).setUnstorable(postKey(route, request), untilMs);
    return null;
  }
  const first = await readFirst(clock, answer, patienceFor(context, answer));
  const bytes = first.is === 'complete' && first.bytes.length <= route.cls.maxBytes ? first.bytes : null;
  return {
    first,
    entryToStore: bytes ? await entryOf(context, route, request, answer, before, bytes) : undefined,
  };
}

/** In the isolate's memory of what could not be stored, beside that of reads. */
const postKey = ({ cls }: HttpRoute, { target }: ClientRequest) => `${cls.name} post ${target}`;

function isForGets(
  context: Context,
  route: HttpRoute,
  request: ClientRequest,
  answer: OriginResponse,
): boolean {
  const { status, fields, responseMs, isLive } = answer;
  const { explicit, expiresMs } = freshnessOf(answer, governing(fields));
  const origins = { requestUrl: request.url, originUrl: originUrlOf(context, route) };
  const isFresh = explicit && expiresMs > responseMs;
  if (status !== 200 || !isFresh || isLive || !isOfTarget(request.target, fields, origins)) return false;
  return refusalOf(request, route, answer) === null;
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
