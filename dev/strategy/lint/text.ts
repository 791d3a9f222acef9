import type { Finding } from './finding.ts';
import { toMend } from './lint.ts';

/** For people: findings by place, what is to be mended first; then what is silenced, with its reason; then the sums. */
export function lintText(findings: readonly Finding[]): string {
  const open = toMend(findings);
  const meant = findings.filter((it) => it.silenced !== null);
  const groups = [...Map.groupBy(open, ({ place }) => place)];
  const lines = [
    ...groups.flatMap(([place, found]) => [
      ...[found[0]!.at === null ? place : `${place} (${found[0]!.at})`],
      ...found.flatMap(({ rule, why, mend }) => [`  ${rule}: ${why}`, `    ${mend}`]),
      '',
    ]),
    ...meant.map(({ rule, place, silenced }) => `silenced: ${place}: ${rule}: ${silenced}`),
    sumText(open.length, meant.length),
  ];
  return lines.map((it) => `${it}\n`).join('');
}

const sumText = (open: number, meant: number) =>
  open === 0 && meant === 0
    ? 'lint: no findings'
    : `lint: ${open === 1 ? '1 finding' : `${open} findings`} to mend, ${meant} silenced`;
