/** What documentation and templates put where a value of one's own belongs. */
const placeholders: readonly RegExp[] = [
  // RFC 2606: nobody can have these names.
  /(?:^|[/.@])example\.(?:com|net|org)(?![\w-]|\.\w)/i,
  /\w\.(?:example|invalid)(?![\w.-])/i,
  // As a whole, as a string in JSON, or in a URL's host: a secret of random characters may hold < and > anywhere.
  /^<.*>$/,
  /"<[^"]*>"/,
  /:\/\/[^/]*<[^/]*>/,
  /(?:^|[^a-z0-9])your[-_ ]/i,
  /(?<![a-z])(?:(?:change|replace)[-_ ]?(?:me|this)[-_ ]?)+(?![a-z])/i,
  /^(?:to-?do|tbd|fixme|placeholder|x{3,}|\.{3}|…)$/i,
];

/** Whether a value, or one of several separated by commas, is still to be replaced by one's own. */
export const isPlaceholder = (value: string): boolean =>
  [value, ...value.split(',')].some((part) => placeholders.some((it) => it.test(part.trim())));
