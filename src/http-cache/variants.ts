import type { Context } from '../engine/context.ts';
import type { Windows } from '../engine/judge.ts';
import { allTrusted, type Found, hasBody, lookupAll } from '../engine/lookup.ts';
import type { Subject } from '../engine/subject.ts';
import { staleWindows } from '../http/freshness.ts';
import { type Selecting, selecting } from '../http/vary.ts';
import type { EntryNames } from '../store/names.ts';
import type { Entry } from '../store/wire.ts';
import { encodePart } from '../strategy/encode.ts';
import { memoryOf } from './memory.ts';
import type { HttpRoute } from './options.ts';
import type { ClientRequest } from './request.ts';
import { storedOf } from './stored.ts';

/** One variant of a URI as one request needs it. */
export interface HttpSubject extends Subject {
  readonly route: HttpRoute;
}

/** An entry says itself how long it lives and may be stale; `lifeMs` is of what a lease finds. */
const httpSubject = (route: HttpRoute, names: EntryNames): HttpSubject => ({
  route,
  names,
  owner: null,
  className: route.cls.name,
  tagsFromAnswer: true,
  l1Ms: route.cls.l1Ms,
  lifeMs: route.cls.ttlMs + Math.max(route.cls.swrMs, route.cls.sieMs),
  windowsOf: (entry) => httpWindowsOf(entry, route.siePlainMs),
  faultOf: () => null,
});

const httpWindowsOf = (entry: Entry, siePlainMs: number): Windows => ({
  ...staleWindows(storedOf(entry).rules, siePlainMs),
  consistency: 'standard',
});

/** The entry that a request selects, and how entries of its URI are told apart. */
export interface Selected {
  readonly found: Found<HttpSubject>;
  /** Of its body, where a part will do and the isolate does not have the entry itself. */
  readonly part?: Found<HttpSubject> | undefined;
  readonly rule: readonly string[];
  /** The entity tags of the URI's variants, as they stand in Redis (variant-tags.ts); null: there are none; undefined: they were not looked up. */
  readonly tagsText?: string | null | undefined;
}

/** One request of Redis where this isolate knows the URI's rule, two where it meets it first, none inside the trust window. */
export async function select(
  context: Context,
  route: HttpRoute,
  request: Pick<ClientRequest, 'target' | 'selecting'>,
  wantsPart: boolean,
): Promise<Selected> {
  const { target } = request;
  // Read only where there is a rule: most URIs have none, and it costs a look at every field.
  const valuesBy = (rule: readonly string[]) => (rule.length === 0 ? [] : selecting(rule, request.selecting));
  const memory = memoryOf(context.isolate);
  const { fullKey, key } = await namesOfUri(context, route, target);
  const remembered = memory.rule(key);
  const subject = await variantOf(context, route, target, valuesBy(remembered));
  const trusted = allTrusted(context, [subject]);
  if (trusted) return { found: trusted[0]!, rule: remembered };

  const { names, l1, clock } = context.isolate;
  const ruleName = await names.rule(route.cls.name, fullKey);
  const look = async (of: HttpSubject, by: readonly string[], also: readonly string[]) => {
    const part = wantsPart ? [await variantOf(context, route, target, valuesBy(by), true)] : [];
    // A URI that does not vary has no list of tags; and a copy that may still be fresh will most likely not be fetched.
    const isHit = hasBody(of, l1.get(of.names.fullKey), clock.now());
    const tagsName = by.length === 0 || isHit ? [] : [await names.tags(route.cls.name, fullKey)];
    const { found, presentOf } = await lookupAll(context, [of, ...part], { also: [...also, ...tagsName] });
    const tagsText = by.length === 0 ? null : tagsName.map(presentOf)[0];
    return { found: found[0]!, part: found[1], tagsText, written: presentOf(ruleName) };
  };
  const { written, ...first } = await look(subject, remembered, [ruleName]);
  if (written === undefined) return { ...first, rule: remembered };
  const rule = parseRule(written);
  memory.setRule(key, rule);
  if (rule.join() === remembered.join()) return { ...first, rule };
  return { ...(await look(await variantOf(context, route, target, valuesBy(rule)), rule, [])), rule };
}

/** As it stands in Redis. */
export const writeRule = (rule: readonly string[]): string => rule.join(',');

/** What is no rule of ours tells nothing apart. */
export const parseRule = (text: string | null): readonly string[] =>
  text !== null && /^[a-z0-9!#$%&'*+.^_`|~,-]+$/.test(text) ? text.split(',') : [];

/** Of the URI itself: of the entry of one that does not vary, and what its rule is stored by. */
export async function namesOfUri(context: Context, route: HttpRoute, target: string): Promise<EntryNames> {
  return (await variantOf(context, route, target, [])).names;
}

/** The entry of a URI for requests with these values; of a part of it, which never takes the place of the entry. */
export async function variantOf(
  { isolate }: Context,
  route: HttpRoute,
  target: string,
  values: Selecting,
  isPart = false,
): Promise<HttpSubject> {
  const variant = values
    .map(([name, value]) => `:${encodePart(name)}:${encodePart(value ?? undefined)}`)
    .join('');
  const vary = variant === '' ? '' : `:@vary${variant}`;
  const params = { target, variant: isPart ? `${vary}:@part` : vary };
  return httpSubject(route, await isolate.names.entry(route.cls, null, params));
}
