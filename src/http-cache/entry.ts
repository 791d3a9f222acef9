import { bounds } from '../bounds.ts';
import type { Context } from '../engine/context.ts';
import { type Filling, fill } from '../engine/fill.ts';
import type { Grant } from '../engine/lease.ts';
import { isCredential } from '../http/credentials.ts';
import { freshnessOf, governing, mayBeStale, type Received, staleWindows } from '../http/freshness.ts';
import type { FieldSet, HeaderList } from '../http/message.ts';
import { type NotStored, notStored, withheld } from '../http/storing.ts';
import { tagsNamedBy } from '../http/tags.ts';
import { selecting, varyRule } from '../http/vary.ts';
import type { Draft, Entry } from '../store/wire.ts';
import { memoryOf } from './memory.ts';
import { groupTag, type HttpRoute } from './options.ts';
import { originUrlOf } from './origin.ts';
import type { ClientRequest } from './request.ts';
import { type VariantTag, withVariant } from './variant-tags.ts';
import { type HttpSubject, namesOfUri, variantOf, writeRule } from './variants.ts';

/** Why a response may not be stored, or is not: `lease`: another holds it, or there is none. */
export type Unstorable = Exclude<NotStored, 'method'> | 'live' | 'too-large' | 'too-many-tags' | 'unkeyed';
export type Refusal = Unstorable | 'lease';

/** RFC 9111 §3; and what depends on something that is not in the key is never stored. Null: it may be stored. */
export function refusalOf(
  request: ClientRequest,
  { inputs }: HttpRoute,
  received: Received,
): Unstorable | null {
  const refused = notStored({ ...request, method: 'GET' }, received, governing(received.fields));
  if (refused !== null && refused !== 'method') return refused;
  if (tagsNamedBy(received.fields).length > bounds.lateTags) return 'too-many-tags';
  if (received.fields.length > bounds.storedHeaderBytes) return 'too-large';
  if (inputs === 'all') return null;
  // These are always sent, because without them a person would not be known.
  const rule = variantRuleOf(received.fields, [], []);
  return request.headers.some(([name]) => isCredential(name) && !rule.includes(name)) ? 'unkeyed' : null;
}

/** A complete response: as all may have it, and the fields that only its own client is given. */
export interface CompleteResponse {
  /** The variant that it turned out to be. */
  readonly subject: HttpSubject;
  readonly draft: Draft;
  readonly entry: Entry;
  readonly own: HeaderList;
  /** By which fields variants are told apart from now on; null: it knows of none, and says nothing of it. */
  readonly rule: readonly string[] | null;
}

interface ResponseToComplete {
  /** Default: as received. */
  readonly status?: number;
  readonly headers: HeaderList;
  readonly bytes: Uint8Array;
  /** Under `keyed`: fields that the origin was shown, whether it names them or not. */
  readonly names: readonly string[];
  /** The fields that told the entries of this URI apart before. */
  readonly known: readonly string[];
  /** RFC 9110 §15.3.7: it may leave out `Vary`, and tells apart no less than was. */
  readonly isPart?: boolean;
}

export async function completeResponse(
  context: Context,
  route: HttpRoute,
  request: ClientRequest,
  received: Received,
  { status = received.status, headers, bytes: body, names: shown, known, isPart = false }: ResponseToComplete,
): Promise<CompleteResponse> {
  const { fields, requestMs, responseMs } = received;
  const rules = governing(fields);
  const notStoredFields = withheld(rules.directives);
  const rule = variantRuleOf(fields, isPart ? [...shown, ...known] : shown, known);
  const values = selecting(rule, request.selecting);
  const subject = await variantOf(context, route, request.target, values, status === 206);
  const draft: Draft = {
    fillToken: context.isolate.nonce(),
    fullKey: subject.names.fullKey,
    principal: { tenant: '', user: '' },
    status,
    headers: headers.filter(([name]) => name !== 'content-length' && !notStoredFields.has(name)),
    etag: '',
    fetchedMs: requestMs,
    fetchMs: responseMs - requestMs,
    ttlMs: freshnessOf(received, rules).expiresMs - requestMs,
    selecting: values,
    body,
  };
  const entry: Entry = { ...draft, generations: new Map(), coding: 'identity', length: body.length };
  const own = headers.filter(([name]) => notStoredFields.has(name));
  return { subject, draft, entry, own, rule: isPart && rule.length === 0 ? null : rule };
}

/**
 * Besides `Vary`, even if its origin does not say so: coded content is for those who take that coding; what allows one web
 * origin by name is for that one, and once one was allowed (`known`), so is what then says nothing of it; and `shown`.
 */
function variantRuleOf(
  fields: FieldSet,
  shown: readonly string[],
  known: readonly string[],
): readonly string[] {
  const rule = varyRule(fields.get('vary'));
  if (rule === '*') return [];
  const coded = fields.has('content-encoding') ? ['accept-encoding'] : [];
  const allowed = fields.get('access-control-allow-origin');
  const byOrigin = allowed === null ? known.includes('origin') : allowed !== '*';
  return [...new Set([...rule, ...coded, ...(byOrigin ? ['origin'] : []), ...shown])].sort();
}

/** Fills under the key of its variant, with the rule by which variants are found. */
export async function storeResponse(
  context: Context,
  request: ClientRequest,
  grant: Grant,
  received: Received,
  { subject, draft, rule }: Pick<CompleteResponse, 'subject' | 'draft' | 'rule'>,
  variants: readonly VariantTag[] | null,
): Promise<Filling> {
  const { route } = subject;
  const { isolate } = context;
  const uri = await namesOfUri(context, route, request.target);
  if (rule) memoryOf(isolate).setRule(uri.key, rule);
  const key = await isolate.names.rule(route.cls.name, uri.fullKey);
  const tags = tagsNamedBy(received.fields, groupTag(originUrlOf(context, route)));
  const lifeMs = lifeMsOf(received, draft.ttlMs, route.siePlainMs);
  // A tag that only the answer names is of this variant alone: nobody could see here that it was purged.
  const list =
    tags.length === 0 && variants !== null
      ? await withVariant(context, request, grant, { subject, draft }, variants)
      : null;
  const input = { subject, grant, draft: { ...draft, fillToken: grant.token }, tags, lifeMs };
  const written = rule ? [{ key, value: writeRule(rule) }] : [];
  return fill(context, { ...input, beside: [...written, ...(list ? [list] : [])] });
}

/** As long as it is of use: fresh, in a stale window, for an origin that cannot be reached, or good to be validated. */
export function lifeMsOf(received: Received, ttlMs: number, siePlainMs: number): number {
  const rules = governing(received.fields);
  const { swrMs, sieMs } = staleWindows(rules, siePlainMs);
  const validMs =
    received.fields.has('etag') || received.fields.has('last-modified') ? bounds.storedToValidateMs : 0;
  const cutOffMs = mayBeStale(rules) ? bounds.disconnectedMs : 0;
  const lifeMs = Math.max(0, ttlMs) + Math.max(swrMs, sieMs, validMs, cutOffMs);
  return Math.max(1, Math.min(Math.ceil(lifeMs), bounds.storedAtMostMs));
}
