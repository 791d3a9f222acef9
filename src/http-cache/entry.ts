import { bounds } from '../bounds.ts';
import { tagsNamedBy } from '../classes/origin.ts';
import { LATE_TAGS } from '../classes/value.ts';
import type { Context } from '../engine/context.ts';
import { type Filling, fillEntry, type Grant } from '../engine/fill.ts';
import type { Subject } from '../engine/subject.ts';
import { freshnessOf, governing, mayBeStale, type Received, staleWindows } from '../http/freshness.ts';
import type { HeaderList } from '../http/headers.ts';
import type { FieldSet } from '../http/message.ts';
import { isCredential } from '../http/request-headers.ts';
import { type NotStored, notStored, withheld } from '../http/storing.ts';
import { selecting, varyRule } from '../http/vary.ts';
import type { Draft, Entry } from '../store/wire.ts';
import { memoryOf } from './memory.ts';
import { groupTag, type HttpRoute } from './options.ts';
import { originOf } from './origin.ts';
import type { ClientRequest } from './request.ts';
import { uriSubject, variantOf, writeRule } from './variants.ts';

/** `lease`: another had it, or none was asked for. */
export type Refused = NotStored | 'live' | 'too-large' | 'too-many-tags' | 'unkeyed' | 'lease';

/** RFC 9111 §3; and what depends on something that is not in the key is never stored. */
export function refusal(request: ClientRequest, { inputs }: HttpRoute, received: Received): Refused | null {
  const why = notStored({ ...request, method: 'GET' }, received, governing(received.fields));
  if (why !== null) return why;
  if (tagsNamedBy(received.fields).length > LATE_TAGS) return 'too-many-tags';
  if (received.fields.length > bounds.storedHeaderBytes) return 'too-large';
  if (inputs === 'all') return null;
  // These are always sent, because without them a person would not be known.
  const rule = ruleOf(received.fields, []);
  return request.headers.some(([name]) => isCredential(name) && !rule.includes(name)) ? 'unkeyed' : null;
}

/** A complete response: as all may have it, and the fields that only the one who asked is given. */
export interface Whole {
  /** The variant that it turned out to be. */
  readonly subject: Subject;
  readonly draft: Draft;
  readonly entry: Entry;
  readonly own: HeaderList;
}

interface Parts {
  readonly headers: HeaderList;
  readonly bytes: Uint8Array;
  /** Under `keyed`: fields that the origin was shown, whether it names them or not. */
  readonly names: readonly string[];
}

export async function wholeOf(
  context: Context,
  route: HttpRoute,
  request: ClientRequest,
  received: Received,
  { headers, bytes: body, names: shown }: Parts,
): Promise<Whole> {
  const { isolate } = context;
  const { status, fields, requestMs, responseMs } = received;
  const rules = governing(fields);
  const notKept = withheld(rules.directives);
  const values = selecting(ruleOf(fields, shown), request.selecting);
  const subject = await variantOf(context, route, request.target, values);
  const kept = headers.filter(([name]) => name !== 'content-length' && !notKept.has(name));
  const draft: Draft = {
    fill: isolate.nonce(),
    key: subject.names.fullKey,
    principal: { tenant: '', user: '' },
    status,
    headers: kept.map(([name, value]): [string, string] => [name, value]),
    etag: '',
    fetchedMs: requestMs,
    fetchMs: responseMs - requestMs,
    ttlMs: freshnessOf(received, rules).expiresMs - requestMs,
    selecting: values,
    body,
  };
  const entry: Entry = { ...draft, generations: new Map(), coding: 'identity', length: body.length };
  return { subject, draft, entry, own: headers.filter(([name]) => notKept.has(name)) };
}

/** Besides `Vary`: coded content is for those who take that coding, even if its origin does not say so; and `shown`. */
function ruleOf(fields: FieldSet, shown: readonly string[]): readonly string[] {
  const rule = varyRule(fields.get('vary'));
  if (rule === '*') return [];
  const coded = fields.has('content-encoding') ? ['accept-encoding'] : [];
  return [...new Set([...rule, ...coded, ...shown])].sort();
}

/** Under the key of its variant, with the rule by which variants are found. */
export async function keep(
  context: Context,
  route: HttpRoute,
  request: ClientRequest,
  grant: Grant,
  received: Received,
  { subject, draft }: Pick<Whole, 'subject' | 'draft'>,
): Promise<Filling> {
  const { names } = context.isolate;
  const uri = await uriSubject(context, route, request.target);
  const rule = draft.selecting!.map(([name]) => name);
  memoryOf(context.isolate).keepRule(uri.names.key, rule);
  const key = await names.rule(route.cls, uri.names.fullKey);
  const tags = tagsNamedBy(received.fields, groupTag(originOf(context, route)));
  return fillEntry(context, subject, grant, { ...draft, fill: grant.token }, tags, {
    rule: { key, value: writeRule(rule) },
    lifeMs: lifeMsOf(received, draft.ttlMs, route.siePlainMs),
  });
}

/** As long as it is of use: fresh, in a stale window, for an origin that cannot be reached, or good to be validated. */
function lifeMsOf(received: Received, ttlMs: number, siePlainMs: number): number {
  const rules = governing(received.fields);
  const { swrMs, sieMs } = staleWindows(rules, siePlainMs);
  const validMs =
    received.fields.has('etag') || received.fields.has('last-modified') ? bounds.keptToValidateMs : 0;
  const cutOffMs = mayBeStale(rules) ? bounds.disconnectedMs : 0;
  const lifeMs = Math.max(0, ttlMs) + Math.max(swrMs, sieMs, validMs, cutOffMs);
  return Math.max(1, Math.min(Math.ceil(lifeMs), bounds.keptAtMostMs));
}
