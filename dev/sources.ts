import { SourceMap } from 'node:module';
import { posix } from 'node:path';

/** The one module that workerd is given; stacks name it, with a folder before it that is not there. */
export const WORKER_MODULE = 'worker.mjs';

/** A text in which each place in a bundle is the place in the source that it was made of: `routes/invoices.ts:12:5`. */
export function sourcesIn(script: string): (text: string) => string {
  const [, inline] = /\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/.exec(script) ?? [];
  if (inline === undefined) return (text) => text;
  let map: SourceMap | undefined;
  return (text) =>
    text.replace(PLACE, (place, line: string, column: string) => {
      // Parsed when the first error is shown: most runs show none.
      map ??= new SourceMap(JSON.parse(Buffer.from(inline, 'base64').toString()));
      const found = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (!('originalSource' in found)) return place;
      // Relative to the folder that a bundle would be written to, one below the project's.
      const file = posix.join('dist', found.originalSource);
      return `${file}:${found.originalLine + 1}:${found.originalColumn + 1}`;
    });
}

const PLACE = /(?:file:\/\/)?[^\s"'()\\]*\bworker\.mjs:(\d+):(\d+)/g;
