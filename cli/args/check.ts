import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { UsageError } from '../failure.ts';
import { printable, shellWord } from '../text.ts';
import { type Arg, type Command, flagsOf, positionalsOf } from './definition.ts';
import { spelledLike } from './spelling.ts';

/** A flag as it was typed, and its value. */
export interface Typed {
  readonly name: string;
  readonly value: string | undefined;
}

/**
 * Refuses what citty would take in silence: a flag that there is none of, one given twice, a value that is missing or
 * none of those there are, words that nothing takes. Gives the flags that hold.
 */
export function check(command: Command, args: readonly string[]): readonly Typed[] {
  const flags = flagsOf(command);
  const options: ParseArgsOptionsConfig = {};
  for (const [name, { type }] of flags) options[name] = { type: type === 'boolean' ? type : 'string' };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });

  const typed: Typed[] = [];
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, value } = token;
    const flag = `--${name}`;
    const known = token.rawName === flag ? flags.get(name) : undefined;
    // Of `-tag` Node makes -t, -a and -g: what was typed is said.
    if (!known) throw noSuchFlag(args[token.index]!.split('=')[0]!, flags);
    if (typed.some((it) => it.name === name) && !known.multiple)
      throw new UsageError(`${flag} is given twice; give it once`); // else the first would be forgotten in silence
    mustHold(flag, known, value, token.inlineValue === true);
    typed.push({ name, value });
  }
  mustHaveAll(command, typed, words);
  return [...typed, ...listed(command, words)];
}

/** Words of the last argument, where it takes several. */
function listed(command: Command, words: readonly string[]): readonly Typed[] {
  const positionals = positionalsOf(command);
  const [name, last] = positionals.at(-1) ?? [];
  return name !== undefined && last?.multiple
    ? words.slice(positionals.length - 1).map((value) => ({ name, value }))
    : [];
}

const noSuchFlag = (flag: string, flags: ReadonlyMap<string, Arg>) =>
  new UsageError(
    `there is no flag ${printable(flag)}${spelledLike(
      flag,
      [...flags.keys()].map((it) => `--${it}`),
    )}`,
  );

function mustHold(
  flag: string,
  { type, options, valueHint }: Arg,
  value: string | undefined,
  inline: boolean,
) {
  if (type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${flag} takes no value; leave out =${printable(value)}`);
    return;
  }
  const what = valueHint ?? options?.join('|') ?? 'VALUE';
  if (value === undefined) throw new UsageError(`${flag} has no value; give ${flag} ${what}`);
  if (value === '') throw new UsageError(`${flag} is empty; give ${flag} ${what}, or leave it out`);
  if (!inline && /^-./.test(value))
    throw new UsageError(
      `${flag} ${printable(value)}: if ${printable(value)} is the value, write ${pasted(flag, value)}; else give one`,
    );
  if (type === 'enum') mustBeOneOf(flag, value, options ?? []);
}

function mustHaveAll(command: Command, typed: readonly Typed[], words: readonly string[]): void {
  const positionals = positionalsOf(command);
  for (const [at, [name, { options, required }]] of positionals.entries()) {
    const word = words[at];
    if (required !== undefined && !word) throw new UsageError(required);
    if (word !== undefined && options) mustBeOneOf(name, word, options);
  }
  const stray = positionals.at(-1)?.[1].multiple ? undefined : words[positionals.length];
  if (stray !== undefined) throw new UsageError(`${printable(stray)} stands alone; ${command.stray}`);
  for (const [name, { type, required }] of Object.entries(command.args)) {
    if (type === 'positional' || required === undefined || typed.some((it) => it.name === name)) continue;
    throw new UsageError(`--${name} is missing: ${required}`);
  }
}

function mustBeOneOf(what: string, value: string, options: readonly string[]): void {
  if (options.includes(value)) return;
  throw new UsageError(`${what} ${shown(value)}: give ${oneOf(options)}${spelledLike(value, options)}`);
}

/** `bash, zsh or fish`. */
export const oneOf = (words: readonly string[]): string => words.join(', ').replace(/, ([^,]*)$/, ' or $1');

/** A flag and its value, to be pasted into a shell. */
export const pasted = (flag: string, value: string): string =>
  `${flag}${value.startsWith('-') ? '=' : ' '}${shellWord(value)}`;

/** In one line, whatever it is. */
export const shown = (text: string): string =>
  /^[\x21-\x7e]+$/.test(text) ? text : printable(JSON.stringify(text));
