import { type BareItem, parseDictionary, Token } from 'structured-headers';
import { bounds } from '../bounds.ts';
import { type Argument, Directives, MALFORMED } from './cache-control.ts';

/**
 * `CDN-Cache-Control` (RFC 9213 §2.1, §3): a Dictionary of directives. Null where it is absent, empty, or does not parse
 * as a whole: then it is ignored, and `Cache-Control` rules. Parameters are ignored.
 */
export function parseTargeted(header: string | null): Directives | null {
  if (header === null || header.length > bounds.targetedFieldBytes) return null;
  try {
    const directives = new Directives();
    for (const [name, [value]] of parseDictionary(header))
      directives.set(name, [argumentOf(value, (text) => header.includes(`${name}=${text}.`))]);
    return directives.size > 0 ? directives : null;
  } catch {
    return null;
  }
}

/** The argument as `Cache-Control` would have it. A value of another type counts as malformed. */
function argumentOf(value: BareItem | unknown[], isDecimal: (text: string) => boolean): Argument {
  if (value === true) return true;
  // The library does not tell 60.0 from 60.
  if (typeof value === 'number' && Number.isSafeInteger(value) && !isDecimal(String(value)))
    return String(value);
  if (typeof value === 'string' && !/^\d*$/.test(value)) return value;
  if (value instanceof Token) return value.toString();
  return MALFORMED;
}
