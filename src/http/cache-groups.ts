import { parseList } from 'structured-headers';
import { bounds } from '../bounds.ts';

/**
 * `Cache-Groups` and `Cache-Group-Invalidation` (RFC 9875 §2, §3): a List of Strings. RFC 9651 §4.2: a field that does
 * not parse is ignored as a whole. So is one with another member than a String, or with more or longer groups than we keep;
 * parameters are ignored. An absent field names none.
 */
export function parseCacheGroups(header: string | null): readonly string[] | 'malformed' {
  if (header === null) return [];
  try {
    const members = parseList(header).map(([value]) => value);
    const strings = members.filter((it): it is string => typeof it === 'string');
    const whole = strings.length === members.length && strings.length <= bounds.groupsPerField;
    return whole && strings.every((it) => it.length <= bounds.tagBytes)
      ? strings.filter((it) => it !== '')
      : 'malformed';
  } catch {
    return 'malformed';
  }
}
