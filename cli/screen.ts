import type { Environment } from './environment.ts';

/** Lines that stand still in a terminal while what they say changes. */
export interface Screen {
  /** `head`: the line that names the columns. */
  show(lines: readonly string[], head: number): void;
  /** Gives the terminal back as it was. */
  end(): void;
}

const ESC = '\u001b[';

/** Null where standard output is no terminal that could be written over. */
export function screenOn({ stdout, env }: Pick<Environment, 'stdout' | 'env'>): Screen | null {
  if (!stdout.isTTY || env['TERM'] === 'dumb') return null;
  let begun = false;
  return {
    show(lines, head) {
      // Another page, without its cursor. All in one write, each line over the one before it: nothing is ever blank.
      const begin = begun ? '' : `${ESC}?1049h${ESC}?25l`;
      begun = true;
      const room = Math.max(1, (stdout.rows || 24) - 1);
      // The last line is the sum of those above it.
      const fitting = lines.length > room ? [...lines.slice(0, room - 1), ...lines.slice(-1)] : lines;
      const cut = fitting.map((line) => line.slice(0, stdout.columns || 80));
      const text = cut
        .map((line, at) => (at === head && !env['NO_COLOR'] ? `${ESC}7m${line}${ESC}0m` : line))
        .map((line) => `${line}${ESC}K\r\n`)
        .join('');
      stdout.write(`${begin}${ESC}H${text}${ESC}J`);
    },
    end() {
      if (begun) stdout.write(`${ESC}?25h${ESC}?1049l`);
      begun = false;
    },
  };
}
