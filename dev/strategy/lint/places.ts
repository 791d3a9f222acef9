import type { Place } from './finding.ts';

/** A file of routes/, `routes/strategy.ts`. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Where a place is defined, `routes/strategy.ts:35`; null: nowhere that can be read from the text, such as a name that is put together. What has no
 * definition that is found is looked for where the strategy is.
 */
export function lineIn(files: readonly SourceFile[], place: Place): string | null {
  for (const { file, text } of files) {
    const at = offsetOf(text, place);
    if (at !== undefined) return `${file}:${text.slice(0, at).split('\n').length}`;
  }
  return place.kind === 'strategy' ? null : lineIn(files, { kind: 'strategy', name: '' });
}

function offsetOf(text: string, { kind, name }: Place): number | undefined {
  switch (kind) {
    case 'class':
      return callNaming(text, 'dataClass', name);
    case 'HTTP cache':
      return callNaming(text, 'httpCache', name);
    case 'event':
      return entryOf(text, name, 'payload|purges|whose|mode|rationale|silences');
    case 'source':
      return entryOf(text, name, 'scheme|events');
    case 'strategy':
      return offsetsOf(text, /\bdefineStrategy\s*\(/g)[0];
  }
}

const DEFAULT_NAME: Readonly<Record<string, string>> = { httpCache: 'http' };

/** Of the call whose definition has the name, up to the next such call; a call without any has the default one. */
function callNaming(text: string, call: string, name: string): number | undefined {
  const calls = offsetsOf(text, new RegExp(`\\b${call}\\s*\\(`, 'g'));
  return calls.find((at, i) => {
    const [, said = DEFAULT_NAME[call]] =
      /\bname:\s*['"`]([^'"`]*)['"`]/.exec(text.slice(at, calls[i + 1])) ?? [];
    return said === name;
  });
}

/** Of `name: { payload: …`, with a name in quotes too. Names of events and sources hold no mark of a pattern. */
function entryOf(text: string, name: string, fields: string): number | undefined {
  const entry = new RegExp(
    `(?<![\\w.-])(['"]?)${name}\\1\\s*:\\s*\\{(?:\\s|//[^\\n]*\\n|/\\*.*?\\*/)*(?:${fields})\\s*[:(]`,
    'gs',
  );
  return offsetsOf(text, entry)[0];
}

const offsetsOf = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(({ index }) => index);
