import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LogLine } from '../../../../cli/assess/log-line.ts';
import { lineOf } from './sources.ts';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const COMBINED =
  /^\S+ \S+ \S+ \[(\d+)\/(\w+)\/(\d+):(\d+):(\d+):(\d+) \+0000\] "(\S+) (\S+)[^"]*" (\d+) (\S+)/;

/** The lines of test/vectors/logs, read here by one expression: nothing of what is tested has a part in it. */
export function apacheLog(): LogLine[] {
  const file = join(import.meta.dirname, '../../../vectors/logs/apache_logs.gz');
  const text = gunzipSync(readFileSync(file)).toString();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, day, month, year, hour, minute, second, method, target, status, bytes] = COMBINED.exec(line)!;
      return lineOf({
        timeMs: Date.UTC(
          Number(year),
          MONTHS.indexOf(month!),
          Number(day),
          Number(hour),
          Number(minute),
          Number(second),
        ),
        ...{ method: method!, target: target!, status: Number(status) },
        bytes: bytes === '-' ? -1 : Number(bytes),
      });
    });
}
