/** Whether only so many texts match a pattern: it is held at both ends, and nothing in it repeats without an end. */
export function isBoundedPattern(source: string): boolean {
  const plain = withoutClassesAndEscapes(source);
  return alternativesOf(plain).every((it) => it.startsWith('^') && it.endsWith('$') && !endless.test(it));
}

const endless = /[*+]|\{\d+,\}/;

/** `_` for what is one character: no mark in it is one of the pattern's. */
const withoutClassesAndEscapes = (source: string): string =>
  source.replaceAll(/\\(?:u\{[^}]*\}|p\{[^}]*\}|.)|\[(?:\\.|[^\]\\])*\]/gisu, '_');

/** Of the whole pattern: what stands in brackets is held by what is around it. */
function alternativesOf(plain: string): string[] {
  let depth = 0;
  const found = [''];
  for (const char of plain) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char === '|' && depth === 0) found.push('');
    else found[found.length - 1] += char;
  }
  return found;
}
