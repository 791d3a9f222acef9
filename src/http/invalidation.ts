import type { FieldSet } from './message.ts';
import { targetOf } from './target.ts';

/** RFC 9110 §9.2.1; others, known or not, may change something (RFC 9111 §4.4). */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY']);

export const isUnsafe = (method: string) => !safeMethods.has(method);

/**
 * RFC 9111 §4.4: the targets that a non-error answer to an unsafe request makes invalid: its own, and those that `Location`
 * and `Content-Location` name, if they are of one of these origins. Each once.
 */
export function invalidated(
  target: string,
  status: number,
  fields: FieldSet,
  { requestUrl, originUrl }: { readonly requestUrl: string; readonly originUrl: string },
): string[] {
  if (status < 200 || status >= 400) return [];
  const origins = [new URL(requestUrl).origin, new URL(originUrl).origin];
  const named = ['location', 'content-location'].flatMap((name) => {
    const value = fields.get(name);
    if (value === null || !URL.canParse(value, requestUrl)) return [];
    const url = new URL(value, requestUrl);
    return origins.includes(url.origin) ? [targetOf(url.href)] : [];
  });
  // An origin below a path knows its resources by full paths: what it names may be one or the other.
  const base = new URL(originUrl).pathname.replace(/\/$/, '');
  const within = base === '' ? [] : named.filter((it) => it.startsWith(`${base}/`));
  return [...new Set([target, ...named, ...within.map((it) => it.slice(base.length))])];
}

/**
 * RFC 9110 §8.7: whether `Content-Location` names the very target, by the name that the origin was asked by or in full by the
 * client's: only then is the content its representation.
 */
export function isOfTarget(
  target: string,
  fields: FieldSet,
  { requestUrl, originUrl }: { readonly requestUrl: string; readonly originUrl: string },
): boolean {
  const asked = originUrl + target;
  const value = fields.get('content-location');
  if (value === null || !URL.canParse(value, asked)) return false;
  const named = oneUri(new URL(value, asked).href);
  return named === oneUri(asked) || named === oneUri(requestUrl);
}

const oneUri = (url: string) => new URL(url).origin + targetOf(url);
