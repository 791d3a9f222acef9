import { globSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { SourceFile } from 'typescript/unstable/ast';
import { isStringLiteral } from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';

/** One file of `src/`, read by the compiler's own parser: what stands in a comment or a string is not taken for code. */
export interface Source {
  /** From the root, `src/engine/a.ts`. */
  readonly file: string;
  readonly tree: SourceFile;
  /** The files of `src/` that it imports, types included. */
  readonly imports: readonly string[];
}

/** The parser's interface may change with TypeScript's version, which is pinned. Throws where `root` has no tsconfig.json, or one that leaves out a file of `src/`. */
export function sourcesOf(root: string): Source[] {
  const api = new API();
  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] });
    const program = snapshot.getProjects()[0]?.program;
    const files = globSync('src/**/*.ts', { cwd: root }).toSorted();
    return files.map((file) => {
      const tree = program?.getSourceFile(join(root, file));
      if (!tree) throw new Error(`${file}: tsconfig.json leaves it out`);
      const imported = importsOf(file, tree);
      return { file, tree, imports: files.filter((it) => imported.has(it)) };
    });
  } finally {
    api.close();
  }
}

function importsOf(file: string, { imports }: SourceFile): Set<string> {
  const specifiers = imports.filter(isStringLiteral).map(({ text }) => text);
  const relative = specifiers.filter((it) => it.startsWith('.'));
  return new Set(relative.map((it) => posix.join(posix.dirname(file), it)));
}
