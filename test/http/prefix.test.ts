import { describe, expect, test } from 'vitest';
import { isBelow, referenceForClients, withoutPrefix } from '../../src/http/prefix.ts';

test.each<[string, string | null]>([
  ['/docs', '/'],
  ['/docs?a=1', '/?a=1'],
  ['/docs/', '/'],
  ['/docs/?', '/?'],
  ['/docs/a/b?c=/docs/d', '/a/b?c=/docs/d'],
  ['/docs/docs/a', '/docs/a'],
  ['/docs//evil.test/x', '//evil.test/x'],
  ['/docs/..%2Fadmin', '/..%2Fadmin'],
  ['/docs/%2E%2E/a', '/%2E%2E/a'],
  ['/docs;v=1/a', null],
  ['/docsx', null],
  ['/docs%2Fa', null],
  ['/docs%3Fa', null],
  ['/Docs/a', null],
  ['/doc', null],
  ['/', null],
  ['//docs/a', null],
])('%s, without /docs: %s', (target, rest) => {
  expect(isBelow(target, '/docs')).toBe(rest !== null);
  if (rest !== null) expect(withoutPrefix(target, '/docs')).toBe(rest);
});

test('everything is below no prefix', () => {
  expect(isBelow('/a', '')).toBe(true);
  expect(isBelow('*', '')).toBe(true);
});

describe('what the origin says of its resources, as clients know them', () => {
  const at = (originUrl: string, value: string) =>
    referenceForClients(value, {
      askedUrl: `${originUrl}/a/b?c`,
      originUrl,
      publicUrl: 'https://edge.test',
      prefix: '/docs',
    });

  test.each([
    ['/x', '/docs/x'],
    ['/', '/docs/'],
    ['/x?y=/z#w', '/docs/x?y=/z#w'],
    // The origin's own folder of that name.
    ['/docs/x', '/docs/docs/x'],
    ['x', '/docs/a/x'],
    ['../x', '/docs/x'],
    ['../../../x', '/docs/x'],
    ['?y', '/docs/a/b?y'],
    ['#w', '/docs/a/b?c#w'],
    ['https://origin.test/x', '/docs/x'],
    ['HTTPS://ORIGIN.test:443/x', '/docs/x'],
    ['//origin.test/x', '/docs/x'],
    ['https://origin.test', '/docs/'],
    ['/x%2Fy/%7Ez', '/docs/x%2Fy/%7Ez'],
    // By the name that clients know it by, of which it is told: with the prefix only if it knows that itself.
    ['https://edge.test/x', '/docs/x'],
    ['https://edge.test/docs/x', 'https://edge.test/docs/x'],
    ['https://edge.test/docsx', '/docs/docsx'],
    // In the other scheme, as behind a proxy that it does not know of.
    ['http://origin.test/x', '/docs/x'],
    ['http://origin.test:80/x', '/docs/x'],
    ['http://edge.test/x', '/docs/x'],
    ['http://edge.test/docs/x', 'http://edge.test/docs/x'],
    ['http://origin.test/a/b', '/docs/a/b'],
    // The same in the other scheme: it wants to be asked otherwise.
    ['http://origin.test/a/b?c', 'http://origin.test/a/b?c'],
    // Others' are theirs.
    ['http://origin.test:443/x', 'http://origin.test:443/x'],
    ['https://origin.test:80/x', 'https://origin.test:80/x'],
    ['ftp://origin.test/x', 'ftp://origin.test/x'],
    ['wss://origin.test/x', 'wss://origin.test/x'],
    ['http://edge.test:8080/x', 'http://edge.test:8080/x'],
    ['https://other.test/x', 'https://other.test/x'],
    ['https://origin.test:8443/x', 'https://origin.test:8443/x'],
    ['//evil.test/x', '//evil.test/x'],
    ['mailto:a@b.test', 'mailto:a@b.test'],
    ['https://', 'https://'],
    ['', ''],
  ])('%s: %s', (value, seen) => {
    expect(at('https://origin.test', value)).toBe(seen);
  });

  test.each([
    ['http://origin.test:3000', 'https://origin.test:3000/x', '/docs/x'],
    ['http://origin.test', 'https://origin.test/x', '/docs/x'],
    ['http://origin.test', 'https://origin.test:443/x', '/docs/x'],
    ['http://origin.test', 'https://origin.test/a/b?c', 'https://origin.test/a/b?c'],
    ['http://origin.test', 'https://origin.test:3000/x', 'https://origin.test:3000/x'],
    ['http://origin.test', 'https://edge.test/x', '/docs/x'],
  ])('of one at %s: %s: %s', (originUrl, value, seen) => {
    expect(at(originUrl, value)).toBe(seen);
  });

  test.each([
    ['/app/x', '/docs/x'],
    ['/app', '/docs/'],
    ['/app/', '/docs/'],
    ['/appx', '/docs/appx'],
    // One that does not know its own.
    ['/x', '/docs/x'],
    ['x', '/docs/a/x'],
    ['https://origin.test/app/x', '/docs/x'],
  ])('of one below a path of its own: %s: %s', (value, seen) => {
    expect(at('https://origin.test/app', value)).toBe(seen);
  });
});
