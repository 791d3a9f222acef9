import type { Timed } from './drill.ts';

/** One line for people. */
export const lineOf = ({ name, passed, figure, bound, why }: Timed): string =>
  `${passed === null ? 'skip' : passed ? 'pass' : 'FAIL'}  ${name.padEnd(24)} ${figure === null ? why : `${figure} (at most ${bound}): ${why}`}\n`;

export function sumOf(done: readonly Timed[], requests: number): string {
  const { passed, failed, skipped } = countsOf(done);
  return `${passed} passed, ${failed} failed, ${skipped} skipped; ${requests} requests\n`;
}

export const countsOf = (done: readonly Timed[]) => ({
  passed: done.filter(({ passed }) => passed === true).length,
  failed: done.filter(({ passed }) => passed === false).length,
  skipped: done.filter(({ passed }) => passed === null).length,
});

export const jsonOf = (done: readonly Timed[]): string =>
  `${JSON.stringify({ drills: done.map(({ seconds: _, ...it }) => it) })}\n`;

const attribute = (text: string): string =>
  text
    // XML 1.0 has no place for these.
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"\n\r\t]/g, (it) => `&#${it.codePointAt(0)};`);

/** As CI servers read it. */
export function junitOf(done: readonly Timed[]): string {
  const { failed, skipped } = countsOf(done);
  const cases = done.map(({ name, passed, figure, bound, why, seconds }) => {
    const head = `  <testcase classname="stillfresh.drill" name="${attribute(name)}" time="${seconds.toFixed(3)}"`;
    if (passed) return `${head}/>`;
    const message = figure === null ? why : `${figure}, of at most ${bound}: ${why}`;
    const outcome = passed === null ? 'skipped' : 'failure';
    return `${head}>\n    <${outcome} message="${attribute(message)}"/>\n  </testcase>`;
  });
  const time = done.reduce((sum, { seconds }) => sum + seconds, 0);
  const counts = `tests="${done.length}" failures="${failed}" errors="0" skipped="${skipped}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="stillfresh drill" ${counts} time="${time.toFixed(3)}">
${cases.join('\n')}
</testsuite>
`;
}
