import { type FieldSet, listOf } from './message.ts';
import { preferences } from './quality.ts';

/** The request fields that select among the responses of one URI, in lower case, sorted, each once; `*` for all there are. */
export type VaryRule = readonly string[] | '*';

/** RFC 9110 §12.5.5; an empty list: the URI has one response. */
export function varyRule(header: string | null): VaryRule {
  const names = listOf(header ?? '');
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

/**
 * RFC 9110 §5.6.1, §5.6.3: space around commas and at the ends has no meaning, except in quotes (§5.6.4). In one pass,
 * because strangers choose the value.
 */
function closeCommas(text: string): string {
  let closed = '';
  let space = '';
  let afterComma = true;
  for (const [part] of text.matchAll(parts)) {
    if (part[0] === ' ' || part[0] === '\t') {
      space = part;
      continue;
    }
    closed += part === ',' ? ', ' : (afterComma ? '' : space) + part;
    afterComma = part === ',';
    space = '';
  }
  return closed;
}

/** Space, a comma, a quoted string (one that is never closed goes to the end), or text between them. */
const parts = /[ \t]+|,|"(?:[^"\\]|\\.)*"?|[^ \t,"]+/gs;

/**
 * RFC 9111 §4.1 lets values be compared in a form that means the same; absent matches only absent. The origin is sent the
 * value itself: what one of those who share a form is answered, all of them are.
 */
export function normalise(name: string, value: string | null): string | null {
  if (value === null) return null;
  return name === 'accept-encoding' || name === 'accept-language' ? ranked(value) : closeCommas(value);
}

/** RFC 9110 §12.5.3, §12.5.4: codings or languages in the order wanted, each by its rank; those of one rank by name. */
function ranked(value: string): string {
  const wanted = preferences(value);
  const isTwice = new Set(wanted.map(({ range }) => range)).size < wanted.length;
  // How an origin ranks what is malformed, or said twice, is not known.
  if (isTwice || wanted.some(({ weight }) => Number.isNaN(weight))) return value;
  const ranks = [...new Set(wanted.map(({ weight }) => weight))].sort((a, b) => b - a);
  const weightOf = (weight: number) => {
    const rank = ranks.indexOf(weight);
    return weight === 0 ? ';q=0' : rank === 0 ? '' : `;q=0.${999 - Math.min(rank, 899)}`;
  };
  return wanted
    .sort((a, b) => b.weight - a.weight || (a.range < b.range ? -1 : 1))
    .map(({ range, weight }) => range + weightOf(weight))
    .join(', ');
}
