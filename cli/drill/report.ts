import type { Drilled } from './drill.ts';

/** One line for people. */
export const lineOf = ({ name, passed, figure, bound, why }: Drilled): string =>
  `${passed ? 'pass' : 'FAIL'}  ${name.padEnd(24)} ${figure === null ? why : `${figure} (at most ${bound}): ${why}`}\n`;

export const sumOf = (drilled: readonly Drilled[], requests: number): string => {
  const failed = drilled.filter(({ passed }) => !passed).length;
  return `${drilled.length - failed} passed, ${failed} failed; ${requests} requests\n`;
};

const attribute = (text: string): string =>
  text
    // XML 1.0 has no place for these.
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ' ')
    .replace(/[&<>"\n\r\t]/g, (it) => `&#${it.codePointAt(0)};`);

/** As CI servers read it. `seconds`: of each drill. */
export function junitOf(drilled: readonly (Drilled & { readonly seconds: number })[]): string {
  const failed = drilled.filter(({ passed }) => !passed).length;
  const cases = drilled.map(({ name, passed, figure, bound, why, seconds }) => {
    const head = `  <testcase classname="stillfresh.drill" name="${attribute(name)}" time="${seconds.toFixed(3)}"`;
    if (passed) return `${head}/>`;
    const message = figure === null ? why : `${figure}, of at most ${bound}: ${why}`;
    return `${head}>\n    <failure message="${attribute(message)}"/>\n  </testcase>`;
  });
  const time = drilled.reduce((sum, { seconds }) => sum + seconds, 0);
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="stillfresh drill" tests="${drilled.length}" failures="${failed}" time="${time.toFixed(3)}">
${cases.join('\n')}
</testsuite>
`;
}
