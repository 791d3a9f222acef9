/** What documentation and templates put where a value of one's own belongs: wherever it stands. */
const anywhere: readonly RegExp[] = [
  // RFC 2606: nobody can have these names.
  /(?:^|[/.@])example\.(?:com|net|org)(?![\w-]|\.\w)/i,
  /\w\.(?:example|invalid)(?![\w.-])/i,
  // Beside this in a URL's host alone: a secret of random characters may hold < and > anywhere.
  /:\/\/[^/]*<[^/]*>/,
  /(?<![a-z])(?:(?:change|replace)[-_ ]?(?:me|this)[-_ ]?)+(?![a-z])/i,
];

/** As all of it, or where it begins, or where a label of its host does: a name of one's own may have such words further on. */
const beginning: readonly RegExp[] = [
  /^<.*>$/,
  /^your(?:api|app|company|domain|name|org|project|server|site|tenant)$/i,
  /^(?:(?:add|enter|insert|put)[-_ ])?your[-_ ]/i,
  /^(?:replace|change)[-_ ]?(?:with|to)(?![a-z])/i,
];

/** As all of it. An application may well be called `todo`. */
const words = /^(?:TO-?DO|[xX]{3,}|\.{3}|…|tbd|TBD|fixme|FIXME|placeholder|PLACEHOLDER)$/;

/** In JSON a whole string, and nothing else: its names are free text. */
const inJson = /"<[^"]*>"/;

/** Whether a value, or one of several separated by commas, is still to be replaced by one's own. `isName`: it may be any word. */
export function isPlaceholder(value: string, isName = false): boolean {
  if (value.trimStart().startsWith('{')) return inJson.test(value);
  return [value, ...value.split(',')].some((it) => {
    const part = it.trim();
    const [, host] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#:]*)/i.exec(part) ?? [];
    const labels = [part, ...(host ?? part).split('.')];
    return (
      (!isName && words.test(part)) ||
      anywhere.some((pattern) => pattern.test(part)) ||
      labels.some((label) => beginning.some((pattern) => pattern.test(label)))
    );
  });
}
