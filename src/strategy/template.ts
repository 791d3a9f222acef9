import { encodePart } from './encode.ts';
import type { Params } from './types.ts';

/** A template of a key, a tag or an origin's path, compiled once. */
export interface Template {
  /** Parameters that it names, in order, each once. */
  readonly names: readonly string[];
  fill(params: Params): string;
}

/** A template that cannot be compiled; the message quotes it and says the mend. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

const placeholder = /\{([A-Za-z][A-Za-z0-9_]*)\}/;

/** `parts`: literal, name, literal, name, …, literal, which is what `String.split` gives with one group. */
export function partsOf(template: string) {
  const parts = template.split(placeholder);
  const names = parts.filter((_, i) => i % 2 === 1);
  return { parts, names, literals: parts.filter((_, i) => i % 2 === 0).join('') };
}

/**
 * Segments separated by `:`, literals of `[A-Za-z0-9_.-]`, at most one `{param}` in a segment. What stands around
 * a parameter never changes and no encoded value holds a `:`, so different parameters give different keys.
 */
export function compileKey(template: string): Template {
  if (template === '') return { names: [], fill: () => '' };
  const segments = template.split(':').map((segment) => {
    const [before = '', name, after = '', ...more] = segment.split(placeholder);
    if (segment === '') throw new TemplateError(`"${template}" has an empty segment; take out the extra ':'`);
    if (more.length > 0) {
      throw new TemplateError(`"${template}" has two parameters in one segment; separate them by ':'`);
    }
    checkLiteral(template, before + after, /^[A-Za-z0-9_.-]*$/, 'A-Z a-z 0-9 _ . -');
    return { before, name, after };
  });
  const names = segments.flatMap(({ name }) => name ?? []);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TemplateError(`"${template}" names {${twice}} twice; once is enough`);
  return {
    names,
    fill: (params) =>
      segments
        .map(({ before, name, after }) =>
          name === undefined ? before : before + encodePart(params[name]) + after,
        )
        .join(':'),
  };
}

/** Literals of `[A-Za-z0-9_.:-]` and any `{param}`; values stand in it raw: two tags that meet purge too much, never too little. */
export function compileTag(template: string): Template {
  if (template === '') throw new TemplateError('a tag is empty; name what it stands for');
  const { parts, names, literals } = partsOf(template);
  checkLiteral(template, literals, /^[A-Za-z0-9_.:-]*$/, 'A-Z a-z 0-9 _ . : -');
  return {
    names: [...new Set(names)],
    fill: (params) => parts.map((part, i) => (i % 2 === 1 ? String(params[part] ?? '') : part)).join(''),
  };
}

export function checkLiteral(template: string, literal: string, allowed: RegExp, says: string): void {
  if (allowed.test(literal)) return;
  throw new TemplateError(
    `${JSON.stringify(template)} is not a template; write {param} and literals of ${says}`,
  );
}
