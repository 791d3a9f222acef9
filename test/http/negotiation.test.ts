import { describe, expect, it } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { acceptsGzip } from '../../src/http/accept-encoding.ts';
import { passedHeaders, storableHeaders } from '../../src/http/headers.ts';
import { serverTiming } from '../../src/http/server-timing.ts';

describe('Accept-Encoding (RFC 9110 §12.5.3)', () => {
  it.each([
    ['gzip', true],
    ['GZIP', true],
    ['x-gzip', true],
    ['gzip, deflate, br', true],
    ['br;q=1.0, gzip;q=0.8, *;q=0.1', true],
    ['gzip ; q=0.001', true],
    ['*', true],
    ['identity;q=0, *', true],
    ['identity;q=0', false],
    ['gzip;q=0', false],
    ['gzip;q=0.000', false],
    ['*, gzip;q=0', false],
    ['*;q=0', false],
    ['*;q=0, gzip', true],
    ['identity, gzip;q=0.5', false],
    ['identity;q=0.5, gzip', true],
    ['gzip;q=2', false],
    ['gzip;q=0.1234', false],
    ['gzip;level=9', false],
    // RFC 9110 §12.4.2: no space around the sign.
    ['gzip;q =1', false],
    ['gzip;q= 1', false],
    ['gzip;q = 1', false],
    ['gzip\t;\tQ=1', true],
    ['gzip;q=0.5;q=0.5', false],
    ['gzip;q=1.', true],
    ['gzip;q=.5', false],
    ['gzip;q=1.001', false],
    ['gzip;', false],
    ['gzip,', true],
    ['identity;q= 1, gzip;q=0.5', true],
    ['gzipped', false],
    ['deflate', false],
    ['', false],
    [null, false],
  ])('%s: %s', (header, expected) => {
    expect(acceptsGzip(header)).toBe(expected);
  });
});

describe("the origin's headers", () => {
  const origin = new Headers({
    'Content-Type': 'application/json',
    'Last-Modified': 'Mon, 05 Oct 2026 12:00:00 GMT',
    Link: '</next>; rel=next',
    'Set-Cookie': 'session=secret',
    Authorization: 'secret',
    'WWW-Authenticate': 'Basic',
    'Cache-Control': 'public, max-age=9999',
    'CDN-Cache-Control': 'max-age=9999',
    Expires: 'Mon, 05 Oct 2036 12:00:00 GMT',
    Age: '7',
    ETag: '"a"',
    Vary: 'Cookie',
    'Transfer-Encoding': 'chunked',
    'Keep-Alive': 'timeout=5',
    'Content-Encoding': 'gzip',
    'Access-Control-Allow-Origin': '*',
    'X-Powered-By': 'origin 1.2',
    'X-Internal-Secret': 'secret',
    'Retry-After': '3',
  });

  it('kept in an entry: what describes the representation', () => {
    expect(Object.fromEntries(storableHeaders(origin))).toEqual({
      'content-type': 'application/json',
      'last-modified': 'Mon, 05 Oct 2026 12:00:00 GMT',
      link: '</next>; rel=next',
    });
  });

  it('passed on to one client: also what speaks of this request', () => {
    const names = passedHeaders(origin).map(([name]) => name);
    expect(names).toEqual(['content-type', 'last-modified', 'link', 'retry-after']);
  });

  it('named by Connection: for that hop only', () => {
    const headers = new Headers({ Connection: 'close, LINK', Link: '<x>', 'Content-Type': 'text/plain' });
    expect(storableHeaders(headers)).toEqual([['content-type', 'text/plain']]);
  });

  it('too long: dropped', () => {
    const headers = new Headers({
      Link: 'x'.repeat(bounds.answerHeaderBytes + 1),
      'Content-Type': 'text/plain',
    });
    expect(storableHeaders(headers)).toEqual([['content-type', 'text/plain']]);
  });
});

describe('Server-Timing', () => {
  it('says what happened, in milliseconds', () => {
    expect(serverTiming({ redis: 1.234, lease: undefined, origin: 34, total: 40 })).toBe(
      'redis;dur=1.2, origin;dur=34, total;dur=40',
    );
    expect(serverTiming({})).toBeNull();
  });
});
