import { parseList } from 'structured-headers';
import { bounds } from '../bounds.ts';

/**
 * `Cache-Groups` and `Cache-Group-Invalidation` (RFC 9875 §2, §3): a List of Strings. RFC 9651 §4.2: a field that does
 * not parse is ignored as a whole, and so is one with another member than a String; parameters are ignored. An absent
 * field names none. `too-many`: more, or longer, than we keep apart.
 */
export function parseCacheGroups(header: string | null): readonly string[] | 'malformed' | 'too-many' {
  if (header === null) return [];
  if (header.length > bounds.groupsFieldBytes) return 'too-many';
  try {
    const members = parseList(header).map(([value]) => value);
    const strings = members.filter((it): it is string => typeof it === 'string');
    if (strings.length < members.length) return 'malformed';
    if (strings.length > bounds.groupsPerField) return 'too-many';
    return strings.some((it) => it.length > bounds.tagBytes) ? 'too-many' : strings.filter((it) => it !== '');
  } catch {
    return 'malformed';
  }
}
