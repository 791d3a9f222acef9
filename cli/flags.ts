import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from './failure.ts';
import { shellWord } from './text.ts';

/** Flags that every command takes. */
export const commonFlags = { url: { type: 'string' }, json: { type: 'boolean' } } as const;

/** `flags` by name, and what stands beside them. */
export function parseFlags<const T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  const parsed = parse(args, options);
  const seen = new Set<string>();
  for (const token of parsed.tokens) {
    if (token.kind !== 'option') continue;
    // The last would win, and the first be forgotten in silence.
    if (seen.has(token.name) && !options[token.name]?.multiple)
      throw new UsageError(`--${token.name} is given twice; give it once`);
    if (token.value === '') throw new UsageError(`--${token.name} is empty; give a value, or leave it out`);
    seen.add(token.name);
  }
  return { flags: parsed.values, rest: parsed.positionals };
}

/** A flag and its value, to be pasted into a shell. */
export const typed = (flag: string, value: string): string =>
  `${flag}${value.startsWith('-') ? '=' : ' '}${shellWord(value)}`;

function parse<const T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  const config = { args: [...args], options, allowPositionals: true, tokens: true } as const;
  for (const token of parseArgs({ ...config, strict: false }).tokens) {
    if (token.kind !== 'option' || token.inlineValue !== false || !/^-./.test(token.value)) continue;
    const { rawName, value } = token;
    throw new UsageError(
      `${rawName} ${value}: if ${value} is the value, write ${typed(rawName, value)}; else give one`,
    );
  }
  try {
    return parseArgs(config);
  } catch (error) {
    // It names the flag, and then goes on about flags in general.
    throw new UsageError((error as Error).message.split(/\n|\. /)[0]!);
  }
}

export function noMore(rest: readonly string[], mend: string): void {
  if (rest.length > 0) throw new UsageError(`${rest[0]} stands alone; ${mend}`);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
const LONGEST_MS = 24 * 3_600_000;

export function durationMs(flag: string, text: string): number {
  const [, count, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  if (Number.isNaN(ms))
    throw new UsageError(`${flag} ${text}: give a whole number and s, m or h, such as 90s or 2m`);
  if (ms === 0 || ms > LONGEST_MS) throw new UsageError(`${flag} ${text}: give a time from 1s to 24h`);
  return ms;
}
