import { describe, expect, test } from 'vitest';
import type { DataClassDefinition } from '../../src/strategy/types.ts';
import { aClass } from '../support/worker/world.ts';

const passing = (passHeaders: unknown) => () =>
  aClass({ passHeaders } as Partial<DataClassDefinition<{ id: string }>>);

test('headers that a class passes on are kept in lower case', () => {
  expect(passing(['X-Total-Count', 'x-next'])().passHeaders).toEqual(['x-total-count', 'x-next']);
  expect(aClass().passHeaders).toEqual([]);
});

describe('a header is refused by name, with the rule', () => {
  test.each([
    ['is not the name of a header', ['', 'X Total', 'X-Total:', 'X-Tötal', 'a\nb', '"x"']],
    [
      'is for one connection',
      [
        'Connection',
        'keep-alive',
        'TE',
        'Trailer',
        'Transfer-Encoding',
        'Upgrade',
        'Proxy-Authenticate',
        'HTTP2-Settings',
      ],
    ],
    ['would give one caller', ['Set-Cookie', 'set-cookie2', 'Cookie']],
    [
      'is a credential, or says who asked',
      [
        'Authorization',
        'X-Authorization',
        'WWW-Authenticate',
        'Authentication-Info',
        'X-Origin-Secret',
        'X-Tenant-Id',
        'X-User-Id',
        'X-Api-Key',
        'Api-Key',
        'X-CSRF-Token',
        'X-Token',
      ],
    ],
    [
      'is what the edge says itself',
      [
        'Cache-Control',
        'CDN-Cache-Control',
        'Surrogate-Control',
        'Pragma',
        'Expires',
        'Age',
        'Date',
        'ETag',
        'Vary',
        'Warning',
        'Cache-Status',
        'Server-Timing',
      ],
    ],
    ['names tags', ['Cache-Tag', 'Surrogate-Key', 'xkey', 'Cache-Groups', 'Cache-Group-Invalidation']],
    [
      'is of the bytes',
      [
        'Content-Length',
        'Content-Encoding',
        'content-range',
        'Content-Digest',
        'Accept-Ranges',
        'Digest',
        'Repr-Digest',
      ],
    ],
    ['is of CORS', ['Access-Control-Allow-Origin', 'access-control-expose-headers']],
    ['is of the whole host', ['Clear-Site-Data', 'Strict-Transport-Security', 'Alt-Svc']],
    ['is kept for the edge', ['X-Stillfresh-Key']],
  ])('%s', (rule, names) => {
    for (const name of names)
      expect(passing(['X-Total-Count', name])).toThrow(
        `report.passHeaders[1]: ${JSON.stringify(name)} ${rule}`,
      );
  });

  test.each<[string, unknown, string]>([
    ['no list', 'X-Total-Count', 'report.passHeaders: "X-Total-Count" is not valid; write a list of names'],
    ['no text', [7], "report.passHeaders[0]: 7 is not valid; write a header's name"],
    ['too many', Array.from({ length: 17 }, (_, i) => `X-${i}`), 'write at most 16'],
    ['one twice', ['X-Total', 'x-total'], 'report.passHeaders: a header is there twice'],
  ])('%s', (_what, passHeaders, says) => {
    expect(passing(passHeaders)).toThrow(says);
  });

  test('names that only look like one of them are fine', () => {
    const names = [
      'X-Total-Count',
      'X-Content-Version',
      'X-Age',
      'X-Tokens-Left',
      'ETags',
      'X-RateLimit-Limit',
      'Link',
    ];
    expect(passing(names)).not.toThrow();
  });
});
