import type { Bounds } from '../bounds.ts';
import { Problem } from '../http/problem.ts';

/** Looks at what every request has, before anything else does: the problem to answer with, or null. */
export function createRequestLimits({ urlBytes, headerBytes }: Pick<Bounds, 'urlBytes' | 'headerBytes'>) {
  /** Found well-formed last; nearly all requests of an isolate have the same, and parsing costs more than comparing. */
  let origin: string | undefined;

  return function refusalOf({ url, headers }: Request): Problem | null {
    // RFC 9112 §3.2: the URL is made from Host; one with a path in it would lead elsewhere, and begins like any other.
    if (/[^A-Za-z0-9.:[\]_~%!$&'()*+,;=-]/.test(headers.get('Host') ?? '')) return notAHost();
    if (origin === undefined || !url.startsWith(origin)) {
      // workerd hands on one that is none.
      if (!URL.canParse(url)) return notAHost();
      const pathAt = url.indexOf('/', 'https://'.length);
      origin = pathAt === -1 ? undefined : url.slice(0, pathAt + 1);
    }
    if (url.length > urlBytes)
      return new Problem('uri-too-long', { detail: `Keep the URL below ${urlBytes} bytes` });
    let bytes = 0;
    // RFC 7541 §4.1 counts 32 bytes of overhead for a field; here they stand for its name too, which would cost as much again to see.
    for (const value of headers.values()) bytes += value.length + 32;
    return bytes > headerBytes
      ? new Problem('headers-too-large', { detail: `Keep all headers together below ${headerBytes} bytes` })
      : null;
  };
}

const notAHost = () =>
  new Problem('invalid-request', { errors: [{ field: 'Host', detail: 'is not a host' }] });
