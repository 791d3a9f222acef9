import type { Receipt } from './receipt.ts';

type Met = Pick<Receipt, 'met' | 'tags' | 'classes' | 'users' | 'everything'>;

/** What a purge met, in words; null while nobody knows, and where nothing is to be said of it. */
export function metWords(receipt: Met): string | null {
  const { met } = receipt;
  const names = namesOf(receipt);
  if (met === null || met === undefined) return null;
  if (met === 0) return `nothing cached had ${thisOf(receipt)}`;
  return met < names ? `nothing cached had ${names - met} of its ${names} names` : null;
}

function thisOf({ tags, classes, users, everything }: Met): string {
  const kinds = [
    ...(everything ? ['this tenant or owner'] : []),
    ...named(tags, 'tag', 'tags'),
    ...named(classes, 'class', 'classes'),
    ...named(users, 'user', 'users'),
  ];
  return kinds.length === 1 ? kinds[0]! : 'any of its names';
}

const named = ({ length }: readonly string[], one: string, several: string): string[] =>
  length === 0 ? [] : [length === 1 ? `this ${one}` : `any of these ${length} ${several}`];

/** A purge of everything has one name. */
const namesOf = ({ tags, classes, users, everything }: Met): number =>
  tags.length + classes.length + users.length + (everything ? 1 : 0);
