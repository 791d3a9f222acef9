import type { Context } from '../engine/context.ts';
import { type Found, lookupAll, trustedCopies } from '../engine/lookup.ts';
import type { Subject } from '../engine/subject.ts';
import { type Selecting, selecting } from '../http/vary.ts';
import { encodePart } from '../strategy/encode.ts';
import { memoryOf } from './memory.ts';
import type { HttpRoute } from './options.ts';
import type { ClientRequest } from './request.ts';
import { windowsOfEntry } from './stored.ts';

/** The entry that a request selects, and how entries of its URI are told apart. */
export interface Selected {
  readonly found: Found;
  readonly rule: readonly string[];
}

/** One request of Redis where this isolate knows the URI's rule, two where it meets it first, none inside the trust window. */
export async function select(
  context: Context,
  route: HttpRoute,
  request: Pick<ClientRequest, 'target' | 'selecting'>,
): Promise<Selected> {
  const { target } = request;
  // Read only where there is a rule: most URIs have none, and it costs a look at every field.
  const valuesBy = (rule: readonly string[]) => (rule.length === 0 ? [] : selecting(rule, request.selecting));
  const memory = memoryOf(context.isolate);
  const uri = await uriSubject(context, route, target);
  const { fullKey, key } = uri.names;
  const remembered = memory.rule(key);
  const subject = await variantOf(context, route, target, valuesBy(remembered));
  const trusted = trustedCopies(context, [subject]);
  if (trusted) return { found: trusted[0]!, rule: remembered };

  const ruleName = await context.isolate.names.rule(route.cls, fullKey);
  const { found, values } = await lookupAll(context, [subject], { also: [ruleName] });
  const said = values(ruleName);
  if (said === undefined) return { found: found[0]!, rule: remembered };
  const rule = parseRule(said);
  memory.keepRule(key, rule);
  if (rule.join() === remembered.join()) return { found: found[0]!, rule };
  const other = await variantOf(context, route, target, valuesBy(rule));
  return { found: (await lookupAll(context, [other])).found[0]!, rule };
}

/** As it stands in Redis; what is not one is none. */
export const writeRule = (rule: readonly string[]) => rule.join(',');
const parseRule = (text: string | null) =>
  text !== null && /^[a-z0-9!#$%&'*+.^_`|~,-]+$/.test(text) ? text.split(',') : [];

/** The URI itself: the entry of one that does not vary, and what its rule is kept by. */
export const uriSubject = (context: Context, route: HttpRoute, target: string) =>
  variantOf(context, route, target, []);

/** The entry of a URI for requests with these values. */
export async function variantOf(
  context: Context,
  { cls, siePlainMs }: HttpRoute,
  target: string,
  values: Selecting,
): Promise<Subject> {
  const variant = values
    .map(([name, value]) => `:${encodePart(name)}:${encodePart(value ?? undefined)}`)
    .join('');
  const params = { target, variant: variant === '' ? '' : `:@vary${variant}` };
  const names = await context.isolate.names.entry(cls, null, params);
  return { cls, params, owner: null, names, load: undefined, windows: windowsOfEntry(siePlainMs) };
}
