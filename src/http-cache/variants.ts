import type { Asking } from '../engine/context.ts';
import { type Found, lookupAll, trustedCopies } from '../engine/lookup.ts';
import type { Subject } from '../engine/subject.ts';
import { type Selecting, selecting } from '../http/vary.ts';
import { encodePart } from '../strategy/encode.ts';
import { memoryOf } from './memory.ts';
import type { HttpRoute } from './options.ts';
import type { Asked } from './request.ts';
import { windowsOfEntry } from './stored.ts';

/** The entry that a request selects, and how entries of its URI are told apart. */
export interface Selected {
  readonly found: Found;
  readonly rule: readonly string[];
}

/** One request of Redis where this isolate knows the URI's rule, two where it meets it first, none inside the trust window. */
export async function select(
  asking: Asking,
  route: HttpRoute,
  asked: Pick<Asked, 'target' | 'selecting'>,
): Promise<Selected> {
  const { target } = asked;
  // Read only where there is a rule: most URIs have none, and it costs a look at every field.
  const valuesBy = (rule: readonly string[]) => (rule.length === 0 ? [] : selecting(rule, asked.selecting));
  const memory = memoryOf(asking.isolate);
  const uri = await uriSubject(asking, route, target);
  const { fullKey, key } = uri.names;
  const remembered = memory.rule(key);
  const subject = await variantOf(asking, route, target, valuesBy(remembered));
  const trusted = trustedCopies(asking, [subject]);
  if (trusted) return { found: trusted[0]!, rule: remembered };

  const ruleName = await asking.isolate.names.rule(route.cls, fullKey);
  const { found, values } = await lookupAll(asking, [subject], { also: [ruleName] });
  const said = values(ruleName);
  if (said === undefined) return { found: found[0]!, rule: remembered };
  const rule = parseRule(said);
  memory.keepRule(key, rule);
  if (rule.join() === remembered.join()) return { found: found[0]!, rule };
  const other = await variantOf(asking, route, target, valuesBy(rule));
  return { found: (await lookupAll(asking, [other])).found[0]!, rule };
}

/** As it stands in Redis; what is not one is none. */
export const writeRule = (rule: readonly string[]) => rule.join(',');
const parseRule = (text: string | null) =>
  text !== null && /^[a-z0-9!#$%&'*+.^_`|~,-]+$/.test(text) ? text.split(',') : [];

/** The URI itself: the entry of one that does not vary, and what its rule is kept by. */
export const uriSubject = (asking: Asking, route: HttpRoute, target: string) =>
  variantOf(asking, route, target, []);

/** The entry of a URI for requests with these values. */
export async function variantOf(
  asking: Asking,
  { cls, siePlainMs }: HttpRoute,
  target: string,
  values: Selecting,
): Promise<Subject> {
  const variant = values
    .map(([name, value]) => `:${encodePart(name)}:${encodePart(value ?? undefined)}`)
    .join('');
  const params = { target, variant: variant === '' ? '' : `:@vary${variant}` };
  const names = await asking.isolate.names.entry(cls, null, params);
  return { cls, params, owner: null, names, load: undefined, windows: windowsOfEntry(siePlainMs) };
}
