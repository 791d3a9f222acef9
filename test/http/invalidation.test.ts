import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invalidated, isUnsafe } from '../../src/http/invalidation.ts';
import { FieldSet } from '../../src/http/message.ts';
import { targetOf } from '../../src/http/target.ts';

type Fields = Readonly<Record<string, string>>;
const REQUEST = 'https://edge.example/things/7?x=1';
const by = (fields: Fields, { status = 200, originUrl = 'https://origin.example' } = {}) =>
  invalidated('/things/7?x=1', status, new FieldSet(Object.entries(fields)), {
    requestUrl: REQUEST,
    originUrl,
  });

describe('unsafe methods (RFC 9110 §9.2.1)', () => {
  it.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'REPORT', 'SEARCH', 'QUERY'])(
    '%s is safe',
    (method) => {
      expect(isUnsafe(method)).toBe(false);
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'CONNECT', 'MKCOL', 'MOVE', 'LOCK', 'PROPPATCH'])(
    '%s is not',
    (method) => {
      expect(isUnsafe(method)).toBe(true);
    },
  );

  it.each(['FOO', '', 'get', 'Get', 'GETS', 'constructor'])(
    'RFC 9111 §4.4: nor is %j, which nobody knows',
    (method) => {
      expect(isUnsafe(method)).toBe(true);
    },
  );
});

describe('what an answer makes invalid (RFC 9111 §4.4)', () => {
  const own = '/things/7?x=1';
  it.each([
    ['the target', {}, [own]],
    ['Location, absolute', { location: 'https://edge.example/a?b' }, [own, '/a?b']],
    ['Location, a path', { location: '/a' }, [own, '/a']],
    ['RFC 9110 §10.2.2: Location, relative', { location: '8' }, [own, '/things/8']],
    ['RFC 9110 §10.2.2: Location, with dots', { location: '../a' }, [own, '/a']],
    ['Location, a query', { location: '?y' }, [own, '/things/7?y']],
    ['Location, without scheme', { location: '//edge.example/a' }, [own, '/a']],
    ['without its fragment', { location: '/a#b' }, [own, '/a']],
    ["of the origin's own name", { location: 'https://origin.example/a' }, [own, '/a']],
    ['Content-Location', { 'content-location': '/a' }, [own, '/a']],
    ['both', { location: '/a', 'content-location': '/b' }, [own, '/a', '/b']],
    ['each once', { location: '/a', 'content-location': 'https://edge.example/a' }, [own, '/a']],
    ['the target once', { location: REQUEST }, [own]],
    ['RFC 3986 §6.2.2: as it is keyed', { location: '/%7ea/%c3%a9/é' }, [own, '/~a/%C3%A9/%C3%A9']],
    ['RFC 3986 §3.2.1: whoever the user is', { location: 'https://me:x@edge.example/a' }, [own, '/a']],
    ['RFC 3986 §6.2.3: the port of the scheme', { location: 'https://EDGE.example:443/a' }, [own, '/a']],
    ['not of another host', { location: 'https://other.example/a' }, [own]],
    ['not of another port', { location: 'https://edge.example:8443/a' }, [own]],
    ['not of another scheme', { location: 'http://edge.example/a' }, [own]],
    ['not of a host that begins alike', { location: 'https://edge.example.other/a' }, [own]],
    ['not of a host that is a user', { location: 'https://edge.example@other.example/a' }, [own]],
    ['not of another host, without scheme', { location: '//other.example/a' }, [own]],
    ['not of a URI without origin', { location: 'data:,a', 'content-location': 'javascript:a' }, [own]],
    ['not what is no URI', { location: 'https://', 'content-location': 'http://[' }, [own]],
    ['nothing else', { link: '</a>; rel=next', 'x-location': '/a' }, [own]],
  ] as [string, Fields, string[]][])('%s', (_, fields, expected) => {
    expect(by(fields, { status: 201 })).toEqual(expected);
  });

  it.each([200, 201, 204, 205, 299, 301, 303, 304, 399])('%i is not an error', (status) => {
    expect(by({ location: '/a' }, { status })).toEqual([own, '/a']);
  });

  it.each([100, 103, 199, 400, 404, 412, 499, 500, 503])('%i makes nothing invalid', (status) => {
    expect(by({ location: '/a' }, { status })).toEqual([]);
  });

  it.each([
    ['https://origin.example/base', 'https://origin.example/base/a', ['/base/a', '/a']],
    ['https://origin.example/base/', '/base/a?b', ['/base/a?b', '/a?b']],
    ['https://origin.example/base', '/a', ['/a']],
    ['https://origin.example/base', '/basement/a', ['/basement/a']],
  ])('an origin below a path, %s, may name its resources with it: %s', (originUrl, location, expected) => {
    expect(by({ location }, { originUrl })).toEqual([own, ...expected]);
  });

  it('of whatever it names: the target always, each once, as it is keyed, and none of another origin', () => {
    const host = fc.constantFrom('edge.example', 'origin.example', 'other.example', 'edge.example:8443');
    const path = fc.string({ unit: fc.constantFrom(...'/.%?#a7~é', '%2F', '%7e') });
    const url = fc.oneof(
      fc
        .tuple(fc.constantFrom('https', 'http'), host, path)
        .map(([scheme, at, it]) => `${scheme}://${at}/${it}`),
      path.map((it) => `/${it}`),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(url, url, (location, contentLocation) => {
        const got = by({ location, 'content-location': contentLocation });
        expect(got[0]).toBe(own);
        expect(new Set(got).size).toBe(got.length);
        const ours = [location, contentLocation]
          .filter((it) => URL.canParse(it, REQUEST))
          .map((it) => new URL(it, REQUEST))
          .filter((it) => ['https://edge.example', 'https://origin.example'].includes(it.origin));
        expect(new Set(got)).toEqual(new Set([own, ...ours.map((it) => targetOf(it.href))]));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['/', '../', '%', '%2f', '"', '\\', ',', ' ', '@'])(
    'work is bounded: 32 KiB of %j, 64 times',
    (unit) => {
      const text = unit.repeat((32 * 1024) / unit.length);
      for (let i = 0; i < 64; i += 1) by({ location: `/a${text}${i}`, 'content-location': text + i });
    },
  );
});
