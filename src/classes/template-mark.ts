import { fnv1a } from '../hash.ts';
import type { Entry } from '../store/wire.ts';
import type { DataClass } from '../strategy/types.ts';

/*
 * Two versions of a class may make one key of different parameters: `{from}:{to}` of a and b is `{to}:{from}` of b and a. So the token of a fill
 * ends in which template made the key. It says nothing to who does not look for it, as versions before this one.
 */

const SEPARATOR = '~';

/** What the token of a fill ends in. */
export const templateMark = ({ definition }: DataClass): string =>
  `${SEPARATOR}${fnv1a(definition.key).toString(36)}`;

/** Entries of versions that marked none have no mark, and are taken for what they say they are. */
export function isOfAnotherTemplate(cls: DataClass, { fillToken }: Pick<Entry, 'fillToken'>): boolean {
  const at = fillToken.indexOf(SEPARATOR);
  return at !== -1 && fillToken.slice(at) !== templateMark(cls);
}
