import { nearest } from '../../src/strategy/nearest.ts';

/** `; did you mean --tag?` where a word is nearly one of these, else nothing. Dashes before them do not count. */
export function spelledLike(word: string, words: readonly string[]): string {
  const found = nearest(bare(word), words.map(bare));
  return found === undefined ? '' : `; did you mean ${words.find((it) => bare(it) === found)}?`;
}

const bare = (word: string) => word.replace(/^-+/, '');
