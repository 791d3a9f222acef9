import { bounds } from '../bounds.ts';
import { parseCacheGroups } from './cache-groups.ts';

/**
 * Tags that an answer names. `Cache-Tag` separates names by commas, `Surrogate-Key` and `xkey` by spaces; `Cache-Groups`
 * (RFC 9875 §2) is a list of strings. `ofGroup`: the tag that a group's name stands for.
 */
export function tagsNamedBy(headers: Pick<Headers, 'get'>, ofGroup = (name: string) => name): string[] {
  const cacheTags = (headers.get('Cache-Tag') ?? '').split(',');
  const surrogateKeys = ['Surrogate-Key', 'xkey'].flatMap((name) => (headers.get(name) ?? '').split(/[ ,]/));
  const named = [...cacheTags, ...surrogateKeys].map((tag) => tag.trim());
  return [...named, ...groupsOf(headers).map(ofGroup)].filter((tag) => tag !== '');
}

/** Too many are more than any entry may name, so that it is not stored. */
function groupsOf(headers: Pick<Headers, 'get'>): readonly string[] {
  const groups = parseCacheGroups(headers.get('Cache-Groups'));
  if (groups === 'malformed') return [];
  if (groups !== 'too-many') return groups;
  return Array.from({ length: bounds.tagsPerEntry }, (_, i) => `too-many-${i}`);
}
