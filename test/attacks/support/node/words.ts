import { readFileSync } from 'node:fs';
import { root } from '../../../../dev/bundle.ts';

const linesOf = (file: string) =>
  readFileSync(`${root}/test/vectors/attacks/${file}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

/** A request field that some application reads. */
export interface HeaderWord {
  /** In lower case. */
  readonly name: string;
  /** What an attacker sends in it. */
  value(marker: string): string;
}

const HOST = 'edge.example';

/** Every name once; where one has a value of its own, that. */
export function headerWords(): HeaderWord[] {
  const values = new Map<string, string>();
  for (const line of linesOf('headers.txt')) {
    const [name = '', value] = line.toLowerCase().split('~');
    if (value !== undefined || !values.has(name)) values.set(name, value ?? '%s');
  }
  return [...values].map(([name, value]) => ({
    name,
    value: (marker) => value.replace('%s', marker).replace('%h', HOST),
  }));
}

export const paramWords = (): string[] => [...new Set(linesOf('params.txt'))];

/** RFC 9110 §5.6.2: what a field's name may be made of. */
export const isToken = (name: string) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name);

/** A word that occurs nowhere else, and says which word of the list it stands for. */
export const markerOf = (index: number) => `mark${index}x`;

/** The words whose markers a text shows. */
export function wordsIn(text: string, words: readonly string[]): string[] {
  const found = [...text.matchAll(/mark(\d+)x/g)].map(([, index]) => words[Number(index)] ?? '?');
  return [...new Set(found)];
}

export function batchesOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}
