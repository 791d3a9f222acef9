/** What a team wrote may hold anything: in the document it is text, and a table keeps its shape. */

/** Plain text as Markdown that shows it: no line breaks, no markup, no HTML. */
export const plain = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>|~&#]/g, (it) => (it === '_' ? '_' : (escapes.get(it) ?? `\\${it}`)))
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/^([-+])(?=\s|$)/, '\\$1')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2');

/** A backslash before these is not enough everywhere: GitHub takes `\|` in a table for the sign, `\<` for itself. */
const escapes = new Map([
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['&', '&amp;'],
]);

/** A span of code; in a table its bars would end the cell. */
export function code(text: string): string {
  const line = text.replace(/\s+/g, ' ').replaceAll('|', '¦');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = longest > 0 || line.trim() === '' ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

export const codes = (all: readonly string[], none = '–'): string =>
  all.length === 0 ? none : all.map(code).join(', ');

/** Cells are Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(head),
    line(head.map(() => '---')),
    ...rows.map((row) => line(row.map((it) => it || '–'))),
  ].join('\n');
}

export const list = (items: readonly string[]): string => items.map((it) => `- ${it}`).join('\n');

/** Blank lines between what is there. */
export const paragraphs = (...all: readonly (string | null)[]): string => all.filter(Boolean).join('\n\n');

export const block = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;
