/** What documentation and templates put where a value of one's own belongs: wherever it stands. */
const anywhere: readonly RegExp[] = [
  // RFC 2606: nobody can have these names.
  /(?:^|[/.@])example\.(?:com|net|org)(?![\w-]|\.\w)/i,
  /\w\.(?:example|invalid)(?![\w.-])/i,
  // Beside these in a URL's host alone: a secret of random characters may hold < and { anywhere.
  /:\/\/[^/]*(?:<[^/]*>|\{[^/]*\})/,
  /(?<![a-z])(?:(?:change|replace)[-_ ]?(?:me|this)[-_ ]?)+(?![a-z])/i,
];

/** As all of it, or where it begins: a value of one's own may have such words further on. */
const beginning: readonly RegExp[] = [
  /^<.*>$/,
  /^your(?:api|app|company|domain|name|org|project|server|site|tenant)$/i,
  /^(?:(?:add|enter|insert|put)[-_ ])?your[-_ ]/i,
  /^(?:replace|change)[-_ ]?(?:with|to)(?![a-z])/i,
];

const ofHost =
  'account|api|app|audience|backend|bucket|company|db|domain|edge|endpoint|host|hostname|idp|instance|issuer|org|organization|origin|project|site|subdomain|tenant|worker|workspace';

/** As a label of a host: there are `your-server.de` and `your-move.com`. */
const labelled: readonly RegExp[] = [
  /^<.*>$/,
  /^your(?:app|company|domain|tenant)$/i,
  new RegExp(
    `^(?:(?:add|enter|insert|put)[-_])?your(?:[-_](?:${ofHost}))+(?:[-_](?:here|id|name|url))?$`,
    'i',
  ),
  /^replace[-_]?with(?![a-z])/i,
];

/** As all of it. An application may well be called `todo`. */
const words = /^(?:TO-?DO|[xX]{3,}|\.{3}|…|tbd|TBD|fixme|FIXME|placeholder|PLACEHOLDER)$/;

/** In JSON a whole string, and nothing else: its names are free text. */
const inJson = /"<[^"]*>"/;

/** Whether a value, or one of several separated by commas, is still to be replaced by one's own. `isName`: it may be any word. */
export function isPlaceholder(value: string, isName = false): boolean {
  if (value.trimStart().startsWith('{') && parses(value)) return inJson.test(value);
  return [value, ...value.split(',')].some((it) => {
    // Some templates write ${YOUR_SECRET} or {{ your-secret }}.
    const part = it.replace(/^\s*\$?\{+(.*?)\}+\s*$/, '$1').trim();
    const [, host] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#:]*)/i.exec(part) ?? [];
    return (
      (!isName && words.test(part)) ||
      [...anywhere, ...beginning].some((pattern) => pattern.test(part)) ||
      (host ?? part).split('.').some((label) => labelled.some((pattern) => pattern.test(label)))
    );
  });
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
