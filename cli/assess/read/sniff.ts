import { exit, Failure } from '../../failure.ts';
import type { LogLine } from '../log-line.ts';
import { blankLine } from './blank-line.ts';
import { nameOf } from './bytes.ts';
import { FORMAT_NAMES, HAR, LINE_FORMATS, type LineFormat } from './formats.ts';
import { shown } from './malformed.ts';

/** As it says that a log is empty. */
export const EMPTY: LineFormat = { name: 'empty', read: () => 'it is empty', isOwn: () => true };

/** Of the lines that were looked at so many have to be of a format. Others may be what else was written into the same file. */
const LEAST_SHARE = 0.1;
/** Of the lines that the best format reads so many are enough for one that is more particular, and tells more. */
const PARTICULAR_SHARE = 0.5;

/** What format lines are of, by how many of them each can read. Refuses where none reads enough of them. */
export function sniff(file: string, lines: readonly string[]): LineFormat | typeof HAR {
  const candidates = lines.filter((it) => it.trim() !== '');
  if (candidates.length === 0) return EMPTY;
  if (isHar(candidates)) return HAR;
  const line = blankLine();
  const counts = LINE_FORMATS.map((format) => candidates.filter((it) => isOf(format, it, line)).length);
  const most = Math.max(...counts);
  if (most >= LEAST_SHARE * candidates.length)
    return LINE_FORMATS[counts.findIndex((count) => count >= PARTICULAR_SHARE * most)]!;
  throw new Failure(
    exit.refused,
    `the format of ${nameOf(file)} is not recognised
it begins with: ${shown(candidates[0]!)}
${taken(candidates[0]!)}
known: ${FORMAT_NAMES.join(', ')}; if it is one of them, say so with --format`,
  );
}

/** Why it is not what it most likely was to be. */
function taken(text: string): string {
  const format = formatCalled(text.trimStart().startsWith('{') ? 'nginx-json' : 'combined') as LineFormat;
  return `taken for ${format.name}: ${format.read(text, blankLine(), { signs: 0 }) ?? 'it is that, but too few other lines are'}`;
}

const isOf = (format: LineFormat, text: string, line: LogLine): boolean =>
  format.read(text, line, { signs: 0 }) === null && format.isOwn(text);

/** HAR 1.2: one object, and `log` is all that is in it. */
const isHar = (lines: readonly string[]): boolean =>
  /^\s*\{\s*"log"\s*:\s*\{/.test(lines.slice(0, 3).join('\n'));

/** By its name, as `--format` has it. */
export function formatCalled(name: string): LineFormat | typeof HAR {
  const found = name === HAR ? HAR : LINE_FORMATS.find((it) => it.name === name);
  if (!found) throw new Failure(exit.refused, `--format ${name}: it is one of ${FORMAT_NAMES.join(', ')}`);
  return found;
}
