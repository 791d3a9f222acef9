/**
 * A destination as it may stand in a terminal or a log. Receivers of alerts have secrets in their paths, which no shape tells from words: only
 * our own are shown.
 */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) return '…';
  const { protocol, host, pathname, search } = url;
  const path = pathname === '/' || pathname.startsWith('/-/') ? pathname : '/…';
  return `${protocol}//${host}${path}${search === '' ? '' : '?…'}`;
}
