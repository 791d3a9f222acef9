import type { Environment } from '../environment.ts';
import { printable, table } from '../text.ts';
import type { Audited } from './shapes.ts';
import { timeText } from './words.ts';

/** What was changed, and what was refused, newest first. */
export function showAudit(list: readonly Audited[], json: boolean, { stdout, stderr }: Environment): void {
  if (json) stdout.write(`${JSON.stringify(list)}\n`);
  else if (list.length === 0) stderr.write('nothing was changed yet\n');
  else stdout.write(table([['AT', 'WHO', 'CLASS', 'FROM', 'TO', 'WHY'], ...list.map(rowOf)]));
}

const rowOf = ({ at, who, class: name, from, to, also, why, refused }: Audited): string[] => [
  timeText(at),
  printable(who),
  printable(name ?? 'kill switch'),
  standText(from),
  standText(to),
  printable(
    [why, ...(also ? [`(${also})`] : []), ...(refused === null ? [] : [`REFUSED: ${refused}`])].join(' '),
  ),
];

function standText(stand: Audited['from']): string {
  if (stand === null) return '-';
  if (typeof stand === 'boolean') return stand ? 'on' : 'off';
  return stand.mode === 'on' ? `on ${stand.percent} %` : stand.mode;
}
