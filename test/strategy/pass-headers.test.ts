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
    [
      'would give one caller',
      ['Set-Cookie', 'set-cookie2', 'Cookie', 'X-Set-Cookie', 'X-Cookie', 'X_Cookies', 'Cookie-X'],
    ],
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
        'Token',
        'CSRF-Token',
        'XSRF-Token',
        'X-XSRF-TOKEN',
        'Refresh-Token',
        'X-Amz-Security-Token',
        'X-Auth-Next-Token',
        'Session-Id',
        'X-Session',
        'SessionId',
        'X-Jwt',
        'X-Auth',
        'X-Auth-User',
        'X-User',
        'X-User-Email',
        'X-Username',
        'Remote-User',
        'REMOTE_USER',
        'X-Goog-Authenticated-User-Email',
        'X-Tenant',
        'Cf-Access-Jwt-Assertion',
        'X-Amzn-Oidc-Data',
        'X-Ms-Client-Principal-Name',
        'X-OAuth-Scopes',
        'Authentication-Control',
        'Client-Cert',
        'DPoP-Nonce',
        'X-Access-Key',
        'ApiKey',
        'X-Secret',
        'X-Password',
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
        'Content-Digest',
        'Accept-Ranges',
        'Digest',
        'Repr-Digest',
        'Content-MD5',
      ],
    ],
    ['is of CORS', ['Access-Control-Allow-Origin', 'access-control-expose-headers']],
    [
      'is of the whole host',
      [
        'Clear-Site-Data',
        'Strict-Transport-Security',
        'Alt-Svc',
        'NEL',
        'Report-To',
        'Service-Worker-Allowed',
        'Accept-CH',
        'Host',
        'Forwarded',
        'X-Forwarded-Proto',
      ],
    ],
    ['leads elsewhere', ['Location', 'Content-Location', 'Refresh']],
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
      'X-Next-Page-Token',
      'Page-Token',
      'X-Continuation-Token',
      'X-Ms-Continuationtoken',
      'Next-Token',
      'Sync-Token',
      'X-Token-Count',
      'X-Users',
      'X-User-Count',
      'X-Superuser-Count',
      'X-Author',
      'X-Sessions-Total',
      'X-Sort-Key',
      'X-Keys-Left',
      'X-Customer-Id',
      'X-Request-Id',
      'X-Location-Id',
      'X-Host-Count',
      'Content-Range',
      'Content-Language-Count',
      'Reporting-Endpoints',
      'Preference-Applied',
      'SourceMap',
    ];
    for (const name of names) expect(passing([name]), name).not.toThrow();
  });

  test('one that is passed on anyway may be named: other origins may read it then', () => {
    for (const name of [
      'Content-Type',
      'Content-Disposition',
      'Content-Security-Policy',
      'Last-Modified',
      'Link',
    ])
      expect(passing([name]), name).not.toThrow();
  });
});
