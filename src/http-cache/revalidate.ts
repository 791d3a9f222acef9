import { purgeAfterWrite } from '../engine/after-write.ts';
import { discard } from '../engine/body.ts';
import type { Context } from '../engine/context.ts';
import type { Grant } from '../engine/lease.ts';
import { type FetchFailure, failed } from '../engine/origin-call.ts';
import { isCredential } from '../http/request-headers.ts';
import { conditionsFor, confirms, describes } from '../http/validation.ts';
import { varyRule } from '../http/vary.ts';
import type { Entry } from '../store/wire.ts';
import { memoryOf } from './memory.ts';
import { changedAt, type HttpRoute } from './options.ts';
import { exchange, type OriginResponse } from './origin.ts';
import { type ClientRequest, headersForAll } from './request.ts';
import { storedOf } from './stored.ts';
import {
  noVariantTags,
  offered,
  type VariantTag,
  type VariantTags,
  variantTagged,
  variantTags,
} from './variant-tags.ts';
import { namesOfUri } from './variants.ts';

/** What is fetched, for one client and, under a grant, for all. */
export interface HttpFetch {
  readonly route: HttpRoute;
  readonly request: ClientRequest;
  /** The fields that tell the entries of this URI apart, as far as known. */
  readonly rule: readonly string[];
  /** What is stored, to be validated. */
  readonly entry: Entry | undefined;
  /** It may be served instead of an error: an error does not take its place. */
  readonly covers: boolean;
}

/** The origin's answer, and the entry that it confirmed, if that was the question. */
export interface Validated {
  readonly is: 'validated';
  readonly answer: OriginResponse;
  readonly confirmed: Entry | null;
  /** Tags of the URI's variants, as they were before. */
  readonly variants: VariantTags;
  /** Under `keyed`, the client's fields that the origin was shown: they are in the key, whatever the answer says. */
  readonly names: readonly string[];
}

/** RFC 9111 §4.3.1: asks whether what is stored still holds, and for all of it where it does not. */
export async function fetchOrValidate(
  context: Context,
  { route, request, rule, entry }: HttpFetch,
  grant: Grant | null,
): Promise<Validated | FetchFailure> {
  const { bounds } = context.isolate;
  const { target } = request;
  let held = validatable(entry, grant);
  const variants =
    grant && rule.length > 0 ? await variantTags(context, route, request, grant) : noVariantTags;
  let others = offered(variants, request, held);
  let names = rule;
  for (let tries = 0; ; tries += 1) {
    const conditions = conditionsFor(
      held && storedOf(held).fields,
      others.map(({ etag }) => etag),
    );
    const headers = [...headersForAll(request, route, names), ...conditions];
    const answer = await exchange(context, route, { method: 'GET', target, headers, body: null });
    if (answer.is === 'failed') return answer;
    const keyedBy = route.inputs === 'all' ? [] : names;
    if (answer.status === 304) {
      if (!held && others.length === 0) return failed('304 to no condition');
      const confirmed = await confirmedBy(context, { route, request, held, others, grant }, answer);
      if (confirmed) return { is: 'validated', answer, confirmed, names: keyedBy, variants };
      // It speaks of something that is not stored: all of it is fetched. Or it does not say of which: of one alone it need not.
      if (others.length === 0 || answer.fields.has('etag')) held = null;
      others = [];
      continue;
    }
    const missed = route.inputs === 'all' ? [] : notShown(answer, request, names);
    if (missed.length === 0 || tries >= bounds.furtherTries)
      return { is: 'validated', answer, confirmed: null, names: keyedBy, variants };
    // It depends on what it was not shown.
    discard(answer.body);
    names = [...names, ...missed];
    const uri = await namesOfUri(context, route, target);
    memoryOf(context.isolate).setRule(uri.key, [...names].sort());
  }
}

/** RFC 9111 §4.3.5: the answer to a HEAD confirms what is stored where it describes the same representation; where another, it is purged. */
export async function fetchHead(
  context: Context,
  { route, request, rule, entry }: HttpFetch,
  grant: Grant | null,
): Promise<Validated | FetchFailure> {
  const { target } = request;
  const headers = headersForAll(request, route, rule);
  const answer = await exchange(context, route, { method: 'HEAD', target, headers, body: null });
  if (answer.is === 'failed') return answer;
  const held = entry?.status === 200 ? validatable(entry, grant) : null;
  const described =
    answer.status === 200 && held ? describes(answer.fields, storedOf(held).fields, held.length) : 'unknown';
  // It has changed, and nobody has said so.
  if (described === 'other') await purgeAfterWrite(context, changedAt(route, [target]), []);
  const names = route.inputs === 'all' ? [] : rule;
  const confirmed = described === 'same' ? held : null;
  return { is: 'validated', answer, confirmed, names, variants: noVariantTags };
}

/** RFC 9111 §4.3.4: which of the stored responses that were asked after a 304 selects. */
async function confirmedBy(
  context: Context,
  {
    route,
    request,
    held,
    others,
    grant,
  }: Pick<HttpFetch, 'route' | 'request'> & {
    readonly held: Entry | null;
    readonly others: readonly VariantTag[];
    readonly grant: Grant | null;
  },
  { fields }: OriginResponse,
): Promise<Entry | null> {
  const mayBeHeld = others.length === 0 || fields.has('etag');
  if (held && mayBeHeld && confirms(fields, storedOf(held).fields)) return held;
  const other = others.find(({ etag }) => etag === fields.get('etag'));
  return other ? validatable(await variantTagged(context, route, request, other), grant) : null;
}

/** The entry, if the origin may confirm it: without a grant nothing is stored, and what was purged is fetched anew. */
function validatable(entry: Entry | undefined, grant: Grant | null): Entry | null {
  if (!entry || !grant) return null;
  if (isPurgedHard(entry, grant)) return null; // guard: http-validate
  return entry;
}

/** Purged hard since it was filled, as the lease found its generations: a purge may be of more than a tag shows. */
function isPurgedHard(entry: Entry, { captured }: Grant): boolean {
  const hard = (generation: string | undefined) => generation?.split('.')[0];
  return [...entry.generations].some(([name, filled]) => hard(captured.get(name)) !== hard(filled));
}

/** Fields that select this answer and that the origin was not shown; a person's credentials always are. */
function notShown({ fields }: OriginResponse, request: ClientRequest, names: readonly string[]): string[] {
  const rule = varyRule(fields.get('vary'));
  if (rule === '*') return [];
  return rule.filter((name) => !names.includes(name) && !isCredential(name) && request.selecting.has(name));
}
