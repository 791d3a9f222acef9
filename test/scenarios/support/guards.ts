import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { root } from '../../../dev/bundle.ts';

/**
 * A line of `src/` that a race depends on and that ends in `// guard: name` (in Lua `-- guard: name`). A race test runs
 * once as it is and once for each of its guards taken out, when it must fail: a test that passes either way proves
 * nothing. Said as `name`, or as `name in file.ts` where several files mark that name.
 */
export type Guard = string;

export interface Mark {
  readonly name: string;
  readonly file: string;
}

const MARK = /(?:\/\/|--) guard: (\S+)$/;

const nameOf = (line: string) => MARK.exec(line)?.[1];

export function marksOf(file: string, source: string): Mark[] {
  const names = source.split('\n').map(nameOf);
  return names.filter((name) => name !== undefined).map((name) => ({ name, file }));
}

/** All that `src/` marks. */
export const marks: readonly Mark[] = globSync('src/**/*.ts', { cwd: root })
  .toSorted()
  .flatMap((file) => marksOf(file, readFileSync(join(root, file), 'utf8')));

/** Throws unless the guard is marked once. */
export function findMark(guard: Guard, among: readonly Mark[] = marks): Mark {
  const [name, file] = guard.split(' in ');
  const found = among.filter(
    (mark) => mark.name === name && (file === undefined || mark.file.endsWith(`/${file}`)),
  );
  if (found.length === 1) return found[0]!;
  const where = found.map((mark) => mark.file).join(', ') || 'nowhere';
  throw new Error(`guard ${guard}: must be marked in one line, and is marked in ${where}`);
}

/** A source, or a script that stands in one, without the line of the guard. */
export function withoutGuard(guard: Guard, source: string): string {
  const { name } = findMark(guard);
  const lines = source.split('\n');
  return lines.filter((line) => nameOf(line) !== name).join('\n');
}

/** Takes one guard out as the Worker is bundled; an error when its file is not in the bundle. */
export function without(guard: Guard): Plugin {
  const { file } = findMark(guard);
  return {
    name: `without ${guard}`,
    setup(build) {
      let done = false;
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (path !== join(root, file)) return null;
        done = true;
        return { contents: withoutGuard(guard, readFileSync(path, 'utf8')), loader: 'ts' };
      });
      build.onEnd(() => {
        if (!done) throw new Error(`guard ${guard}: ${file} is not in the bundle`);
      });
    },
  };
}
