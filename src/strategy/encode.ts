/** A value that a key can hold. */
export type Part = string | number | boolean | undefined;

/**
 * One part of a key, injective over strings, finite numbers, booleans and `undefined`: different values never give
 * one text, and no text holds `:`. Strings are percent-encoded down to `A-Za-z0-9_.~-`, so `@` is free to mark the
 * others: `@2`, `@true`, `@none`.
 */
export function encodePart(value: Part): string {
  switch (typeof value) {
    case 'string':
      return value.replace(unsafe, encodeChar);
    case 'boolean':
      return `@${value}`;
    case 'undefined':
      return '@none';
    case 'number':
      if (Number.isFinite(value)) return `@${value}`; // -0 prints as 0
  }
  throw new TypeError(`a key holds strings, finite numbers and booleans, not ${String(value)}`);
}

/** `encodeURIComponent`, and the five characters that it leaves. Throws `URIError` on a lone surrogate. */
export function encodeUriPart(value: string): string {
  if (unreserved.test(value)) return value;
  return encodeURIComponent(value).replace(/[!'()*]/g, percent);
}

const unreserved = /^[A-Za-z0-9_.~-]*$/;
const unsafe = /[^A-Za-z0-9_.~-]/gu;

function encodeChar(char: string): string {
  // UTF-8 has no form for a lone surrogate; `%u` is never the start of another escape.
  if (!char.isWellFormed()) return `%u${hex(char)}`;
  return encodeUriPart(char);
}

/** The value that a part of a key was made of. */
export function valueOfPart(part: string): Part {
  if (!part.startsWith('@')) return decodePart(part);
  const text = part.slice(1);
  if (text === 'none') return undefined;
  return text === 'true' || text === 'false' ? text === 'true' : Number(text);
}

/** The string that a part of a name was made of; one that is none of ours, or was cut short, as it stands. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const percent = (char: string) => `%${hex(char)}`;
const hex = (char: string) => char.charCodeAt(0).toString(16).toUpperCase();
