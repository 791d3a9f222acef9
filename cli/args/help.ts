import { type Arg, builtIn, type Command } from './definition.ts';

/** Of a line. */
const WIDTH = 118;

/** The help of a command, all of it from its definition. */
export function helpOf(command: Command): string {
  const { typed, description, args, examples = [], notes } = command;
  const words = Object.entries(args)
    .filter(([, { required }]) => required !== undefined)
    .map(([name, arg]) => labelOf(name, arg));
  const rows = [...Object.entries(args), ...Object.entries(builtIn)];
  return paragraphs([
    [typed, ...words, '[options]'].join(' '),
    wrapped(description, WIDTH).join('\n'),
    examples.map((it) => `  ${it}`).join('\n'),
    ...grouped(rows),
    notes ?? '',
  ]);
}

export const paragraphs = (all: readonly string[]): string =>
  `${all
    .map((it) => it.trimEnd())
    .filter((it) => it !== '')
    .join('\n\n')}\n`;

/** Each group under its heading, in the order of their first members; all in the same columns. */
function grouped(rows: readonly (readonly [string, Arg])[]): string[] {
  const width = Math.max(...rows.map(([name, arg]) => labelOf(name, arg).length));
  const groups = Map.groupBy(
    rows,
    ([, { type, group }]) => group ?? (type === 'positional' ? 'arguments' : 'options'),
  );
  const shared = groups.get('options')!;
  groups.delete('options');
  return [...groups, ['options', shared] as const].map(([group, members]) =>
    [group, ...members.map(([name, arg]) => rowOf(labelOf(name, arg), described(arg), width))].join('\n'),
  );
}

function labelOf(name: string, { type, valueHint, options, multiple, default: otherwise }: Arg): string {
  if (type === 'positional') return multiple ? `${name}…` : name;
  if (type === 'boolean') return `--${otherwise === true ? 'no-' : ''}${name}`;
  return `--${name} ${valueHint ?? options?.join('|') ?? 'VALUE'}`;
}

const described = ({ type, description, multiple, options, default: otherwise }: Arg): string =>
  [
    description,
    ...(type === 'positional' && options ? [`(${options.join(', ')})`] : []),
    ...(multiple && type !== 'positional' ? ['(may be repeated)'] : []),
    ...(typeof otherwise === 'string' ? [`(default ${otherwise})`] : []),
  ].join(' ');

/** `  label   text`, the text in as many lines as it needs. */
export function rowOf(label: string, text: string, width: number): string {
  const lines = wrapped(text, WIDTH - 4 - width);
  return lines.map((line, at) => `  ${(at === 0 ? label : '').padEnd(width)}  ${line}`).join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
