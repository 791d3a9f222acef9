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
