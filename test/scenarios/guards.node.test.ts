import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findMark, marks, marksOf, withoutGuard } from './support/guards.ts';

const folder = new URL('.', import.meta.url);
const tests = readdirSync(folder)
  .filter((file) => file.endsWith('.test.ts') && !import.meta.url.endsWith(file))
  .map((file) => readFileSync(new URL(file, folder), 'utf8'));

describe('every mark in src', () => {
  const several = ({ name }: { name: string }) => marks.filter((mark) => mark.name === name).length > 1;
  const guards = marks.map((mark) => (several(mark) ? `${mark.name} in ${basename(mark.file)}` : mark.name));

  it.each(guards)('is found, and taken out by a test: %s', (guard) => {
    expect(marks).toContain(findMark(guard));
    expect(tests.some((source) => source.includes(`'${guard}'`))).toBe(true);
  });
});

describe('a guard', () => {
  const source = ['if (a) return; // guard: one', '// guard: two, told of in words', "'x -- guard: three"];
  const among = [...marksOf('src/a.ts', source.join('\n')), ...marksOf('src/b.ts', source[0]!)];

  it('is a line that ends in its mark', () => {
    expect(among.map(({ name, file }) => `${name} ${file}`)).toEqual([
      'one src/a.ts',
      'three src/a.ts',
      'one src/b.ts',
    ]);
  });
  it('is found by its name, and by its file where that is needed', () => {
    expect(findMark('three', among).file).toBe('src/a.ts');
    expect(findMark('one in b.ts', among).file).toBe('src/b.ts');
  });
  it.each([
    ['not marked', 'two', among, 'nowhere'],
    ['not marked in that file', 'three in b.ts', among, 'nowhere'],
    ['marked in several files', 'one', among, 'src/a.ts, src/b.ts'],
    ['marked twice in one file', 'one in b.ts', [...among, among[2]!], 'src/b.ts, src/b.ts'],
  ])('is an error when it is %s', (_, guard, marked, where) => {
    expect(() => findMark(guard, marked)).toThrow(`is marked in ${where}`);
  });
  it('is taken out with its line, and nothing else', () => {
    expect(withoutGuard('access', 'a\nb // guard: access\nc // guard: other\n')).toBe(
      'a\nc // guard: other\n',
    );
  });
});
