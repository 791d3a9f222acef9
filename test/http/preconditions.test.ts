import { describe, expect, it } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import {
  type EntityTag,
  entityTagFor,
  formatEntityTag,
  parseEntityTag,
  strongEtagOf,
} from '../../src/http/etag.ts';
import { evaluatePreconditions, parseIfNoneMatch } from '../../src/http/preconditions.ts';

const tag = (text: string): EntityTag => parseEntityTag(text)!;

describe('entity tags (RFC 9110 §8.8.3)', () => {
  it.each(['"xyzzy"', 'W/"xyzzy"', '""', '"a,b"', `"!#$%&'()*+-./:;<=>?@[\\]^_\`{|}~"`])('%s', (text) => {
    expect(formatEntityTag(tag(text))).toBe(text);
  });

  it.each([
    'xyzzy',
    '"xyzzy',
    'w/"xyzzy"',
    'W/xyzzy',
    '"a"b"',
    '"a b"',
    '"é"',
    '',
    ' "a"',
    `"${'a'.repeat(300)}"`,
  ])('not %.20s', (text) => {
    expect(parseEntityTag(text)).toBeNull();
  });

  it('of a body: 27 characters of its SHA-256, the same for the same bytes', async () => {
    const body = new TextEncoder().encode('hello');
    expect(formatEntityTag(await strongEtagOf(body))).toBe('"LPJNul-wow4m6DsqxbninhsWHlw"');
    expect(await strongEtagOf(body.slice(0, 4))).not.toEqual(await strongEtagOf(body));
  });

  it('differs per coding, as weak or strong as it was', () => {
    expect(formatEntityTag(entityTagFor(tag('"abc"'), 'gzip'))).toBe('"abc-gzip"');
    expect(formatEntityTag(entityTagFor(tag('W/"abc"'), 'gzip'))).toBe('W/"abc-gzip"');
    expect(formatEntityTag(entityTagFor(tag('"abc"'), 'identity'))).toBe('"abc"');
  });
});

describe('If-None-Match (RFC 9110 §13.1.2)', () => {
  it.each([
    ['"a"', ['"a"']],
    ['"a", W/"b"', ['"a"', 'W/"b"']],
    ['"a","b"', ['"a"', '"b"']],
    [' ,, "a" ,\t, "b",', ['"a"', '"b"']],
    ['"a,b", ""', ['"a,b"', '""']],
    ['', []],
    [null, []],
  ])('%s', (header, expected) => {
    const parsed = parseIfNoneMatch(header);
    expect(parsed === '*' || parsed === 'malformed' ? parsed : parsed.map(formatEntityTag)).toEqual(expected);
  });

  it('* stands alone', () => {
    expect(parseIfNoneMatch('*')).toBe('*');
    expect(parseIfNoneMatch(' * ')).toBe('*');
  });

  it.each([
    'a',
    '"a',
    'w/"a"',
    'W/ "a"',
    '"a" "b"',
    '"a""b"',
    '*, "a"',
    '"a", *',
    '"a"; "b"',
    '"a\tb"',
    'W/',
    '**',
  ])('malformed: %s', (header) => {
    expect(parseIfNoneMatch(header)).toBe('malformed');
  });

  it('is bounded', () => {
    const list = (count: number) => Array(count).fill('"a"').join(',');
    expect(parseIfNoneMatch(list(bounds.ifNoneMatchTags))).toHaveLength(bounds.ifNoneMatchTags);
    expect(parseIfNoneMatch(list(bounds.ifNoneMatchTags + 1))).toBe('malformed');
    expect(parseIfNoneMatch(`${', '.repeat(100_000)}x`)).toBe('malformed');
  });

  it('takes the bytes that a grammar of 1999 allows, which no tag of ours has', () => {
    expect(parseIfNoneMatch('"é"')).toEqual([{ weak: false, opaque: 'é' }]);
  });
});

describe('304 or not (RFC 9110 §13.2.2)', () => {
  const current = [tag('"v2-gzip"'), tag('"v2"')];
  const evaluate = (header: string | null, tags = current) => {
    const parsed = parseIfNoneMatch(header);
    const verdict = parsed === 'malformed' ? parsed : evaluatePreconditions(parsed, tags);
    return typeof verdict === 'string' ? verdict : formatEntityTag(verdict.notModified);
  };

  it.each([
    ['no condition', null, 'proceed'],
    ['an old tag', '"v1"', 'proceed'],
    ['the tag of this answer', '"v2-gzip"', '"v2-gzip"'],
    ['the tag of the other coding', '"v2"', '"v2"'],
    ['one of several', '"v1", "v2"', '"v2"'],
    ['the same, called weak by a proxy', 'W/"v2-gzip"', '"v2-gzip"'],
    ['whatever there is', '*', '"v2-gzip"'],
  ])('%s', (_, header, expected) => {
    expect(evaluate(header)).toBe(expected);
  });

  it('a weak tag of the origin matches too', () => {
    expect(evaluate('W/"a"', [tag('W/"a"')])).toBe('W/"a"');
    expect(evaluate('"a"', [tag('W/"a"')])).toBe('W/"a"');
  });

  it('an answer without a tag is sent whole', () => {
    expect(evaluate('"a"', [])).toBe('proceed');
    expect(evaluate('*', [])).toBe('proceed');
  });
});
