/** Names and tags may hold anything; what a terminal would obey must not reach it. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\uFFFD');
}

/** The text as a shell takes it for one word. */
export const shellWord = (text: string): string =>
  /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** `0.3 s`, `12 s`. */
export function seconds(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  return `${s < 9.95 ? Number(s.toFixed(1)) : Math.round(s)} s`;
}

/** Rows as aligned columns, the last one ragged. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]!.length))) ?? [];
  const lines = rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at]!)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
