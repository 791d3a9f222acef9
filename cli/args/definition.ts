/** One argument, in the terms of citty; the parser, the checks, the help and the completion all come from it. */
export interface Arg {
  readonly type: 'boolean' | 'string' | 'enum' | 'positional';
  readonly description: string;
  /** What its value is called: `NAME`, `URL`. */
  readonly valueHint?: string;
  /** True: only `--no-<name>` can be typed. */
  readonly default?: string | true;
  /** What an `enum` may be. */
  readonly options?: readonly string[];
  /** May be given several times; its value is a list. Of words only the last may be so. */
  readonly multiple?: true;
  /** Must be given; what to say when it is not. */
  readonly required?: string;
  /** The heading under which the help lists it. Default `options`, of words `arguments`. */
  readonly group?: string;
}

export type Args = Readonly<Record<string, Arg>>;

export interface Command<A extends Args = Args> {
  /** Stands before messages: `dev`, `stillfresh`. */
  readonly name: string;
  /** How people type it, up to its arguments: `npm run dev --`, `npx stillfresh purge`. */
  readonly typed: string;
  /** One sentence, without a full stop. */
  readonly description: string;
  readonly args: A;
  readonly examples?: readonly string[];
  /** What to say of a word that no argument takes. */
  readonly stray: string;
  /** The end of the help. */
  readonly notes?: string;
}

/** What the arguments of a command hold. */
export type Values<A extends Args> = { readonly [K in keyof A]: Value<A[K]> };

type Value<T extends Arg> = T extends { multiple: true }
  ? readonly string[] | undefined
  : T extends { type: 'boolean' }
    ? boolean
    : T extends { default: string } | { required: string }
      ? Word<T>
      : Word<T> | undefined;

type Word<T extends Arg> = T extends { options: readonly (infer O)[] } ? O : string;

export const defineCommand = <const A extends Args>(command: Command<A>): Command<A> => command;

/** What every command takes, and no definition lists. */
export const builtIn: Args = {
  help: { type: 'boolean', description: 'print this; -h is the same' },
  version: { type: 'boolean', description: 'print the version' },
};

/** What can be typed after `--`, by its name. */
export function flagsOf({ args }: Command): ReadonlyMap<string, Arg> {
  const own = Object.entries(args).filter(([, it]) => it.type !== 'positional');
  return new Map(
    [...own, ...Object.entries(builtIn)].map(([name, it]) => [it.default === true ? `no-${name}` : name, it]),
  );
}

export const positionalsOf = ({ args }: Command): readonly (readonly [string, Arg])[] =>
  Object.entries(args).filter(([, it]) => it.type === 'positional');
