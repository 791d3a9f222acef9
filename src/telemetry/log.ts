/** One JSON object a line, for a human with `jq` and for every log pipeline. */
export type LogLine = Readonly<Record<string, unknown>> & {
  readonly event: string;
  readonly level: 'info' | 'warn' | 'error';
};

export type Log = (line: LogLine) => void;

export const consoleLog: Log = (line) => {
  const text = JSON.stringify(line);
  if (line.level === 'error') console.error(text);
  else if (line.level === 'warn') console.warn(text);
  else console.log(text);
};

/** Writes so many lines within this time, and drops the rest. */
export function limitedLog(log: Log, most: number, perMs: number, now: () => number): Log {
  let lines = 0;
  let fromMs = Number.NEGATIVE_INFINITY;
  return (line) => {
    const nowMs = now();
    if (Math.abs(nowMs - fromMs) >= perMs) [lines, fromMs] = [0, nowMs];
    lines += 1;
    if (lines <= most) log(line);
  };
}
