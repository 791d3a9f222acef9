import type { Place } from './place.ts';
import { isVersion } from './segment.ts';

/** What the tree's places are called, by the number of their paths. */
export function nameAll(root: Place, names: string[]): void {
  nameBelow(root, '', null, [], names);
}

function nameBelow(
  place: Place,
  prefix: string,
  before: string | null,
  params: readonly string[],
  names: string[],
): void {
  for (const number of place.numbers) names[number] = prefix === '' ? '/' : prefix;
  for (const [key, child] of place.children) {
    const text = key.slice(1);
    if (key.startsWith('=')) nameBelow(child, `${prefix}/${text}`, text, params, names);
    else if (key.startsWith('!') && !text.startsWith(':'))
      nameBelow(child, `${prefix}/${text}`, text, params, names);
    else {
      const [kind, ...extension] = text.replace(/^:/, '').split('.');
      const param = unused(key.startsWith('!') ? kind! : paramOf(kind!, before), params);
      const segment = [`:${param}`, ...extension].join('.');
      nameBelow(child, `${prefix}/${segment}`, null, [...params, param], names);
    }
  }
}

/** `/users/:user_id/users/:user_id_2`. */
function unused(param: string, params: readonly string[]): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? param : `${param}_${count}`;
    if (!params.includes(name)) return name;
  }
}

/** By the segment before it: an id behind `invoices` is an `invoice_id`. */
function paramOf(kind: string, before: string | null): string {
  if (kind !== 'id' && kind !== 'slug') return kind;
  const word = before === null ? null : wordOf(before);
  if (word === null) return kind;
  const one = singular(word);
  if (kind === 'id') return `${one}_id`;
  return one === word ? kind : one;
}

const CONTAINERS = new Set(['api', 'rest', 'app', 'web', 'public', 'internal', 'static', 'data']);

function wordOf(segment: string): string | null {
  const word = segment.toLowerCase().replaceAll('-', '_');
  return /^[a-z][a-z_]{0,30}$/.test(word) && !CONTAINERS.has(word) && !isVersion(word) ? word : null;
}

function singular(word: string): string {
  if (/(ss|us|is)$/.test(word)) return word;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(ss|x|ch|sh|z)es$/.test(word)) return word.slice(0, -2);
  return word.length > 2 && word.endsWith('s') ? word.slice(0, -1) : word;
}
