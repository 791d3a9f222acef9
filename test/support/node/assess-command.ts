import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runWithHabit } from '../../../cli/args/process.ts';
import { assessCommand, assessOptions } from '../../../cli/assess/options.ts';
import { runAssess } from '../../../cli/assess/run.ts';

/** 10,000 requests of a real server. */
export const apacheLogs = fileURLToPath(new URL('../../vectors/logs/apache_logs.gz', import.meta.url));

export interface AssessTerminal {
  readonly stdin?: Uint8Array | string;
  /** The width of the terminal; without, there is none. */
  readonly columns?: number;
  /** What each look at the clock adds to it. */
  readonly tickMs?: number;
}

/** `npm run assess -- …args`, in this process. */
export async function runCommand(
  args: readonly string[],
  { stdin = '', columns, tickMs = 0 }: AssessTerminal = {},
) {
  let [out, err, nowMs] = ['', '', 0];
  const terminal = columns === undefined ? {} : { isTTY: true, columns };
  const environment = {
    env: {},
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: { write: (text: string) => (out += text), ...terminal },
    stderr: { write: (text: string) => (err += text), ...terminal },
    now: () => (nowMs += tickMs),
  };
  const code = await runWithHabit(
    assessCommand,
    (values) => runAssess(assessOptions(values), environment),
    args,
    environment,
  );
  return { code, out, err };
}

/** One line in combined format. */
export const combined = (second: number, target: string, { method = 'GET', status = 200 } = {}): string =>
  `10.0.0.1 - - [01/Nov/2026:10:00:${String(second).padStart(2, '0')} +0000] "${method} ${target} HTTP/1.1" ${status} 512 "-" "curl/8"\n`;
