import { bounds } from '../bounds.ts';

/** A number of JSON as it was written, in one form: `1`, `1.0` and `10e-1` are one value, 9007199254740993 and 9007199254740992 are two. */
export class ExactNumber {
  readonly form: string;
  constructor(source: string) {
    this.form = formOf(source);
  }
}

function formOf(source: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source) ?? [];
  if (exponent.length > 20) return source;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = BigInt(exponent) + BigInt(digits.length - significant.length - fraction.length);
  return `${sign}${significant}e${power}`;
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

const exactly: Reviver = (_, value, { source }) =>
  typeof value === 'number' ? new ExactNumber(source ?? String(value)) : value;

/** The value of JSON, its numbers exact; undefined: it is none, or nested too deeply to be walked. */
export function jsonValue(text: string): unknown {
  // A reviver is called for each level within the one above: what is too deep is seen before.
  if (isDeep(text)) return undefined;
  try {
    return JSON.parse(text, exactly as Parameters<typeof JSON.parse>[1]);
  } catch {
    return undefined;
  }
}

function isDeep(text: string): boolean {
  let level = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') level += 1;
    else if (token === ']' || token === '}') level -= 1;
    if (level > bounds.comparedLevels) return true;
  }
  return false;
}
