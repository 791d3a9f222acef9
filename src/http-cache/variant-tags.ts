import { bounds } from '../bounds.ts';
import { sha256, toBase64url } from '../digest.ts';
import type { Context } from '../engine/context.ts';
import type { Grant } from '../engine/lease.ts';
import { callStore } from '../engine/store-call.ts';
import { isCredential } from '../http/credentials.ts';
import { parseEntityTag } from '../http/etag.ts';
import { FieldSet } from '../http/message.ts';
import { type Selecting, selecting } from '../http/vary.ts';
import { hardOf } from '../store/generation.ts';
import type { EntryNames } from '../store/names.ts';
import { type Draft, decodeEntry, type Entry } from '../store/wire.ts';
import type { HttpRoute } from './options.ts';
import type { ClientRequest } from './request.ts';
import { storedOf } from './stored.ts';
import { type HttpSubject, namesOfUri, variantOf } from './variants.ts';

/*
 * RFC 9111 §4.3.1: the entity tags of a URI's variants stand in a list beside its rule, so that the origin can answer with 304 which
 * of them a request selects: then its body need not travel again. The list is a hint: what it leads to is looked at before it is used.
 *
 *     <hard nonces of the URI's generations>\n
 *     <entity tag> <the variant's key> <the codings it was asked for with, or * where it is not coded> <digest of its body>\n …      the latest first
 *
 * One list is of one state of those generations: what was purged is not in it any more. A tag that was seen to be that of two bodies,
 * against RFC 9110 §8.8.1, has * for its digest: nobody is asked after it.
 */

export interface VariantTag {
  readonly etag: string;
  /** In Redis. */
  readonly key: string;
  readonly codings: string;
  readonly digest: string;
}

/** Those whose variants were not purged before the lease. `text`: the list, where somebody has looked it up. Null: it cannot be had. */
export async function variantTags(
  context: Context,
  route: HttpRoute,
  { target }: Pick<ClientRequest, 'target'>,
  grant: Grant,
  text: string | null | undefined,
): Promise<readonly VariantTag[] | null> {
  const uri = await namesOfUri(context, route, target);
  const list = text === undefined ? await lookupList(context, route, uri) : text;
  if (list === undefined) return null;
  const [hards, ...lines] = (list ?? '').split('\n');
  if (hards !== hardsOf(uri, grant)) return [];
  const tags = lines.flatMap((line) => {
    const [etag = '', key, codings, digest] = line.split(' ');
    return isStrong(etag) && key && codings && digest ? { etag, key, codings, digest } : [];
  });
  return tags.slice(0, bounds.variantTags);
}

const listName = ({ isolate }: Context, { cls }: HttpRoute, { fullKey }: EntryNames) =>
  isolate.names.tags(cls.name, fullKey);

async function lookupList(context: Context, route: HttpRoute, uri: EntryNames) {
  const name = await listName(context, route, uri);
  return (await callStore(context, () => context.isolate.store.lookup([name])))?.[0];
}

/** RFC 9110 §8.8.1: a weak one may be that of several representations which differ. */
const isStrong = (etag: string) => parseEntityTag(etag)?.weak === false;

const hardsOf = ({ generationNames }: EntryNames, { captured }: Grant) =>
  generationNames.map((name) => hardOf(captured.get(name) ?? '')).join(' ');

/** What the origin is asked to choose from, besides what is held for this very request. */
export function offered(
  tags: readonly VariantTag[],
  request: ClientRequest,
  held: Entry | null,
): readonly VariantTag[] {
  const own = held && storedOf(held).fields;
  const ownTag = own?.get('etag') ?? null;
  // Beside tags a date does not count (RFC 9110 §13.1.3), and what is no tag makes no list.
  if (ownTag === null ? own?.has('last-modified') : !parseEntityTag(ownTag)) return [];
  // Coded content is for those who take that coding, whatever an origin's tag says.
  const taken = [NOT_CODED, codingsOf(request)];
  return tags.filter(
    ({ etag, codings, digest }) => etag !== ownTag && digest !== OF_SEVERAL && taken.includes(codings),
  );
}

const OF_SEVERAL = '*';

const NOT_CODED = '*';
function codingsOf(request: Pick<ClientRequest, 'selecting'>): string {
  const [[, codings]] = selecting(['accept-encoding'], request.selecting) as [Selecting[number]];
  return codings === null ? '-' : `=${codings.replaceAll(' ', '')}`;
}

/** The variant that has this tag, if it is still what the list says. */
export async function variantTagged(
  context: Context,
  route: HttpRoute,
  { target }: Pick<ClientRequest, 'target'>,
  { etag, key }: VariantTag,
): Promise<Entry | undefined> {
  const text = (await callStore(context, () => context.isolate.store.lookup([key])))?.[0];
  const entry = text ? decodeEntry(text) : undefined;
  if (!entry || typeof entry === 'string' || entry.status !== 200) return undefined;
  const { names } = await variantOf(context, route, target, entry.selecting ?? []);
  return entry.fullKey === names.fullKey && storedOf(entry).fields.get('etag') === etag ? entry : undefined;
}

/** The list with a variant that is being filled, to be written beside it; null: as it was. */
export async function withVariant(
  context: Context,
  request: ClientRequest,
  grant: Grant,
  { subject, draft }: { readonly subject: HttpSubject; readonly draft: Draft },
  tags: readonly VariantTag[],
): Promise<{ readonly key: string; readonly value: string } | null> {
  const { route, names } = subject;
  const fields = new FieldSet(draft.headers);
  const etag = fields.get('etag') ?? '';
  if (!isStrong(etag) || !isForOthers(draft, fields)) return null;
  const codings = fields.has('content-encoding') ? codingsOf(request) : NOT_CODED;
  const isAlike = (it: VariantTag) => it.etag === etag && it.codings === codings;
  const ofBody = toBase64url((await sha256(draft.body)).subarray(0, 12));
  const digest = tags.some((it) => isAlike(it) && it.digest !== ofBody) ? OF_SEVERAL : ofBody;
  const others = tags.filter((it) => it.key !== names.key && !isAlike(it));
  const listed = [{ etag, key: names.key, codings, digest }, ...others].slice(0, bounds.variantTags);
  const uri = await namesOfUri(context, route, request.target);
  const key = await listName(context, route, uri);
  const lines = listed.map((it) => [it.etag, it.key, it.codings, it.digest].join(' '));
  const value = [hardsOf(uri, grant), ...lines].join('\n');
  // Of two who write at once one is lost: it is a hint.
  return { key, value };
}

/** Guard: what is for one person, or allows one origin by name, is never another's, whatever an origin's tag says. */
const isForOthers = ({ status, selecting: by = [] }: Draft, fields: FieldSet): boolean =>
  status === 200 &&
  by.length > 0 &&
  !by.some(([name]) => isCredential(name)) &&
  (fields.get('access-control-allow-origin') ?? '*') === '*';
