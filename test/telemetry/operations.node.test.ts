import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { noteNames } from '../../src/telemetry/note-names.ts';
import { forwardDetails, hitDetails, outcomeNames } from '../../src/telemetry/outcome.ts';

const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** Words in backquotes of a section; of `detail=word` the word. */
function wordsOf(heading: string): ReadonlySet<string> {
  const section = text.split(/^## /m).find((it) => it.startsWith(heading)) ?? '';
  const quoted = [...section.matchAll(/`([^`]+)`/g)].flatMap(([, it]) => it!.split(/; ?/));
  return new Set(quoted.map((it) => it.replace(/^detail=/, '')));
}

test('docs/operations.md says of each detail of Cache-Status what it means', () => {
  const words = wordsOf('Reading `Cache-Status`');
  expect([...hitDetails, ...forwardDetails].filter((it) => !words.has(it))).toEqual([]);
});

test('and of each note what it means, and of no other', () => {
  const [, table = ''] = text.split('| note | means | do |');
  const rows = table.split('\n\n')[0]!.split('\n').slice(2);
  const told = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, it]) => it));
  expect(told.toSorted()).toEqual(noteNames.toSorted());
});

test('and of each outcome in the log', () => {
  const words = wordsOf('Reading a log line');
  expect(outcomeNames.filter((it) => !words.has(it))).toEqual([]);
});
