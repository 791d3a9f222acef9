import { purgeAfterWrite } from '../engine/after-write.ts';
import type { Context } from '../engine/context.ts';
import type { Grant } from '../engine/lease.ts';
import type { FetchFailure } from '../engine/origin-call.ts';
import type { HeaderList } from '../http/message.ts';
import { conditionsFor, confirms, describes, describesSelected } from '../http/validation.ts';
import { hardOf } from '../store/generation.ts';
import type { Entry } from '../store/wire.ts';
import { changedAt, type HttpRoute } from './options.ts';
import { type OriginRead, readOrigin } from './read-origin.ts';
import { type ClientRequest, headersForAll } from './request.ts';
import { storedOf } from './stored.ts';
import { offered, type VariantTag, variantTagged, variantTags } from './variant-tags.ts';

/** What is fetched, for one client and, under a grant, for all. */
export interface HttpFetch {
  readonly route: HttpRoute;
  readonly request: ClientRequest;
  /** The fields that tell the entries of this URI apart, as far as known. */
  readonly rule: readonly string[];
  readonly tagsText?: string | null | undefined;
  /** What is stored, to be validated. */
  readonly entry: Entry | undefined;
  /** It may be served instead of an error: an error does not take its place. */
  readonly covers: boolean;
  /** Instead of all of it. */
  readonly part?: PartFetch;
  /** In the shadow: the origin is asked what this client asks, and no more, and its answer is the client's as it came. */
  readonly isShadow?: true;
}

/** A fetch for which a part will do. */
export interface PartFetch {
  /** The client's own range, and its condition. */
  readonly asks: HeaderList;
  /** What is stored of the body already. */
  readonly held: Entry | undefined;
  /** What stood in the complete response's place, and is of no use. */
  readonly replaces: Entry | undefined;
}

/** The origin's answer, and the entry that it confirmed, if that was the question. */
export interface Validated extends Pick<OriginRead, 'answer' | 'names'> {
  readonly is: 'validated';
  readonly confirmed: Entry | null;
  /** Tags of the URI's variants, as they were before; null: nobody has looked. */
  readonly variants: readonly VariantTag[] | null;
}

/** RFC 9111 §4.3.1: asks whether what is stored still holds, and for all of it where it does not. */
export async function fetchOrValidate(
  context: Context,
  { route, request, rule, tagsText, entry, part, isShadow }: HttpFetch,
  grant: Grant | null,
): Promise<Validated | FetchFailure> {
  // A copy that seemed fresh has kept the list from being looked up, where the lease then finds it purged: that is done now.
  const isKnown = tagsText !== undefined || (rule.length > 0 && !isShadow);
  const isListed = grant && !part && isKnown;
  const variants = isListed ? await variantTags(context, route, request, grant, tagsText) : null;
  let held = validatable(entry, grant);
  let others = isShadow ? [] : offered(variants ?? [], request, held);
  let names = rule;
  for (let isFurther = false; ; isFurther = true) {
    const conditions = conditionsFor(
      held && storedOf(held).fields,
      others.map(({ etag }) => etag),
    );
    const asks = conditions.length > 0 ? conditions : (part?.asks ?? []);
    const headersBy = (shown: readonly string[]) => [...headersForAll(request, route, shown), ...asks];
    const planned = { route, request, method: 'GET', rule: names, headersBy, isFurther };
    const read = await readOrigin(context, planned);
    if (read.is === 'failed') return read;
    const { answer } = read;
    if (conditions.length === 0 || answer.status !== 304)
      return { ...read, is: 'validated', confirmed: null, variants };
    const confirmed = await confirmedBy(context, { route, request, held, others, grant }, answer);
    if (confirmed) return { ...read, is: 'validated', confirmed, variants };
    // It speaks of something that is not stored: all of it is fetched. Or it does not say of which: of one alone it need not.
    if (others.length === 0 || answer.fields.has('etag')) held = null;
    others = [];
    names = read.names;
  }
}

/** RFC 9111 §4.3.5: the answer to a HEAD confirms what is stored where it describes the same representation; where another, what is stored is stale. */
export async function fetchHead(
  context: Context,
  { route, request, rule, entry }: HttpFetch,
  grant: Grant | null,
): Promise<Validated | FetchFailure> {
  const { target } = request;
  const headersBy = (names: readonly string[]) => headersForAll(request, route, names);
  const read = await readOrigin(context, { route, request, method: 'HEAD', rule, headersBy });
  if (read.is === 'failed') return read;
  const { answer, names } = read;
  const held = entry?.status === 200 ? validatable(entry, grant) : null;
  const described =
    answer.status === 200 && held ? describes(answer.fields, storedOf(held).fields, held.length) : 'unknown';
  // It has changed, and nobody has said so, unless another HEAD has.
  if (described === 'other' && isCurrent(held!, grant!))
    await purgeAfterWrite(context, { ...changedAt(route, [target]), mode: 'soft' }, []);
  const confirmed = described === 'same' ? held : null;
  return { is: 'validated', answer, confirmed, names, variants: null };
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
  { fields }: OriginRead['answer'],
): Promise<Entry | null> {
  const mayBeHeld = others.length === 0 || fields.has('etag');
  if (held && mayBeHeld && confirms(fields, storedOf(held).fields)) return held;
  const tagged = others.find(({ etag }) => etag === fields.get('etag'));
  const other = tagged && validatable(await variantTagged(context, route, request, tagged), grant);
  return other && describesSelected(fields, storedOf(other).fields) ? other : null;
}

/** The entry, if the origin may confirm it: without a grant nothing is stored, and what was purged is fetched anew. */
function validatable(entry: Entry | undefined, grant: Grant | null): Entry | null {
  if (!entry || !grant) return null;
  if (isPurgedHard(entry, grant)) return null; // guard: http-validate
  return entry;
}

const isCurrent = ({ generations }: Entry, { captured }: Grant): boolean =>
  [...generations].every(([name, filled]) => captured.get(name) === filled);

/** Purged hard since it was filled, as the lease found its generations: a purge may be of more than a tag shows. */
export function isPurgedHard(entry: Entry, { captured }: Grant): boolean {
  return [...entry.generations].some(([name, filled]) => hardOf(captured.get(name) ?? '') !== hardOf(filled));
}
