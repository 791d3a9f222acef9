/** Long, or with digits and capitals in it as no word has: whoever knows a webhook of Slack's knows its secret, which is its path. */
const isTokenLike = (segment: string) =>
  segment.length >= 16 || (segment.length >= 8 && /[\dA-Z]/.test(segment));
/** At the end of a path, where it most often stands, whatever is more than a word may be one. */
const isWord = (segment: string) => /^[a-z]*$/.test(segment);

/** A destination as it may stand in a terminal or a log: without what may be a secret, which receivers of alerts have in their URL. */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) return '…';
  const segments = url.pathname.split('/');
  const shown = segments.map((segment, i) => {
    const isEnd = i === segments.length - 1;
    return isTokenLike(segment) || (isEnd && !isWord(segment)) ? '…' : segment;
  });
  return `${url.protocol}//${url.host}${shown.join('/')}${url.search === '' ? '' : '?…'}`;
}
