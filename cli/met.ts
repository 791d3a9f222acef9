import { howFar, type Receipt } from './receipt.ts';

type Met = Pick<Receipt, 'met' | 'whose' | 'tags' | 'classes' | 'users' | 'everything'>;

/** What a purge met, in words; null while nobody knows, and where it met all that it names. */
export function metWords(receipt: Met): string | null {
  const { met, everything } = receipt;
  if (met === null || met === undefined) return null;
  const lists = listsOf(receipt).filter(({ names }) => names.length > 0);
  const count = lists.reduce((sum, { names }) => sum + names.length, everything ? 1 : 0);
  if (met > 0) return met < count ? `nothing cached had ${count - met} of its ${count} names` : null;
  if (count === 1 && everything) return `nothing of ${ownerOf(receipt)} was cached`;
  if (count === 1) return `nothing cached had this ${lists[0]!.one}`;
  const what = lists.length === 1 && !everything ? `these ${count} ${lists[0]!.several}` : 'its names';
  return `nothing cached had any of ${what}`;
}

const listsOf = ({ tags, classes, users }: Met) => [
  { names: tags, one: 'tag', several: 'tags' },
  { names: classes, one: 'class', several: 'classes' },
  { names: users, one: 'user', several: 'users' },
];

const ownerOf = ({ whose }: Met): string =>
  whose === 'public' ? 'the public data' : whose === 'everyone' ? 'any tenant' : 'this tenant';

/** How far a purge is and, once that is known, what it met. */
export const farAndMet = (receipt: Receipt): string =>
  [howFar(receipt), metWords(receipt)].filter((it) => it !== null).join('; ');
