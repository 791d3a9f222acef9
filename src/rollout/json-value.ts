import { bounds } from '../bounds.ts';

/** A number of JSON as it was written, in one form: `1`, `1.0` and `10e-1` are one value, 9007199254740993 and 9007199254740992 are two. */
export class ExactNumber {
  readonly form: string;
  constructor(source: string) {
    this.form = formOf(source);
  }
}

/** In one walk over its digits: there may be millions. */
function formOf(source: string): string {
  const [mantissa = '', exponent = '0'] = source.split(/[eE]/);
  if (exponent.length > 20) return source;
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.slice(sign.length).split('.');
  const digits = whole + fraction;
  let from = 0;
  let to = digits.length;
  while (from < to && digits[from] === '0') from += 1;
  while (from < to && digits[to - 1] === '0') to -= 1;
  if (from === to) return '0';
  return `${sign}${digits.slice(from, to)}e${BigInt(exponent) + BigInt(whole.length - to)}`;
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

/** Sign by sign: a text that does not end is looked at once. */
function isDeep(text: string): boolean {
  let level = 0;
  let isInText = false;
  for (let i = 0; i < text.length; i += 1) {
    const sign = text[i];
    if (sign === '"') isInText = !isInText;
    else if (isInText) i += sign === '\\' ? 1 : 0;
    else if (sign === '[' || sign === '{') level += 1;
    else if (sign === ']' || sign === '}') level -= 1;
    if (level > bounds.comparedLevels) return true;
  }
  return false;
}
