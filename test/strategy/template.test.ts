import { expect, test } from 'vitest';
import { compileOriginPath, PathRefused } from '../../src/strategy/origin-path.ts';
import { compileKey, compileTag, TemplateError } from '../../src/strategy/template.ts';

test('a key template is filled segment by segment', () => {
  const key = compileKey('dashboard:{dashboard_id}:kpis-{date_range}.v');
  expect(key.names).toEqual(['dashboard_id', 'date_range']);
  expect(key.fill({ dashboard_id: 'd:1', date_range: '2026-10' })).toBe('dashboard:d%3A1:kpis-2026-10.v');
  expect(key.fill({ dashboard_id: 1, date_range: undefined })).toBe('dashboard:@1:kpis-@none.v');
});

test('an empty key template is one entry', () => {
  expect(compileKey('').fill({})).toBe('');
});

test.each([
  ['a::b', 'an empty segment'],
  [':a', 'an empty segment'],
  ['a:', 'an empty segment'],
  ['{a}{b}', 'two parameters in one segment'],
  ['{a}-{b}', 'two parameters in one segment'],
  ['{a}:x:{a}', 'names {a} twice'],
  ['{a', 'is not a template'],
  ['a}', 'is not a template'],
  ['{}', 'is not a template'],
  ['{a b}', 'is not a template'],
  ['{{a}}', 'is not a template'],
  ['a b', 'is not a template'],
  ['@t', 'is not a template'],
  ['a%3A', 'is not a template'],
  ['a\n', 'is not a template'],
])('key template %j is refused: %s', (template, why) => {
  expect(() => compileKey(template)).toThrow(TemplateError);
  expect(() => compileKey(template)).toThrow(why);
});

test('a tag holds its values raw', () => {
  const tag = compileTag('dashboard:{dashboard_id}/{n}'.replace('/', '-'));
  expect(tag.fill({ dashboard_id: 'd:1 é', n: 2 })).toBe('dashboard:d:1 é-2');
});

test.each(['', '@t', 'a b', '{a', 'a\n'])('tag template %j is refused', (template) => {
  expect(() => compileTag(template)).toThrow(TemplateError);
});

test('an origin path encodes each value inside its segment', () => {
  const path = compileOriginPath('/t/{tenant_id}/invoices/{id}?expand={expand}&page=p{page}&v=1');
  expect(path.names).toEqual(['tenant_id', 'id', 'expand', 'page']);
  const values = { tenant_id: 'acme', id: "../a?b#c%2e!'()*", expand: 'x&y=z', page: 2 };
  expect(path.fill(values)).toBe(
    '/t/acme/invoices/..%2Fa%3Fb%23c%252e%21%27%28%29%2A?expand=x%26y%3Dz&page=p2&v=1',
  );
});

test('an absent parameter leaves the query with its name', () => {
  const path = compileOriginPath('/list?a={a}&b={b}');
  expect(path.fill({ a: undefined, b: '' })).toBe('/list?b=');
  expect(path.fill({ a: undefined, b: undefined })).toBe('/list');
});

test.each([
  ['/{id}', '.', 'is a segment of dots'],
  ['/x/{id}/y', '..', 'is a segment of dots'],
  ['/x/.{id}', '.', 'is a segment of dots'],
  ['/x/{id}', '', 'is empty'],
  ['/{id}/evil.example', '', 'is empty'],
  ['/x/{id}', undefined, 'is missing'],
  ['/x/{id}', '\ud800', 'is not well-formed Unicode'],
  ['/x?q={id}', 'a\udc00', 'is not well-formed Unicode'],
])('%s with %j is refused, naming the parameter', (template, id, why) => {
  const path = compileOriginPath(template);
  try {
    expect.fail(path.fill({ id }));
  } catch (refused) {
    expect(refused).toBeInstanceOf(PathRefused);
    expect((refused as PathRefused).param).toBe('id');
    expect((refused as PathRefused).message).toBe(`id ${why}`);
  }
});

test('whatever stands in a parameter, the origin is asked the same number of segments at the same host', () => {
  const path = compileOriginPath('/a/{x}/b');
  for (const x of [
    '...',
    '%2e%2e',
    '%2E.',
    '/',
    '\\',
    '//evil.example',
    'a/../..',
    '?q',
    '#f',
    '\t',
    '\u0000',
    '．．',
  ]) {
    const url = new URL(path.fill({ x }), 'https://origin.example');
    expect(url.host).toBe('origin.example');
    expect(url.pathname.split('/')).toEqual(['', 'a', encodeURIComponent(x), 'b']);
    expect(url.search + url.hash).toBe('');
  }
});

test.each([
  ['invoices', "begin it with one '/'"],
  ['', "begin it with one '/'"],
  ['//evil.example/{id}', "begin it with one '/'"],
  ['https://evil.example', "begin it with one '/'"],
  ['/a/../b', 'a segment of dots'],
  ['/a/%2e%2e/b', 'without %'],
  ['/a#b', 'is not a template'],
  ['/a\\b', 'is not a template'],
  ['/a b', 'is not a template'],
  ['/a?{x}', "without 'name='"],
  ['/a?', "without 'name='"],
  ['/a?x={x', 'is not a template'],
])('origin path %j is refused: %s', (template, why) => {
  expect(() => compileOriginPath(template)).toThrow(TemplateError);
  expect(() => compileOriginPath(template)).toThrow(why);
});
