import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReadTwoWays } from '../../src/http/deception.ts';
import { FieldSet } from '../../src/http/message.ts';

const read = (target: string, type: string | null = 'text/html; charset=utf-8') =>
  isReadTwoWays(target, new FieldSet(type === null ? [] : [['content-type', type]]));

describe('guard: a path that can be read in two ways (RFC 9111 §7.1)', () => {
  it.each([
    ['RFC 3986 §3.3: parameters of a segment', '/account;x'],
    ['parameters of a segment within', '/a;v=1/account'],
    ['an empty segment', '//account'],
    ['an empty segment within', '/account//x'],
    ['a backslash', '/account\\x'],
    ['RFC 3986 §2.2: an encoded slash', '/account%2Fx'],
    ['in lower case', '/account%2fx'],
    ['an encoded backslash', '/account%5Cx'],
    ['an encoded semicolon', '/account%3Bx'],
    ['an encoded question mark', '/account%3Fx'],
    ['an encoded number sign', '/account%23x'],
    ['an encoded percent sign', '/account%252Fx'],
    ['an encoded NUL', '/account%00'],
    ['an encoded line feed', '/account%0A'],
    ['an encoded carriage return', '/account%0D'],
    ['RFC 3986 §3.3: an encoded dot', '/%2e%2e/account'],
    ['two dots', '/account/..x'],
    ['a file that begins with a dot', '/account/.css'],
    ['a dot at the end', '/account.'],
  ])('%s: %s', (_, target) => {
    expect(read(target)).toBe(true);
    expect(read(`${target}?x=1`)).toBe(true);
    expect(read(target, null)).toBe(true);
  });

  it.each([
    ['a page', '/account'],
    ['the root', '/'],
    ['a slash at the end', '/account/'],
    ['dots in a name', '/v1.2.3/account'],
    ['a folder that begins with a dot', '/.well-known/change-password'],
    ['other encoded characters', '/caf%C3%A9%20x'],
    ['other delimiters', "/a:b@c!$&'()*+,=~_-"],
    ['delimiters of the query', '/account?x=//;%2F%00..'],
    ['a folder with an extension', '/x.css/account'],
    ['the extension of a page', '/account.php'],
    ['one that is too long', '/account.stylesheetss'],
  ])('not %s: %s', (_, target) => {
    expect(read(target)).toBe(false);
  });
});

describe('guard: an extension that contradicts what came (RFC 9111 §7.1)', () => {
  it.each([
    ['css', 'text/css'],
    ['js', 'text/javascript'],
    ['js', 'application/javascript; charset=utf-8'],
    ['mjs', 'application/x-javascript'],
    ['json', 'application/json'],
    ['json', 'application/ld+json'],
    ['map', 'application/json'],
    ['xml', 'application/rss+xml'],
    ['txt', 'text/plain'],
    ['csv', 'text/csv'],
    ['pdf', 'application/pdf'],
    ['svg', 'image/svg+xml'],
    ['wasm', 'application/wasm'],
    ['zip', 'application/zip'],
    ['gz', 'application/gzip'],
    ['png', 'image/png'],
    ['jpg', 'image/webp'],
    ['ico', 'image/x-icon'],
    ['avif', 'image/avif'],
    ['woff2', 'font/woff2'],
    ['ttf', 'application/octet-stream'],
    ['mp4', 'video/mp4'],
    ['mp3', 'audio/mpeg'],
    ['ogg', 'application/ogg'],
  ])('.%s: %s fits, a page does not', (extension, type) => {
    for (const it of [extension, extension.toUpperCase()]) {
      expect(read(`/x.${it}`, type)).toBe(false);
      expect(read(`/x.${it}?a`, type.toUpperCase())).toBe(false);
      expect(read(`/account/x.${it}`, null)).toBe(true);
      expect(read(`/account/x.${it}`)).toBe(true);
      expect(read(`/account/x.${it}?a=1`)).toBe(true);
      expect(read(`/account.${it}`, 'application/xhtml+x; charset=UTF-8')).toBe(true);
    }
  });
});

it('guard: an extension that no file has contradicts nothing, whatever it is called', () => {
  for (const it of ['foo', 'constructor']) expect(read(`/x.${it}`, 'image/png')).toBe(false);
});

describe('of whatever path', () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9_~!$&'()*+,=:@-]{1,8}$/);
  const path = fc.array(segment, { minLength: 1, maxLength: 5 });

  it('one of plain segments is read in one way', () => {
    fc.assert(
      fc.property(path, (segments) => {
        expect(read(`/${segments.join('/')}`)).toBe(false);
      }),
    );
  });

  it('a delimiter in it, encoded or not, makes two, wherever it stands', () => {
    const delimiter = fc.constantFrom(
      ...[';', '//', '\\', '%2F', '%5c', '%3b', '%3F', '%23', '%25', '%00', '%0a', '%2E', '..'],
    );
    fc.assert(
      fc.property(path, path, delimiter, (before, after, it) => {
        expect(read(`/${before.join('/')}${it}${after.join('/')}`)).toBe(true);
      }),
    );
  });

  it('the query says nothing, and no text makes it throw', () => {
    const text = fc.string({ unit: fc.constantFrom(...'/.;\\%2fF5cC0aA3bB?#xé') });
    fc.assert(
      fc.property(text, text, (target, query) => {
        expect(read(`/${target.replaceAll('?', '')}?${query}`)).toBe(read(`/${target.replaceAll('?', '')}`));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['/', '.', '/.', './', '%', '%2', 'a', '?', '\\', 'a.', '/.a'])(
    'work is bounded: 32 KiB of %j, 64 times',
    (unit) => {
      const text = unit.repeat((32 * 1024) / unit.length);
      for (let i = 0; i < 64; i += 1) read(`/${text}${i}/`, `${text}${i}`);
    },
  );
});

it.each(['foo', 'exe', 'xlsx', 'tar', '7z'])('HTML under .%s is not what its name says', (extension) => {
  const fields = new FieldSet([['content-type', 'text/html; charset=utf-8']]);
  expect(isReadTwoWays(`/account.${extension}`, fields)).toBe(true);
});
