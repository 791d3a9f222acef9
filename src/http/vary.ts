import type { FieldSet } from './message.ts';

/** The request fields that select among the responses of one URI, in lower case, sorted, each once; `*` for all there are. */
export type VaryRule = readonly string[] | '*';

/** RFC 9110 §12.5.5; an empty list: the URI has one response. */
export function varyRule(header: string | null): VaryRule {
  const names = (header ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.includes('*') ? '*' : [...new Set(names)].sort();
}

/** A selecting field and its normalised value; null: the request had none. */
export type Selecting = readonly (readonly [name: string, value: string | null])[];

/** RFC 9111 §4.1: what a stored response must have in common with a request. */
export function selecting(rule: readonly string[], request: FieldSet): Selecting {
  return rule.map((name) => [name, normalise(name, request.get(name))] as const);
}

/** RFC 9111 §4.1: whether the request selects a response that was stored for a request with these. */
export function selects(stored: Selecting, request: FieldSet): boolean {
  return stored.every(([name, value]) => normalise(name, request.get(name)) === value);
}

/** RFC 9111 §4.1 lets values be compared in a form that means the same; absent matches only absent. */
export function normalise(name: string, value: string | null): string | null {
  if (value === null) return null;
  switch (name) {
    case 'accept-encoding':
      return acceptedCodings(value);
    case 'accept-language':
      return ranked(value).join(', ');
    default:
      return value.replace(/[ \t]*,[ \t]*/g, ', ').trim();
  }
}

/**
 * RFC 9110 §12.5.3: the codings that origins know, those refused left out. Whoever asks is answered by what comes first
 * among those that he takes, and which comes first is the origin's to say.
 */
export function acceptedCodings(value: string): string {
  const taken = preferences(value).filter(({ weight }) => weight > 0);
  const names = taken.map(({ range }) => (range === 'x-gzip' ? 'gzip' : range));
  const kept = names.filter((range) => codings.includes(range));
  return [...new Set(kept)].sort().join(', ');
}

const codings = ['*', 'br', 'deflate', 'gzip', 'zstd'];

/** RFC 9110 §12.5.4: languages in the order in which they are wanted; those wanted alike, by name. */
function ranked(value: string): string[] {
  return preferences(value)
    .sort((a, b) => b.weight - a.weight || (a.range < b.range ? -1 : 1))
    .map(({ range, weight }) => (weight === 0 ? `${range};q=0` : range));
}

/** RFC 9110 §12.4.2. A weight that is none counts as 1. */
function preferences(value: string): { range: string; weight: number }[] {
  return value
    .toLowerCase()
    .split(',')
    .map((member) => {
      const [range = '', ...parameters] = member.split(';').map((part) => part.trim());
      const q = parameters.find((part) => /^q[ \t]*=/.test(part))?.replace(/^q[ \t]*=[ \t]*/, '');
      const weight = q === undefined || !/^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q) ? 1 : Number(q);
      return { range, weight };
    })
    .filter(({ range }) => range !== '');
}
